// What was unusual at a moment.
import { AxeBuilder } from '@axe-core/playwright';
import { Chart } from '../../chart.ts';
import { expect, test } from '../../fixtures.ts';

/** Reports ten minutes of orders, as always until the last second; returns when that was. */
async function reportOrders(url: string): Promise<number> {
  const end = Math.floor(Date.now() / 1_000) * 1_000;
  const lines = Array.from({ length: 600 }, (_, second) => {
    const value = second === 599 ? 900 : 40 + ((second * 37) % 11) / 10;
    return `orders value=${value} ${end - (599 - second) * 1_000}`;
  });
  const body = lines.join('\n');
  expect((await fetch(`${url}/write?precision=ms`, { method: 'POST', body })).status).toBe(204);
  return end;
}

test('playback shows what was unusual at its moment, and leads to its chart', async ({ dashboard, page, server }) => {
  await dashboard.openLive();
  const at = await reportOrders(server.url);
  // The moment is over.
  await expect.poll(() => Date.now()).toBeGreaterThan(at + 3_000);
  await page.goto(`/?at=${new Date(at + 500).toISOString()}`);
  await dashboard.expectState('playback');
  await page.getByTestId('evidence-toggle').click();
  const first = page.getByTestId('evidence-row').first();
  await expect(first).toContainText('orders');
  await expect(first).toContainText('900');
  await expect(first).toContainText('↑');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).include('[data-testid="evidence"]').analyze();
    expect(violations).toEqual([]);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);

  await first.getByRole('link').click();
  await dashboard.expectState('playback');
  await expect(new Chart(page, 'series-0').legend).toContainText('orders');

  // Back to live it is closed.
  await page.goto(`/?at=${new Date(at + 500).toISOString()}`);
  await dashboard.expectState('playback');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByTestId('evidence-toggle').click();
  await expect(page.getByTestId('evidence')).toBeVisible();
  await page.getByTestId('player-live').click();
  await expect(page.getByTestId('evidence')).toBeHidden();
});
