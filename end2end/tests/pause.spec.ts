import { Dashboard } from '../dashboard.ts';
import { expect, test } from '../fixtures.ts';

test('pause freezes the page, and resume shows the newest values', async ({ context, dashboard }) => {
  await dashboard.openLive();
  await dashboard.expectSampleAfter(0);
  await expect(dashboard.pause).toHaveAttribute('aria-pressed', 'false');

  await dashboard.pause.click();
  await expect(dashboard.pause).toHaveAttribute('aria-pressed', 'true');
  await dashboard.expectState('paused');
  await expect(dashboard.badge).toHaveText('Paused');
  const frozen = await dashboard.values();

  // Another page shows when the paused one would have changed.
  const witness = new Dashboard(await context.newPage());
  await witness.open('/');
  await witness.expectSampleAfter(Date.parse(frozen.lastSample) + 2_000);
  expect(await dashboard.values()).toEqual(frozen);

  const newest = await witness.sampledAt();
  await dashboard.pause.click();
  await dashboard.expectState('live');
  await expect.poll(() => dashboard.sampledAt()).toBeGreaterThanOrEqual(newest);
});
