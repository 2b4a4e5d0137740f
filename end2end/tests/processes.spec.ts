import { Fake } from '../fake.ts';
import { expect, test } from '../fixtures.ts';
import { process, processes } from '../messages.ts';

test('the table is sorted by the selected column', async ({ page, server }) => {
  const fake = await Fake.open(page, server.url, { empty: true });
  await fake.append(
    processes(
      process('nginx', { pid: 1, cpu: 9.5, memory_bytes: 20_000 }),
      process('postgres', { pid: 2, cpu: 80, memory_bytes: 10_000 }),
      process('watchroom', { pid: 3, cpu: 0.1, memory_bytes: 30_000 }),
    ),
  );
  const names = page.getByTestId('processes').locator('tbody th');
  await expect(names).toHaveText(['postgres', 'nginx', 'watchroom']);

  await page.getByTestId('sort-memory').click();
  await expect(names).toHaveText(['watchroom', 'nginx', 'postgres']);
  await expect(page.locator('th[aria-sort="descending"]')).toHaveText('Memory');
  await page.getByTestId('sort-memory').click();
  await expect(names).toHaveText(['postgres', 'nginx', 'watchroom']);
  await expect(page.locator('th[aria-sort="ascending"]')).toHaveText('Memory');

  const byName = page.getByTestId('sort-name');
  await byName.focus();
  await page.keyboard.press('Enter');
  await expect(names).toHaveText(['nginx', 'postgres', 'watchroom']);

  // New processes are sorted, too.
  await fake.append(processes(process('watchroom', { pid: 3 }), process('cron', { pid: 4 })));
  await expect(names).toHaveText(['cron', 'watchroom']);
});
