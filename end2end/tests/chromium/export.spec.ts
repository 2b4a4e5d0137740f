// Firefox does not report downloads over WebDriver BiDi.
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { open } from '../../chart.ts';
import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { event, process, processes } from '../../messages.ts';

test('the saved feed equals the list', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url, { empty: true });
  await fake.append(
    event('Not wanted', { source: 'kernel', timestamp: '2026-01-15T10:29:00.000Z' }),
    event('A "quoted", folded\ntext', { level: 'error', timestamp: '2026-01-15T10:29:30.250Z' }),
    event('=1+1', { timestamp: '2026-01-15T10:29:31.000Z' }),
  );
  await dashboard.filterSource.selectOption('shop');
  await expect(dashboard.feedItems).toHaveCount(2);

  const json = JSON.parse((await saved(page, () => dashboard.feedJson.click())).text) as unknown;
  expect(json).toEqual([
    { timestamp: '2026-01-15T10:29:31.000Z', level: 'info', source: 'shop', message: '=1+1' },
    {
      timestamp: '2026-01-15T10:29:30.250Z',
      level: 'error',
      source: 'shop',
      message: 'A "quoted", folded\ntext',
    },
  ]);

  const { name, text } = await saved(page, () => dashboard.feedCsv.click());
  expect(name).toMatch(/\.csv$/);
  expect(records(text)).toEqual([
    ['time', 'level', 'source', 'message'],
    // A spreadsheet must not evaluate it as a formula.
    ['2026-01-15T10:29:31.000Z', 'info', 'shop', "'=1+1"],
    ['2026-01-15T10:29:30.250Z', 'error', 'shop', 'A "quoted", folded\ntext'],
  ]);
});

test('processes are saved in the order of the table', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url, { empty: true });
  await fake.append(
    processes(
      process('watchroom', { pid: 1, cpu: 2.5, memory_bytes: 1_000 }),
      process('postgres', { pid: 2, cpu: 1, memory_bytes: 9_000 }),
    ),
  );
  const { text } = await saved(page, () => dashboard.processesCsv.click());
  expect(records(text)).toEqual([
    ['name', 'pid', 'user', 'cpu_percent', 'memory_bytes'],
    ['watchroom', '1', 'anna', '2.5', '1000'],
    ['postgres', '2', 'anna', '1.0', '9000'],
  ]);
});

test('a chart can be saved as CSV and PNG', async ({ page, server }) => {
  const [, chart] = await open(page, server.url, 'network-chart');
  const csv = await saved(page, () => chart.choose('csv'));
  const [head, ...lines] = csv.text.trimEnd().split('\r\n');
  expect(head).toBe('time,received_bytes_per_second,sent_bytes_per_second');
  const range = '20260115T1029\\d\\dZ_20260115T1030\\d\\dZ';
  expect(csv.name).toMatch(new RegExp(`^watchroom_atlas_network_${range}\\.csv$`));
  expect(lines.at(-1)).toMatch(/^2026-01-15T10:30:\d\d\.\d{3}Z,720000,360000$/);

  const png = await saved(page, () => chart.choose('png'));
  expect(png.text.slice(1, 4)).toBe('PNG');
  expect(png.name).toMatch(new RegExp(`^watchroom_atlas_network_${range}\\.png$`));
});

/** Parses CSV whose fields are all quoted (RFC 4180). */
function records(csv: string): string[][] {
  expect(csv).toMatch(/^("([^"]|"")*"(,|\r\n))*$/);
  return csv
    .split('\r\n')
    .slice(0, -1)
    .map((record) =>
      record.slice(1, -1).split('","').map((field) => field.replaceAll('""', '"')),
    );
}

async function saved(page: Page, save: () => Promise<void>): Promise<{ name: string; text: string }> {
  const coming = page.waitForEvent('download');
  await save();
  const download = await coming;
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
}
