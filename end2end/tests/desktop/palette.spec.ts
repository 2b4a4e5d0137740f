// The command palette: everything that can be done, found by its name.
import { AxeBuilder } from '@axe-core/playwright';
import { Fake } from '../../fake.ts';
import { expect, test } from '../../fixtures.ts';
import { sample } from '../../messages.ts';

test('the palette finds and runs commands by keyboard alone', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  const palette = page.getByRole('dialog', { name: 'Commands' });
  const field = palette.getByRole('combobox');
  const chosen = palette.locator('[aria-selected="true"]');
  const open = async () => {
    await page.keyboard.press('Control+k');
    await fake.passDuring(expect(field).toBeFocused());
  };

  await dashboard.pause.focus();
  await open();
  await expect(palette.getByRole('group', { name: 'Go to' })).toBeVisible();
  await expect(chosen).toHaveText(/^CPU/);
  // The list's option is that of the field.
  expect(await chosen.getAttribute('id')).toBe(await field.getAttribute('aria-activedescendant'));

  await field.fill('10 min');
  await expect(chosen).toHaveText(/^Last 10 min/);
  await page.keyboard.press('Enter');
  await expect(palette).toHaveCount(0);
  await expect(dashboard.pause).toBeFocused();
  await fake.passDuring(expect(page.getByTestId('time-toggle')).toHaveText('Last 10 min'));

  // Keys are shown, and letters in their order suffice.
  await open();
  await field.fill('chtheme');
  await expect(chosen.locator('kbd')).toHaveText('t');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');

  // What was run last comes first.
  await open();
  await expect(palette.getByRole('group', { name: 'Recent' }).getByRole('option')).toHaveText([
    /^Change the theme/,
    /^Last 10 min/,
  ]);
  await expect(chosen).toHaveText(/^Change the theme/);
  await expect(palette.getByRole('option', { name: 'Last 10 min' })).toHaveCount(1);

  // Up from the first option leads to the last one, which is scrolled into sight.
  await page.keyboard.press('ArrowUp');
  await expect(chosen).toBeInViewport();
  await expect(chosen).toHaveText(/Show shortcuts/);
  await page.keyboard.press('ArrowDown');
  await expect(chosen).toHaveText(/^Change the theme/);
  await field.fill('nothing is called this');
  await expect(palette.getByRole('option')).toHaveCount(0);
  await expect(palette.getByRole('status')).toHaveText('No matching commands');
  await page.keyboard.press('Enter');
  await expect(palette).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(palette).toHaveCount(0);

  // A part of the page is gone to, and the keyboard continues there.
  await open();
  await field.fill('processes');
  await page.keyboard.press('Enter');
  const heading = page.getByRole('heading', { name: 'Processes' });
  await expect(heading).toBeFocused();
  await expect(heading).toBeInViewport();
});

test('a typed time of day is played back', async ({ dashboard, page, server }) => {
  const fake = await Fake.open(page, server.url);
  await fake.append(sample());
  await page.keyboard.press('Control+k');
  await fake.passDuring(expect(page.getByTestId('palette-field')).toBeFocused());
  // Later than now: it is of yesterday.
  await page.keyboard.type('12:15');
  await expect(page.locator('[aria-selected="true"]')).toHaveText(/^Go to 14 Jan 12:15:00/);
  await page.getByTestId('palette-field').fill('11:15');
  await expect(page.locator('[aria-selected="true"]')).toHaveText(/^Go to 15 Jan 11:15:00/);
  await page.keyboard.press('Enter');
  await fake.passDuring(dashboard.expectState('playback'));
  await expect(dashboard.badge).toHaveText('Viewing 15 Jan 11:15');
});

test('the palette has no accessibility violations', async ({ page, server }) => {
  const fake = await Fake.open(page, server.url);
  await page.keyboard.press('Control+k');
  await fake.passDuring(expect(page.getByTestId('palette-field')).toBeFocused());
  const { violations } = await fake.passDuring(
    new AxeBuilder({ page }).setLegacyMode().include('[data-testid="palette"]').analyze(),
  );
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`)).toEqual([]);
});
