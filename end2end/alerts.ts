import type { Page, Route } from '@playwright/test';

/** What a request was, in the order of the requests. */
interface Asked {
  method: string;
  path: string;
  body: unknown;
}

interface Rule {
  definition: { name: string; series: string; level: string; enabled?: boolean } & Record<string, unknown>;
  origin: string;
  file?: string;
  by?: string;
  state: string;
  series_count: number;
  series_refused: number;
  series: unknown[];
}

export const QUEUE = 'Queue is long';

const FIRED_MS = Date.parse('2026-01-15T10:30:00Z');

export function alert(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: '9f3c1a52e07b4d18',
    rule: QUEUE,
    series: 'Queue{host="web-1"}',
    host: 'web-1',
    level: 'error',
    message: '12.5 <b>wait</b> in the queue',
    value: 12.5,
    fired_ms: FIRED_MS,
    is_unknown: false,
    runbook: 'https://wiki.example.org/queues',
    ...fields,
  };
}

/** The alerts of a server that a test controls, in place of the real one's. */
export class Alerts {
  readonly asked: Asked[] = [];
  isDown = false;
  errors: string[] = [];
  alerts: Record<string, unknown>[] = [];
  silences: Record<string, unknown>[] = [];
  /** Who is notified; absent if the user may not see that. */
  targets: Record<string, unknown>[] | undefined;
  rules: Rule[] = [
    {
      definition: { name: QUEUE, series: 'Queue', above: 10, for: '1m', level: 'error', enabled: true },
      origin: 'file',
      file: 'web.toml',
      state: 'firing',
      series_count: 3,
      series_refused: 0,
      series: [],
    },
    {
      definition: { name: 'CPU is busy', series: 'cpu{core=""}', above: 95, for: '10m', level: 'warning', enabled: true },
      origin: 'default',
      state: 'ok',
      series_count: 1,
      series_refused: 0,
      series: [],
    },
  ];

  /** Answers the page's requests. */
  async attach(page: Page): Promise<void> {
    await page.route('**/api/v1/**', (route) => this.#respond(route));
  }

  async #respond(route: Route): Promise<void> {
    if (this.isDown) return route.abort();
    const request = route.request();
    const url = new URL(request.url());
    // The panel of rooms asks for them beside every page.
    if (url.pathname.replace('/api/v1/', '') === 'rooms') return route.fulfill({ json: { has_private: false, rooms: [] } });
    if (url.pathname.replace('/api/v1/', '') === 'people') return route.fulfill({ json: { people: [] } });
    const path = url.pathname.replace('/api/v1/', '');
    const text = request.postData();
    const body = (text === null || text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    if (request.method() !== 'GET') this.asked.push({ method: request.method(), path, body });
    const [status, json] = this.#answer(`${request.method()} ${path}`, body);
    await route.fulfill(json === undefined ? { status } : { status, json });
  }

  #answer(request: string, body: Record<string, unknown>): [number, unknown?] {
    const id = String(this.alerts[0]?.id);
    switch (request) {
      case 'GET alerts':
        return [200, { alerts: this.alerts, count: this.alerts.length, manages_targets: this.targets !== undefined }];
      case 'GET targets':
        return [200, { targets: this.targets }];
      case 'POST targets': {
        const target = { id: 't1', ...body, url_host: 'ops@example.org', by: 'anna', delivered: 0, failures: [] };
        this.targets = [target];
        return [201, target];
      }
      case 'POST targets/t1/test':
        return [200, { error: 'the mail server answers with the status 550', elapsed_ms: 12 }];
      case 'DELETE targets/t1':
        this.targets = [];
        return [204];
      case 'GET silences':
        return [200, { silences: this.silences }];
      case 'GET rules':
        return [200, { rules: this.rules, errors: this.errors }];
      case 'GET journal':
        return [
          200,
          {
            messages: [
              { type: 'alert', timestamp: '2026-01-15T10:30:00.000Z', state: 'firing', level: 'error', rule: QUEUE, message: 'was long' },
            ],
          },
        ];
      case `PUT alerts/${id}/acknowledgement`:
        this.alerts = this.alerts.map((it) => ({ ...it, acknowledged: { by: 'anna', why: body.why, at_ms: FIRED_MS } }));
        return [204];
      case 'POST silences': {
        // The next window of a silence that repeats opens in three hours.
        const starts_ms = body.repeat === undefined ? FIRED_MS : Date.now() + 3 * 3_600_000 + 60_000;
        const silence = { id: 's1', ...body, starts_ms, ends_ms: starts_ms + 7_200_000, by: 'anna' };
        this.silences = [silence];
        this.alerts = this.alerts.map((it) => ({ ...it, silence: 's1' }));
        return [201, silence];
      }
      case 'DELETE silences/s1':
        this.silences = [];
        return [204];
      case 'POST rules/backtest': {
        if (body.rule === undefined || Number((body.rule as Record<string, unknown>).above) > 1_000) {
          return [422, { error: '`series`: there is no such series' }];
        }
        const firings = [
          { series: 'Queue', fired_ms: FIRED_MS, resolved_ms: FIRED_MS + 120_000, value: 11, message: 'Queue is 11' },
          { series: 'Queue', fired_ms: FIRED_MS + 600_000, value: 12, message: 'Queue is 12' },
        ];
        return [200, { from_ms: FIRED_MS - 604_800_000, to_ms: FIRED_MS, series_count: 3, series_refused: 0, samples: 9, count: 2, firings }];
      }
      case 'POST rules':
        this.rules.push({
          definition: body as Rule['definition'],
          origin: 'stored',
          by: 'anna',
          state: 'ok',
          series_count: 0,
          series_refused: 0,
          series: [],
        });
        return [201];
      default:
        return [404, { error: `there is no ${request}` }];
    }
  }
}
