import { expect, type Locator, type Page } from '@playwright/test';
import { Fake } from './fake.ts';
import { sample } from './messages.ts';

/** A chart, in terms of its user. */
export class Chart {
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

  /** Chooses an action of the card's menu. */
  async choose(name: 'values' | 'csv' | 'png'): Promise<void> {
    await this.card.getByTestId('menu').click();
    await this.card.getByTestId(`chart-${name}`).click();
  }

  /** The painted pixels, lines and times; an unpainted canvas is uniform. */
  picture(): Promise<string> {
    return this.canvas.evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  }
}

/** Opens the page and scrolls a chart into view, since others are not painted. */
export async function open(page: Page, url: string, name: string): Promise<[Fake, Chart]> {
  const fake = await Fake.open(page, url);
  await fake.append(sample());
  const chart = new Chart(page, name);
  await chart.cursor.scrollIntoViewIfNeeded();
  // The intersection observer is asynchronous.
  await fake.passDuring(expect.poll(() => painted(chart)).toBe(true));
  await show(fake, page);
  return [fake, chart];
}

/**
 * Runs some frames. A busy browser may need more of them, so that assertions after this must wait: see
 * `Fake.passDuring`.
 */
export async function show(fake: Fake, page: Page): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await fake.pass(20);
    await page.evaluate(() => undefined);
  }
}

/** Lets seconds pass one by one, so that the server's responses arrive in time. */
export async function wait(fake: Fake, page: Page, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    await fake.pass(1_000);
    await page.evaluate(() => undefined);
  }
}

/** Whether any pixel is painted. */
function painted(chart: Chart): Promise<boolean> {
  return chart.canvas.evaluate((canvas: HTMLCanvasElement) => {
    if (canvas.width === 0) return false;
    const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
    return pixels?.data.some((value) => value !== 0) ?? false;
  });
}
