import { expectValues } from '../dashboard.ts';
import { expect, test } from '../fixtures.ts';

/** The maximum age of a sample on a live page. */
const SAMPLE_AGE_MS_MAX = 3_000;

test('shows live values soon after the load', async ({ dashboard }) => {
  await dashboard.openLive();
  await expect(dashboard.badge).toHaveText('Live');
  await expect.poll(() => dashboard.updateCount()).toBeGreaterThan(0);
  const age_ms = async () => Date.now() - (await dashboard.sampledAt());
  await expect.poll(age_ms, { intervals: [50] }).toBeLessThan(SAMPLE_AGE_MS_MAX);
  expectValues(await dashboard.values());
});

test('values change without a reload', async ({ dashboard, page }) => {
  await dashboard.openLive();
  let loads = 0;
  page.on('load', () => (loads += 1));

  const first = await dashboard.values();
  const updates = await dashboard.updateCount();
  await dashboard.expectSampleAfter(Date.parse(first.lastSample) + 2_000);
  const later = await dashboard.values();
  expect(later.cpu + later.networkSent + later.networkRecv).not.toBe(
    first.cpu + first.networkSent + first.networkRecv,
  );
  expect(await dashboard.updateCount()).toBeGreaterThan(updates);
  expect(loads).toBe(0);
  // The page has used one connection all the time.
  await expect(page.getByTestId('connection-reconnects')).toHaveText('0');
});

test('the chart is drawn and the feed fills', async ({ dashboard }) => {
  await dashboard.openLive();
  // Charts out of view are not painted.
  await dashboard.cpuChart.scrollIntoViewIfNeeded();
  // An unpainted canvas is transparent.
  await expect
    .poll(() =>
      dashboard.cpuChart.evaluate((canvas: HTMLCanvasElement) => {
        if (canvas.width === 0) return false;
        const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
        return pixels?.data.some((value) => value !== 0) ?? false;
      }),
    )
    .toBe(true);
  await expect(dashboard.feedItems.first()).toBeVisible();
});
