import path from 'node:path';
import { show } from '../chart.ts';
import { Fake } from '../fake.ts';
import { test } from '../fixtures.ts';
import { SIZES, STATES, THEMES } from '../states.ts';

const IMAGES = path.resolve('../target/gallery');

for (const { name, empty = false, arrange } of STATES) {
  test(`the state ${name}`, async ({ dashboard, page, server }) => {
    const fake = await Fake.open(page, server.url, { empty });
    await arrange(fake, dashboard);
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      for (const colorScheme of THEMES) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        // The theme applies with the browser's next frame, which a screenshot forces.
        await page.screenshot();
        await show(fake, page);
        const file = `${name} ${size} ${colorScheme}.png`.replaceAll(' ', '-');
        await page.screenshot({
          path: path.join(IMAGES, file),
          fullPage: true,
          animations: 'disabled',
        });
      }
    }
  });
}
