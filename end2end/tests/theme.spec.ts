import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';

test.use({ colorScheme: 'light' });

function background(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
}

test('a chosen theme is stored and applied before the first paint', async ({
  context,
  dashboard,
  page,
}) => {
  await dashboard.openLive();
  const light = await background(page);
  const chosen = page.locator('html');
  for (const theme of ['light', 'dark']) {
    await dashboard.theme.click();
    await expect(chosen).toHaveAttribute('data-theme', theme);
  }
  const dark = await background(page);
  expect(dark).not.toBe(light);

  // Without scripts a page is what the browser paints first.
  const painted = await context.newPage();
  await painted.route('**/*.wasm', (route) =>
    route.fulfill({ status: 503, headers: { 'cache-control': 'no-store' } }),
  );
  await painted.goto('/', { waitUntil: 'commit' });
  await expect(painted.locator('.header')).toBeVisible();
  expect(await background(painted)).toBe(dark);
  await painted.close();

  await page.reload();
  await dashboard.expectState('live');
  expect(await background(page)).toBe(dark);
  await dashboard.theme.click();
  await expect(chosen).toHaveAttribute('data-theme', 'system');
  expect(await background(page)).toBe(light);
});
