import { readFile } from 'node:fs/promises';
import { Chart } from '../../chart.ts';
import { expect, test } from '../../fixtures.ts';

/** What a program reports in one request, and the answer's status. */
async function report(url: string, factor: number): Promise<number> {
  const entries = [
    { value: 3, labels: { region: 'eu', shard: '1' } },
    { value: 4, labels: { region: 'eu', shard: '2' } },
    { value: 10, labels: { region: 'us', shard: '3' } },
  ].map((entry) => ({ ...entry, type: 'data', label: 'Logins', value: entry.value * factor }));
  const body = JSON.stringify(entries);
  return (await fetch(`${url}/api/v1/ingest`, { method: 'POST', body })).status;
}

test('what a program reports is charted, filtered, folded, played back and exported', async ({
  page,
  server,
}) => {
  const series = ['sum by (region) (Logins)', 'Logins{shard="2"}'];
  const query = series.map((it) => `series=${encodeURIComponent(it)}`).join('&');
  await page.goto(`/?${query}`);
  const fold = new Chart(page, 'series-0');
  const shard = new Chart(page, 'series-1');
  expect(await report(server.url, 1)).toBe(200);
  await expect(fold.legend).toHaveText([/eu\s*7/, /us\s*10/]);
  await expect(shard.legend).toHaveText(/4/);
  const then = new Date().toISOString();

  // Values are joined to seconds: the next ones must be of another second.
  await expect(async () => {
    expect(Date.now() - Date.parse(then)).toBeGreaterThan(2_000);
  }).toPass();
  expect(await report(server.url, 2)).toBe(200);
  await expect(fold.legend).toHaveText([/eu\s*14/, /us\s*20/]);
  await expect(shard.legend).toHaveText(/8/);

  const download = page.waitForEvent('download');
  await fold.choose('csv');
  const csv = await readFile(await (await download).path(), 'utf8');
  expect(csv).toMatch(/,7,10\r\n(.*\r\n)*.*,14,20\r\n/);

  // At an earlier moment the page shows what was reported then.
  await page.goto(`/?${query}&at=${then}`);
  await expect(fold.legend).toHaveText([/eu\s*7/, /us\s*10/]);
  await expect(shard.legend).toHaveText(/4/);
});
