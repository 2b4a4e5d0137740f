import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { Fake } from '../fake.ts';
import { expect, test } from '../fixtures.ts';
import { data, sample } from '../messages.ts';

/** One chart, spoken of as its user would. */
class Chart {
  readonly card: Locator;
  readonly cursor: Locator;
  readonly canvas: Locator;
  readonly legend: Locator;
  readonly summary: Locator;
  readonly table: Locator;

  constructor(page: Page, name: string) {
    this.card = page.locator(`.card-${name}`);
    this.cursor = this.card.getByRole('slider');
    this.canvas = page.getByTestId(name);
    this.legend = this.card.getByTestId('legend');
    this.summary = page.getByTestId(`${name}-summary`);
    this.table = this.card.getByTestId('chart-table');
  }

  button(name: 'values' | 'csv' | 'png'): Locator {
    return this.card.getByTestId(`chart-${name}`);
  }

  /** What is painted, lines and times; an unpainted canvas is the same all over. */
  picture(): Promise<string> {
    return this.canvas.evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  }
}

/** Opens the page, and brings a chart into sight: what is not is not painted. */
async function open(page: Page, url: string, name: string): Promise<[Fake, Chart]> {
  const fake = await Fake.open(page, url);
  await fake.append(sample());
  const chart = new Chart(page, name);
  await chart.cursor.scrollIntoViewIfNeeded();
  await show(fake, page);
  return [fake, chart];
}

/** Lets what was observed reach the page, and the page paint it. */
async function show(fake: Fake, page: Page): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await fake.pass(20);
    await page.evaluate(() => undefined);
  }
}

/** Lets seconds pass, each with what comes from the server in it: its answers must not stay away. */
async function wait(fake: Fake, page: Page, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    await fake.pass(1_000);
    await page.evaluate(() => undefined);
  }
}

test('a line is switched off by its name', async ({ page, server }) => {
  const [fake, chart] = await open(page, server.url, 'memory-chart');
  await expect.poll(() => painted(chart)).toBe(true);
  const both = await chart.picture();
  const swap = chart.legend.filter({ hasText: 'Swap' });
  await expect(swap).toHaveText(/12\.5\s%/);

  await swap.click();
  await expect(swap).toHaveAttribute('aria-pressed', 'false');
  await show(fake, page);
  expect(await chart.picture()).not.toBe(both);
  await swap.click();
  await expect(swap).toHaveAttribute('aria-pressed', 'true');
});

test('keys move a cursor, and say what is there', async ({ page, server }) => {
  const [fake, chart] = await open(page, server.url, 'cpu-chart');
  await expect(chart.cursor).toHaveAttribute('aria-valuetext', 'No moment chosen');
  const press = async (key: string) => {
    await chart.cursor.press(key);
    await show(fake, page);
    return (await chart.cursor.getAttribute('aria-valuetext')) ?? '';
  };
  const newest = await press('End');
  expect(newest).toMatch(/^\d\d:\d\d:\d\d, CPU 42\.5\s%$/);
  const before = await press('ArrowLeft');
  expect(before).toMatch(/^\d\d:\d\d:\d\d, CPU [\d.]+\s%$/);
  expect(before).not.toBe(newest);
  // All charts show the moment.
  const memory = new Chart(page, 'memory-chart');
  await expect(memory.legend.first()).not.toHaveText(/63\.2/);
  expect(await press('Home')).not.toBe(before);
  expect(await press('End')).toBe(newest);
  expect(await press('Escape')).toBe('No moment chosen');
  await expect(memory.legend.first()).toHaveText(/63\.2/);
});

test('time is zoomed and panned by keys and pointer, and reset', async ({ page, server }) => {
  const [fake, chart] = await open(page, server.url, 'cpu-chart');
  const reset = page.getByTestId('chart-reset');
  await expect(reset).toBeHidden();
  await expect.poll(() => painted(chart)).toBe(true);
  const whole = await chart.picture();
  await chart.cursor.press('+');
  await show(fake, page);
  await expect(reset).toBeVisible();
  expect(await chart.picture()).not.toBe(whole);
  await chart.cursor.press('0');
  await show(fake, page);
  await expect(reset).toBeHidden();

  await drag(page, chart.cursor, 0.4, 0.7);
  await show(fake, page);
  await expect(reset).toBeVisible();
  await chart.cursor.dblclick();
  await show(fake, page);
  await expect(reset).toBeHidden();

  await page.getByTestId('chart-in').click();
  await show(fake, page);
  await expect(reset).toBeVisible();
  await reset.click();
  await show(fake, page);
  await expect(reset).toBeHidden();
});

test('a pointer shows the values of a moment', async ({ page, server }) => {
  const [fake, chart] = await open(page, server.url, 'memory-chart');
  const tip = chart.card.locator('.chart-tip');
  await expect(tip).toBeHidden();
  await chart.cursor.hover({ position: { x: 200, y: 60 } });
  await show(fake, page);
  await expect(tip).toHaveText(/^\d\d:\d\d:\d\dMemory\d\d\.\d\s%Swap12\.5\s%$/);
  await page.mouse.move(0, 0);
  await show(fake, page);
  await expect(tip).toBeHidden();
});

test('what is missing is a gap in words, too', async ({ page, server }) => {
  const [fake, chart] = await open(page, server.url, 'cpu-chart');
  await chart.button('values').click();
  await show(fake, page);
  await expect(chart.table.getByRole('row').nth(1)).toContainText('42.5');
  await expect(chart.table.getByRole('row').first()).toHaveText('TimeCPU');
  await expect(chart.table).not.toContainText('no values until');

  await wait(fake, page, 20);
  await fake.append(sample({ cpu: 77.7 }));
  await wait(fake, page, 12);
  await show(fake, page);
  await expect(chart.table).toContainText(/no values until \d\d:\d\d:\d\d/);
  await expect(chart.table).toContainText('77.7');
  await expect(chart.summary).toHaveText(/CPU: 77\.7\s%.*Nothing between \d\d:\d\d:\d\d and/);
});

test('a chart is saved as values and as a picture', async ({ page, server }) => {
  const [, chart] = await open(page, server.url, 'network-chart');
  const csv = await saved(page, chart.button('csv'));
  const [head, ...lines] = csv.toString().trimEnd().split('\r\n');
  expect(head).toBe('time,Received,Sent');
  expect(lines.at(-1)).toMatch(/^2026-01-15T10:30:\d\d\.\d{3}Z,720000,360000$/);

  await expect.poll(() => painted(chart)).toBe(true);
  const png = await saved(page, chart.button('png'));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
});

test('each label has a chart of its own', async ({ page, server }) => {
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
  await show(fake, page);
  await expect(requests.locator('.chart-tip')).toBeVisible();
});

/** Whether anything is. */
function painted(chart: Chart): Promise<boolean> {
  return chart.canvas.evaluate((canvas: HTMLCanvasElement) => {
    if (canvas.width === 0) return false;
    const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
    return pixels?.data.some((value) => value !== 0) ?? false;
  });
}

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

async function saved(page: Page, button: Locator): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return readFile(await download.path());
}
