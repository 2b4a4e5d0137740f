import { Dashboard, type Numbers } from '../../dashboard.ts';
import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { event, sample } from '../../messages.ts';
import { Watchroom } from '../../server.ts';

/** Every moment that the page has shown until there are so many, oldest first. */
async function watch(dashboard: Dashboard, count: number): Promise<Numbers[]> {
  const seen: Numbers[] = [];
  await expect
    .poll(
      async () => {
        const numbers = await dashboard.numbers();
        if (numbers.lastSample !== seen.at(-1)?.lastSample) seen.push(numbers);
        return seen.length;
      },
      { intervals: [100], timeout: 30_000 },
    )
    .toBeGreaterThanOrEqual(count);
  return seen;
}

/** Three moments that followed each other, and no sample in between was missed. */
async function watchThree(dashboard: Dashboard): Promise<[Numbers, Numbers, Numbers]> {
  const seen: Numbers[] = [];
  let three: Numbers[] | undefined;
  await expect(async () => {
    seen.push(...(await watch(dashboard, 4)));
    const follows = (earlier: Numbers | undefined, later: Numbers | undefined) =>
      taken(later) - taken(earlier) < 1_400;
    three = seen.map((_, index) => seen.slice(index, index + 3)).find(
      ([one, two, last]) => follows(one, two) && follows(two, last),
    );
    expect(three).toBeDefined();
  }).toPass();
  return three as [Numbers, Numbers, Numbers];
}

function taken(numbers: Numbers | undefined): number {
  return Date.parse(numbers?.lastSample ?? '');
}

/** Half-way from a sample to the next: a second on is half-way to the one after. */
function between(one: Numbers, next: Numbers): string {
  return new Date((taken(one) + taken(next)) / 2).toISOString();
}

test('a link to a moment shows what was shown then', async ({ context, dashboard, page }) => {
  await dashboard.open('/');
  await dashboard.expectState('live');
  const [then, next] = await watchThree(dashboard);
  const link = between(then, next);

  const guest = new Dashboard(await context.newPage());
  await guest.open(`/?at=${link}`);
  await guest.expectState('past');
  await expect.poll(() => guest.numbers()).toEqual(then);
  await expect(guest.player).toBeVisible();

  // A second on is the next sample, and the address says so.
  await guest.page.keyboard.press('.');
  await expect.poll(() => guest.numbers()).toEqual(next);
  await expect.poll(() => new URL(guest.page.url()).searchParams.get('at')).not.toBe(link);
  await guest.page.keyboard.press(',');
  await expect.poll(() => guest.numbers()).toEqual(then);

  // One key leads back; the address is that of the present.
  await guest.page.keyboard.press('l');
  await guest.expectState('live');
  await guest.expectSampleAfter(taken(next) + 1_000);
  await expect(guest.player).toBeHidden();
  expect(new URL(guest.page.url()).search).toBe('');

  // The other page has been live all along.
  await dashboard.expectState('live');
  await page.close();
});

test('moments follow each other until they reach the present', async ({ dashboard, page }) => {
  await dashboard.open('/');
  await dashboard.expectState('live');
  const [first, next] = await watchThree(dashboard);
  await dashboard.open(`/?at=${between(first, next)}`);
  await dashboard.expectState('past');
  await expect.poll(() => dashboard.numbers()).toEqual(first);
  await page.getByTestId('player-speed').filter({ hasText: '10×' }).click();
  await dashboard.expectState('live', 20_000);
  await dashboard.expectSampleAfter(taken(first) + 3_000);
});

test('a press on a chart chooses the moment', async ({ dashboard, page }) => {
  await dashboard.open('/');
  await dashboard.expectState('live');
  await watch(dashboard, 6);
  // As close as it gets: five seconds, all of which the server has.
  for (let times = 0; times < 8; times += 1) await page.getByTestId('chart-in').click();
  await dashboard.playback.click();
  await dashboard.expectState('past');
  const box = await page.locator('.card-cpu-chart .chart').boundingBox();
  if (box === null) throw new Error('the chart is not on the page');
  const linked = () => new URL(page.url()).searchParams.get('at');
  await expect.poll(linked).not.toBeNull();
  const moments = [linked()];
  for (const share of [0.65, 0.9]) {
    await page.mouse.click(box.x + box.width * share, box.y + box.height / 2);
    await expect.poll(linked).not.toBe(moments.at(-1));
    moments.push(linked());
  }
  const [, one, other] = moments.map((at) => Date.parse(at ?? ''));
  expect(other).toBeGreaterThan(one as number);
});

