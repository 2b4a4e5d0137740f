import { expect, type Locator, type Page } from '@playwright/test';

/** What the page shows at one moment. */
export interface Numbers {
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
  | 'past';

/** The page, spoken of as its user would. */
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
    this.playback = page.getByTestId('past-play');
    this.player = page.getByTestId('player');
    this.analyse = page.getByTestId('past-analyse');
    this.analysis = page.getByTestId('analysis');
    this.older = page.getByTestId('feed').getByTestId('older');
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url);
  }

  async expectState(state: ConnectionState, timeout?: number): Promise<void> {
    const options = timeout === undefined ? {} : { timeout };
    await expect(this.badge).toHaveAttribute('data-state', state, options);
  }

  /** All numbers of the same moment: read in one go, so that no update comes between. */
  numbers(): Promise<Numbers> {
    return this.page.evaluate(readNumbers);
  }

  /**
   * Has the page itself note all numbers with each sample from now on: whoever looks from outside
   * passes over some if the machine is busy.
   */
  async record(): Promise<void> {
    await this.page.evaluate(`(${noteNumbers.toString()})(${readNumbers.toString()})`);
  }

  /** What the page has shown since `record`, oldest first. */
  recorded(): Promise<Numbers[]> {
    return this.page.evaluate(() => globalThis.recorded ?? []);
  }

  /** When the newest sample shown was taken, in ms since 1970; NaN if none is shown. */
  async sampledAt(): Promise<number> {
    return Date.parse((await this.numbers()).lastSample);
  }

  /** Waits until the page shows a sample that is newer than `moment` (ms since 1970). */
  async expectSampleAfter(moment: number, timeout?: number): Promise<void> {
    const options = timeout === undefined ? {} : { timeout };
    await expect.poll(() => this.sampledAt(), options).toBeGreaterThan(moment);
  }

  /** Chooses how much the charts show, by what the button says. */
  async showSpan(name: string): Promise<void> {
    await this.page.getByTestId('chart-span').filter({ hasText: new RegExp(`^${name}$`) }).click();
  }

  /** The newest position that the page was rendered with. */
  renderedAt(): Promise<number> {
    return this.page.evaluate(() => {
      const [first] = (document.getElementById('snapshot')?.textContent ?? '').split('\n');
      return (JSON.parse(first ?? '') as { head: number }).head;
    });
  }

  /** How many messages the page counts. */
  async updateCount(): Promise<number> {
    return Number((await this.updates.innerText()).replaceAll(/\D/g, ''));
  }
}

declare global {
  /** See `Dashboard.record`. */
  var recorded: Numbers[] | undefined;
}

/** Runs in the page. */
function readNumbers(): Numbers {
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
function noteNumbers(read: () => Numbers): void {
  const seen: Numbers[] = (globalThis.recorded = []);
  const note = () => {
    const numbers = read();
    if (numbers.lastSample !== seen.at(-1)?.lastSample) seen.push(numbers);
  };
  // Everything that a sample changes is changed by the next frame.
  const changed = () => requestAnimationFrame(() => setTimeout(note));
  const sample = document.querySelector('[data-testid="last-sample"]');
  if (sample !== null) new MutationObserver(changed).observe(sample, { attributes: true });
}

/** Each is a number with its unit, not a placeholder. */
export function expectRealNumbers(numbers: Numbers): void {
  expect(Date.parse(numbers.lastSample)).not.toBeNaN();
  for (const percent of [numbers.cpu, numbers.memory, numbers.disk]) {
    expect(percent).toMatch(/^\d{1,3}(\.\d)?\s?%/);
  }
  for (const rate of [numbers.networkSent, numbers.networkRecv]) {
    expect(rate).toMatch(/^\d[\d.,]*\s?[kKMGT]?i?B\/s/);
  }
}
