import { readFile } from 'node:fs/promises';
import { Chart } from '../chart.ts';
import { expect, test } from '../fixtures.ts';
import { Fake } from '../fake.ts';
import { data, sample } from '../messages.ts';

const EU = 'Orders{region="eu"}';

test('a series that nobody planned for is charted by its selector', async ({ page, server }) => {
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

  await one.button('values').click();
  await fake.passDuring(expect(one.table.locator('td')).toHaveText(['7', '3']));
  const download = page.waitForEvent('download');
  await one.button('csv').click();
  const csv = await readFile(await (await download).path(), 'utf8');
  expect(csv).toMatch(/Orders · eu.*\r\n.*,3\r\n.*,7\r\n/);
});

test('what cannot be shown says why in its place', async ({ page, server }) => {
  await Fake.open(page, server.url, { query: `?series=${encodeURIComponent('a{b')}` });
  await expect(page.locator('.card-series-0')).toContainText('This is no selector: a{b');
});

test('of several hosts the chosen one is shown, and its address is a link', async ({
  page,
  server,
}) => {
  const fake = await Fake.open(page, server.url);
  const choice = page.getByTestId('host-choice');
  await expect(choice).toHaveCount(0);
  await fake.append(sample({ cpu: 11 }), sample({ host: 'web-1', cpu: 77 }));
  await fake.passDuring(expect(choice.locator('option')).toHaveText(['local', 'web-1']));
  await expect(page.getByTestId('cpu-value')).toContainText('11.0');
  await choice.selectOption('web-1');
  await fake.passDuring(expect(page.getByTestId('cpu-value')).toContainText('77.0'));
  await expect(page).toHaveURL(/\?host=web-1$/);
  await fake.append(sample({ cpu: 12 }), sample({ host: 'web-1', cpu: 78 }));
  await fake.passDuring(expect(page.getByTestId('cpu-value')).toContainText('78.0'));
  await choice.selectOption('local');
  await fake.passDuring(expect(page.getByTestId('cpu-value')).toContainText('12.0'));
});
