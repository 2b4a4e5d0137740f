import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../../fixtures.ts';
import { pageErrors } from '../../page-errors.ts';

const DAY_MS = 86_400_000;

interface Check {
  name: string;
  state: string;
  error?: string;
  tls_days_left?: number;
}

/** The checks of a server that the test controls, in place of the real one's. */
class Checks {
  list: Check[] = [];
  isDown = false;

  async open(page: Page): Promise<void> {
    await page.route('**/api/v1/checks', (route) => {
      if (this.isDown) return route.abort();
      const checks = this.list.map((check) => ({
        url: `https://${check.name}.example/health`,
        host: 'web-1',
        interval_ms: 60_000,
        since_ms: Date.now() - 7_200_000,
        checked_ms: Date.now(),
        seconds: 0.084,
        ...check,
      }));
      return route.fulfill({ json: { checks } });
    });
    // The panel of rooms asks for them beside every page.
    await page.route('**/api/v1/rooms', (route) => route.fulfill({ json: { has_private: false, rooms: [] } }));
    await page.route('**/api/v1/query?**', (route) => {
      const noon = new Date().setHours(12, 0, 0, 0);
      const times_ms = Array.from({ length: 90 }, (_, day) => noon + (day - 89) * DAY_MS);
      const columns = this.list.map(({ name }) => ({
        host: 'web-1',
        labels: { check: name },
        values: times_ms.map((_, day) => (day < 80 ? null : day === 85 ? 0.5 : 1)),
      }));
      return route.fulfill({ json: { times_ms, columns } });
    });
    await page.goto('/checks');
  }
}

test('without checks the page shows how to add one', async ({ page }) => {
  await new Checks().open(page);
  await expect(page.getByTestId('no-checks')).toBeVisible();
  await expect(page.locator('pre')).toContainText('[[check]]');
});

test('targets are shown with their state, cause and uptime', async ({ page }) => {
  const errors = pageErrors(page);
  const server = new Checks();
  server.list = [
    { name: 'site', state: 'up', tls_days_left: 61.5 },
    { name: 'shop', state: 'down', error: 'the response has the status 503' },
    { name: '<b>new</b>', state: 'unknown' },
  ];
  await server.open(page);
  await expect(page.getByTestId('checks-summary')).toHaveText('1 of 3 down');
  const shown = page.getByTestId('check');
  const [site, shop, fresh] = [shown.nth(0), shown.nth(1), shown.nth(2)];
  await expect(site).toContainText('Up site');
  await expect(site).toContainText('https://site.example/health · since ');
  await expect(site).toContainText(' · 84 ms · certificate 61 d left · every 1 min');
  await expect(site).toContainText('95.00 % up in 10 days');
  await expect(site.getByTestId('uptime').locator('[data-state=none]')).toHaveCount(80);
  await expect(site.getByTestId('uptime').locator('[data-state=down]')).toHaveCount(1);
  await expect(shop).toContainText('Down shop');
  await expect(shop.getByTestId('check-error')).toHaveText('the response has the status 503');
  await expect(fresh).toContainText('Not checked yet <b>new</b>');
  expect(errors).toEqual([]);
  // What happens is shown without a reload.
  server.list = [{ name: 'shop', state: 'up' }];
  await expect(page.getByTestId('checks-summary')).toHaveText('All of 1 up');
  server.isDown = true;
  await expect(page.getByTestId('stale')).toContainText('Not current');
  await expect(page.getByTestId('check')).toHaveCount(1);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on /checks in ${colorScheme} colours, and it fits 320 px`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 320, height: 640 });
    const server = new Checks();
    server.list = [
      { name: 'a-very-long-name-of-a-check-that-nobody-would-choose-in-earnest', state: 'down', error: 'no answer' },
      { name: 'site', state: 'up' },
    ];
    await server.open(page);
    await expect(page.getByTestId('uptime')).toHaveCount(2);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
    expect(violations).toEqual([]);
  });
}
