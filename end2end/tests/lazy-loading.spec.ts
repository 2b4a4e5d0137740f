import { pageErrors } from '../page-errors.ts';
import { expect, test } from '../fixtures.ts';

/** The files that are loaded lazily. */
const PARTS = '**/pkg/split_*.wasm';

test('lazy chunks are loaded on demand', async ({ dashboard, page }) => {
  const errors = pageErrors(page);
  const parts: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/pkg/split_on_demand')) parts.push(request.url());
  });
  await dashboard.openLive();
  expect(parts).toEqual([]);

  await page.getByTestId('help').click();
  await expect(dashboard.help).toBeVisible();
  await page.getByTestId('help-close').click();
  await expect(dashboard.help).toBeHidden();
  await page.getByTestId('help').click();
  await expect(dashboard.help).toBeVisible();
  expect(parts).toHaveLength(1);
  expect(errors).toEqual([]);
});

test('a failed chunk is reported and loaded again', async ({ dashboard, page }) => {
  await dashboard.openLive();
  // As after a server upgrade: the old files do not exist any more.
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

test('a slow chunk is reported', async ({ dashboard, page }) => {
  await dashboard.openLive();
  let go = () => {};
  const gate = new Promise<void>((resolve) => (go = resolve));
  await page.route(PARTS, async (route) => {
    await gate;
    await route.continue();
  });
  await page.getByTestId('help').click();
  const toast = page.getByTestId('toast').filter({ hasText: 'Loading this part' });
  await expect(toast).toBeVisible();
  go();
  await expect(dashboard.help).toBeVisible();
  await expect(toast).toHaveCount(0);
});

test('widgets that could not be loaded stand still, and are loaded later', async ({ dashboard, page }) => {
  const deferred = page.locator('[data-deferred]');
  await page.route(PARTS, (route) => route.fulfill({ status: 404 }));
  await dashboard.open('/');
  await dashboard.expectState('live');
  await expect(page.getByTestId('toast').filter({ hasText: 'could not be loaded' })).toBeVisible();
  // What the server has rendered is still there.
  await expect(dashboard.feedItems.first()).toBeAttached();
  expect(await deferred.count()).toBeGreaterThan(0);
  await page.unroute(PARTS);
  await expect(deferred).toHaveCount(0);
  await expect(dashboard.feedItems.first()).toBeAttached();
});
