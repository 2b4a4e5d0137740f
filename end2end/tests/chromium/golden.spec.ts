import type { Locator } from '@playwright/test';
import { open, wait } from '../../chart.ts';
import type { Dashboard } from '../../dashboard.ts';
import { Fake, type Message } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { sample } from '../../messages.ts';
import { SIZES, STATES } from '../../states.ts';

/** Screenshots stop animations at their start, not at the state painted in a chart. */
const STILL = { reducedMotion: 'reduce' } as const;

/**
 * States and the parts whose accessibility tree is in a golden file. Unlike an image it does not depend on a
 * browser's rendering of text and form controls. `states.spec.ts` checks the layout of every state, and
 * `cargo xtask screenshot` takes images of them.
 */
const GOLDEN: [state: string, part: (dashboard: Dashboard) => Locator][] = [
  ['live', ({ page }) => page.locator('body')],
  ['empty', ({ page }) => page.getByRole('main')],
  ['alarmed', ({ page }) => page.locator('body')],
  ['showing help', ({ help }) => help],
  ['paused', ({ page }) => page.getByRole('banner')],
  ['reconnecting', ({ page }) => page.getByRole('banner')],
  ['playback', ({ page }) => page.locator('body')],
];

for (const [name, part] of GOLDEN) {
  test(`the accessibility tree of the state ${name} matches its golden file`, async ({ dashboard, page, server }) => {
    const state = STATES.find((state) => state.name === name);
    if (state === undefined) throw new Error(`there is no state ${name}`);
    await page.setViewportSize(SIZES.desktop);
    const fake = await Fake.open(page, server.url, { empty: state.empty ?? false });
    await state.arrange(fake, dashboard);
    const file = `${name.replaceAll(' ', '-')}.yml`;
    // Retries only the comparison. `toMatchAriaSnapshot` would not compare all numbers.
    await expect(async () => {
      expect(await part(dashboard).ariaSnapshot()).toMatchSnapshot(file);
    }).toPass({ intervals: [100, 1_000, 10_000] });
  });
}

/**
 * The ratio of pixels that may differ, since browser versions smooth lines differently. A missing or moved
 * line differs several times as much.
 */
const DIFFERENT_RATIO_MAX = 0.002;

/** Charts after some time without messages, and the labels of their axes. */
const CHARTS: { name: string; looks: string; after_s: number; samples: Message[]; labels: string[] }[] = [
  {
    name: 'cpu-chart',
    looks: 'with a gap',
    after_s: 8,
    samples: [97, 60, 80].map((cpu) => sample({ cpu })),
    labels: ['%', '0', '20', '40', '60', '80', '100', 'warning', 'critical', '11:29:30', '11:29:45', '11:30:00'],
  },
  {
    name: 'temperature-chart',
    looks: 'of several lines',
    after_s: 1,
    samples: [sample()],
    labels: ['°C', '55', '60', '65', '70', '75', '11:29:15', '11:29:30', '11:29:45'],
  },
];

for (const { name, looks, after_s, samples, labels } of CHARTS) {
  test.describe(`a chart ${looks}`, () => {
    test.use({ colorScheme: 'dark', viewport: SIZES.desktop, contextOptions: STILL });

    // Only an image shows what is painted on a canvas.
    test('matches its golden image', async ({ page, server }) => {
      await page.addInitScript(noteTexts);
      const [fake, chart] = await open(page, server.url, name);
      await wait(fake, page, after_s);
      for (const sample of samples) {
        await fake.append(sample);
        await fake.pass(950);
      }
      // A paused chart is painted for the current moment, not for its last frame.
      await page.keyboard.press('p');
      await fake.pass(100);
      await expect(chart.cursor).toHaveScreenshot(`${looks.replaceAll(' ', '-')}.png`, {
        maxDiffPixelRatio: DIFFERENT_RATIO_MAX,
      });
      const texts = await chart.cursor.locator('canvas').evaluateAll((canvases) =>
        canvases.flatMap((canvas) => globalThis.texts?.get(canvas) ?? []),
      );
      expect(texts).toEqual(labels);
    });
  });
}

declare global {
  /** The texts drawn on each canvas since it was cleared. */
  var texts: WeakMap<object, string[]> | undefined;
}

/** Records texts instead of drawing them, since their rendering depends on the browser's version. */
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
