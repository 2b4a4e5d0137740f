import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { test } from '../fixtures.ts';
import { pinFont } from '../font.ts';

/** Long enough for 50 points of a chart, one a second. */
const CHART_FULL = Date.now() + 52_000;
const IMAGES = path.resolve('../docs/images');

/** From 0 to 1; text stays sharp. */
const WEBP_QUALITY = 0.9;

const SHOTS = [
  { name: 'dashboard-dark', colorScheme: 'dark', width: 1440, height: 900 },
  { name: 'dashboard-light', colorScheme: 'light', width: 1440, height: 900 },
  { name: 'phone', colorScheme: 'dark', width: 390, height: 844 },
] as const;

for (const { name, colorScheme, width, height } of SHOTS) {
  test.describe(name, () => {
    // The page's policy would block the font.
    test.use({ bypassCSP: true, colorScheme, contextOptions: { reducedMotion: 'reduce' }, viewport: { width, height }, deviceScaleFactor: 2 });

    test('is taken', async ({ browser, dashboard, page, server }) => {
      await pinFont(page, server.url);
      await dashboard.openLive();
      await dashboard.expectSampleAfter(CHART_FULL, 120_000);
      const png = await page.screenshot({ animations: 'disabled' });
      await writeFile(path.join(IMAGES, `${name}.webp`), await webp(await browser.newPage(), png));
    });
  });
}

/** The browser encodes WebP: a fifth of the PNG, without a visible difference. */
async function webp(page: Page, png: Buffer): Promise<Buffer> {
  const url = await page.evaluate(
    async ({ base64, quality }) => {
      const response = await fetch(`data:image/png;base64,${base64}`);
      const image = await createImageBitmap(await response.blob());
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [image.width, image.height];
      canvas.getContext('2d')?.drawImage(image, 0, 0);
      return canvas.toDataURL('image/webp', quality);
    },
    { base64: png.toString('base64'), quality: WEBP_QUALITY },
  );
  await page.close();
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}
