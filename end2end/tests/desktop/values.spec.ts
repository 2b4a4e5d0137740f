import { Chart, open, show } from '../../chart.ts';
import { expect, test } from '../../fixtures.ts';

test('a table of values does not stretch charts', async ({ page, server }) => {
  const [fake, memory] = await open(page, server.url, 'memory-chart');
  const charts = ['cpu', 'memory', 'network', 'disk', 'load'].map(
    (name) => new Chart(page, `${name}-chart`),
  );
  const heights = () =>
    Promise.all(charts.map(async ({ cursor }) => (await cursor.boundingBox())?.height ?? 0));
  const tallest = Math.max(...(await heights()));
  await memory.choose('values');
  await show(fake, page);
  await expect(memory.table.getByRole('row').nth(1)).toBeVisible();
  for (const height of await heights()) expect(height).toBeLessThanOrEqual(tallest);
  // The table starts right below its chart.
  const [plot, table] = [await memory.cursor.boundingBox(), await memory.table.boundingBox()];
  const gap = (table?.y ?? 0) - ((plot?.y ?? 0) + (plot?.height ?? 0));
  expect(gap).toBeGreaterThanOrEqual(0);
  expect(gap).toBeLessThan(40);
});
