import { open, wait } from '../../chart.ts';
import { Fake, type Message } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { sample } from '../../messages.ts';
import { SIZES, STATES, THEMES } from '../../states.ts';

/** An image stops movements where they began, which is not where a chart is painted for. */
const STILL = { reducedMotion: 'reduce' } as const;

/** What would catch most that could go wrong with the looks; `cargo xtask screenshot` shows all. */
const KEPT: [name: string, size: keyof typeof SIZES, theme: (typeof THEMES)[number]][] = [
  ['live', 'desktop', 'dark'],
  ['alarmed', 'desktop', 'light'],
  ['empty', 'desktop', 'dark'],
  ['showing help', 'desktop', 'light'],
  ['live', 'phone', 'light'],
  ['alarmed', 'phone', 'dark'],
  ['paused', 'phone', 'dark'],
  ['reconnecting', 'phone', 'light'],
  ['looking back', 'desktop', 'dark'],
  ['looking back', 'phone', 'light'],
];

for (const [name, size, colorScheme] of KEPT) {
  test.describe(`${name}, ${size}, ${colorScheme}`, () => {
    test.use({ colorScheme, viewport: SIZES[size], timezoneId: 'Europe/Berlin', contextOptions: STILL });

    test('looks as it did', async ({ dashboard, page, server }) => {
      const state = STATES.find((state) => state.name === name);
      if (state === undefined) throw new Error(`there is no state ${name}`);
      const fake = await Fake.open(page, server.url, { empty: state.empty ?? false });
      await state.arrange(fake, dashboard);
      await expect(page).toHaveScreenshot(`${name}-${size}-${colorScheme}.png`.replaceAll(' ', '-'));
    });
  });
}

/** Charts by themselves, and what they show after some time without anything. */
const CHARTS: [name: string, looks: string, after_s: number, message: Message][] = [
  ['cpu-chart', 'with a gap', 8, sample({ cpu: 97 })],
  ['temperature-chart', 'of several lines', 1, sample()],
];

for (const [name, looks, after_s, message] of CHARTS) {
  test.describe(`a chart ${looks}`, () => {
    test.use({ colorScheme: 'dark', viewport: SIZES.desktop, timezoneId: 'Europe/Berlin', contextOptions: STILL });

    test('looks as it did', async ({ page, server }) => {
      const [fake, chart] = await open(page, server.url, name);
      await wait(fake, page, after_s);
      await fake.append(message);
      await fake.pass(500);
      // A chart that stands still is painted for this very moment, not for when it was last due.
      await page.keyboard.press('p');
      await fake.pass(100);
      await expect(chart.card).toHaveScreenshot(`${looks.replaceAll(' ', '-')}.png`);
    });
  });
}
