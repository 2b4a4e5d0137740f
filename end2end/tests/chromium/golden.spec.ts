import type { Locator } from '@playwright/test';
import { open, wait } from '../../chart.ts';
import type { Dashboard } from '../../dashboard.ts';
import { Fake, type Message } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { sample } from '../../messages.ts';
import { SIZES, STATES } from '../../states.ts';

/** An image stops movements where they began, which is not where a chart is painted for. */
const STILL = { reducedMotion: 'reduce' } as const;

/**
 * What of a state the golden file holds: what assistive technology is given of it, word by word. Unlike
 * an image this does not depend on how a version of a browser draws text and form controls; that things are
 * where they belong is asserted for every state in `states.spec.ts`, and `cargo xtask screenshot`
 * shows them.
 */
const GOLDEN: [state: string, part: (dashboard: Dashboard) => Locator][] = [
  ['live', ({ page }) => page.locator('body')],
  ['empty', ({ page }) => page.getByRole('main')],
  ['alarmed', ({ page }) => page.locator('body')],
  ['showing help', ({ help }) => help],
  ['paused', ({ page }) => page.getByRole('banner')],
  ['reconnecting', ({ page }) => page.getByRole('banner')],
  ['looking back', ({ page }) => page.locator('body')],
];

for (const [name, part] of GOLDEN) {
  test(`the page while it is ${name} says what it did`, async ({ dashboard, page, server }) => {
    const state = STATES.find((state) => state.name === name);
    if (state === undefined) throw new Error(`there is no state ${name}`);
    await page.setViewportSize(SIZES.desktop);
    const fake = await Fake.open(page, server.url, { empty: state.empty ?? false });
    await state.arrange(fake, dashboard);
    const file = `${name.replaceAll(' ', '-')}.yml`;
    // The looks are repeated, and what led to the state is not. Every number is compared, which
    // `toMatchAriaSnapshot` would not do.
    await expect(async () => {
      expect(await part(dashboard).ariaSnapshot()).toMatchSnapshot(file);
    }).toPass({ intervals: [100, 1_000, 10_000] });
  });
}

/**
 * So many pixels may differ: versions of a browser smooth the edges of lines differently. A line that
 * is missing or elsewhere is several times as many.
 */
const DIFFERENT_RATIO_MAX = 0.002;

/** Charts by themselves: what they show after some time without anything, and what their axes say. */
const CHARTS: { name: string; looks: string; after_s: number; samples: Message[]; says: string[] }[] = [
  {
    name: 'cpu-chart',
    looks: 'with a gap',
    after_s: 8,
    samples: [97, 60, 80].map((cpu) => sample({ cpu })),
    says: ['%', '0', '50', '100', '11:29:30', '11:29:45', '11:30:00'],
  },
  {
    name: 'temperature-chart',
    looks: 'of several lines',
    after_s: 1,
    samples: [sample()],
    says: ['°C', '55', '60', '65', '70', '75', '11:29:15', '11:29:30', '11:29:45'],
  },
];

for (const { name, looks, after_s, samples, says } of CHARTS) {
  test.describe(`a chart ${looks}`, () => {
    test.use({ colorScheme: 'dark', viewport: SIZES.desktop, contextOptions: STILL });

    // What is painted on a canvas is the one thing that only an image tells.
    test('looks as it did', async ({ page, server }) => {
      await page.addInitScript(noteTexts);
      const [fake, chart] = await open(page, server.url, name);
      await wait(fake, page, after_s);
      for (const sample of samples) {
        await fake.append(sample);
        await fake.pass(950);
      }
      // A chart that stands still is painted for this very moment, not for when it was last due.
      await page.keyboard.press('p');
      await fake.pass(100);
      await expect(chart.cursor).toHaveScreenshot(`${looks.replaceAll(' ', '-')}.png`, {
        maxDiffPixelRatio: DIFFERENT_RATIO_MAX,
      });
      const texts = await chart.cursor.locator('canvas').evaluateAll((canvases) =>
        canvases.flatMap((canvas) => globalThis.texts?.get(canvas) ?? []),
      );
      expect(texts).toEqual(says);
    });
  });
}

declare global {
  /** What was written on each canvas since it was cleared. */
  var texts: WeakMap<object, string[]> | undefined;
}

/** How letters look differs with a browser's version: what they say is noted, and nothing drawn. */
function noteTexts(): void {
  const texts = (globalThis.texts = new WeakMap<object, string[]>());
  const canvas = HTMLCanvasElement.prototype;
  const width = Object.getOwnPropertyDescriptor(canvas, 'width') as PropertyDescriptor;
  Object.defineProperty(canvas, 'width', {
    ...width,
    set(this: HTMLCanvasElement, value: number) {
      texts.set(this, []);
      width.set?.call(this, value);
    },
  });
  const context = CanvasRenderingContext2D.prototype;
  const { clearRect, measureText } = context;
  context.clearRect = function (...area) {
    texts.set(this.canvas, []);
    clearRect.apply(this, area);
  };
  context.fillText = function (text) {
    texts.get(this.canvas)?.push(text);
  };
  context.measureText = function (text) {
    const measured = measureText.call(this, text);
    return Object.defineProperty(measured, 'width', { value: 7 * text.length });
  };
}
