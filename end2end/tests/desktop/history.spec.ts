import type { Locator, Page } from '@playwright/test';
import { Dashboard, type Values } from '../../dashboard.ts';
import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { journal } from '../../journal.ts';
import { event, sample } from '../../messages.ts';
import { Watchroom } from '../../server.ts';

/** Waits until the page has been live for so many seconds. */
async function watch(dashboard: Dashboard, seconds: number): Promise<void> {
  await dashboard.expectSampleAfter(0);
  await dashboard.expectSampleAfter((await dashboard.sampledAt()) + seconds * 1_000 - 500);
}

/** Two consecutive samples that the page has shown, and a link to the first; one second later is the next. */
interface Consecutive {
  then: Values;
  next: Values;
  link: string;
}

/** Records a live page until it has shown two consecutive samples on time. */
async function recordConsecutive(dashboard: Dashboard, server: Watchroom): Promise<Consecutive> {
  const rendered = await dashboard.renderedAt();
  await dashboard.record();
  let found: Consecutive | undefined;
  await expect(async () => {
    const shown = await dashboard.recorded();
    const log = await journal(server.url, rendered);
    const samples = log.filter((entry) => entry.type === 'metrics').map(({ timestamp }) => timestamp);
    found = consecutive(samples, shown);
    expect(found).toBeDefined();
  }).toPass();
  return found as Consecutive;
}

/** On a busy machine a sample may be late, and the page may skip one. */
function consecutive(samples: string[], shown: Values[]): Consecutive | undefined {
  for (const [index, sample] of samples.entries()) {
    const then = shown.find(({ lastSample }) => lastSample === sample);
    const next = shown.find(({ lastSample }) => lastSample === samples[index + 1]);
    const after = Date.parse(samples[index + 2] ?? '');
    if (then === undefined || next === undefined) continue;
    const between = (taken(then) + taken(next)) / 2;
    const second_on = between + 1_000;
    if (taken(next) < second_on && second_on < after) {
      return { then, next, link: new Date(between).toISOString() };
    }
  }
  return undefined;
}

function taken(values: Values): number {
  return Date.parse(values.lastSample);
}

test('a link to a moment shows the values of that moment', async ({
  context,
  dashboard,
  page,
  server,
}) => {
  await dashboard.openLive();
  const { then, next, link } = await recordConsecutive(dashboard, server);

  const guest = new Dashboard(await context.newPage());
  await guest.open(`/?at=${link}`);
  await guest.expectState('playback');
  await expect.poll(() => guest.values()).toEqual(then);
  await expect(guest.player).toBeVisible();

  // One second later is the next sample, and the URL changes.
  await guest.page.keyboard.press('.');
  await expect.poll(() => guest.values()).toEqual(next);
  await expect.poll(() => new URL(guest.page.url()).searchParams.get('at')).not.toBe(link);
  await guest.page.keyboard.press(',');
  await expect.poll(() => guest.values()).toEqual(then);

  // One key returns to live, and the URL has no moment.
  await guest.page.keyboard.press('l');
  await guest.expectState('live');
  await guest.expectSampleAfter(taken(next) + 1_000);
  await expect(guest.player).toBeHidden();
  expect(new URL(guest.page.url()).search).toBe('');

  // The other page has stayed live.
  await dashboard.expectState('live');
  await page.close();
});

test('playback advances until it reaches the present', async ({
  dashboard,
  page,
  server,
}) => {
  await dashboard.openLive();
  const { then, link } = await recordConsecutive(dashboard, server);
  await dashboard.open(`/?at=${link}`);
  await dashboard.expectState('playback');
  await expect.poll(() => dashboard.values()).toEqual(then);
  await page.getByTestId('player-speed').selectOption('10×');
  await dashboard.expectState('live');
  await dashboard.expectSampleAfter(taken(then) + 3_000);
});

test('a click on a chart selects the moment', async ({ dashboard, page }) => {
  await dashboard.openLive();
  await watch(dashboard, 6);
  // The closest zoom: five seconds, all of which the server has.
  for (let times = 0; times < 8; times += 1) await page.getByTestId('chart-in').click();
  await dashboard.playback.click();
  await dashboard.expectState('playback');
  await expect(dashboard.player).toBeVisible();
  const linked = () => new URL(page.url()).searchParams.get('at');
  await expect.poll(linked).not.toBeNull();
  const chart = page.locator('.card-cpu-chart .chart');
  const moments = [linked()];
  for (const share of [0.65, 0.9]) {
    // The current position: a card above it may have appeared or disappeared.
    const box = await chart.boundingBox();
    if (box === null) throw new Error('the chart is not on the page');
    await chart.click({ position: { x: box.width * share, y: box.height / 2 } });
    await expect.poll(linked).not.toBe(moments.at(-1));
    moments.push(linked());
  }
  const [, one, other] = moments.map((at) => Date.parse(at ?? ''));
  expect(other).toBeGreaterThan(one as number);
});

