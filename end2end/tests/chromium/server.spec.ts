import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../../fixtures.ts';
import { pageErrors } from '../../page-errors.ts';

const NOW_MS = Date.now();

/** The state of a server that the test controls, in place of the real one's. */
class Server {
  info = {
    version: '1.2.3',
    host: 'web-1',
    started_ms: NOW_MS - 90_061_000,
    now_ms: NOW_MS,
    problem: undefined as string | undefined,
    store: {
      kind: 'SQLite',
      is_available: true,
      used_bytes: 10 << 20,
      disk_bytes: 12 << 20,
      bytes_max: 1 << 30,
      commit_p50_s: 0.0012,
      commit_p99_s: 0.0049,
      failed_commits: 0,
      uncommitted_messages: 0,
      active_series: 1200,
    },
    viewers: {
      websocket: 3,
      sse: 2,
      sse_http2: 1,
      deliveries_per_s: 12.5,
      bytes_per_s: 2_500_000,
      gaps: 4,
      slowest: [] as object[],
    },
    ring: { messages: 5000, messages_max: 10_000, bytes: 1 << 20, bytes_max: 8 << 20 },
    process: { cpu_percent: 2.5, memory_bytes: 30 << 20 },
    limits: [
      { name: 'Viewers', used: 98, max: 100, unit: '', beyond: 'Further viewers are refused.', setting: 'limits.viewers' },
      { name: 'Memory for responses', used: 1 << 20, max: 64 << 20, unit: 'B', beyond: 'Requests are answered with 503.' },
    ] as object[],
    failing: [] as object[],
    rejected_requests: [{ reason: 'forbidden', count: 7 }],
    rejected_messages: [],
    failed_sign_ins: 2,
    has_history: true,
  };
  isDown = false;
  /** What the page has sent for the level of the log. */
  sent: object[] = [];
  isAdmin = true;

  async open(page: Page): Promise<void> {
    await page.route('**/api/v1/server', (route) =>
      this.isDown ? route.abort() : route.fulfill({ json: this.info }),
    );
    // The panel of rooms asks for them beside every page.
    await page.route('**/api/v1/rooms', (route) => route.fulfill({ json: { has_private: false, rooms: [] } }));
    await page.route('**/api/v1/server/log-level', (route) => {
      if (!this.isAdmin) return route.fulfill({ status: 403, json: { error: 'this takes the role `admin`' } });
      const level = { directives: 'info', configured: 'info' };
      if (route.request().method() === 'GET') return route.fulfill({ json: level });
      const change = route.request().postDataJSON();
      this.sent.push(change);
      if (change.directives === 'inof') {
        return route.fulfill({ status: 422, json: { error: '`inof` is no level' } });
      }
      return route.fulfill({ json: { ...level, directives: change.directives ?? 'info', until_ms: NOW_MS + 600_000 } });
    });
    await page.route('**/api/v1/query?**', (route) => {
      const values = Array.from({ length: 180 }, (_, index) => (index < 60 || index === 100 ? null : index));
      const column = { host: 'web-1', labels: {}, values };
      return route.fulfill({
        json: {
          columns: [
            { ...column, name: 'watchroom_cpu', unit: '%' },
            { ...column, name: 'watchroom_viewers' },
            { ...column, name: 'watchroom_cpu', unit: '%', labels: { instance: 'another' } },
          ],
        },
      });
    });
    await page.goto('/server');
  }
}