test('a restart during playback is waited for', async ({ page }) => {
  const server = await Watchroom.start();
  try {
    const dashboard = new Dashboard(page);
    await dashboard.open(server.url);
    await dashboard.expectState('live');
    const [then, next] = await watchThree(dashboard);
    await dashboard.open(`${server.url}/?at=${between(then, next)}`);
    await expect.poll(() => dashboard.numbers()).toEqual(then);

    await server.kill('SIGKILL');
    await page.keyboard.press('.');
    await expect(dashboard.player).toContainText('does not answer');
    expect(await dashboard.numbers()).toEqual(then);

    await server.restart();
    await expect.poll(() => dashboard.numbers(), { timeout: 30_000 }).toEqual(next);
    await expect(dashboard.player).not.toContainText('does not answer');
    await dashboard.expectState('past');
    await page.keyboard.press('l');
    await dashboard.expectState('live', 30_000);
  } finally {
    await server.stop();
  }
});

test('what is looked at closely is fetched finely', async ({ dashboard, page, server }) => {
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

test('the page stays in the present while charts show an hour ago', async ({
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

test('a moment can be typed, and the keyboard goes on from where it was', async ({
  dashboard,
  page,
  server,
}) => {
  const fake = await Fake.open(page, server.url);
  await dashboard.playback.press('Enter');
  await fake.passDuring(dashboard.expectState('past'));
  const field = page.getByTestId('player-at');
  // Half-typed it may be a moment to come: nothing happens before it is complete.
  await field.fill('2030-01-15T10:00:07');
  await fake.pass(100);
  await dashboard.expectState('past');
  await field.fill('2026-01-15T10:00:07');
  await field.press('Enter');
  const at = new Date('2026-01-15T10:00:07').toISOString();
  const linked = () => Date.parse(new URL(page.url()).searchParams.get('at') ?? '');
  await fake.passDuring(expect.poll(linked).toBe(Date.parse(at)));

  await page.getByTestId('player-live').press('Enter');
  await fake.passDuring(dashboard.expectState('live'));
  await expect(page.getByRole('group', { name: 'Time shown in charts' })).toBeFocused();
});

test('older entries come when they are asked for', async ({ dashboard }) => {
  await dashboard.open('/');
  await dashboard.expectState('live');
  await expect(dashboard.feedItems.first()).toBeVisible();
  const oldest = (await dashboard.feedTexts.allTextContents()).at(-1) as string;
  const listed = dashboard.feedTexts.filter({ hasText: oldest });
  await dashboard.clear.click();
  await expect(listed).toHaveCount(0);
  // A page of them for each press, until what happened first is the last of the list.
  await expect(async () => {
    await dashboard.older.click({ timeout: 1_000 });
    await expect(dashboard.older).toBeHidden({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await expect(dashboard.feedTexts.last()).toHaveText(/^Watchroom [\d.]+ started$/);
  await expect(listed.first()).toBeAttached();
});

test('what a stretch of time comes to is told, and compared', async ({ dashboard, page }) => {
  await dashboard.open('/');
  await dashboard.expectState('live');
  await watch(dashboard, 3);
  await dashboard.analyse.click();
  const cpu = dashboard.analysis.getByTestId('analysis-row').filter({
    has: page.getByRole('rowheader', { name: 'CPU', exact: true }),
  });
  await expect(cpu).toBeVisible();
  const [, low, mean, p95, high] = (await cpu.locator('td, th').allTextContents()).map((text) =>
    Number.parseFloat(text),
  ) as [number, number, number, number, number];
  expect(low).toBeLessThanOrEqual(mean);
  expect(mean).toBeLessThanOrEqual(high);
  expect(p95).toBeLessThanOrEqual(high);

  // There was no day before.
  await page.getByTestId('analysis-earlier').filter({ hasText: 'The day before' }).click();
  await expect(cpu.locator('td').last()).toHaveText('–');
  await dashboard.analyse.click();
  await expect(dashboard.analysis).toBeHidden();
});

test('any stretch of time can be chosen', async ({ dashboard, page }) => {
  await dashboard.open('/');
  await dashboard.expectState('live');
  await watch(dashboard, 2);
  await page.getByTestId('past-range').click();
  const from = page.getByTestId('range-from');
  await expect(from).not.toHaveValue('');
  const to = page.getByTestId('range-to');
  const value = await from.inputValue();
  await from.fill(await to.inputValue());
  await to.fill(value);
  await page.getByTestId('range-show').click();
  const toast = page.getByTestId('toast').filter({ hasText: 'begins before it ends' });
  await expect(toast).toBeVisible();
  await to.fill(await from.inputValue());
  await from.fill(value);
  await page.getByTestId('range-show').click();
  await expect(page.getByTestId('range')).toBeHidden();
});
