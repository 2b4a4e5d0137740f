import type { Page } from '@playwright/test';
import { EXTREME } from '../extreme.ts';
import { pageErrors } from '../page-errors.ts';
import { Fake } from '../fake.ts';
import { expect, test } from '../fixtures.ts';
import { sample } from '../messages.ts';

const WIDTHS_PX = [320, 768, 1440];

const softly = expect.configure({ soft: true });

test('extreme messages do not break the page or run as scripts', async ({
  dashboard,
  page,
  server,
}) => {
  const errors = pageErrors(page);
  const fake = await Fake.open(page, server.url);
  for (const [what, messages] of Object.entries(EXTREME)) {
    await test.step(what, async () => {
      await fake.append(...messages);
      for (const width of WIDTHS_PX) {
        await page.setViewportSize({ width, height: 900 });
        // Charts are resized with the browser's next frame.
        const message = `${what}, at a width of ${width}`;
        const outside = softly.poll(() => overflowing(page), { message });
        await fake.passDuring(outside.toEqual([]));
      }
      expect.soft(errors, what).toEqual([]);
    });
  }
  expect(await page.locator('.injected').count()).toBe(0);
  expect(await page.evaluate(() => 'executed' in window)).toBe(false);

  // Later messages are displayed, too.
  await fake.append(sample({ cpu: 12.3 }));
  await expect(dashboard.cpu).toHaveText(/^12\.3\s?%$/);
  await dashboard.expectState('live');
});

/** Horizontal overflow of the page or of cards. */
function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    const wide = scrollWidth > clientWidth ? [`the page is ${scrollWidth} wide`] : [];
    const cards = [...document.querySelectorAll('.card')];
    const outside = cards.filter((card) => {
      const { left, right } = card.getBoundingClientRect();
      return left < 0 || right > clientWidth || card.scrollWidth > card.clientWidth;
    });
    return [...wide, ...outside.map((card) => card.className)];
  });
}
