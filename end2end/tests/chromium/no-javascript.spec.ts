import { expectValues } from '../../dashboard.ts';
import { expect, test } from '../../fixtures.ts';

test.use({ javaScriptEnabled: false });

test('shows the current values without JavaScript', async ({ dashboard }) => {
  // A server that has just started has no sample yet.
  await expect(async () => {
    await dashboard.open('/');
    expectValues(await dashboard.values());
  }).toPass();
  await expect(dashboard.badge).not.toHaveAttribute('data-state', 'live');
  const first = await dashboard.sampledAt();

  await expect(async () => {
    await dashboard.open('/');
    expect(await dashboard.sampledAt()).toBeGreaterThan(first);
  }).toPass();
});
