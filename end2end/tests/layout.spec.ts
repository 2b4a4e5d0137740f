import { expect, test } from '../fixtures.ts';

/** The narrowest width at which a page must reflow (WCAG 2.2, 1.4.10). */
const NARROWEST_PX = 320;

test('nothing scrolls sideways', async ({ dashboard, page }) => {
  for (const width of [page.viewportSize()?.width ?? NARROWEST_PX, NARROWEST_PX]) {
    await page.setViewportSize({ width, height: 844 });
    await dashboard.open('/');
    await dashboard.expectState('live');
    await expect(dashboard.feedItems.first()).toBeAttached();
    const content = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(content, `the content at a width of ${width}`).toBeLessThanOrEqual(width);
  }
});
