import { expectRealNumbers } from '../dashboard.ts';
import { expect, test } from '../fixtures.ts';

/** Samples come each second; a page that shows older ones is not live. */
const SAMPLE_AGE_MS_MAX = 3_000;

test('shows live numbers soon after the load', async ({ dashboard }) => {
  await dashboard.open('/');
  await dashboard.expectState('live');
  await expect(dashboard.badge).toHaveText('Live');
  await expect.poll(() => dashboard.updateCount()).toBeGreaterThan(0);
  const age_ms = async () => Date.now() - (await dashboard.sampledAt());
  await expect.poll(age_ms, { intervals: [50] }).toBeLessThan(SAMPLE_AGE_MS_MAX);
  expectRealNumbers(await dashboard.numbers());
});

test('the numbers change by themselves, without a reload', async ({ dashboard, page }) => {
  await dashboard.open('/');
  await dashboard.expectState('live');
  let loads = 0;
  page.on('load', () => (loads += 1));

  const first = await dashboard.numbers();
  const updates = await dashboard.updateCount();
  await dashboard.expectSampleAfter(Date.parse(first.lastSample) + 2_000);
  const later = await dashboard.numbers();
  expect(later.cpu + later.networkSent + later.networkRecv).not.toBe(
    first.cpu + first.networkSent + first.networkRecv,
  );
  expect(await dashboard.updateCount()).toBeGreaterThan(updates);
  expect(loads).toBe(0);
  // The connection that the page opened has served all along.
  await expect(page.getByTestId('connection-reconnects')).toHaveText('0');
});

test('the chart is drawn and the feed fills', async ({ dashboard }) => {
  await dashboard.open('/');
  await dashboard.expectState('live');
  // What is out of sight is not painted.
  await dashboard.cpuChart.scrollIntoViewIfNeeded();
  // An unpainted canvas is transparent all over.
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