test('every figure is shown with its unit, and follows the server', async ({ page }) => {
  const errors = pageErrors(page);
  const server = new Server();
  await server.open(page);
  const figure = (name: string) => page.getByTestId(`server-${name}`);
  await expect(figure('version')).toHaveText('1.2.3');
  await expect(figure('uptime')).toHaveText('1 d 1 h');
  await expect(figure('cpu')).toHaveText('2.5 %');
  await expect(figure('memory')).toHaveText('30.0 MiB');
  await expect(figure('viewers')).toHaveText('5 · 3 WebSocket · 2 server-sent events · 1 of these by HTTP/2');
  await expect(figure('deliveries')).toHaveText('12.5 messages/s');
  await expect(figure('traffic')).toHaveText('2.50 MB/s');
  await expect(figure('store')).toHaveText('SQLite, available · 12.0 MiB on disk');
  await expect(figure('stored')).toHaveText('10.0 MiB of 1.00 GiB');
  await expect(figure('commit-p99')).toHaveText('4.9 ms');
  await expect(page.getByTestId('limits-summary')).toHaveText('1 limit is near or reached.');
  await expect(page.getByTestId('limit').first()).toContainText('98 of 100 · 98.0 %');
  await expect(page.getByTestId('limit').first()).toHaveAttribute('data-severity', 'critical');
  await expect(page.getByTestId('nothing-fails')).toBeVisible();
  await expect(page.getByTestId('nobody-is-slow')).toBeVisible();
  await expect(page.getByTestId('rejected-count').filter({ hasText: 'Requests, not allowed' })).toContainText('7');
  // A gap is a gap: the line begins anew after it.
  await expect(page.getByTestId('server-chart')).toHaveCount(2);
  const path = page.getByTestId('server-chart').first().locator('path');
  expect((await path.getAttribute('d'))?.match(/M/g)).toHaveLength(2);
  server.info = { ...server.info, problem: 'the store takes nothing' };
  server.info.failing = [{ kind: 'scrape', name: 'http://a/metrics', why: 'no answer', since_ms: NOW_MS }];
  server.info.viewers.slowest = [
    { client_id: 'c-7', transport: 'sse', behind_messages: 1234, since_ms: NOW_MS, user: 'bob', address: '192.0.2.1' },
  ];
  await expect(page.getByTestId('server-problem')).toHaveText('The store takes nothing.');
  await expect(page.getByTestId('failing-entry')).toContainText('Scraping http://a/metrics');
  await expect(page.getByTestId('slow-viewer')).toContainText('server-sent events · bob · 192.0.2.1');
  expect(errors).toEqual([]);
  server.isDown = true;
  await expect(page.getByTestId('stale')).toContainText('Not current');
  await expect(figure('version')).toHaveText('1.2.3');
});

test('an admin changes the level of the log, and an operator does not see it', async ({ page }) => {
  const server = new Server();
  await server.open(page);
  const form = page.getByTestId('log-level-form');
  await form.getByTestId('log-directives').fill('inof');
  await form.getByRole('button', { name: 'Change level' }).click();
  await expect(form.getByTestId('form-error')).toContainText('`inof` is no level');
  await form.getByTestId('log-directives').fill('info,server::http=debug');
  await form.getByTestId('log-level-time').selectOption('3600');
  await form.getByRole('button', { name: 'Change level' }).click();
  await expect(page.getByTestId('log-level-now')).toContainText('info,server::http=debug until');
  await page.getByTestId('log-level-reset').click();
  await expect(page.getByTestId('log-level-now')).toHaveText('The log has the configured level: info');
  expect(server.sent).toEqual([
    { directives: 'inof', for_s: 600 },
    { directives: 'info,server::http=debug', for_s: 3600 },
    {},
  ]);
  server.isAdmin = false;
  await page.reload();
  await expect(page.getByTestId('server-version')).toHaveText('1.2.3');
  await expect(page.getByTestId('log-level')).toBeHidden();
});

test('the real server has a page, in the rail and in the palette', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('link', { name: 'Server' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Server');
  await expect(page.getByTestId('server-viewers')).not.toHaveText('');
  await page.getByRole('link', { name: 'Sources' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sources');
  await expect(page.getByTestId('series-row').first()).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on /server in ${colorScheme} colours, and it fits 320 px`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 320, height: 640 });
    const server = new Server();
    server.info.failing = [{ kind: 'check', name: 'a-very-long-name-that-nobody-would-choose', why: 'no answer' }];
    await server.open(page);
    await expect(page.getByTestId('server-chart')).toHaveCount(2);
    await expect(page.getByTestId('log-level-form')).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
    expect(violations).toEqual([]);
  });
}
