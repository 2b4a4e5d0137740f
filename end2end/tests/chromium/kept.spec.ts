import { open, wait } from '../../chart.ts';
import { Fake, type Message } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { disk, sample } from '../../messages.ts';
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
const CHARTS: [name: string, looks: string, after_s: number, messages: typeof dense][] = [
  ['cpu-chart', 'with a gap', 8, () => [sample({ cpu: 97 })]],
  ['temperature-chart', 'of several lines', 1, () => [sample()]],
  ['network-chart', 'dense', 55, dense],
  ['disk-chart', 'dense and stacked', 55, dense],
];

for (const [name, looks, after_s, messages] of CHARTS) {
  test.describe(`a chart ${looks}`, () => {
    test.use({ colorScheme: 'dark', viewport: SIZES.desktop, timezoneId: 'Europe/Berlin', contextOptions: STILL });

    test('looks as it did', async ({ page, server }) => {
      const [fake, chart] = await open(page, server.url, name);
      await wait(fake, page, after_s);
      await fake.append(...messages(fake.now_ms));
      await fake.pass(500);
      await expect(chart.card).toHaveScreenshot(`${looks.replaceAll(' ', '-')}.png`);
    });
  });
}

/** Samples of the last 48 s, more than a chart has columns of pixels: waves, and a spike. */
function dense(now_ms: number): Message[] {
  return Array.from({ length: 600 }, (_, index) => {
    const wave = 1 + Math.sin(index / 60) / 2 + Math.sin(index * 2.4) / 4;
    const spike = index === 420 ? 3 : 1;
    const rate = Math.round(400_000 * wave * spike);
    return sample({
      timestamp: new Date(now_ms - 48_000 + index * 80).toISOString(),
      network_recv: rate,
      network_sent: Math.round(rate / 3),
      disks: [disk('/', 71, { read: rate, written: Math.round(300_000 * (2 - wave)) })],
    });
  });
}