test('playback continues after a server restart', async ({ page }) => {
  const server = await Watchroom.start();
  try {
    const dashboard = new Dashboard(page);
    await dashboard.openLive(server.url);
    const { then, next, link } = await recordConsecutive(dashboard, server);
    await dashboard.open(`${server.url}/?at=${link}`);
    await expect.poll(() => dashboard.values()).toEqual(then);

    await server.kill('SIGKILL');
    await page.keyboard.press('.');
    await expect(dashboard.player).toContainText('No answer from the server');
    expect(await dashboard.values()).toEqual(then);

    await server.restart();
    await expect.poll(() => dashboard.values()).toEqual(next);
    await expect(dashboard.player).not.toContainText('No answer from the server');
    await dashboard.expectState('playback');
    await page.keyboard.press('l');
    await dashboard.expectState('live');
  } finally {
    await server.stop();
  }
});

test('zooming in fetches finer data', async ({ dashboard, page, server }) => {
  const steps_ms: number[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname !== '/api/v1/query') return;
    const number = (name: string) => Number(url.searchParams.get(name));
    steps_ms.push((number('to') - number('from')) / number('points'));
  });
  const fake = await Fake.open(page, server.url);
  expect(steps_ms).toEqual([]);

  await dashboard.showSpan('14 d');
  await fake.passDuring(expect.poll(() => steps_ms.length).toBeGreaterThan(0));
  const summary = page.getByTestId('cpu-chart-summary');
  await fake.passDuring(expect(summary).toContainText('CPU'));
  const coarse_ms = steps_ms[0] as number;
  expect(coarse_ms).toBeGreaterThan(30 * 60_000);

  for (let times = 0; times < 8; times += 1) {
    await page.getByTestId('chart-in').click();
    await fake.pass(50);
  }
  await fake.passDuring(expect.poll(() => steps_ms.at(-1)).toBeLessThan(coarse_ms / 8));
});

test('the page stays live while charts show an hour ago', async ({
  dashboard,
  page,
  server,
}) => {
  const fake = await Fake.open(page, server.url);
  await dashboard.showSpan('1 h');
  const loaded = page.waitForResponse((response) => {
    const { pathname, searchParams } = new URL(response.url());
    return pathname === '/api/v1/query' && Number(searchParams.get('to')) < fake.now_ms - 60_000;
  });
  for (let times = 0; times < 5; times += 1) {
    await page.getByTestId('chart-earlier').click();
    await fake.pass(50);
  }
  await fake.passDuring(loaded);
  await expect(page.getByTestId('chart-reset')).toBeVisible();
  for (const cpu of [77.7, 88.8]) {
    await fake.append(sample({ cpu }), event(`CPU at ${cpu}`));
    await expect(dashboard.cpu).toContainText(`${cpu}`);
    await expect(dashboard.feedTexts.first()).toHaveText(`CPU at ${cpu}`);
    await fake.pass(1_000);
  }
  await dashboard.expectState('live');
});

test('a moment can be typed, and the focus returns', async ({
  dashboard,
  page,
  server,
}) => {
  const fake = await Fake.open(page, server.url);
  await dashboard.playback.press('Enter');
  await fake.passDuring(dashboard.expectState('playback'));
  const field = page.getByTestId('player-at');
  // A partial input may be in the future: nothing happens before it is complete.
  await field.fill('2030-01-15T10:00:07');
  await fake.pass(100);
  await dashboard.expectState('playback');
  await field.fill('2026-01-15T10:00:07');
  await field.press('Enter');
  // The input is in the browser's time zone, not in that of this process.
  const at_ms = await page.evaluate(() => Date.parse('2026-01-15T10:00:07'));
  const linked = () => Date.parse(new URL(page.url()).searchParams.get('at') ?? '');
  await fake.passDuring(expect.poll(linked).toBe(at_ms));

  await page.getByTestId('player-live').press('Enter');
  await fake.passDuring(dashboard.expectState('live'));
  await expect(page.getByRole('region', { name: 'Time shown in charts' })).toBeFocused();
});

