import type { Locator, Page } from '@playwright/test';
import { Chart, open, show, wait } from '../chart.ts';
import { Fake } from '../fake.ts';
import { expect, test } from '../fixtures.ts';
import { data, sample } from '../messages.ts';

test('a line can be hidden in the legend', async ({ page, server }) => {
  const [fake, chart] = await open(page, server.url, 'memory-chart');
  const both = await chart.picture();
  const swap = chart.legend.filter({ hasText: 'Swap' });
  await expect(swap).toHaveText(/12\.5\s%/);

  await swap.click();
  await fake.passDuring(expect(swap).toHaveAttribute('aria-pressed', 'false'));
  await fake.passDuring(expect.poll(() => chart.picture()).not.toBe(both));
  await swap.click();
  await fake.passDuring(expect(swap).toHaveAttribute('aria-pressed', 'true'));
});

test('keys move a cursor, whose values are announced', async ({ page, server }) => {
  const [fake, chart] = await open(page, server.url, 'cpu-chart');
  const announced = async () => (await chart.cursor.getAttribute('aria-valuetext')) ?? '';
  const none = 'No time selected';
  expect(await announced()).toBe(none);
  /** Each key moves to another moment. */
  const press = async (key: string) => {
    const before = await announced();
    await chart.cursor.press(key);
    await fake.passDuring(expect.poll(announced).not.toBe(before));
    return announced();
  };
  const newest = await press('End');
  expect(newest).toMatch(/^\d\d:\d\d:\d\d, CPU 42\.5\s%$/);
  const before = await press('ArrowLeft');
  expect(before).toMatch(/^\d\d:\d\d:\d\d, CPU [\d.]+\s%$/);
  // All charts show the moment.
  const memory = new Chart(page, 'memory-chart');
  await fake.passDuring(expect(memory.legend.first()).not.toHaveText(/63\.2/));
  await press('Home');
  expect(await press('End')).toBe(newest);
  expect(await press('Escape')).toBe(none);
  await fake.passDuring(expect(memory.legend.first()).toHaveText(/63\.2/));
});

test('charts zoom, pan and reset by keys and pointer', async ({
  browserName,
  page,
  server,
}) => {
  const [fake, chart] = await open(page, server.url, 'cpu-chart');
  const reset = page.getByTestId('chart-reset');
  const zoomed = () => fake.passDuring(expect(reset).toBeVisible());
  const expectReset = () => fake.passDuring(expect(reset).toBeHidden());
  await expectReset();
  const picture = await chart.picture();
  await chart.cursor.press('+');
  await zoomed();
  await fake.passDuring(expect.poll(() => chart.picture()).not.toBe(picture));
  await chart.cursor.press('0');
  await expectReset();

  await drag(page, chart.cursor, 0.4, 0.7);
  await zoomed();
  // Over WebDriver BiDi, Firefox has no double clicks.
  if (browserName === 'firefox') await chart.cursor.dispatchEvent('dblclick');
  else await chart.cursor.dblclick();
  await expectReset();

  await page.getByTestId('chart-in').click();
  await zoomed();
  await reset.click();
  await expectReset();
});

test('a pointer shows the values of a moment', async ({ page, server }) => {
  const [fake, chart] = await open(page, server.url, 'memory-chart');
  const tip = chart.card.locator('.chart-tip');
  await expect(tip).toBeHidden();
  await chart.cursor.hover({ position: { x: 200, y: 60 } });
  const announced = /^\d\d:\d\d:\d\dMemory\d\d\.\d\s%Swap12\.5\s%$/;
  await fake.passDuring(expect(tip).toHaveText(announced));
  await page.mouse.move(0, 0);
  await fake.passDuring(expect(tip).toBeHidden());
});

