import { expect, test } from '../../fixtures.ts';

test.use({ colorScheme: 'light' });

test('without a choice the page has the system theme', async ({ dashboard, page }) => {
  await dashboard.openLive();
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(ground).not.toBe(light);
  const dark = await ground();

  await dashboard.theme.click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  expect(await ground()).toBe(light);
  await dashboard.theme.click();
  expect(await ground()).toBe(dark);
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await ground()).toBe(dark);
});
