// What surrounds the charts: header, toolbar, title.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { alert, event, log, sample } from '../../messages.ts';
import { SIZES } from '../../states.ts';

const LONG_NAME = `${'web-frontend-eu-central-1-'.repeat(3)}0042`;

/** Where the visible parts of the bar are. */
function places(page: Page): Promise<number[][]> {
  return page.locator('.header, .header > :not(.retry, .visually-hidden), .time-bar > *').evaluateAll((parts) =>
    parts
      .filter((part) => part.getClientRects().length > 0)
      .filter((part) => !part.matches('.host-switch, .chart-loading'))
      .map((part) => {
        const { x, y, width, height } = part.getBoundingClientRect();
        return [x, y, width, height].map(Math.round);
      }),
  );
}

test('nothing in the bar moves when a state changes', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  for (const width of [390, 1024, 1440]) {
    await page.setViewportSize({ width, height: 844 });
    await fake.append(sample());
    const before = await places(page);
    await dashboard.pause.click();
    await expect.poll(() => places(page), `${width} paused`).toEqual(before);
    await fake.append(...Array.from({ length: 33 }, (_, index) => event(`Held back ${width} ${index}`)));
    await fake.pass(500);
    await expect(dashboard.pause).toHaveText('Resume · 33 new');
    await expect.poll(() => places(page), `${width} held back`).toEqual(before);
    await dashboard.pause.click();
    // Zoomed: a range with two times, and the way back.
    await page.getByTestId('chart-earlier').click();
    await fake.passDuring(expect(page.getByTestId('chart-reset')).toBeVisible());
    await expect.poll(() => places(page), `${width} held`).toEqual(before);
    await page.getByTestId('chart-reset').click();
    await fake.passDuring(expect(page.getByTestId('chart-reset')).toBeHidden());
    fake.up = false;
    await fake.close();
    await fake.passDuring(expect(page.getByTestId('retry')).toBeVisible());
    await expect.poll(() => places(page), `${width} lost`).toEqual(before);
    fake.up = true;
    await page.getByTestId('retry').click();
    await fake.append(sample());
    await fake.passDuring(dashboard.expectState('live'));
  }
});

test('the title says when the page is not live', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  await expect(page).toHaveTitle('atlas · Watchroom');
  await dashboard.playback.click();
  await fake.passDuring(dashboard.expectState('playback'));
  await expect(dashboard.badge).toHaveText(/^Viewing 15 Jan \d\d:\d\d$/);
  await expect(page).toHaveTitle(/^Viewing 15 Jan \d\d:\d\d · atlas$/);
  await page.keyboard.press('l');
  await fake.passDuring(dashboard.expectState('live'));
  fake.up = false;
  await fake.close();
  await fake.passDuring(dashboard.expectState('reconnecting'));
  await expect(page).toHaveTitle('Reconnecting · atlas');
});

test('a lost connection can be retried at once', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  const retry = page.getByTestId('retry');
  await expect(retry).toBeHidden();
  fake.up = false;
  await fake.close();
  await fake.passDuring(expect(retry).toBeVisible());
  await expect(dashboard.badge).toHaveText(/^Reconnecting in \d+ s$/);
  fake.up = true;
  await retry.click();
  await expect(retry).toBeHidden();
  await fake.append(sample());
  await fake.passDuring(dashboard.expectState('live'));
});

test('switches and cards appear with what they are for', async ({ page, server }) => {
  const fake = await Fake.open(page, server.url);
  await page.getByTestId('settings-open').click();
  const parts = [
    [['stream-alerts', 'notify', 'alerts-summary'], alert('cpu-high')],
    [['stream-logs', 'logs'], log('upstream timed out')],
  ] as const;
  for (const [ids, message] of parts) {
    for (const id of ids) await expect(page.getByTestId(id)).toBeHidden();
    await fake.append(message);
    for (const id of ids) await fake.passDuring(expect(page.getByTestId(id)).toBeVisible());
  }
});

