import { expect, test } from '../fixtures.ts';

test('the table is sorted by the column that is asked for', async ({ dashboard, page }) => {
  await dashboard.open('/');
  const rows = page.getByTestId('processes').locator('tbody tr');
  await expect(rows.first()).toBeVisible({ timeout: 20_000 });
  const pids = async () => (await rows.locator('td:nth-child(2)').allInnerTexts()).map(Number);

  const byPid = page.getByTestId('sort-pid');
  await byPid.focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('th[aria-sort="ascending"]')).toHaveText('PID');
  const ascending = await pids();
  expect(ascending).toEqual([...ascending].sort((one, other) => one - other));

  await page.keyboard.press('Enter');
  await expect(page.locator('th[aria-sort="descending"]')).toHaveText('PID');
  const descending = await pids();
  expect(descending).toEqual([...descending].sort((one, other) => other - one));
});
