import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { SIZES, STATES, THEMES } from '../../states.ts';

for (const { name, empty = false, arrange } of STATES.filter(({ huge }) => !huge)) {
  test(`nobody is shut out while the page is ${name}`, async ({ dashboard, page, server }) => {
    const fake = await Fake.open(page, server.url, { empty });
    await arrange(fake, dashboard);
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      for (const colorScheme of THEMES) {
        await page.emulateMedia({ colorScheme });
        const found = await fake.passDuring(violations(page));
        expect.soft(found, `${name}, ${size}, ${colorScheme}`).toEqual([]);
      }
    }
  });
}

async function violations(page: Page): Promise<object[]> {
  // The other mode finishes in a second page, which would share this one's clock.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  return violations.map(({ id, nodes }) => ({ id, at: nodes.map((node) => node.html) }));
}
