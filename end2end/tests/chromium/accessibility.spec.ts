import type { Page } from '@playwright/test';
import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { alert, sample } from '../../messages.ts';
import { SIZES, THEMES } from '../../states.ts';

/** The minimum target size (WCAG 2.2, 2.5.8). */
const TARGET_PX_MIN = 24;

test('targets are large enough', async ({ page, server }) => {
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

test('the tab order is the reading order', async ({
  page,
  server,
}) => {
  await Fake.open(page, server.url);
  const stops: string[] = [];
  for (let stop = 0; stop < 13; stop += 1) {
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
    ...['Overview', 'Boards', 'Alerts', 'rooms-open'],
    ...['settings-open', 'help', 'theme', 'palette-open', 'time-toggle'],
    ...['chart-earlier', 'chart-later', 'chart-out'],
  ]);
});

test('live regions change with the connection and alerts, not with each sample', async ({
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
    await fake.passDuring(expect(page.getByTestId('cpu-value')).toContainText(`${cpu}`));
    expect(await aloud()).toEqual(before);
  }
  expect(before).toContain('No active alerts');
  await fake.append(alert('cpu-high'));
  await fake.passDuring(expect.poll(aloud).toContain('1 active alert'));
  fake.up = false;
  await fake.close();
  await fake.passDuring(expect.poll(aloud).toContain('Reconnecting'));
});

for (const reducedMotion of ['no-preference', 'reduce'] as const) {
  test(`prefers-reduced-motion: ${reducedMotion} is respected`, async ({ page, server }) => {
    await page.emulateMedia({ reducedMotion });
    const fake = await Fake.open(page, server.url);
    fake.up = false;
    await fake.close();
    const badge = page.getByTestId('badge');
    await fake.passDuring(expect(badge).toHaveAttribute('data-state', 'reconnecting'));
    const moving = await page.evaluate(
      () => document.getAnimations().filter(({ playState }) => playState === 'running').length,
    );
    expect(moving > 0).toBe(reducedMotion === 'no-preference');
  });
}

test('in forced colours all marks have a contrast to their track', async ({
  page,
  server,
}) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await Fake.open(page, server.url);
  for (const [mark, track] of [['.bars > .bar-fill', '.bars-track']] as const) {
    const paint = (selector: string) =>
      page.locator(selector).first().evaluate((element) => {
        const { fill, stroke } = getComputedStyle(element);
        return fill === 'none' ? stroke : fill;
      });
    expect(await paint(mark)).not.toBe(await paint(track));
  }
});

test('forced colours distinguish pressed buttons and lines', async ({ page, server }) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await Fake.open(page, server.url);
  await page.getByTestId('time-toggle').click();
  const ground = (pressed: boolean) =>
    page
      .locator(`[data-testid="chart-span"][aria-pressed="${pressed}"]`)
      .first()
      .evaluate((button) => getComputedStyle(button).backgroundColor);
  expect(await ground(true)).not.toBe(await ground(false));
  const [swatch, card] = await page
    .locator('.card-cpu-chart')
    .evaluate((card) =>
      [card.querySelector('.swatch') ?? card, card].map(
        (element) => getComputedStyle(element).backgroundColor,
      ),
    );
  expect(swatch).not.toBe(card);
});

for (const colorScheme of THEMES) {
  test(`a selected button is recognized in ${colorScheme} colours`, async ({ page, server }) => {
    await page.emulateMedia({ colorScheme });
    await Fake.open(page, server.url);
    await page.getByTestId('time-toggle').click();
    const selected = '[data-testid="chart-span"][aria-pressed="true"]';
    // WCAG 2.2, 1.4.3 and 1.4.11.
    expect(await contrast(page, selected, 'color')).toBeGreaterThanOrEqual(4.5);
    expect(await contrast(page, selected, 'borderTopColor')).toBeGreaterThanOrEqual(3);
    expect(await contrast(page, '.filters .field', 'borderTopColor')).toBeGreaterThanOrEqual(3);
  });
}

test('text of twice the size is complete', async ({ page, server }) => {
  await Fake.open(page, server.url);
  await page.addStyleTag({ content: 'html { font-size: 200% !important }' });
  for (const viewport of Object.values(SIZES)) {
    await page.setViewportSize(viewport);
    const readings = () =>
      page.locator('.reading').evaluateAll((readings) =>
        readings.flatMap((reading) => {
          const card = reading.closest('.card')?.getBoundingClientRect();
          return [...reading.children].flatMap((part) => {
            const box = part.getBoundingClientRect();
            const fits = card !== undefined && box.left >= card.left && box.right <= card.right;
            const isCut = part.scrollWidth > part.clientWidth + 1 || reading.scrollWidth > reading.clientWidth + 1;
            return fits && !isCut ? [] : [part.textContent];
          });
        }),
      );
    await expect.poll(readings).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      viewport.width,
    );
  }
});

for (const colorScheme of THEMES) {
  test(`prefers-contrast: more has more contrast in ${colorScheme} colours`, async ({ page, server }) => {
    await page.emulateMedia({ colorScheme, contrast: 'more' });
    await Fake.open(page, server.url);
    // WCAG 2.2, 1.4.6 and 1.4.11.
    for (const text of ['.fact > dt', '.pair-total', '.legend-item', '.host']) {
      expect(await contrast(page, text, 'color'), text).toBeGreaterThanOrEqual(7);
    }
    for (const edge of ['.card', '.header .button', '.field', '.chip']) {
      expect(await contrast(page, edge, 'borderTopColor'), edge).toBeGreaterThanOrEqual(3);
    }
  });
}

/** The contrast ratio of an element's colour to its background (WCAG 2.2). */
function contrast(page: Page, selector: string, of: 'borderTopColor' | 'color'): Promise<number> {
  return page.locator(selector).first().evaluate((element, of) => {
    const context = document.createElement('canvas').getContext('2d');
    if (context === null) throw new Error('no canvas');
    const luminance = (colour: string) => {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0] = [...context.getImageData(0, 0, 1, 1).data].map((byte) =>
        byte <= 10 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    let behind: Element | null = element;
    const ground = (element: Element) => getComputedStyle(element).backgroundColor;
    while (behind !== null && ground(behind) === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
    const found = luminance(getComputedStyle(element)[of]);
    const back = luminance(ground(behind ?? document.documentElement));
    return (Math.max(found, back) + 0.05) / (Math.min(found, back) + 0.05);
  }, of);
}
