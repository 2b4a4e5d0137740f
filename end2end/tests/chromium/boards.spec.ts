import { AxeBuilder } from '@axe-core/playwright';
import { Board } from '../../boards.ts';
import { expect, test } from '../../fixtures.ts';
import { pageErrors } from '../../page-errors.ts';
import { Watchroom } from '../../server.ts';

let server: Watchroom;

test.beforeEach(async () => {
  server = await Watchroom.start();
});

test.afterEach(() => server.stop());

test('a board is created, changed, and the same after a reload', async ({ page }) => {
  const errors = pageErrors(page);
  const board = new Board(page);
  await page.goto(`${server.url}/boards`);
  await expect(page.getByTestId('no-boards')).toContainText('No boards yet.');
  await board.create(server.url, 'Servers', 'Empty');
  await expect(page).toHaveTitle(/Servers/);
  await expect(page.getByTestId('board-empty')).toContainText('No widgets yet.');
  await board.edit();
  await board.add('chart');
  await board.set('widget-title', 'Processor');
  await board.set('widget-thresholds', '50 80');
  await board.set('series-0', 'cpu{');
  await expect(board.panel.getByRole('alert').filter({ hasText: 'no selector' })).toBeVisible();
  await board.set('series-0', 'cpu{core="",host="$host"}');
  await board.set('widget-min', 'low');
  await expect(board.panel.getByText('is not a number')).toBeVisible();
  await board.set('widget-min', '0');
  await board.isSaved();
  const places = await board.places();
  expect(places).toEqual(['Processor: column 1, row 1, 6 by 7']);

  await page.reload();
  await expect(board.item('Processor').locator('canvas').first()).toBeVisible();
  await expect.poll(() => board.places()).toEqual(places);
  await board.edit();
  await board.item('Processor').getByTestId('board-configure').click();
  await expect(board.panel.getByTestId('widget-thresholds')).toHaveValue('50 80');
  await expect(board.panel.getByTestId('widget-min')).toHaveValue('0');
  expect(errors).toEqual([]);
});

test('two people see each other’s changes, and widgets that did not change stay', async ({ browser }) => {
  const ada = new Board(await (await browser.newContext()).newPage());
  await ada.create(server.url, 'Shared', 'Host');
  const bo = await Board.open(browser, ada.page.url());
  await expect(bo.items).toHaveCount(await ada.items.count());
  // A mark that is gone if the widget is made again.
  const memory = bo.item('Memory usage').locator('.chart');
  await memory.evaluate((chart) => chart.setAttribute('data-mark', 'kept'));

  await ada.edit();
  const cpu = ada.item('CPU usage');
  const head = (await cpu.locator('.card-title').boundingBox())!;
  const to = (await ada.item('Memory usage').boundingBox())!;
  await ada.page.mouse.move(head.x + 5, head.y + 5);
  await ada.page.mouse.down();
  await ada.page.mouse.move(head.x + 60, head.y + 30, { steps: 4 });
  await ada.page.mouse.move(to.x + 15, head.y + 5, { steps: 8 });
  await ada.page.mouse.up();
  await ada.isSaved();
  await expect(cpu).toHaveAttribute('aria-label', /column 7/);
  await expect.poll(() => bo.places()).toEqual(await ada.places());
  await expect(memory).toHaveAttribute('data-mark', 'kept');

  // The corner resizes.
  const corner = (await cpu.locator('.board-resize').boundingBox())!;
  await ada.page.mouse.move(corner.x + 12, corner.y + 12);
  await ada.page.mouse.down();
  await ada.page.mouse.move(corner.x + 12, corner.y + 12 + 96, { steps: 6 });
  await ada.page.mouse.up();
  await expect(cpu).toHaveAttribute('aria-label', /6 by 8/);
  await expect.poll(() => bo.places()).toEqual(await ada.places());

  await ada.rename('Processors');
  await expect(bo.root.getByRole('heading', { level: 1 })).toHaveText('Processors');
  await ada.close();
  await bo.close();
});

test('two people type into the same text', async ({ browser }) => {
  const ada = new Board(await (await browser.newContext()).newPage());
  await ada.create(server.url, 'Notes', 'Empty');
  await ada.edit();
  await ada.add('text');
  const first = ada.panel.getByTestId('widget-text');
  await first.fill('one\n\ntwo');
  await ada.isSaved();
  const bo = await Board.open(browser, ada.page.url());
  await bo.edit();
  await bo.items.first().getByTestId('board-configure').click();
  const second = bo.panel.getByTestId('widget-text');
  await expect(second).toHaveValue('one\n\ntwo');
  await first.press('Control+Home');
  await second.press('Control+End');
  await Promise.all([
    first.pressSequentially('above ', { delay: 40 }),
    second.pressSequentially(' below', { delay: 40 }),
  ]);
  for (const field of [first, second]) await expect(field).toHaveValue('above one\n\ntwo below');
  await ada.isSaved();
  await bo.isSaved();
  await ada.close();
  await bo.close();
});

