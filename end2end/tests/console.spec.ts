import { pageErrors } from '../page-errors.ts';
import { expect, test } from '../fixtures.ts';

test('the console has no errors, also during hydration', async ({ dashboard, page }) => {
  const errors = pageErrors(page);
  await dashboard.openLive();
  await dashboard.theme.click();
  await dashboard.pause.click();
  await dashboard.expectState('paused');
  await dashboard.pause.click();
  await dashboard.expectState('live');
  // Chromium reports unused preloads some seconds after the load.
  await dashboard.expectSampleAfter(Date.now() + 3_000);
  expect(errors).toEqual([]);
});
