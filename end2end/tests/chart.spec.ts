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
  const none = 'No moment chosen';
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

test('a gap is announced, too', async ({ page, server }) => {
  const [fake, chart] = await open(page, server.url, 'cpu-chart');
  await chart.button('values').click();
  await fake.passDuring(expect(chart.table.getByRole('row').nth(1)).toContainText('42.5'));
  await expect(chart.table.getByRole('row').first()).toHaveText('TimeCPU');
  await expect(chart.table).not.toContainText('no values until');

  await wait(fake, page, 20);
  await fake.append(sample({ cpu: 77.7 }));
  await wait(fake, page, 12);
  await fake.passDuring(expect(chart.table).toContainText(/no values until \d\d:\d\d:\d\d/));
  await expect(chart.table).toContainText('77.7');
  const announced = /CPU: 77\.7\s%.*Nothing between \d\d:\d\d:\d\d and/;
  await fake.passDuring(expect(chart.summary).toHaveText(announced));
});

test('each label has its own chart', async ({ page, server }) => {
  const fake = await Fake.open(page, server.url, { empty: true });
  await fake.append(data('Requests', 10, { unit: '1/s' }), data('<b>Queue</b>', 7));
  await fake.append(data('Requests', 42.5, { unit: '1/s' }));
  const tiles = page.getByTestId('counter');
  await expect(tiles).toHaveCount(2);
  const requests = tiles.filter({ hasText: 'Requests' });
  await expect(requests).toHaveText(/42\.5\s1\/s/);
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
