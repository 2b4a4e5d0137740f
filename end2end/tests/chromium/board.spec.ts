import { readFile } from 'node:fs/promises';
import { Chart } from '../../chart.ts';
import { expect, test } from '../../fixtures.ts';
import { Fake } from '../../fake.ts';
import { data } from '../../messages.ts';

test('a chart of a selector can be saved', async ({ page, server }) => {
  const query = `?series=${encodeURIComponent('Orders{region="eu"}')}`;
  const fake = await Fake.open(page, server.url, { query });
  const one = new Chart(page, 'series-0');
  for (const value of [3, 7]) {
    await fake.append(data('Orders', value, { source: undefined, labels: { region: 'eu' } }));
    await fake.pass(1_000);
  }
  const download = page.waitForEvent('download');
  await one.choose('csv');
  const csv = await readFile(await (await download).path(), 'utf8');
  expect(csv).toMatch(/^time,orders_eu\r\n.*,3\r\n.*,7\r\n/);
});
