import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';

/** The font of the tests. What it lacks would be drawn in whatever font a machine has instead. */
export const FONT_FILE = createRequire(import.meta.url).resolve(
  '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
);

/** Goes behind the page's own style sheet. */
const PINNED = `
@font-face {
  font-family: "Test";
  src: url("/test-font.woff2");
  font-weight: 100 900;
}
:root {
  --font: "Test";
}`;

/** Makes the text of a page that is yet to be opened look the same on every machine. */
export async function pinFont(page: Page, server: string): Promise<void> {
  await page.route(`${server}/test-font.woff2`, (route) => route.fulfill({ path: FONT_FILE }));
  await page.route(`${server}/**/*.css`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()) + PINNED });
  });
}

/** Waits until a page has loaded the font, whether or not it has drawn anything with it yet. */
export async function fontLoaded(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await Promise.all([...document.fonts].map((font) => font.load()));
  });
}