test('older entries are loaded on request', async ({ dashboard }) => {
  await dashboard.openLive();
  await expect(dashboard.feedItems.first()).toBeVisible();
  const text = (await dashboard.feedTexts.first().textContent()) as string;
  const listed = dashboard.feedTexts.filter({ hasText: text });
  await dashboard.clear.click();
  await expect(listed).toHaveCount(0);
  await dashboard.older.click();
  await expect(listed.first()).toBeAttached();
});

test('older entries are loaded in pages until all are listed', async ({
  dashboard,
  page,
  server,
}) => {
  const fake = await Fake.open(page, server.url);
  const PAGE = 100;
  const oldest = PAGE + 3;
  /** The requests, and functions that respond to them. */
  const requests: { before: number; respond: () => Promise<void> }[] = [];
  await page.route('**/api/v1/journal?*', (route) => {
    const before = Number(new URL(route.request().url()).searchParams.get('before'));
    const [from, count] = requests.length === 0 ? [0, PAGE] : [PAGE, oldest - PAGE];
    const messages = Array.from({ length: count }, (_, index) => ({
      ...event(`Older event ${from + index + 1}`),
      seq: 2 - requests.length,
      prev: 0,
      timestamp: new Date(fake.now_ms - 3_600_000).toISOString(),
    }));
    const next_before = from === 0 ? before - PAGE : null;
    requests.push({ before, respond: () => route.fulfill({ json: { messages, next_before } }) });
  });
  await expect(dashboard.feedItems.first()).toBeVisible();
  const newest = await dashboard.feedItems.count();

  for (const [index, listed] of [newest + PAGE, newest + oldest].entries()) {
    await dashboard.older.click();
    await expect(dashboard.older).toHaveText('Loading…');
    // A click during a request sends no other one.
    await dashboard.older.click();
    await fake.passDuring(expect.poll(() => requests.length).toBe(index + 1));
    await requests[index]?.respond();
    await fake.passDuring(expect(dashboard.feedItems).toHaveCount(listed));
    await expect(dashboard.feedTexts.last()).toHaveText(`Older event ${listed - newest}`);
  }
  expect(requests).toHaveLength(2);
  await expect(dashboard.older).toBeHidden();
});

test('a time range can be analysed', async ({ dashboard, page }) => {
  await dashboard.openLive();
  await watch(dashboard, 3);
  await dashboard.analyse.click();
  const cpu = cpuRow(dashboard, page);
  await expect(cpu.locator('td').first()).toHaveText(/\d\s%$/);
  const [, low, mean, p95, high] = (await cpu.locator('td, th').allTextContents()).map((text) =>
    Number.parseFloat(text),
  ) as [number, number, number, number, number];
  expect(low).toBeLessThanOrEqual(mean);
  expect(mean).toBeLessThanOrEqual(high);
  expect(p95).toBeLessThanOrEqual(high);
  await dashboard.analyse.click();
  await expect(dashboard.analysis).toBeHidden();
});

test('the analysis compares with an earlier range', async ({
  dashboard,
  page,
  server,
}) => {
  const fake = await Fake.open(page, server.url);
  await dashboard.analyse.click();
  const values = cpuRow(dashboard, page).locator('td');
  await fake.passDuring(expect(values).toHaveText([/^14/, /^38/, /^59\.6/, /^62/]));
  const compare = (name: string) =>
    page.getByTestId('analysis-earlier').filter({ hasText: name }).click();
  await compare('Previous day');
  // The earlier values of the tests are a fifth lower.
  const compared = [/^14/, /^38/, /^59\.6/, /^62/, /^30\.4/, /^\+25(\.0)?\s%$/];
  await fake.passDuring(expect(values).toHaveText(compared));
  await compare('None');
  await fake.passDuring(expect(values).toHaveCount(4));
});

function cpuRow(dashboard: Dashboard, page: Page): Locator {
  return dashboard.analysis.getByTestId('analysis-row').filter({
    has: page.getByRole('rowheader', { name: 'CPU', exact: true }),
  });
}

test('any time range can be selected', async ({ dashboard, page }) => {
  await dashboard.openLive();
  await watch(dashboard, 2);
  await page.getByTestId('time-toggle').click();
  const from = page.getByTestId('range-from');
  await expect(from).not.toHaveValue('');
  const to = page.getByTestId('range-to');
  const value = await from.inputValue();
  await from.fill(await to.inputValue());
  await to.fill(value);
  await page.getByTestId('range-show').click();
  const toast = page.getByTestId('toast').filter({ hasText: 'must be earlier than' });
  await expect(toast).toBeVisible();
  await to.fill(await from.inputValue());
  await from.fill(value);
  await page.getByTestId('range-show').click();
  await expect(page.getByTestId('range')).toBeHidden();
});