test('a long host name has one line that shows both of its ends', async ({ page, server }) => {
  await Fake.open(page, server.url, { host: LONG_NAME });
  const name = page.getByRole('heading', { level: 1 });
  for (const width of [320, 390, 768, 1440]) {
    await page.setViewportSize({ width, height: 844 });
    const [line, box] = [await page.locator('.host-end').boundingBox(), await name.boundingBox()];
    expect(box?.height).toBeLessThan(2 * (line?.height ?? 0));
    expect((line?.x ?? 0) + (line?.width ?? 0)).toBeLessThanOrEqual(width);
  }
  await expect(name).toHaveText(LONG_NAME);
  await expect(name).toHaveAttribute('title', LONG_NAME);
});

test('rows of charts are full at every width', async ({ page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  for (const width of [390, 768, 900, 1024, 1100, 1200, 1280, 1440, 1920]) {
    await page.setViewportSize({ width, height: 900 });
    const gaps = () =>
      page.locator('.charts').evaluate((charts) => {
        const right = charts.getBoundingClientRect().right;
        const rows = new Map<number, number>();
        for (const card of charts.querySelectorAll('.card')) {
          if (!card.checkVisibility()) continue;
          const box = card.getBoundingClientRect();
          rows.set(box.top, Math.max(rows.get(box.top) ?? 0, box.right));
        }
        return [...rows.values()].filter((end) => Math.abs(end - right) > 1).length;
      });
    await expect.poll(gaps, { message: `${width}` }).toBe(0);
  }
});

test('bars are coloured by the limits of their measure', async ({ page, server }) => {
  const fake = await Fake.open(page, server.url);
  const severity = (selector: string) => page.locator(selector).first();
  await fake.append(sample({ cpu: 76, memory: 79, cores: [10, 80, 95, null, 20, 30, 40, 50] }));
  await expect(severity('.card-cpu > .bar')).toHaveAttribute('data-severity', 'high');
  await expect(severity('.card-memory > .bar')).toHaveAttribute('data-severity', 'normal');
  for (const of of ['normal', 'high', 'critical']) {
    const fill = page.locator(`.bars > [data-severity="${of}"]`);
    await expect(fill).toHaveAttribute('d', of === 'normal' ? /^(M[^M]+){5}$/ : /^M[^M]+$/);
  }
  await fake.append(sample({ cpu: 91, memory: 96 }));
  await expect(severity('.card-cpu > .bar')).toHaveAttribute('data-severity', 'critical');
  await expect(severity('.card-memory > .bar')).toHaveAttribute('data-severity', 'critical');
});

test('tiles have the course of the chosen time at their bottom edge', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  const lines = page.locator('.card:has(> .tile, > .pair) > .sparkline');
  await expect(lines).toHaveCount(4);
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: 844 });
    const beside = () =>
      lines.evaluateAll((lines) =>
        lines.map((line) => {
          const [inner, outer] = [line.getBoundingClientRect(), (line.parentElement as Element).getBoundingClientRect()];
          return [inner.left - outer.left, outer.right - inner.right, outer.bottom - inner.bottom].map(Math.round);
        }),
      );
    // A hairline surrounds the tile.
    await expect.poll(beside, `${width}`).toEqual(Array.from({ length: 4 }, () => [1, 1, 1]));
  }
  // They show what the charts show, and where the cursor is.
  const before = await painted(page, 'memory');
  await dashboard.showSpan('1 h');
  await fake.passDuring(expect.poll(() => painted(page, 'memory')).not.toBe(before));
  await page.locator('.card-cpu-chart .chart').hover({ position: { x: 300, y: 60 } });
  await fake.passDuring(expect(page.locator('.card-network > .sparkline .chart-cursor')).toBeVisible());
  await expect(page.locator('.card-network > .sparkline .dot:not([hidden])')).toHaveCount(2);
});

/** What the line of a tile looks like. */
function painted(page: Page, tile: string): Promise<string> {
  return page
    .locator(`.card-${tile} > .sparkline .chart-lines`)
    .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
}

