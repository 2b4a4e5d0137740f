import { expect, type Locator, type Page } from '@playwright/test';

/** The values that the page shows at one moment. */
export interface Values {
  lastSample: string;
  cpu: string;
  memory: string;
  disk: string;
  networkSent: string;
  networkRecv: string;
}

export type ConnectionState =
  | 'connecting'
  | 'live'
  | 'stale'
  | 'reconnecting'
  | 'offline'
  | 'paused'
  | 'playback';

/** The page, in terms of its user. */
export class Dashboard {
  readonly page: Page;
  readonly badge: Locator;
  readonly clientCount: Locator;
  readonly cpu: Locator;
  readonly memory: Locator;
  readonly disk: Locator;
  readonly networkSent: Locator;
  readonly networkRecv: Locator;
  readonly updates: Locator;
  readonly pause: Locator;
  readonly reload: Locator;
  readonly feedItems: Locator;
  readonly feedTexts: Locator;
  readonly cpuChart: Locator;
  readonly lastSample: Locator;
  readonly theme: Locator;
  readonly settings: Locator;
  readonly feed: Locator;
  readonly clear: Locator;
  readonly filterText: Locator;
  readonly filterLevel: Locator;
  readonly filterSource: Locator;
  readonly feedCsv: Locator;
  readonly feedJson: Locator;
  readonly processesCsv: Locator;
  readonly help: Locator;
  readonly shortcuts: Locator;
  readonly gaps: Locator;
  readonly playback: Locator;
  readonly player: Locator;
  readonly analyse: Locator;
  readonly analysis: Locator;
  readonly older: Locator;

  constructor(page: Page) {
    this.page = page;
    this.badge = page.getByTestId('badge');
    this.clientCount = page.getByTestId('client-count');
    this.cpu = page.getByTestId('cpu-value');
    this.memory = page.getByTestId('memory-value');
    this.disk = page.getByTestId('disk-value');
    this.networkSent = page.getByTestId('network-sent');
    this.networkRecv = page.getByTestId('network-recv');
    this.updates = page.getByTestId('updates');
    this.pause = page.getByTestId('pause');
    this.reload = page.getByTestId('reload');
    this.feedItems = page.getByTestId('feed').getByTestId('feed-item');
    this.feedTexts = this.feedItems.locator('.feed-text');
    this.cpuChart = page.getByTestId('cpu-chart');
    this.lastSample = page.getByTestId('last-sample');
    this.theme = page.getByTestId('theme');
    this.settings = page.getByTestId('settings');
    this.feed = page.locator('.card-feed');
    this.clear = page.getByTestId('clear');
    this.filterText = page.getByTestId('filter-text');
    this.filterLevel = page.getByTestId('filter-level');
    this.filterSource = page.getByTestId('filter-source');
    this.feedCsv = page.getByTestId('feed-csv');
    this.feedJson = page.getByTestId('feed-json');
    this.processesCsv = page.getByTestId('processes-csv');
    this.help = page.getByTestId('help-sheet');
    this.shortcuts = page.getByTestId('shortcuts');
    this.gaps = page.getByTestId('connection-gaps');
    this.playback = page.getByTestId('playback-toggle');
    this.player = page.getByTestId('player');
    this.analyse = page.getByTestId('analysis-toggle');
    this.analysis = page.getByTestId('analysis');
    this.older = page.getByTestId('feed').getByTestId('older');
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url);
  }

  /** Opens the page and waits until all of it is live. */
  async openLive(url = '/'): Promise<void> {
    await this.open(url);
    await this.expectState('live');
    await this.page.waitForFunction(isComplete);
  }

  async expectState(state: ConnectionState, timeout?: number): Promise<void> {
    const options = timeout === undefined ? {} : { timeout };
    await expect(this.badge).toHaveAttribute('data-state', state, options);
  }

  /** All values of the same moment, read at once, without an update in between. */
  values(): Promise<Values> {
    return this.page.evaluate(readValues);
  }

  /**
   * Makes the page itself record its values with each sample, since polling from outside would miss some
   * on a busy machine.
   */
  async record(): Promise<void> {
    await this.page.evaluate(`(${recordValues.toString()})(${readValues.toString()})`);
  }

  /** The values recorded since `record`, oldest first. */
  recorded(): Promise<Values[]> {
    return this.page.evaluate(() => globalThis.recorded ?? []);
  }

  /** The time of the newest sample on the page, in ms since 1970; NaN without one. */
  async sampledAt(): Promise<number> {
    return Date.parse((await this.values()).lastSample);
  }

  /** Waits until the page shows a sample that is newer than `moment` (ms since 1970). */
  async expectSampleAfter(moment: number, timeout?: number): Promise<void> {
    const options = timeout === undefined ? {} : { timeout };
    await expect.poll(() => this.sampledAt(), options).toBeGreaterThan(moment);
  }

  /** Opens the menu of settings. */
  async openSettings(): Promise<void> {
    await this.page.getByTestId('settings-open').click();
    await expect(this.settings).toBeVisible();
  }

  /** Selects the charts' time range, by the text of its button. */
  async showSpan(name: string): Promise<void> {
    await this.page.getByTestId('time-toggle').click();
    await this.page.getByTestId('chart-span').filter({ hasText: new RegExp(`^${name}$`) }).click();
  }

  /** The newest position of the page's initial snapshot. */
  renderedAt(): Promise<number> {
    return this.page.evaluate(() => {
      const [first] = (document.getElementById('snapshot')?.textContent ?? '').split('\n');
      return (JSON.parse(first ?? '') as { head: number }).head;
    });
  }

  /** The number of messages that the page has counted. */
  async updateCount(): Promise<number> {
    return Number((await this.updates.innerText()).replaceAll(/\D/g, ''));
  }
}

declare global {
  /** See `Dashboard.record`. */
  var recorded: Values[] | undefined;
}

/** Whether nothing is left as the server rendered it. Runs in the page. */
export function isComplete(): boolean {
  return document.querySelector('[data-deferred]') === null;
}

/** Runs in the page. */
function readValues(): Values {
  const element = (id: string) => document.querySelector(`[data-testid="${id}"]`);
  const text = (id: string) => element(id)?.textContent?.trim() ?? '';
  return {
    lastSample: element('last-sample')?.getAttribute('datetime') ?? '',
    cpu: text('cpu-value'),
    memory: text('memory-value'),
    disk: text('disk-value'),
    networkSent: text('network-sent'),
    networkRecv: text('network-recv'),
  };
}

/** Runs in the page. */
function recordValues(read: () => Values): void {
  const seen: Values[] = (globalThis.recorded = []);
  const record = () => {
    const values = read();
    if (values.lastSample !== seen.at(-1)?.lastSample) seen.push(values);
  };
  // All changes of a sample are complete with the next frame.
  const changed = () => requestAnimationFrame(() => setTimeout(record));
  const sample = document.querySelector('[data-testid="last-sample"]');
  if (sample !== null) new MutationObserver(changed).observe(sample, { attributes: true });
}

/** Expects numbers with units, not placeholders. */
export function expectValues(values: Values): void {
  expect(Date.parse(values.lastSample)).not.toBeNaN();
  for (const percent of [values.cpu, values.memory, values.disk]) {
    expect(percent).toMatch(/^\d{1,3}(\.\d)?\s?%/);
  }
  for (const rate of [values.networkSent, values.networkRecv]) {
    expect(rate).toMatch(/^\d[\d.,]*\s?[kKMGT]?i?B\/s/);
  }
}
