import { expect, test } from '../fixtures.ts';

test.beforeEach(async ({ dashboard }) => {
  await dashboard.open('/');
  await dashboard.expectState('live');
});

test('keys do what the help sheet says', async ({ dashboard, page }) => {
  await page.keyboard.press('p');
  await dashboard.expectState('paused');
  await page.keyboard.press('p');
  await dashboard.expectState('live');

  await page.keyboard.press('t');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');

  await expect(dashboard.feedItems.first()).toBeAttached();
  await page.keyboard.press('c');
  await expect(dashboard.feedItems).toHaveCount(0, { timeout: 1_000 });

  await page.keyboard.press('?');
  await expect(page.getByTestId('help-sheet')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('help-sheet')).toBeHidden();
});

test('a key that is typed is text', async ({ dashboard, page }) => {
  await page.keyboard.press('/');
  await expect(page.getByTestId('filter-text')).toBeFocused();
  await page.keyboard.type('pt');
  await expect(page.getByTestId('filter-text')).toHaveValue('pt');
  await dashboard.expectState('live');
});

test('keys can be turned off, and stay off', async ({ dashboard, page }) => {
  await page.getByTestId('help').click();
  await page.getByTestId('shortcuts').click();
  await page.getByTestId('help-close').click();
  await page.reload();
  await dashboard.expectState('live');
  await page.keyboard.press('p');
  await dashboard.expectState('live');
  await page.getByTestId('help').click();
  await expect(page.getByTestId('shortcuts')).toHaveAttribute('aria-pressed', 'false');
});
