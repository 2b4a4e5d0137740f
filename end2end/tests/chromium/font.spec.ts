// The page's own typeface.
import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { charactersOfThePage, inSystemFonts } from '../../glyphs.ts';
import { sample } from '../../messages.ts';

test('the typeface is the server\'s own, and nothing moves when it comes', async ({ dashboard, page, server }) => {
  const fonts: { url: string; cache: string | undefined }[] = [];
  page.on('response', async (response) => {
    if (response.request().resourceType() === 'font') {
      fonts.push({ url: response.url(), cache: response.headers()['cache-control'] });
    }
  });
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/*.woff2', async (route) => {
    await released;
    await route.continue();
  });
  // The page is not complete before its typeface is.
  await page.goto('/', { waitUntil: 'domcontentloaded' });
  await dashboard.expectState('live');
  await page.keyboard.press('p');
  await dashboard.expectState('paused');
  const places = () =>
    page.locator('.header, .header .button, .card, .card-title, .chart, .table, .feed').evaluateAll((parts) =>
      parts
        .filter((part) => part.checkVisibility())
        .map((part) => {
          const { x, y, width, height } = part.getBoundingClientRect();
          return [x, y, width, height].map(Math.round);
        }),
    );
  // No word is wider by more than a character, and no line is elsewhere.
  const close = (one: number[][], other: number[][]) =>
    one.length === other.length &&
    one.every((box, index) =>
      box.every((side, at) => Math.abs(side - (other[index]?.[at] ?? NaN)) <= (at % 2 === 0 ? 8 : 0)),
    );
  const before = await places();
  release();
  await expect.poll(() => page.evaluate(() => document.fonts.check('16px Inter'))).toBe(true);
  const after = await places();
  expect(close(before, after), JSON.stringify([before, after])).toBe(true);
  expect(fonts.map(({ url }) => new URL(url).origin)).toEqual([new URL(server.url).origin]);
  expect(fonts[0]?.url).toMatch(/\/fonts\/inter\.[0-9a-f]{16}\.woff2$/);
});

test('the typeface has every character of the page, and digits of one width', async ({ dashboard, page }) => {
  await dashboard.openLive();
  await page.keyboard.press('p');
  await page.evaluate((characters) => {
    const text = document.createElement('p');
    text.textContent = characters.join(' ');
    document.body.append(text);
  }, charactersOfThePage());
  await expect.poll(() => inSystemFonts(page)).toEqual([]);
  const widths = await page.evaluate(() => {
    const place = document.createElement('span');
    document.body.append(place);
    return [...'0123456789'].map((digit) => {
      place.textContent = digit.repeat(10);
      return place.getBoundingClientRect().width.toFixed(2);
    });
  });
  expect(new Set(widths).size).toBe(1);
});

test('charts are labelled in the typeface once it is there', async ({ page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  const fonts = await page.evaluate(() => {
    const used: string[] = ((globalThis as { used?: string[] }).used = []);
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (...parts) {
      used.push(this.font);
      fillText.apply(this, parts);
    };
    return used;
  });
  expect(fonts).toEqual([]);
  // As when a font has been loaded.
  await page.evaluate(() => document.fonts.dispatchEvent(new Event('loadingdone')));
  const used = () => page.evaluate(() => (globalThis as { used?: string[] }).used?.length);
  await fake.passDuring(expect.poll(used).toBeGreaterThan(0));
});
