import type { Page } from '@playwright/test';
import { Chart } from '../../chart.ts';
import { expect, test } from '../../fixtures.ts';

/** The values of one metric, by widget. */
async function shownValues(page: Page, chart: Chart, tile: string): Promise<Record<string, string>> {
  const plain = (text: string | null) => (text ?? '').replaceAll(/\s/g, '');
  return {
    tile: plain(await page.getByTestId(tile).textContent()),
    legend: plain(await chart.legend.first().locator('.legend-value').textContent()),
  };
}

test('tile, legend, chart and tooltip show the same values of a moment', async ({ dashboard, page }) => {
  await dashboard.openLive();
  const first = await dashboard.sampledAt();
  await dashboard.expectSampleAfter(first + 6_000);
  const responses: { step_ms: number; is_single: boolean; times_ms: number[] }[] = [];
  page.on('response', (response) => {
    if (new URL(response.url()).pathname !== '/api/v1/query') return;
    // Not available after navigation.
    response.json().then((body) => responses.push(body), () => undefined);
  });
  const cpu = new Chart(page, 'cpu-chart');
  const received = new Chart(page, 'network-chart');
  for (const after_ms of [1_999, 3_250, 4_001]) {
    await dashboard.open(`/?at=${new Date(first + after_ms).toISOString()}`);
    await dashboard.expectState('playback');
    await expect(async () => {
      const { tile, legend } = await shownValues(page, cpu, 'cpu-value');
      expect(tile).toMatch(/^\d/);
      expect(legend).toBe(tile);
    }).toPass();
    const { tile: rate, legend: line } = await shownValues(page, received, 'network-recv');
    expect(line).toBe(rate);

    // Five minutes are more than was received: the rest is fetched.
    await dashboard.showSpan('5 min');
    // The chart has the sample itself, which the tooltip shows at the marked moment.
    const { cpu: shown, lastSample } = await dashboard.values();
    const times = () => responses.filter((response) => response.is_single).flatMap((it) => it.times_ms);
    await expect.poll(times).toContain(Date.parse(lastSample));
    expect(responses.every((response) => response.step_ms === 1_000)).toBe(true);
    const moment = cpu.card.locator('.chart-moment');
    await expect(moment).toBeVisible();
    const [mark, plot] = [await moment.boundingBox(), await cpu.cursor.boundingBox()];
    await cpu.cursor.hover({ position: { x: (mark?.x ?? 0) - (plot?.x ?? 0), y: 40 } });
    const tip = cpu.card.locator('.chart-tip b');
    await expect.poll(async () => (await tip.textContent())?.replaceAll(/\s/g, '')).toBe(
      shown.replaceAll(/\s/g, ''),
    );
    await page.mouse.move(0, 0);
  }
});
