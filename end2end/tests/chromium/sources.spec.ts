import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../../fixtures.ts';
import { pageErrors } from '../../page-errors.ts';

const NOW_MS = Date.now();

const TARGET = {
  url: 'http://db-1:9187/metrics',
  job: 'postgres',
  host: 'db-1',
  is_document: false,
  interval_ms: 15_000,
  state: 'down',
  since_ms: NOW_MS - 60_000,
  scraped_ms: NOW_MS - 5_000,
  seconds: 0.25,
  samples: 0,
  series: 420,
  error: 'the response has the status 503',
  rejected_count: 0,
};

const SENDER = {
  input: 'influx',
  sender: 'telegraf',
  seen_ms: NOW_MS - 3_000,
  accepted_count: 12_345,
  accepted_per_s: 41.5,
  rejected_count: 2,
  refused_count: 1,
  rejected: 'it has no fields',
  rejected_ms: NOW_MS - 120_000,
  series: 77,
};

/** The sources of a server that the test controls, in place of the real one's. */
class Sources {
  list = {
    now_ms: NOW_MS,
    targets: [] as object[],
    checks: 3,
    checks_down: 1,
    senders: [] as object[],
    senders_cut: 0,
    labels: [{ label: 'path', values: 1234, series: 5000 }],
    labels_cut: 2,
  };
  isDown = false;

  async open(page: Page): Promise<void> {
    await page.route('**/api/v1/sources', (route) =>
      this.isDown ? route.abort() : route.fulfill({ json: this.list }),
    );
    await page.route('**/api/v1/rooms', (route) => route.fulfill({ json: { has_private: false, rooms: [] } }));
    await page.route('**/api/v1/series?**', (route) => {
      const words = new URL(route.request().url()).searchParams.get('match') ?? '';
      const all = ['orders', 'orders_failed', 'returns'].map((name) => ({
        series: `${name}{region="eu"}`,
        kind: 'gauge',
        host: 'web-1',
        name,
        labels: { region: 'eu' },
        unit: '1/s',
        newest_ms: NOW_MS,
      }));
      return route.fulfill({ json: { series: all.filter(({ name }) => name.includes(words)), more: words === '' } });
    });
    await page.route('**/api/v1/query?**', (route) => {
      const series = new URL(route.request().url()).searchParams.getAll('series');
      return route.fulfill({ json: { columns: series.map((it) => ({ series: it, values: [1, 2.5, null] })) } });
    });
    await page.goto('/sources');
  }
}

test('an empty installation is shown how to send something', async ({ page }) => {
  await new Sources().open(page);
  await expect(page.getByTestId('no-targets')).toBeVisible();
  await expect(page.getByTestId('no-senders')).toBeVisible();
  const address = new URL(page.url()).origin;
  const curl = page.getByTestId('example-curl');
  await expect(curl).toBeVisible();
  await expect(curl).toContainText(`curl ${address}/api/v1/ingest`);
  await expect(page.getByTestId('example-remote-write')).toContainText(`url: ${address}/api/v1/write`);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByTestId('copy-telegraf').click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain(`urls = ["${address}"]`);
});

test('targets and senders are shown with what became of them', async ({ page }) => {
  const errors = pageErrors(page);
  const server = new Sources();
  server.list.targets = [TARGET];
  server.list.senders = [SENDER];
  await server.open(page);
  const target = page.getByTestId('target');
  await expect(target).toContainText('Down http://db-1:9187/metrics');
  await expect(target).toContainText('job postgres · host db-1 · since ');
  await expect(page.getByTestId('target-error')).toHaveText('The response has the status 503.');
  const sender = page.getByTestId('sender');
  await expect(sender).toContainText('InfluxDB telegraf');
  await expect(sender).toContainText('41.5 values/s');
  await expect(page.getByTestId('sender-rejected')).toContainText('Rejected 2 min ago: It has no fields.');
  await expect(page.getByTestId('label')).toContainText('1 234 values in 5 000 series');
  await expect(page.getByTestId('example-curl')).toBeHidden();
  expect(errors).toEqual([]);
  server.isDown = true;
  await expect(page.getByTestId('stale')).toContainText('Not current');
  await expect(target).toHaveCount(1);
});

test('series are found by words, and the chosen ones lead to a chart', async ({ page }) => {
  await new Sources().open(page);
  const rows = page.getByTestId('series-row');
  await expect(rows).toHaveCount(3);
  await expect(rows.first()).toContainText('2.50 /s');
  await expect(page.getByTestId('series-more')).toContainText('Showing the first 30');
  await page.getByTestId('series-search').fill('orders');
  await expect(rows).toHaveCount(2);
  await rows.nth(0).getByRole('checkbox').check();
  await rows.nth(1).getByRole('checkbox').check();
  const chart = page.getByTestId('series-chart');
  await expect(chart).toHaveText('Chart 2 series');
  const address = new URL((await chart.getAttribute('href')) ?? '', page.url());
  expect(address.searchParams.getAll('series')).toEqual(['orders{region="eu"}', 'orders_failed{region="eu"}']);
  await page.getByTestId('series-search').fill('nothing');
  await expect(page.getByTestId('no-series')).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on /sources in ${colorScheme} colours, and it fits 320 px`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 320, height: 640 });
    const server = new Sources();
    server.list.targets = [{ ...TARGET, url: `http://${'a-long-name'.repeat(9)}.example/metrics` }];
    server.list.senders = [SENDER];
    await server.open(page);
    await expect(page.getByTestId('series-row')).toHaveCount(3);
    await page.getByTestId('examples-list').locator('summary').click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
    expect(violations).toEqual([]);
  });
}
