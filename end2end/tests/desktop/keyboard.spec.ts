import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { event, sample } from '../../messages.ts';

test('every key of the help sheet works', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  const { keyboard } = page;

  await keyboard.press('p');
  await dashboard.expectState('paused');
  await keyboard.press('p');
  await dashboard.expectState('live');

  const root = page.locator('html');
  await keyboard.press('t');
  await expect(root).toHaveAttribute('data-theme', 'light');

  await keyboard.press('r');
  await expect.poll(() => fake.requests.at(-1)?.type).toBe('request_metrics');

  await expect(dashboard.feedItems.first()).toBeVisible();
  const listed = await dashboard.feedItems.count();
  await keyboard.press('c');
  await expect(dashboard.feedItems).toHaveCount(listed);
  await keyboard.press('Shift+C');
  await expect(dashboard.feedItems).toHaveCount(0);

  await keyboard.press('?');
  await expect(dashboard.help).toBeVisible();
  await expect(dashboard.help.getByRole('heading', { level: 2 })).toBeFocused();
  await keyboard.press('Escape');
  await expect(dashboard.help).toBeHidden();

  await keyboard.press('/');
  await expect(dashboard.filterText).toBeFocused();
  // In a text field, keys are text.
  await keyboard.type('pt?');
  await expect(dashboard.filterText).toHaveValue('pt?');
  await dashboard.expectState('live');
  await expect(root).toHaveAttribute('data-theme', 'light');
  await expect(dashboard.help).toBeHidden();
});

test('a cleared feed can be restored, with what came since', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await expect(dashboard.feedItems.first()).toBeVisible();
  const texts = await dashboard.feedTexts.allTextContents();
  await dashboard.clear.click();
  await expect(dashboard.feedItems).toHaveCount(0);
  await fake.append(event('Came since'));
  await page.getByTestId('toast-action').click();
  await expect(dashboard.feedTexts).toHaveText(['Came since', ...texts]);
  await expect(page.getByTestId('toast')).toHaveCount(0);
});

test('Escape closes what was opened last, and fields are reached at once', async ({
  dashboard,
  page,
  server,
}) => {
  const fake = await Fake.open(page, server.url);
  const range = page.getByTestId('range');
  const time = page.getByTestId('time-toggle');
  await expect(time).toHaveAttribute('aria-expanded', 'false');
  await time.press('Enter');
  await expect(time).toHaveAttribute('aria-expanded', 'true');
  await fake.passDuring(expect(page.getByRole('button', { name: '1 min', exact: true })).toBeFocused());
  await page.keyboard.press('Escape');
  await expect(range).toBeHidden();
  await expect(time).toBeFocused();
  // A press beside it closes it, too.
  await time.click();
  await expect(range).toBeVisible();
  await page.getByRole('heading', { level: 1 }).click();
  await expect(range).toBeHidden();

  await dashboard.playback.click();
  await fake.passDuring(dashboard.expectState('playback'));
  // The player precedes the charts in the order of reading.
  const follows = await dashboard.player.evaluate((player) => {
    const main = document.querySelector('main');
    return main === null ? 0 : player.compareDocumentPosition(main) & Node.DOCUMENT_POSITION_FOLLOWING;
  });
  expect(follows).not.toBe(0);
  await dashboard.analyse.click();
  await fake.passDuring(expect(dashboard.analysis).toBeVisible());
  await page.keyboard.press('Escape');
  await expect(dashboard.analysis).toBeHidden();
  await dashboard.expectState('playback');
  await page.keyboard.press('Escape');
  await fake.passDuring(dashboard.expectState('live'));
});

test('disabled keys stay disabled', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await page.keyboard.press('?');
  await dashboard.shortcuts.click();
  await page.keyboard.press('Escape');
  await expect(dashboard.help).toBeHidden();
  for (const visit of ['this visit', 'the next one']) {
    await page.keyboard.press('p');
    await fake.pass(500);
    await expect(dashboard.pause, visit).toHaveAttribute('aria-pressed', 'false');
    await fake.reload();
    await fake.append(sample());
    await fake.passDuring(dashboard.expectState('live'));
  }
});

test('the first tab stop skips the header', async ({ dashboard, page }) => {
  await dashboard.openLive();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
});
