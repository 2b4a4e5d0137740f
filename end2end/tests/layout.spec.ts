import { expect, test } from '../fixtures.ts';

/** From the minimum of reflow (WCAG 2.2, 1.4.10) over phones to a desktop. */
const WIDTHS_PX = [320, 360, 390, 430, 768, 1024, 1440];

test('the page never scrolls horizontally', async ({ dashboard, page }) => {
  await dashboard.openLive();
  await expect(dashboard.feedItems.first()).toBeAttached();
  for (const width of WIDTHS_PX) {
    await page.setViewportSize({ width, height: 844 });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth), {
        message: `the content at a width of ${width}`,
      })
      .toBeLessThanOrEqual(width);
  }
});
