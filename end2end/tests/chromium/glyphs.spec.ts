// Needs no server.
import { expect, test } from '@playwright/test';
import { fontLoaded } from '../../font.ts';
import { charactersOfThePage, inSystemFonts, specimen } from '../../glyphs.ts';

test('the font of the tests has every character of the page', async ({ page }) => {
  const characters = charactersOfThePage();
  expect(characters).toContain('−');
  await page.setContent(specimen(characters));
  await fontLoaded(page);
  expect(await inSystemFonts(page)).toEqual([]);
});

test('a missing character is detected', async ({ page }) => {
  await page.setContent(specimen(['a', '→']));
  await fontLoaded(page);
  expect(await inSystemFonts(page)).toEqual([expect.stringContaining('“→” in ')]);
});
