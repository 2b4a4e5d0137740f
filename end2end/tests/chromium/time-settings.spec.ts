// How times are written: the zone, and how hours are counted. The time is chosen in a sheet on a phone.
import type { Page } from '@playwright/test';
import { AxeBuilder } from '@axe-core/playwright';
import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { event, sample } from '../../messages.ts';

/** The last label that was drawn below a chart. */
function label(page: Page): Promise<string | undefined> {
  return page.evaluate(() => (globalThis as { label?: string }).label);
}

test('times are written in the chosen zone and hours everywhere, and on the next visit', async ({
  dashboard,
  page,
  server,
}) => {
  await page.addInitScript(() => {
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (...parts) {
      if (parts[0].includes(':')) (globalThis as { label?: string }).label = parts[0];
      fillText.apply(this, parts);
    };
  });
  const fake = await Fake.open(page, server.url);
  await fake.append(sample(), event('Deployed'));
  const first = dashboard.feedItems.first().locator('time');
  // The browser is in Berlin, the server in Kolkata.
  const zones = [
    ['browser', /^11:30:\d\d$/, /^11:\d\d:\d\d$/],
    ['utc', /^10:30:\d\d$/, /^10:\d\d:\d\d$/],
    ['server', /^16:00:\d\d$/, /^(15|16):\d\d:\d\d$/],
  ] as const;
  for (const [zone, entry, tick] of zones) {
    await dashboard.openSettings();
    await page.getByTestId(`zone-${zone}`).click();
    await expect(page.getByTestId(`zone-${zone}`)).toHaveAttribute('aria-pressed', 'true');
    await page.keyboard.press('Escape');
    await expect(first, zone).toHaveText(entry);
    await fake.passDuring(expect.poll(() => label(page), zone).toMatch(tick));
  }
  await dashboard.openSettings();
  await page.getByTestId('hours-12').click();
  await page.keyboard.press('Escape');
  await expect(first).toHaveText(/^4:00:\d\d PM$/);
  await fake.passDuring(expect.poll(() => label(page)).toMatch(/^\d+:\d\d:\d\d PM$/));

  // The choice holds for the next visit, and for what is typed.
  await fake.reload();
  await expect(first).toHaveText(/^4:00:\d\d PM$/);
  await dashboard.playback.click();
  await fake.passDuring(dashboard.expectState('playback'));
  await expect(dashboard.badge).toHaveText(/^Viewing 15 Jan 3:59 PM$/);
  const field = page.getByTestId('player-at');
  await expect(field).toHaveValue(/^2026-01-15T15:59:\d\d$/);
  await field.fill('2026-01-15T15:00:07');
  await field.press('Enter');
  // Links have UTC in any case.
  const linked = () => new URL(page.url()).searchParams.get('at');
  await fake.passDuring(expect.poll(linked).toBe('2026-01-15T09:30:07.000Z'));
});

test('on a phone the time is chosen in a sheet from below', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  for (const width of [320, 390]) {
    await page.setViewportSize({ width, height: 844 });
    await page.getByTestId('time-toggle').click();
    const sheet = page.getByTestId('range');
    await fake.passDuring(expect(sheet).toBeVisible());
    const box = await sheet.boundingBox();
    expect(box).toMatchObject({ x: 0, width });
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBe(844);
    const spans = sheet.getByTestId('chart-span');
    for (const span of await spans.all()) expect((await span.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    const { violations } = await fake.passDuring(
      new AxeBuilder({ page }).setLegacyMode().include('[data-testid="range"]').analyze(),
    );
    expect(violations.map(({ id }) => id)).toEqual([]);
    // A press beside it closes it, and does nothing else.
    const pressed = await dashboard.pause.getAttribute('aria-pressed');
    await page.mouse.click(width / 2, 20);
    await expect(sheet).toBeHidden();
    await expect(dashboard.pause).toHaveAttribute('aria-pressed', pressed ?? '');
    await page.getByTestId('time-toggle').click();
    await spans.filter({ hasText: /^5 min$/ }).click();
    await expect(sheet).toBeHidden();
    await fake.passDuring(expect(page.getByTestId('time-toggle')).toHaveText('Last 5 min'));
  }
});
