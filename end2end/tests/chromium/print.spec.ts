import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { data, sample } from '../../messages.ts';

test.use({ colorScheme: 'dark' });

test('printed pages have all charts, dark on white, and no controls', async ({
  dashboard,
  page,
  server,
}) => {
  const fake = await Fake.open(page, server.url);
  for (const value of [3, 9, 5, 7]) {
    await fake.append(sample(), data('Requests', value));
    await fake.pass(5_000);
  }
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await fake.pass(50);
  await expect(page.locator('.chart-still').first()).toBeVisible();
  // An emulated medium is noticed with the next frame.
  const fit = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('.chart .chart-still')].every(
        (canvas) => canvas.clientWidth <= (canvas.parentElement?.clientWidth ?? 0),
      ),
    );
  await fake.passDuring(expect.poll(fit).toBe(true));
  const drawn = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLCanvasElement>('.chart .chart-still')]
      .filter((canvas) => canvas.clientWidth > 0)
      // Others have a single value, which is a dot.
      .filter((canvas) => canvas.closest('.counter')?.textContent?.startsWith('Requests') ?? true)
      .map((canvas) => {
        const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
        const lightness = (place: number) =>
          Math.max(pixels?.[place] ?? 0, pixels?.[place + 1] ?? 0, pixels?.[place + 2] ?? 0);
        let opaque = 0;
        let dark = 0;
        for (let place = 0; place < (pixels?.length ?? 0); place += 4) {
          if ((pixels?.[place + 3] ?? 0) < 200) continue;
          opaque += 1;
          if (lightness(place) < 200) dark += 1;
        }
        // Its line alone is drawn, in its colour.
        const isSmall = canvas.closest('.sparkline') !== null;
        return { name: canvas.parentElement?.ariaLabel, isDrawn: opaque > 30, isDark: dark > 50 || isSmall };
      }),
  );
  expect(drawn.length).toBeGreaterThan(4);
  for (const chart of drawn) {
    expect.soft(chart).toMatchObject({ isDrawn: true, isDark: true });
  }
  // Lists are printed, not their scrolling parts.
  const cut = await page.locator('.feed, .table-frame').evaluateAll((lists) =>
    lists.filter((list) => list.checkVisibility() && list.scrollHeight > list.clientHeight + 1).length,
  );
  expect(cut).toBe(0);
  await expect(dashboard.pause).toBeHidden();
  await expect(dashboard.theme).toBeHidden();
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  expect(await ground()).toBe('rgb(255, 255, 255)');

  // Printing leaves the page unchanged.
  await page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
  await fake.pass(50);
  await expect(dashboard.pause).toBeVisible();
  expect(await ground()).not.toBe('rgb(255, 255, 255)');
  await expect(page.locator('.chart-strip').first()).toBeVisible();
});
