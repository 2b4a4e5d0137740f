import { AxeBuilder } from '@axe-core/playwright';
import type { Route } from '@playwright/test';
import { expect, test } from '../../fixtures.ts';
import { pageErrors } from '../../page-errors.ts';
import { Rooms } from '../../rooms.ts';
import { Watchroom } from '../../server.ts';

const PHONE = { width: 390, height: 844 };

test.describe('with a server of its own', () => {
  let server: Watchroom;

  test.beforeEach(async () => {
    server = await Watchroom.start();
  });

  test.afterEach(() => server.stop());

  test('what one says, edits and deletes, the other sees', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada');
    const bo = await Rooms.join(browser, server.url, 'Bo', '/');
    const errors = pageErrors(bo.page);
    await expect(bo.root.getByTestId('room-empty')).toContainText('No messages yet.');
    await ada.say('the disk fills');
    await expect(bo.message('the disk fills')).toBeVisible();
    await expect(bo.root.locator('.message-author')).toHaveText('Ada');
    await expect(ada.root.getByTestId('pending')).toHaveCount(0);

    await ada.choose('the disk fills', 'Edit');
    const editor = ada.root.getByTestId('message-editor');
    await expect(editor).toBeFocused();
    await editor.fill('the disk of web-1 fills');
    await editor.press('Enter');
    await expect(bo.message('the disk of web-1 fills')).toContainText('(edited)');

    await ada.choose('the disk of web-1 fills', 'Delete');
    await ada.root.getByTestId('message-delete-yes').click();
    await expect(bo.message('This message was deleted.')).toBeVisible();
    await expect(bo.message('web-1')).toHaveCount(0);
    // Somebody else's message can be quoted only.
    await ada.say('over there');
    const menu = bo.message('over there');
    await menu.hover();
    await menu.getByTestId('menu').click();
    await expect(menu.getByRole('button', { name: 'Quote' })).toBeVisible();
    await expect(menu.getByRole('button', { name: 'Edit' })).toHaveCount(0);
    expect(errors).toEqual([]);
    await ada.close();
    await bo.close();
  });

  test('what is said without a connection is sent once, when the server is back', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada');
    const bo = await Rooms.join(browser, server.url, 'Bo');
    await ada.say('before');
    await expect(bo.message('before')).toBeVisible();
    await server.kill('SIGKILL');
    await expect(ada.root.getByTestId('room-status')).toContainText('Not connected');
    await ada.say('first');
    await ada.say('second');
    await expect(ada.root.getByTestId('pending-note')).toHaveText([
      'Not sent · will be sent when connected',
      'Not sent · will be sent when connected',
    ]);
    await server.restart();
    await expect(bo.message('second')).toBeVisible({ timeout: 60_000 });
    await expect(ada.root.getByTestId('pending')).toHaveCount(0);
    const expected = ['before', 'first', 'second'];
    await expect.poll(() => ada.texts()).toEqual(expected);
    await expect.poll(() => bo.texts()).toEqual(expected);
    await ada.close();
    await bo.close();
  });

  test('what is not sent yet, and what is being written, survives a reload', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada');
    const messages = /\/api\/v1\/rooms\/r1\/messages/;
    await ada.page.route(messages, (route) =>
      route.request().method() === 'POST' ? route.abort() : route.continue(),
    );
    await ada.say('first');
    await ada.say('second');
    await ada.composer.fill('a draft');
    await ada.page.reload();
    await expect(ada.composer).toHaveValue('a draft');
    await expect(ada.root.getByTestId('pending')).toHaveCount(2);
    await ada.page.unroute(messages);
    await expect(ada.root.getByTestId('pending')).toHaveCount(0);
    await expect.poll(() => ada.texts()).toEqual(['first', 'second']);
    await ada.composer.press('Enter');
    await expect(ada.message('a draft')).toBeVisible();
    await ada.page.reload();
    await expect(ada.message('a draft')).toBeVisible();
    await expect(ada.composer).toHaveValue('');
    await expect(ada.root.getByTestId('pending')).toHaveCount(0);
    await ada.close();
  });

  test('what is not answered is shown as not sent, and keeps its place', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada');
    const messages = /\/api\/v1\/rooms\/r1\/messages/;
    // Neither answered nor refused.
    const held: Route[] = [];
    await ada.page.route(messages, (route) =>
      route.request().method() === 'POST' ? void held.push(route) : route.continue(),
    );
    await ada.say('first');
    await ada.say('second');
    await expect(ada.root.getByTestId('pending-note')).toHaveText([
      'Not sent: no answer from the server',
      'Waits for the message before it',
    ]);
    // Otherwise the browser sends them on.
    for (const route of held) await route.abort();
    await ada.page.unroute(messages);
    await ada.root.getByRole('button', { name: 'Send again' }).click();
    await expect(ada.root.getByTestId('pending')).toHaveCount(0);
    await expect.poll(() => ada.texts()).toEqual(['first', 'second']);
    await ada.close();
  });

  test('what is unread is counted until it is seen', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada');
    const bo = await Rooms.join(browser, server.url, 'Bo', '/');
    await bo.toggle();
    const panel = bo.page.getByTestId('rooms-panel');
    await expect(panel).toBeHidden();
    const button = bo.page.getByTestId('rooms-open');
    await ada.say('one');
    await ada.say('two');
    await expect(button).toHaveAccessibleName('Rooms, 2 unread');
    await ada.say('@Bo three');
    await expect(bo.page.getByTestId('toast')).toContainText('Ada in #General: @Bo three');
    await expect(button).toHaveAccessibleName('Rooms, 3 unread, 1 of you');
    await bo.page.getByTestId('toast-action').click();
    await expect(panel).toBeVisible();
    await expect(panel.getByTestId('room-unread')).toBeVisible();
    await expect(button).toHaveAccessibleName('Rooms');
    await expect(bo.message('@Bo three').locator('.mention')).toHaveText('@Bo');
    await ada.close();
    await bo.close();
  });

  test('Markdown becomes nodes, and never HTML', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada');
    const dialogs: string[] = [];
    ada.page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await ada.say('<img src=x onerror=alert(1)> `a<b>` https://example.org/x, [no](javascript:alert(1))');
    const message = ada.message('onerror');
    await expect(message.locator('code')).toHaveText('a<b>');
    await expect(message.locator('.message-text a')).toHaveAttribute('href', 'https://example.org/x');
    await expect(message.locator('img')).toHaveCount(0);
    await ada.say('> quoted\n```\nls -l\n```');
    await expect(ada.root.locator('blockquote')).toHaveText('quoted');
    await expect(ada.root.locator('pre')).toHaveText('ls -l');
    expect(dialogs).toEqual([]);
    await ada.close();
  });

  test('names are completed, rooms are created, and who types is seen', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada');
    const bo = await Rooms.join(browser, server.url, 'Bo');
    await bo.say('hello');
    await expect(ada.message('hello')).toBeVisible();
    await ada.composer.pressSequentially('@b');
    await expect(ada.root.getByRole('option', { name: 'Bo' })).toBeVisible();
    await ada.composer.press('Tab');
    await expect(ada.composer).toHaveValue('@Bo ');
    await expect(bo.root.getByTestId('room-status')).toHaveText('Ada is typing…');
    await ada.composer.press('Enter');
    await expect(bo.root.getByTestId('room-status')).toBeEmpty();

    await ada.root.getByTestId('room-new').click();
    await ada.root.getByLabel('Name', { exact: true }).fill('Deployments');
    await ada.root.getByRole('button', { name: 'Create' }).click();
    await expect(ada.root.getByTestId('room-head')).toContainText('Deployments');
    await expect(bo.root.getByTestId('room-item').filter({ hasText: 'Deployments' })).toBeVisible();
    await ada.close();
    await bo.close();
  });

  test('a room is muted, and names with spaces are mentioned', async ({ browser }) => {
    const ann = await Rooms.join(browser, server.url, 'Ann B');
    const bo = await Rooms.join(browser, server.url, 'Bo');
    await ann.say('hello');
    await expect(bo.message('hello')).toBeVisible();
    // What is said before the rooms are listed is no news.
    const areListed = ann.page.waitForResponse((response) => /\/rooms(\?|$)/.test(response.url()));
    await ann.page.goto(`${server.url}/`);
    await areListed;
    const button = ann.page.getByTestId('rooms-open');
    await bo.composer.pressSequentially('@ann');
    await bo.composer.press('Tab');
    await expect(bo.composer).toHaveValue('@Ann B ');
    await bo.composer.pressSequentially('look');
    await bo.composer.press('Enter');
    await expect(bo.message('look').locator('.mention')).toHaveText('@Ann B');
    await expect(ann.page.getByTestId('toast')).toContainText('Bo in #General: @Ann B look');
    await expect(button).toHaveAccessibleName('Rooms, 1 unread, 1 of you');

    const isRead = ann.page.waitForResponse((response) => /\/read(\?|$)/.test(response.url()) && response.ok());
    await ann.toggle();
    await isRead;
    await ann.root.getByTestId('room-head').getByTestId('menu').click();
    await ann.root.getByTestId('room-mute').click();
    await expect(ann.root.getByTestId('room-item')).toContainText('muted');
    await ann.toggle();
    await ann.page.reload();
    await expect(ann.root.getByTestId('room-item')).toContainText('muted');
    await bo.say('@Ann B again');
    await bo.say('@Ann B and again');
    await expect(ann.root.getByTestId('room-item')).toContainText('2 unread, 2 of you');
    await expect(button).toHaveAccessibleName('Rooms');
    await expect(ann.page.getByTestId('toast')).toHaveCount(0);
    await ann.close();
    await bo.close();
  });

  test('a shared moment is played back, and the room with it', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada', '/');
    await ada.say('before');
    await expect(ada.message('before')).toBeVisible();
    const said_ms = Date.now();
    // A moment that is over by more than what counts as the present.
    await expect.poll(() => Date.now() - said_ms).toBeGreaterThan(3_000);
    await ada.root.getByTestId('room-share').click();
    await ada.composer.press('Enter');
    const moment = ada.root.locator('.moment');
    await expect(moment).toBeVisible();
    // A preview while it has the pointer, or the focus.
    const preview = ada.root.getByTestId('moment-preview');
    await moment.hover();
    await expect(preview).toContainText('%');
    await expect(preview.locator('.moment-line')).toHaveAttribute('d', /^M/);
    await ada.composer.hover();
    await expect(preview).toHaveCount(0);
    await moment.focus();
    await expect(preview).toBeVisible();
    await ada.page.keyboard.press('Escape');
    await expect(preview).toHaveCount(0);
    await expect(moment).toBeVisible();
    await ada.say('after');
    await expect(ada.message('after')).toBeVisible();
    await expect.poll(() => Date.now() - said_ms).toBeGreaterThan(6_000);
    await moment.click();
    await expect(ada.root.getByTestId('room-moment')).toContainText('Messages up to');
    await expect(ada.message('before')).toBeVisible();
    await expect(ada.message('after')).toHaveCount(0);
    await ada.root.getByTestId('room-later').click();
    await expect(ada.message('after')).toBeVisible();
    await ada.close();
  });

  test('the panel is resized by keys, remembered, and closed by Escape', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada', '/');
    const panel = ada.page.getByTestId('rooms-panel');
    const handle = ada.page.getByTestId('rooms-resize');
    await handle.focus();
    await handle.press('ArrowLeft');
    await expect(handle).toHaveAttribute('aria-valuenow', '424');
    await ada.page.reload();
    await expect(panel).toBeVisible();
    await expect(handle).toHaveAttribute('aria-valuenow', '424');
    await expect(ada.composer).toBeVisible();
    await ada.composer.focus();
    await ada.page.keyboard.press('Escape');
    await expect(panel).toBeHidden();
    await expect(ada.page.getByTestId('rooms-open')).toBeFocused();
    await ada.page.keyboard.press('Shift+R');
    await expect(panel).toBeVisible();
    await ada.close();
  });

  for (const scheme of ['light', 'dark'] as const) {
    test(`axe finds nothing, and it fits a phone and 320 px (${scheme})`, async ({ browser }) => {
      const ada = await Rooms.join(browser, server.url, 'Ada', '/');
      await ada.page.emulateMedia({ colorScheme: scheme });
      await ada.say('look at `df -h` https://example.org');
      await expect(ada.message('df -h')).toBeVisible();
      const check = async () => {
        const { violations } = await new AxeBuilder({ page: ada.page }).include('.rooms-panel').setLegacyMode().analyze();
        expect(violations).toEqual([]);
      };
      await check();
      await ada.page.setViewportSize(PHONE);
      await expect(ada.page.getByTestId('rooms-resize')).toBeHidden();
      await check();
      const sheet = await ada.page.getByTestId('rooms-panel').boundingBox();
      expect(sheet?.width).toBe(PHONE.width);
      expect(sheet?.y).toBe(0);
      for (const button of await ada.root.getByRole('button').all()) {
        if (!(await button.isVisible())) continue;
        const box = await button.boundingBox();
        expect(Math.min(box?.width ?? 0, box?.height ?? 0), await button.innerText()).toBeGreaterThanOrEqual(43.5);
      }
      await ada.root.getByTestId('rooms-back').click();
      await expect(ada.root.getByTestId('room-item')).toBeVisible();
      await ada.page.setViewportSize({ width: 320, height: 640 });
      expect(await ada.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
      await ada.close();
    });
  }
});