test('the tooltip of a stack begins with the total, and its dots are on its lines', async ({
  page,
  server,
}) => {
  const [fake, chart] = await open(page, server.url, 'disk-chart');
  await chart.cursor.hover({ position: { x: 240, y: 60 } });
  const lines = chart.card.locator('.chart-tip-line');
  await fake.passDuring(expect(lines).toHaveCount(3));
  await expect(lines.first()).toHaveText(/^Total[\d.]+\s[kM]?B\/s$/);
  const dots = chart.card.locator('.chart-cursor .dot:not([hidden])');
  await fake.passDuring(expect(dots).toHaveCount(2));
  const [read, written] = await dots.evaluateAll((dots) =>
    dots.map((dot) => dot.getBoundingClientRect().y),
  );
  // The second line lies on the first one.
  expect(written).toBeLessThan(read as number);
});

test('values of held charts are those of their time range', async ({ dashboard, page, server }) => {
  const [fake, chart] = await open(page, server.url, 'cpu-chart');
  await drag(page, chart.cursor, 0.4, 0.7);
  await fake.passDuring(expect(dashboard.badge).toHaveText('Live · charts held'));
  await page.mouse.move(0, 0);
  const value = chart.legend.locator('.legend-value');
  await fake.passDuring(expect(value).not.toHaveText(/42\.5/));
  const held = await value.textContent();
  await fake.append(sample({ cpu: 99.1 }));
  await wait(fake, page, 2);
  await expect(dashboard.cpu).toContainText('99.1');
  expect(await value.textContent()).toBe(held);
  await page.getByTestId('chart-reset').click();
  await fake.passDuring(expect(dashboard.badge).toHaveText('Live'));
  await fake.passDuring(expect(value).toHaveText(/99\.1/));
});

test('values have as many decimals as their neighbours', async ({ page, server }) => {
  const [fake, chart] = await open(page, server.url, 'load-chart');
  await fake.append(sample({ load: { one: 4, five: 3.27, fifteen: 2 } }));
  const values = chart.legend.locator('.legend-value');
  await fake.passDuring(expect(values).toHaveText(['4.00', '3.27', '2.00']));
});

test('a gap is announced, too', async ({ page, server }) => {
  const [fake, chart] = await open(page, server.url, 'cpu-chart');
  await chart.choose('values');
  await fake.passDuring(expect(chart.table.getByRole('row').nth(1)).toContainText('42.5'));
  await expect(chart.table.getByRole('row').first()).toHaveText('TimeCPU');
  await expect(chart.table).not.toContainText('no data until');

  await wait(fake, page, 20);
  await fake.append(sample({ cpu: 77.7 }));
  await wait(fake, page, 12);
  await fake.passDuring(expect(chart.table).toContainText(/no data until \d\d:\d\d:\d\d/));
  await expect(chart.table).toContainText('77.7');
  const announced = /CPU: 77\.7\s%.*No data from \d\d:\d\d:\d\d to/;
  await fake.passDuring(expect(chart.summary).toHaveText(announced));
});

test('each label has its own chart', async ({ page, server }) => {
  const fake = await Fake.open(page, server.url, { empty: true });
  await fake.append(data('Requests', 10, { unit: '1/s' }), data('<b>Queue</b>', 7));
  await fake.append(data('Requests', 42.5, { unit: '1/s' }));
  const tiles = page.getByTestId('counter');
  await expect(tiles).toHaveCount(2);
  const requests = tiles.filter({ hasText: 'Requests' });
  await expect(requests).toHaveText(/42\.5\s\/s/);
  await expect(tiles.filter({ hasText: '<b>Queue</b>' })).toHaveText(/7/);
  await requests.scrollIntoViewIfNeeded();
  await show(fake, page);
  await requests.locator('.sparkline').hover();
  await fake.passDuring(expect(requests.locator('.chart-tip')).toBeVisible());
});

/** Drags a pointer from one share of an element's width to another. */
async function drag(page: Page, element: Locator, from: number, to: number): Promise<void> {
  const box = await element.boundingBox();
  if (box === null) throw new Error('what is dragged over is not on the page');
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + from * box.width, y);
  await page.mouse.down();
  await page.mouse.move(box.x + ((from + to) / 2) * box.width, y);
  await page.mouse.move(box.x + to * box.width, y);
  await page.mouse.up();
}
