import { expect, test } from '../fixtures.ts';

test.use({ colorScheme: 'light' });

test('a chosen theme is remembered, and there before the first paint', async ({
  dashboard,
  page,
}) => {
  await dashboard.open('/');
  await dashboard.expectState('live');
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await background();
  const chosen = page.locator('html');
  for (const theme of ['light', 'dark']) {
    await dashboard.theme.click();
    await expect(chosen).toHaveAttribute('data-theme', theme);
  }
  const dark = await background();
  expect(dark).not.toBe(light);

  // Without its program the page is what the browser paints first.
  await page.route('**/*.wasm', (route) =>
    route.fulfill({ status: 503, headers: { 'cache-control': 'no-store' } }),
  );
  await page.reload({ waitUntil: 'commit' });
  await expect(page.locator('.header')).toBeVisible();
  expect(await background()).toBe(dark);

  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.reload();
  await dashboard.expectState('live');
  expect(await background()).toBe(dark);
  await dashboard.theme.click();
  await expect(chosen).toHaveAttribute('data-theme', 'system');
  expect(await background()).toBe(light);
});
