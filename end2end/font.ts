import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';

/** The font of the tests. Missing characters would be drawn in a font of the machine. */
export const FONT_FILE = createRequire(import.meta.url).resolve(
  '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
);

/** Appended to the page's own style sheet. */
const PINNED = `
@font-face {
  font-family: "Test";
  src: url("/test-font.woff2");
  font-weight: 100 900;
}
:root {
  --font: "Test";
}`;

/** Makes text look the same on every machine; call it before the page is opened. */
export async function pinFont(page: Page, server: string): Promise<void> {
  await page.route(`${server}/test-font.woff2`, (route) => route.fulfill({ path: FONT_FILE }));
  await page.route(`${server}/**/*.css`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()) + PINNED });
  });
}

/** Waits until a page has loaded the font, even if it is not used yet. */
export async function fontLoaded(page: Page): Promise<void> {
  await page.evaluate(async () => {
    // The page's own are not used then, and those of the machine may not be there.
    const pinned = [...document.fonts].filter(({ family }) => family.replaceAll('"', '') === 'Test');
    await Promise.all(pinned.map((font) => font.load()));
  });
}
