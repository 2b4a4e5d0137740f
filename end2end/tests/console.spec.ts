import { complaints } from '../complaints.ts';
import { expect, test } from '../fixtures.ts';

test('the console stays clean, hydration included', async ({ dashboard, page }) => {
  const heard = complaints(page);
  await dashboard.open('/');
  await dashboard.expectState('live');
  await dashboard.theme.click();
  await dashboard.pause.click();
  await dashboard.expectState('paused');
  await dashboard.pause.click();
  await dashboard.expectState('live');
  // Chromium tells of preloads that nobody used only some seconds after the load.
  await dashboard.expectSampleAfter(Date.now() + 3_000);
  expect(heard).toEqual([]);
});
