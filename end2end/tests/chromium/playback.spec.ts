// The row of playback.
import type { Page } from '@playwright/test';
import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { event, sample } from '../../messages.ts';

/** The moment that the address is a link to, in ms since 1970. */
function linked(page: Page): number {
  return Date.parse(new URL(page.url()).searchParams.get('at') ?? '');
}

test('playback has a row of the bar, which covers nothing and says nothing twice', async ({
  dashboard,
  page,
  server,
}) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  await dashboard.playback.click();
  await fake.passDuring(dashboard.expectState('playback'));
  for (const width of [768, 1024, 1440]) {
    await page.setViewportSize({ width, height: 800 });
    const [row, main] = [await dashboard.player.boundingBox(), await page.locator('.card').first().boundingBox()];
    expect((row?.y ?? 0) + (row?.height ?? 0), `${width}`).toBeLessThanOrEqual(main?.y ?? 0);
    expect(row?.height, `${width}`).toBeLessThanOrEqual(48);
    expect((row?.x ?? 0) + (row?.width ?? 0)).toBeLessThanOrEqual(width);
    for (const name of ['Play', 'Back to live']) {
      await expect(page.getByRole('button', { name, exact: true }), `${width}`).toHaveCount(1);
    }
    await expect(page.getByTestId('pause')).toBeHidden();
    // The time to the second is in a field, or on the timeline.
    const moments = page.locator('[data-testid="player-at"], [data-testid="player-moment"]');
    await expect(moments.filter({ visible: true }), `${width}`).toHaveCount(1);
    expect((await page.getByTestId('player-slider').boundingBox())?.width).toBeGreaterThanOrEqual(240);
  }
  // What arrives is not seen, so it is not set either.
  await dashboard.openSettings();
  await expect(page.getByTestId('theme-dark')).toBeVisible();
  for (const id of ['interval', 'refresh', 'stream-events']) await expect(page.getByTestId(id)).toBeHidden();
  await page.keyboard.press('Escape');
  await page.getByTestId('player-live').click();
  await fake.passDuring(dashboard.expectState('live'));
  await dashboard.openSettings();
  await expect(page.getByTestId('interval')).toBeVisible();
});

test('on a phone the row takes the place of the dock', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  await page.setViewportSize({ width: 390, height: 844 });
  const dock = page.getByRole('navigation', { name: 'Places' });
  const before = await dock.boundingBox();
  await dashboard.playback.click();
  await fake.passDuring(dashboard.expectState('playback'));
  await expect(dock).toBeHidden();
  const row = await dashboard.player.boundingBox();
  expect(row).toMatchObject({ x: 0, width: 390 });
  expect((row?.y ?? 0) + (row?.height ?? 0)).toBe(844);
  expect(Math.abs((row?.height ?? 0) - (before?.height ?? 0))).toBeLessThanOrEqual(2);
  await expect(page.getByTestId('player-moment')).toHaveText(/^15 Jan 11:\d\d:\d\d$/);
  const timeline = await page.getByTestId('player-slider').boundingBox();
  expect(timeline?.width).toBeGreaterThanOrEqual(160);
  // Targets of a finger.
  for (const id of ['player-back', 'player-play', 'player-on', 'player-live-dock']) {
    expect((await page.getByTestId(id).boundingBox())?.height, id).toBeGreaterThanOrEqual(44);
  }
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  const last = await page.locator('.card').last().boundingBox();
  expect((last?.y ?? 0) + (last?.height ?? 0)).toBeLessThanOrEqual(row?.y ?? 0);
  await page.getByTestId('player-live-dock').click();
  await fake.passDuring(dashboard.expectState('live'));
  await expect(dock).toBeVisible();
});

test('the timeline shows the load and the events, and leads to each moment', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample(), event('Disk is failing', { level: 'error' }));
  // Playback begins a minute ago, within these.
  await dashboard.showSpan('5 min');
  await fake.pass(5_000);
  await dashboard.playback.click();
  await fake.passDuring(dashboard.expectState('playback'));
  await fake.passDuring(
    expect(page.locator('.timeline-area')).toHaveAttribute('d', /^M\d+ 100V\d+h4V100z/),
  );
  const tick = page.locator('.timeline-ticks[data-level="error"]');
  await fake.passDuring(expect(tick).toHaveAttribute('d', /^M\d+ /));

  const slider = page.getByTestId('player-slider');
  await fake.passDuring(expect.poll(() => linked(page)).not.toBeNaN());
  // Keys move by whole seconds.
  const first = linked(page);
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  await fake.passDuring(expect.poll(() => linked(page)).toBe(first + 1_000));
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await fake.passDuring(expect.poll(() => linked(page)).toBe(first - 1_000));
  await expect(slider).toHaveAttribute('aria-valuetext', /^15 Jan 11:\d\d:\d\d$/);
  // The keys of the page work beside it.
  await page.keyboard.press(',');
  await fake.passDuring(expect.poll(() => linked(page)).toBe(first - 2_000));

  // The handle is dragged.
  const box = await slider.boundingBox();
  if (box === null) throw new Error('there is no slider');
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  await fake.passDuring(expect.poll(() => linked(page)).toBeGreaterThan(first));
});
