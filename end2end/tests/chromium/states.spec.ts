import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { misplaced } from '../../geometry.ts';
import { inSystemFonts } from '../../glyphs.ts';
import { SIZES, STATES, THEMES } from '../../states.ts';

const softly = expect.configure({ soft: true });

for (const { name, empty = false, extreme = false, arrange } of STATES.filter(({ huge }) => !huge)) {
  test(`the state ${name} has a correct layout and no accessibility violations`, async ({
    dashboard,
    page,
    server,
  }) => {
    // Colours in transition would have another contrast.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const fake = await Fake.open(page, server.url, { empty });
    await arrange(fake, dashboard);
    softly(await inSystemFonts(page), `${name}: texts in other fonts`).toEqual([]);
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      if (!extreme) {
        // Charts are resized with the browser's next frame.
        const places = softly.poll(() => misplaced(page), { message: `${name}, ${size}` });
        await fake.passDuring(places.toEqual([]));
      }
      for (const colorScheme of THEMES) {
        await page.emulateMedia({ colorScheme });
        const found = await fake.passDuring(violations(page));
        softly(found, `${name}, ${size}, ${colorScheme}`).toEqual([]);
      }
    }
  });
}

async function violations(page: Page): Promise<object[]> {
  // The other mode opens a second page, which would share this page's clock.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  return violations.map(({ id, nodes }) => ({ id, at: nodes.map((node) => node.html) }));
}