test('a board is arranged by keys alone, and every step is announced', async ({ page }) => {
  const board = new Board(page);
  await board.create(server.url, 'Keys', 'Host');
  await board.edit();
  const cpu = board.item('CPU usage');
  const announced = board.root.getByTestId('board-announced');
  await cpu.focus();
  await page.keyboard.press('Enter');
  await expect(announced).toContainText('Grabbed CPU usage: column 1, row 1, 6 by 6');
  await page.keyboard.press('ArrowRight');
  await expect(announced).toHaveText('CPU usage: column 2, row 1, 6 by 6 in Charts');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(announced).toHaveText('CPU usage: column 2, row 1, 6 by 7 in Charts');
  await page.keyboard.press('Escape');
  await expect(announced).toContainText('back where it was');
  await expect(cpu).toHaveAttribute('aria-label', /column 1, row 1, 6 by 6/);

  await page.keyboard.press('Enter');
  for (let step = 0; step < 6; step += 1) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(announced).toContainText('Dropped. CPU usage: column 7');
  await expect(cpu).toBeFocused();
  await page.keyboard.press('Control+z');
  await expect(cpu).toHaveAttribute('aria-label', /column 1, row 1/);
  await page.keyboard.press('Control+Shift+z');
  await expect(cpu).toHaveAttribute('aria-label', /column 7/);

  const before = await board.items.count();
  await cpu.focus();
  await page.keyboard.press('Control+d');
  await expect(board.items).toHaveCount(before + 1);
  await expect(board.items.and(page.locator(':focus'))).toHaveCount(1);
  await page.keyboard.press('Delete');
  await expect(board.items).toHaveCount(before);
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await expect(board.items).toHaveCount(before + 1);
  await board.isSaved();
});

test('what is changed without a connection is stored when the server is back', async ({ page }) => {
  const board = new Board(page);
  await board.create(server.url, 'Offline', 'Host');
  await board.edit();
  await server.kill('SIGKILL');
  await page.getByTestId('board-title').fill('Renamed');
  await page.getByTestId('board-title').press('Tab');
  await board.item('Memory usage').focus();
  await page.keyboard.press('Delete');
  await expect(board.saved).toHaveText('Not saved, retrying');
  await server.restart();
  await board.isSaved();
  await page.reload();
  await expect(board.root.getByRole('heading', { level: 1 })).toHaveText('Renamed');
  await expect(board.item('CPU usage')).toBeVisible();
  await expect(board.item('Memory usage')).toHaveCount(0);
});

test('boards are duplicated, exported, imported, put into the trash and restored', async ({ page }) => {
  const board = new Board(page);
  await board.create(server.url, 'Original', 'Wall');
  await page.goto(`${server.url}/boards`);
  const entries = page.getByTestId('board-entry');
  await page.getByRole('button', { name: 'Duplicate Original' }).click();
  await expect(entries).toHaveCount(2);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export Original', exact: true }).click();
  const file = await (await download).path();
  await page.getByTestId('board-import').setInputFiles(file);
  await expect(entries).toHaveCount(3);
  await expect(page.getByTestId('boards-done')).toContainText('imported');
  await page.getByTestId('board-import').setInputFiles({
    name: 'other.json',
    mimeType: 'application/json',
    buffer: Buffer.from('{"title":4}'),
  });
  await expect(page.getByTestId('boards-failed')).toContainText('the file is no board');

  await page.getByRole('button', { name: 'Move to trash Original (copy)' }).click();
  await expect(page.getByTestId('trashed-entry')).toContainText('Original (copy)');
  await page.getByRole('button', { name: 'Restore Original (copy)' }).click();
  await expect(entries).toHaveCount(3);
  await expect(page.getByTestId('trashed-entry')).toHaveCount(0);
});

test('a board that does not exist says so', async ({ page }) => {
  await page.goto(`${server.url}/boards?board=b999999`);
  await expect(page.getByTestId('board-missing')).toContainText('There is no such board');
});

test('a kiosk shows nothing but boards, one after the other', async ({ page }) => {
  const board = new Board(page);
  await board.create(server.url, 'First', 'Wall');
  const first = new URL(page.url()).searchParams.get('board');
  await board.create(server.url, 'Second', 'Empty');
  const second = new URL(page.url()).searchParams.get('board');
  await page.goto(`${server.url}/boards?kiosk=1&rotate=${first},${second}&every=5s`);
  await expect(page).toHaveURL(new RegExp(`board=${first}`));
  await expect(board.items.first()).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Places' })).toBeHidden();
  await expect(page).toHaveURL(new RegExp(`board=${second}`));
  await expect(board.items).toHaveCount(0);
});

for (const [name, viewport] of [
  ['desktop', { width: 1440, height: 900 }],
  ['phone', { width: 320, height: 700 }],
] as const) {
  test(`nothing is inaccessible nor wider than the page: ${name}`, async ({ page }) => {
    await page.setViewportSize(viewport);
    const board = new Board(page);
    const check = async () => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(over).toBeLessThanOrEqual(0);
    };
    await page.goto(`${server.url}/boards`);
    await expect(page.getByTestId('board-form')).toBeVisible();
    await check();
    await board.create(server.url, 'Accessible', 'Host');
    await expect(board.items.first()).toBeVisible();
    await check();
    await board.edit();
    await board.item('CPU usage').getByTestId('board-configure').click();
    await expect(board.panel.getByTestId('widget-title')).toBeVisible();
    await check();
    await page.getByTestId('board-add').click();
    await expect(board.panel.getByTestId('kind-chart')).toBeVisible();
    await check();
  });
}

test('on a phone widgets are moved by the panel', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const board = new Board(page);
  await board.create(server.url, 'Phone', 'Host');
  await board.edit();
  await board.item('CPU usage').getByTestId('board-configure').click();
  await board.panel.getByTestId('widget-down').click();
  await expect(board.item('CPU usage')).toHaveAttribute('aria-label', /column 7/);
  await board.isSaved();
});
