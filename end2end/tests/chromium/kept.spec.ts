import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { SIZES, STATES, THEMES } from '../../states.ts';

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
];

for (const [name, size, colorScheme] of KEPT) {
  test.describe(`${name}, ${size}, ${colorScheme}`, () => {
    test.use({ colorScheme, viewport: SIZES[size], timezoneId: 'Europe/Berlin' });

    test('looks as it did', async ({ dashboard, page, server }) => {
      const state = STATES.find((state) => state.name === name);
      if (state === undefined) throw new Error(`there is no state ${name}`);
      const fake = await Fake.open(page, server.url, { empty: state.empty ?? false });
      await state.arrange(fake, dashboard);
      await expect(page).toHaveScreenshot(`${name}-${size}-${colorScheme}.png`.replaceAll(' ', '-'));
    });
  });
}
