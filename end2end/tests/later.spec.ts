import { complaints } from '../complaints.ts';
import { expect, test } from '../fixtures.ts';

/** The files of what is not needed for the first view. */
const PARTS = '**/pkg/split_*.wasm';

test('what is not needed at first comes when it is asked for', async ({ dashboard, page }) => {
  const heard = complaints(page);
  const parts: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/pkg/split_')) parts.push(request.url());
  });
  await dashboard.open('/');
  await dashboard.expectState('live');
  expect(parts).toEqual([]);

  await page.getByTestId('help').click();
  await expect(dashboard.help).toBeVisible();
  await page.getByTestId('help-close').click();
  await expect(dashboard.help).toBeHidden();
  await page.getByTestId('help').click();
  await expect(dashboard.help).toBeVisible();
  expect(parts).toHaveLength(1);
  expect(heard).toEqual([]);
});

test('a part that does not come is told of, and comes another time', async ({ dashboard, page }) => {
  await dashboard.open('/');
  await dashboard.expectState('live');
  // So it is behind an upgrade of the server: the old files are gone.
  await page.route(PARTS, (route) => route.fulfill({ status: 404 }));
  await page.getByTestId('help').click();
  const toast = page.getByTestId('toast').filter({ hasText: 'could not be loaded' });
  await expect(toast).toBeVisible();
  await expect(dashboard.help).toHaveCount(0);
  await dashboard.expectState('live');

  await page.unroute(PARTS);
  await page.getByTestId('help').click();
  await expect(dashboard.help).toBeVisible();
});

test('a part that is slow is spoken of', async ({ dashboard, page }) => {
  await dashboard.open('/');
  await dashboard.expectState('live');
  let go = () => {};
  const gate = new Promise<void>((resolve) => (go = resolve));
  await page.route(PARTS, async (route) => {
    await gate;
    await route.continue();
  });
  await page.getByTestId('help').click();
  await expect(page.getByTestId('toast').filter({ hasText: 'on its way' })).toBeVisible();
  go();
  await expect(dashboard.help).toBeVisible();
});
