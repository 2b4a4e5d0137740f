import { Chart } from '../chart.ts';
import { expect, test } from '../fixtures.ts';
import { Fake } from '../fake.ts';
import { Dashboard } from '../dashboard.ts';
import { data } from '../messages.ts';
import { Watchroom } from '../server.ts';

const EU = 'Orders{region="eu"}';

test('any series can be charted by its selector', async ({ page, server }) => {
  const query = `?series=${encodeURIComponent(EU)}&series=${encodeURIComponent('Orders{region!=""}')}`;
  const fake = await Fake.open(page, server.url, { query });
  const one = new Chart(page, 'series-0');
  await expect(one.card.getByRole('heading')).toHaveText(EU);
  await expect(one.legend).toHaveText(/Orders · eu\s*–/);
  for (const value of [3, 7]) {
    await fake.append(
      data('Orders', value, { source: undefined, labels: { region: 'eu' } }),
      data('Orders', value * 2, { source: undefined, labels: { region: 'us' } }),
    );
    await fake.pass(1_000);
  }
  await fake.passDuring(expect(one.legend).toHaveText(/Orders · eu\s*7/));
  const all = new Chart(page, 'series-1');
  await fake.passDuring(expect(all.legend).toHaveText([/Orders · eu\s*7/, /Orders · us\s*14/]));

  await one.choose('values');
  await fake.passDuring(expect(one.table.locator('td')).toHaveText(['7', '3']));
});

test('a widget that cannot be rendered shows the reason', async ({ page, server }) => {
  await Fake.open(page, server.url, { query: `?series=${encodeURIComponent('a{b')}` });
  const card = page.locator('.card-series-0');
  await expect(card).toContainText('a{b');
  await expect(card).toContainText('This is no selector.');
});

test('the chosen host is shown, live and with its history', async ({ page }) => {
  const server = await Watchroom.start({ flags: ['--demo-hosts', '3'] });
  try {
    const dashboard = new Dashboard(page);
    const known = async () => {
      const response = await fetch(`${server.url}/api/v1/hosts`);
      return ((await response.json()) as { hosts: { host: string }[] }).hosts.map(({ host }) => host);
    };
    await expect.poll(known).toEqual(['demo', 'demo-2', 'demo-3']);
    await page.goto(server.url);
    const choice = page.getByTestId('host-choice');
    await expect(page.getByTestId('hosts')).toBeVisible();
    await expect(choice.locator('option')).toHaveText(['demo', 'demo-2', 'demo-3']);
    await choice.selectOption('demo-3');
    await expect(page).toHaveURL(/\?host=demo-3$/);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('demo-3');
    await expect(choice).toHaveValue('demo-3');
    await expect(dashboard.badge).toHaveAttribute('data-state', 'live');

    // The page shows that host's messages and continues.
    const cpu = page.getByTestId('cpu-value');
    const shown: string[] = [];
    const values = async () => {
      const now = Date.now();
      const query = new URLSearchParams({
        series: 'cpu{host="demo-3"}',
        from: String(now - 20_000),
        to: String(now + 5_000),
        format: 'csv',
      });
      const csv = await (await fetch(`${server.url}/api/v1/query?${query}`)).text();
      return csv.split('\r\n').slice(1).map((line) => Number(line.split(',')[1]).toFixed(1));
    };
    while (new Set(shown).size < 3) {
      const text = (await cpu.textContent()) ?? '';
      const value = /[\d.]+/.exec(text)?.[0] ?? '';
      if (shown.at(-1) !== value) {
        shown.push(value);
        await expect.poll(values).toContain(value);
      }
    }
    await page.goBack();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('demo');
  } finally {
    await server.stop();
  }
});
