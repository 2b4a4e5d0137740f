import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { alert, sample } from '../../messages.ts';
import { SIZES } from '../../states.ts';

/** The smallest target that can be hit by everyone (WCAG 2.2, 2.5.8). */
const TARGET_PX_MIN = 24;

test('what can be pressed is large enough', async ({ page, server }) => {
  await Fake.open(page, server.url);
  for (const viewport of Object.values(SIZES)) {
    await page.setViewportSize(viewport);
    const small = await page.locator('a, button, input, select').evaluateAll((controls, least) => {
      const sizes = controls.filter((control) => control.checkVisibility()).map((control) => {
        const { width, height } = control.getBoundingClientRect();
        return { name: control.textContent, width, height };
      });
      return sizes.filter(({ width, height }) => Math.min(width, height) < least);
    }, TARGET_PX_MIN);
    expect(small).toEqual([]);
  }
});

test('the keyboard goes through the page in the order in which it is read', async ({
  page,
  server,
}) => {
  await Fake.open(page, server.url);
  const stops: string[] = [];
  for (let stop = 0; stop < 9; stop += 1) {
    await page.keyboard.press('Tab');
    stops.push(
      await page.evaluate(() => {
        const element = document.activeElement;
        return element?.getAttribute('data-testid') ?? element?.textContent ?? '';
      }),
    );
  }
  expect(stops).toEqual([
    'Skip to content',
    ...['theme', 'help', 'pause', 'refresh', 'interval', 'sound', 'notify', 'stream-metrics'],
  ]);
});

test('what is read aloud changes with the connection and with alerts, not with each sample', async ({
  page,
  server,
}) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  await fake.pass(500);
  const aloud = () =>
    page
      .locator('[aria-live]:not([aria-live="off"]), [role="status"], [role="alert"], output')
      .allTextContents();
  const before = await aloud();
  for (const cpu of [10, 50, 99]) {
    await fake.pass(950);
    await fake.append(sample({ cpu }));
    expect(await aloud()).toEqual(before);
  }
  expect(before).toContain('No alert is firing.');
  await fake.append(alert('cpu-high'));
  expect(await aloud()).toContain('1 alert is firing.');
  fake.up = false;
  await fake.close();
  await fake.pass(500);
  expect(await aloud()).toContain('Reconnecting');
});

for (const reducedMotion of ['no-preference', 'reduce'] as const) {
  test(`whoever prefers ${reducedMotion} is heard about motion`, async ({ page, server }) => {
    await page.emulateMedia({ reducedMotion });
    const fake = await Fake.open(page, server.url);
    fake.up = false;
    await fake.close();
    await fake.pass(500);
    await expect(page.getByTestId('badge')).toHaveAttribute('data-state', 'reconnecting');
    const moving = await page.evaluate(
      () => document.getAnimations().filter(({ playState }) => playState === 'running').length,
    );
    expect(moving > 0).toBe(reducedMotion === 'no-preference');
  });
}

test('with the few colours of the user every mark stands out from its track', async ({
  page,
  server,
}) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await Fake.open(page, server.url);
  for (const [mark, track] of [
    ['.gauge-fill', '.gauge-track'],
    ['.bars > .bar-fill', '.bars-track'],
  ] as const) {
    const paint = (selector: string) =>
      page.locator(selector).first().evaluate((element) => {
        const { fill, stroke } = getComputedStyle(element);
        return fill === 'none' ? stroke : fill;
      });
    expect(await paint(mark)).not.toBe(await paint(track));
  }
});
