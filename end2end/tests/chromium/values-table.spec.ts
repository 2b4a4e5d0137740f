import { open } from '../../chart.ts';
import { expect, test } from '../../fixtures.ts';

/** A laptop and a phone; charts are narrower than 460 px on both. */
const VIEWPORTS = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

test('a table of values has all columns, beside charts that keep their size', async ({
  page,
  server,
}) => {
  for (const viewport of VIEWPORTS) {
    await page.setViewportSize(viewport);
    for (const [name, columns] of [
      ['memory-chart', ['Time', 'Memory', 'Swap']],
      ['network-chart', ['Time', 'Received', 'Sent']],
    ] as const) {
      const [fake, chart] = await open(page, server.url, name);
      const height = () =>
        page.locator('.charts .chart').evaluateAll((charts) =>
          charts.map((chart) => chart.getBoundingClientRect().height),
        );
      const before = await height();
      await chart.choose('values');
      const heads = chart.table.locator('tr').first().locator('th');
      await fake.passDuring(expect(heads).toHaveText([...columns]));
      for (const head of await heads.all()) {
        await head.scrollIntoViewIfNeeded();
        await expect(head).toBeInViewport({ ratio: 0.9 });
      }
      // Within a third: charts beside it may be aligned anew, and never grow to the table's height.
      for (const [index, after] of (await height()).entries()) {
        expect(after).toBeLessThan((before[index] as number) * 1.34);
      }
      const [canvas, table] = [await chart.cursor.boundingBox(), await chart.table.boundingBox()];
      expect((table?.y ?? 0) - (canvas?.y ?? 0)).toBeLessThan(viewport.height / 2);
    }
  }
});

test('a long range is listed by the steps of the chart, with dates', async ({
  dashboard,
  page,
  server,
}) => {
  const [fake, chart] = await open(page, server.url, 'cpu-chart');
  await dashboard.showSpan('24 h');
  await chart.choose('values');
  const heads = chart.table.locator('tr').first().locator('th');
  await fake.passDuring(expect(heads).toHaveText(['Time', 'CPU', 'CPU min', 'CPU max']));
  const times = await chart.table.locator('tr > th:first-child').allTextContents();
  expect(new Set(times).size).toBe(times.length);
  expect(times[1]).toMatch(/^1[45] Jan \d\d:\d\d:\d\d$/);

  await chart.cursor.hover({ position: { x: 100, y: 60 } });
  const tip = chart.card.locator('.chart-tip-time');
  await fake.passDuring(expect(tip).toHaveText(/^1[45] Jan \d\d:\d\d:\d\d$/));
});
