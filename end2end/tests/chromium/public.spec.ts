import { PASSWORD } from '../../accounts.ts';
import { Dashboard } from '../../dashboard.ts';
import { expect, test } from '../../fixtures.ts';
import { pageErrors } from '../../page-errors.ts';
import { Watchroom } from '../../server.ts';

test('everybody sees a public dashboard, without what takes a user', async ({ page }) => {
  const errors = pageErrors(page);
  const server = await Watchroom.start({ settings: { WATCHROOM_PUBLIC: 'dashboard' } });
  try {
    await server.createAdmin('anna', PASSWORD);
    const dashboard = new Dashboard(page);
    await dashboard.openLive(server.url);
    await dashboard.expectSampleAfter(0);
    await expect(page.locator('[data-deferred]')).toHaveCount(0);
    for (const card of ['processes', 'feed', 'logs']) {
      await expect(page.locator(`.card-${card}`)).toBeHidden();
    }
    await expect(page.getByTestId('rooms-open')).toBeHidden();
    await expect(page.getByTestId('toast')).toHaveCount(0);
    expect(errors).toEqual([]);

    await page.getByRole('link', { name: 'Alerts' }).click();
    await expect(page.getByRole('heading', { name: 'Active alerts' })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Rules' })).toHaveCount(0);
    await page.goto(`${server.url}/checks`);
    await expect(page.getByTestId('sign-in-note')).toBeVisible();
    await page.goto(server.url);
    await page.getByTestId('account-link').click();
    await page.waitForURL('**/login');
    await expect(page.getByTestId('without-sign-in')).toBeVisible();
    await page.getByLabel('Name').fill('anna');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('account-link')).toHaveText('anna');
    await expect(page.locator('.card-processes')).toBeVisible();
  } finally {
    await server.stop();
  }
});