test('the bar stays in sight, above what has the focus', async ({ page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  const bar = page.locator('.header');
  const chart = page.locator('.card-memory-chart .chart');
  for (const width of [320, 390, 1440]) {
    await page.setViewportSize({ width, height: 700 });
    await page.getByTestId('processes').scrollIntoViewIfNeeded();
    await expect(bar).toBeInViewport();
    expect((await bar.boundingBox())?.y).toBeCloseTo(0, 0);
    // WCAG 2.2, 2.4.11.
    await chart.focus();
    const [above, below] = [await bar.boundingBox(), await chart.boundingBox()];
    expect((above?.y ?? 0) + (above?.height ?? 0)).toBeLessThanOrEqual((below?.y ?? 0) + 1);
    await page.getByTestId('time-toggle').click();
    const panel = await page.getByTestId('range').boundingBox();
    expect((panel?.x ?? 0) + (panel?.width ?? 0)).toBeLessThanOrEqual(width);
    expect(panel?.x ?? -1).toBeGreaterThanOrEqual(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await page.keyboard.press('Escape');
  }
});

test('the time has one row, and the page little above its content', async ({ page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  for (const [width, bar_px] of [[320, 104], [390, 104], [1280, 56], [1440, 56]] as const) {
    await page.setViewportSize({ width, height: 844 });
    await page.getByTestId('chart-earlier').click();
    const reset = page.getByTestId('chart-reset');
    await fake.passDuring(expect(reset).toBeVisible());
    const rows = await page.locator('.time-bar > *').evaluateAll((parts) => {
      const seen = parts.filter((part) => part.checkVisibility() && !part.matches('.chart-loading'));
      return new Set(seen.map((part) => Math.round(part.getBoundingClientRect().top / 24))).size;
    });
    expect(rows, `${width}`).toBe(1);
    const right = await page.locator('.time-bar > .button').last().boundingBox();
    expect((right?.x ?? 0) + (right?.width ?? 0)).toBeLessThanOrEqual(width);
    expect((await page.locator('.header').boundingBox())?.height).toBeLessThanOrEqual(bar_px);
    await reset.click();
    await fake.passDuring(expect(reset).toBeHidden());
  }
});

test('the first plot is in sight, and charts are mostly plot', async ({ page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  for (const [width, height, top] of [[1440, 900, 280], [390, 844, 420]] as const) {
    await page.setViewportSize({ width, height });
    const first = () => page.locator('.charts .chart').first().evaluate((chart) => chart.getBoundingClientRect().top);
    await expect.poll(first, `${width}`).toBeLessThanOrEqual(top);
    const shares = () =>
      page.locator('.charts .card').evaluateAll((cards) =>
        cards
          // Those with a single row of names; others need more.
          .filter((card) => card.checkVisibility() && (card.querySelector('.legend')?.clientHeight ?? 0) < 40)
          .map((card) => (card.querySelector('.chart')?.clientHeight ?? 0) / card.clientHeight),
      );
    expect(await shares()).not.toHaveLength(0);
    for (const share of await shares()) expect(share).toBeGreaterThanOrEqual(0.75);
  }
});

test('a card has its actions in a menu', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  const card = page.locator('.card-cpu-chart');
  const values = card.getByTestId('chart-values');
  await expect(values).toBeHidden();
  const button = card.getByRole('button', { name: 'More of CPU usage' });
  await button.click();
  await expect(values).toBeVisible();
  // It is beside its button, and within the page.
  const [from, menu] = [await button.boundingBox(), await card.locator('.menu').boundingBox()];
  expect(Math.abs((menu?.x ?? 0) + (menu?.width ?? 0) - (from?.x ?? 0) - (from?.width ?? 0))).toBeLessThanOrEqual(8);
  expect((menu?.y ?? 0) - (from?.y ?? 0) - (from?.height ?? 0)).toBeLessThanOrEqual(16);
  await page.keyboard.press('Escape');
  await expect(values).toBeHidden();
  await expect(button).toBeFocused();
  await dashboard.expectState('live');
  // An action closes it.
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(values).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(values).toBeHidden();
  await fake.passDuring(expect(card.getByTestId('chart-table')).toBeVisible());
});

test('the badge opens the facts of the connection', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  const facts = page.getByRole('dialog', { name: 'Connection' });
  await expect(facts).toBeHidden();
  await dashboard.badge.click();
  await expect(facts).toBeVisible();
  await expect(dashboard.lastSample).toBeVisible();
  await expect(facts.getByTestId('connection-state')).toHaveText('connected');
  // The page goes on below it, and Escape closes it, not more.
  await fake.pass(950);
  await fake.append(sample({ cpu: 12.5 }));
  await fake.passDuring(expect(dashboard.cpu).toContainText('12.5'));
  await dashboard.playback.click();
  await expect(facts).toBeHidden();
  await fake.passDuring(dashboard.expectState('playback'));
  await dashboard.badge.click();
  await expect(facts).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(facts).toBeHidden();
  await expect(dashboard.badge).toBeFocused();
  await dashboard.expectState('playback');
  await page.keyboard.press('Escape');
  await fake.passDuring(dashboard.expectState('live'));
});

test('the menu of settings sets the theme, the interval and the streams', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  for (const size of Object.values(SIZES)) {
    await page.setViewportSize(size);
    await dashboard.openSettings();
    const box = await dashboard.settings.boundingBox();
    expect(box?.x ?? -1).toBeGreaterThanOrEqual(0);
    expect(box?.y ?? -1).toBeGreaterThanOrEqual(0);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(size.height);
    for (const theme of ['dark', 'light', 'system']) {
      await page.getByTestId(`theme-${theme}`).click();
      await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    }
    const { violations } = await fake.passDuring(
      new AxeBuilder({ page }).setLegacyMode().include('[data-testid="settings"]').analyze(),
    );
    expect(violations.map(({ id }) => id)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(dashboard.settings).toBeHidden();
    await expect(page.getByTestId('settings-open')).toBeFocused();
  }
  await dashboard.openSettings();
  await page.getByTestId('interval').selectOption('5000');
  await expect.poll(() => fake.requests.at(-1)?.type).toBe('set_interval');
  await page.getByTestId('refresh').click();
  await expect.poll(() => fake.requests.at(-1)?.type).toBe('request_metrics');
  await page.getByTestId('stream-processes').click();
  await expect.poll(() => fake.requests.at(-1)?.type).toBe('unsubscribe');
  await expect(page.getByTestId('stream-processes')).toHaveAttribute('aria-pressed', 'false');
});

test('a phone has a dock, from which the palette opens as a sheet', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  const dock = page.getByRole('navigation', { name: 'Places' });
  for (const width of [320, 390]) {
    await page.setViewportSize({ width, height: 844 });
    const box = await dock.boundingBox();
    expect(box).toMatchObject({ x: 0, width });
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBe(844);
    await page.getByTestId('palette-dock').click();
    const palette = page.getByTestId('palette');
    await fake.passDuring(expect(palette).toBeVisible());
    expect((await palette.boundingBox())?.width).toBe(width);
    await page.keyboard.press('Escape');
    await expect(palette).toHaveCount(0);
  }
  // What is last on the page can be scrolled above the dock.
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  const last = await page.locator('.dashboard').boundingBox();
  const top = (await dock.boundingBox())?.y ?? 0;
  expect((last?.y ?? 0) + (last?.height ?? 0)).toBeLessThanOrEqual(top);
  await expect(dashboard.theme).toBeVisible();
});

for (const [code, text, leadsBack] of [
  [4001, 'Signed out.', true],
  [4003, 'You may no longer see this.', false],
] as const) {
  test(`a page that is closed with ${code} says so: ${text}`, async ({ page, server }) => {
    const fake = await Fake.open(page, server.url, { query: '?host=atlas' });
    await fake.append(sample());
    await fake.close(code);
    await expect(page.getByText(text)).toBeVisible();
    // It is final: no toast says that the page reconnects.
    await expect(page.getByTestId('toast')).toHaveCount(0);
    const link = page.getByTestId('sign-in');
    await expect(link).toBeVisible({ visible: leadsBack });
    if (leadsBack) await expect(link).toHaveAttribute('href', '/login?next=%2F%3Fhost%3Datlas');
  });
}
