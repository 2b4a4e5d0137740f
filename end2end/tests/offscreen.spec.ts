import type { Page } from '@playwright/test';
import { Fake } from '../fake.ts';
import { expect, test } from '../fixtures.ts';
import { data, sample } from '../messages.ts';

/** Charts on the page with empty canvases. */
export function blank(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const charts = [...document.querySelectorAll('.chart')].filter((chart) => chart.clientHeight > 0);
    const isBlank = (chart: Element) =>
      [...chart.querySelectorAll('canvas')].every((canvas) => {
        if (canvas.width === 0 || canvas.height === 0) return true;
        const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
        return !(pixels?.data.some((value) => value !== 0) ?? false);
      });
    return charts.filter(isBlank).map((chart) => chart.getAttribute('aria-label') ?? 'a small one');
  });
}

test('a full-page screenshot shows all charts', async ({ page, server }) => {
  await page.setViewportSize({ width: 1280, height: 300 });
  const fake = await Fake.open(page, server.url);
  await fake.append(sample(), data('Requests', 7), data('Errors', 1));
  await fake.append(data('Requests', 9), data('Errors', 2));
  await fake.passDuring(expect.poll(() => blank(page)).toEqual([]));
  // Without scrolling.
  expect(await page.evaluate(() => scrollY)).toBe(0);

  // Charts out of view are updated, too.
  const pictures = () =>
    page.evaluate(() =>
      [...document.querySelectorAll<HTMLCanvasElement>('canvas[data-testid=load-chart]')].map(
        (canvas) => canvas.toDataURL(),
      ),
    );
  const before = await pictures();
  await fake.pass(11_000);
  await fake.append(sample({ load: { one: 9, five: 8, fifteen: 7 } }));
  await fake.passDuring(expect.poll(pictures).not.toEqual(before));
});

test('a change of the theme repaints charts out of sight, too', async ({ page, server }) => {
  await page.setViewportSize({ width: 1280, height: 300 });
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  await fake.passDuring(expect.poll(() => blank(page)).toEqual([]));
  const grids = () =>
    page.evaluate(() =>
      [...document.querySelectorAll<HTMLCanvasElement>('.chart:not(.sparkline) .chart-still')]
        .filter((canvas) => canvas.width > 0)
        .map((canvas) => canvas.toDataURL()),
    );
  const before = await grids();
  expect(before.length).toBeGreaterThan(3);
  // From the system's theme to the light one, and to the dark one.
  await page.getByTestId('theme').click();
  await page.getByTestId('theme').click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  // Two frames.
  await fake.pass(40);
  const after = await grids();
  expect(after.filter((grid, index) => grid === before[index])).toEqual([]);
});
