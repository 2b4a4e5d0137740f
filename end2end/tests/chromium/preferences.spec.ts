import type { Browser, Page } from '@playwright/test';
import { Accounts, PASSWORD, user } from '../../accounts.ts';
import { Dashboard } from '../../dashboard.ts';
import { expect, test } from '../../fixtures.ts';
import { Watchroom } from '../../server.ts';

const ANNA = 'anna';

/** Another browser, in which the user signs in. */
async function signedIn(browser: Browser, server: Watchroom): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${server.url}/login`);
  await page.getByLabel('Name').fill(ANNA);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname !== '/login' && url.search === '');
  return page;
}

/** The page, once what is loaded when the browser is idle is there. */
async function complete(page: Page): Promise<Dashboard> {
  await expect(page.locator('[data-deferred]')).toHaveCount(0);
  return new Dashboard(page);
}

test('what is set up in one browser appears in another', async ({ browser }) => {
  const server = await Watchroom.start();
  try {
    await server.createAdmin(ANNA, PASSWORD);
    const one = await signedIn(browser, server);
    await complete(one);
    await one.getByTestId('settings-open').click();
    await one.getByTestId('theme-dark').click();
    await one.getByTestId('interval').selectOption('5000');
    await one.keyboard.press('Escape');
    await one.getByTestId('filter-level').selectOption('warning');
    const stored = async () => (await one.request.get(`${server.url}/api/v1/account/preferences`)).json() as Promise<unknown>;
    await expect.poll(stored).toMatchObject({ theme: 'dark', interval_ms: 5000, filter: { level: 'warning' } });

    const other = await signedIn(browser, server);
    await expect(other.locator('html')).toHaveAttribute('data-theme', 'dark');
    await complete(other);
    await expect(other.getByTestId('interval')).toHaveValue('5000');
    await expect(other.getByTestId('filter-level')).toHaveValue('warning');

    await other.goto(`${server.url}/account`);
    await other.getByTestId('start-page-choice').selectOption('/alerts');
    await expect(other.getByTestId('form-done').filter({ hasText: 'stored' })).toBeVisible();
    const third = await signedIn(browser, server);
    expect(new URL(third.url()).pathname).toBe('/alerts');
    // A link of the page leads to the overview all the same; a bookmark leads to the start page.
    await third.getByRole('link', { name: 'Overview' }).click();
    await third.waitForURL(`${server.url}/`);
    await third.goto('about:blank');
    await third.goto(server.url);
    expect(new URL(third.url()).pathname).toBe('/alerts');
  } finally {
    await server.stop();
  }
});

test('the start page is one of the hosts, too', async ({ page }) => {
  const server = new Accounts([user(ANNA)]);
  server.me = server.users[0];
  await server.attach(page);
  await page.goto('/account');
  await page.getByTestId('start-page-choice').selectOption({ label: 'demo-2' });
  await expect.poll(() => server.preferences).toEqual({ start_page: '/?host=demo-2' });
});
