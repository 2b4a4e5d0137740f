import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '../../fixtures.ts';
import { Rooms } from '../../rooms.ts';
import { Watchroom } from '../../server.ts';
import { Team } from '../../team.ts';

test.describe('with a server of its own', () => {
  let server: Watchroom;

  test.beforeEach(async () => {
    server = await Watchroom.start();
  });

  test.afterEach(() => server.stop());

  /** Another tab of the same browser. */
  const tabOf = async (rooms: Rooms, path = '/rooms') => {
    const tab = new Rooms(await rooms.page.context().newPage());
    await tab.page.goto(`${server.url}${path}`);
    return tab;
  };

  test('who is here is seen, and who does not want to be is not, in any tab', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada');
    const bo = await Rooms.join(browser, server.url, 'Bo');
    const open = bo.root.getByTestId('people-open');
    await expect(open).toHaveAccessibleName('2 people');
    await expect(open.locator('.avatar')).toHaveText(['Ad', 'Bo']);
    await open.click();
    const people = bo.page.getByTestId('person');
    const shown = people.filter({ hasText: 'Ada' });
    await expect(shown).toContainText('Active · Rooms');
    await expect(shown.locator('.avatar')).toHaveAttribute('data-presence', 'active');
    await expect(people.filter({ hasText: 'Bo (you)' })).toBeVisible();

    const tab = await tabOf(ada, '/checks');
    await expect(shown).toContainText('Active · Checks');
    await tab.page.close();
    const second = await tabOf(ada);
    await expect(second.composer).toBeVisible();
    await second.root.getByTestId('rooms-options').click();
    const other = second.page.getByRole('switch', { name: 'Show others that I am here' });
    await expect(other).toHaveAttribute('aria-checked', 'true');
    await ada.root.getByTestId('rooms-options').click();
    const toggle = ada.page.getByRole('switch', { name: 'Show others that I am here' });
    await toggle.click();
    await expect(shown).toHaveCount(0);
    await expect(other).toHaveAttribute('aria-checked', 'false');
    // What is switched on and off again within a second is off.
    await toggle.click();
    await toggle.click();
    await ada.page.keyboard.press('Escape');
    await ada.composer.pressSequentially('unseen');
    await ada.say('hello');
    await expect(bo.message('hello')).toBeVisible();
    const said_ms = Date.now();
    await expect.poll(() => Date.now() - said_ms).toBeGreaterThan(2_500);
    await expect(shown).toHaveCount(0);
    await other.click();
    await expect(shown).toHaveCount(1);
    await ada.root.getByTestId('rooms-options').click();
    await expect(toggle).toHaveAttribute('aria-checked', 'true');
    await ada.close();
    await bo.close();
  });

  test('others see the range of time that somebody looks at', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada', '/?from=now-10m');
    const bo = await Rooms.join(browser, server.url, 'Bo');
    await bo.root.getByTestId('people-open').click();
    const place = bo.page.getByTestId('person').filter({ hasText: 'Ada' }).locator('.person-place');
    await expect(place).toHaveText('Active · Overview · last 10 min');
    await ada.page.getByTestId('time-toggle').click();
    await ada.page.getByTestId('chart-span').filter({ hasText: /^5 min$/ }).click();
    await expect(place).toHaveText('Active · Overview · last 5 min');
    await expect(place).toHaveAttribute('title', 'Active · Overview · last 5 min');
    await ada.page.getByTestId('playback-toggle').click();
    await expect(place).toHaveText('Active · Overview · last 5 min · in playback');
    await ada.close();
    await bo.close();
  });

  test('what is read in one tab is read in the other', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada');
    const bo = await Rooms.join(browser, server.url, 'Bo', '/');
    await bo.toggle();
    const button = bo.page.getByTestId('rooms-open');
    await ada.say('@Bo one');
    await expect(button).toHaveAccessibleName('Rooms, 1 unread, 1 of you');
    const tab = await tabOf(bo);
    await expect(tab.message('one')).toBeVisible();
    await expect(button).toHaveAccessibleName('Rooms');
    await ada.close();
    await bo.close();
  });

  test('an unread mention that is deleted does not count, and one that an edit adds does', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada');
    const bo = await Rooms.join(browser, server.url, 'Bo', '/');
    await bo.toggle();
    const button = bo.page.getByTestId('rooms-open');
    await ada.say('@Bo one');
    await ada.say('two');
    await expect(button).toHaveAccessibleName('Rooms, 2 unread, 1 of you');
    await ada.choose('one', 'Delete');
    await ada.root.getByTestId('message-delete-yes').click();
    await expect(button).toHaveAccessibleName('Rooms, 1 unread');
    await ada.choose('two', 'Edit');
    const editor = ada.root.getByTestId('message-editor');
    await editor.fill('two, @Bo');
    await editor.press('Enter');
    await expect(button).toHaveAccessibleName('Rooms, 1 unread, 1 of you');
    await ada.close();
    await bo.close();
  });

  test('an edit that mentions somebody who has read the message counts, and is told', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada');
    const bo = await Rooms.join(browser, server.url, 'Bo', '/');
    const button = bo.page.getByTestId('rooms-open');
    const reported = () => bo.page.waitForResponse((it) => /\/read(\?|$)/.test(it.url()) && it.ok());
    const isRead = reported();
    await ada.say('one');
    await expect(bo.message('one')).toBeVisible();
    await isRead;
    await expect(button).toHaveAccessibleName('Rooms');
    await bo.toggle();
    await ada.choose('one', 'Edit');
    const editor = ada.root.getByTestId('message-editor');
    await editor.fill('one, @Bo');
    await editor.press('Enter');
    await expect(button).toHaveAccessibleName('Rooms, 1 unread, 1 of you');
    await expect(bo.page.getByTestId('toast').filter({ hasText: 'one, @Bo' })).toBeVisible();
    const isReadAgain = reported();
    await bo.toggle();
    await expect(button).toHaveAccessibleName('Rooms');
    await isReadAgain;
    // The server knows, too.
    await bo.page.reload();
    await expect(bo.message('one, @Bo')).toBeVisible();
    await expect(button).toHaveAccessibleName('Rooms');
    await ada.close();
    await bo.close();
  });

  test('a guest who takes another name leaves nothing but what it has said', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada');
    const bo = await Rooms.join(browser, server.url, 'Bo');
    await expect(bo.root.getByTestId('people-open')).toHaveAccessibleName('2 people');
    const messages = /\/api\/v1\/rooms\/r1\/messages/;
    await ada.page.route(messages, (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()));
    await ada.say('by Ada');
    await ada.composer.fill('a draft');
    await ada.root.getByTestId('rooms-options').click();
    await ada.page.getByTestId('guest-rename').click();
    await expect(bo.root.getByTestId('people-open')).toHaveAccessibleName('1 person');
    await ada.page.keyboard.press('Escape');
    await ada.takeName('Cy');
    await expect(ada.composer).toHaveValue('');
    await expect(bo.root.getByTestId('people-open')).toHaveAccessibleName('2 people');
    await ada.page.unroute(messages);
    await expect(bo.message('by Ada').locator('.message-author')).toHaveText('Ada');
    await ada.say('by Cy');
    await expect(bo.message('by Cy').locator('.message-author')).toHaveText('Cy');
    await ada.close();
    await bo.close();
  });

  test('what the server fails to take is shown as not sent, and other rooms do not wait for it', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada');
    await ada.root.getByTestId('room-new').click();
    await ada.root.getByLabel('Name', { exact: true }).fill('Ärger');
    await ada.root.getByRole('button', { name: 'Create' }).click();
    await expect(ada.root.getByTestId('room-head')).toContainText('Ärger');
    const messages = /\/api\/v1\/rooms\/r1\/messages/;
    await ada.page.route(messages, (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({ status: 500, json: { error: 'it is broken' } })
        : route.continue(),
    );
    const show = (name: string) => ada.root.getByTestId('room-item').filter({ hasText: name }).click();
    await show('General');
    await ada.say('see #ärger, please');
    await show('Ärger');
    await ada.say('elsewhere');
    await expect(ada.message('elsewhere')).toBeVisible();
    await expect(ada.root.getByTestId('pending')).toHaveCount(0);
    await show('General');
    await expect(ada.root.getByTestId('pending-note')).toHaveText('Not sent: it is broken', { timeout: 20_000 });
    await ada.page.unroute(messages);
    await ada.root.getByRole('button', { name: 'Send again' }).click();
    await expect(ada.root.getByTestId('pending')).toHaveCount(0);
    // The link to the room is found in any case.
    await ada.message('see').getByRole('button', { name: '#ärger' }).click();
    await expect(ada.root.getByTestId('room-head')).toContainText('Ärger');
    // Enter sends what is no name of a room.
    await ada.composer.pressSequentially('fixed #4');
    await ada.composer.press('Enter');
    await expect(ada.message('fixed #4')).toBeVisible();
    await ada.close();
  });

  test('messages are grouped, and the newest is jumped to', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada');
    const bo = await Rooms.join(browser, server.url, 'Bo');
    const long = Array.from({ length: 50 }, (_, line) => `line ${line}`).join('\n');
    // Within one minute of the clock.
    await expect.poll(() => new Date().getSeconds(), { timeout: 30_000 }).toBeLessThan(50);
    await ada.say('one');
    await ada.say('two');
    await bo.say(long);
    await expect(ada.root.getByTestId('pending')).toHaveCount(0);
    await expect(ada.message('line 49')).toBeVisible();
    await expect(ada.messages.nth(0)).toHaveAttribute('data-first', 'true');
    await expect(ada.messages.nth(1)).toHaveAttribute('data-first', 'false');
    await expect(ada.messages.nth(2)).toHaveAttribute('data-first', 'true');
    const newest = ada.root.getByTestId('room-newest');
    await expect(newest).toBeHidden();
    await ada.root.getByTestId('room-log').hover();
    await ada.page.mouse.wheel(0, -500);
    await expect(newest).toHaveText('Jump to newest');
    await bo.say('three');
    await expect(newest).toHaveText('Jump to newest · 1 new');
    await newest.click();
    await expect(newest).toBeHidden();
    await expect(ada.message('three')).toBeInViewport();
    await ada.close();
    await bo.close();
  });

  test('new messages are announced politely, and only if that is switched on', async ({ browser }) => {
    const ada = await Rooms.join(browser, server.url, 'Ada');
    const bo = await Rooms.join(browser, server.url, 'Bo');
    const status = bo.page.locator('.rooms > [role=status]');
    await expect(status).toHaveAttribute('aria-live', 'polite');
    await expect(bo.root.getByTestId('room-log')).toHaveAttribute('aria-live', 'off');
    await ada.say('one');
    await expect(bo.message('one')).toBeVisible();
    await expect(status).toBeEmpty();
    await bo.root.getByTestId('rooms-options').click();
    await bo.page.getByRole('switch', { name: 'Announce new messages to screen readers' }).click();
    await bo.page.keyboard.press('Escape');
    await ada.say('two');
    await expect(status).toHaveText('Ada: two');
    await bo.say('mine');
    await expect(bo.message('mine')).toBeVisible();
    await expect(status).toHaveText('Ada: two');
    await ada.close();
    await bo.close();
  });

  for (const scheme of ['light', 'dark'] as const) {
    test(`axe finds nothing in what rooms open, nor on their page (${scheme})`, async ({ browser }) => {
      const ada = await Rooms.join(browser, server.url, 'Ada');
      await ada.page.emulateMedia({ colorScheme: scheme });
      await ada.say('look at `df -h`');
      await expect(ada.message('df -h')).toBeVisible();
      await expect(ada.root.getByTestId('people-open')).toHaveAccessibleName('1 person');
      const check = async () => {
        const { violations } = await new AxeBuilder({ page: ada.page }).setLegacyMode().analyze();
        expect(violations).toEqual([]);
      };
      await check();
      for (const opened of ['people-open', 'rooms-options']) {
        await ada.root.getByTestId(opened).click();
        await check();
        await ada.page.keyboard.press('Escape');
      }
      await ada.choose('df -h', 'Edit');
      await expect(ada.root.getByTestId('message-editor')).toBeFocused();
      await check();
      await ada.page.keyboard.press('Escape');
      await ada.root.getByTestId('room-new').click();
      await expect(ada.root.getByTestId('room-form')).toBeVisible();
      await check();
      await ada.page.keyboard.press('Escape');

      await ada.page.setViewportSize({ width: 320, height: 640 });
      await expect(ada.composer).toBeVisible();
      const widest = () => ada.page.evaluate(() => document.documentElement.scrollWidth);
      expect(await widest()).toBeLessThanOrEqual(320);
      await ada.root.getByTestId('people-open').click();
      expect(await widest()).toBeLessThanOrEqual(320);
      await ada.close();
    });
  }
});

test('a link to a moment is about the host that it names', async ({ browser }) => {
  const server = await Watchroom.start({ flags: ['--demo-hosts', '3'] });
  try {
    const ada = await Rooms.join(browser, server.url, 'Ada', '/');
    const hosts = ada.page.request.get(`${server.url}/api/v1/hosts`);
    const names = ((await (await hosts).json()) as { hosts: { host: string }[] }).hosts.map(({ host }) => host);
    const other = names.at(-1) ?? '';
    const at = new Date(Date.now() - 5_000).toISOString();
    await ada.say(`own ${server.url}/?at=${at}`);
    await expect(ada.message('own')).toBeVisible();
    await ada.page.goto(`${server.url}/?host=${encodeURIComponent(other)}`);
    const moment = ada.message('own').locator('.moment');
    await moment.hover();
    await expect(ada.root.getByTestId('moment-preview')).toHaveCount(0);
    const opened = ada.page.context().waitForEvent('page', { timeout: 500 }).catch(() => undefined);
    await moment.click();
    const page = (await opened) ?? ada.page;
    await page.waitForURL((url) => url.searchParams.get('at') !== null && !url.searchParams.has('host'));
    await ada.close();
  } finally {
    await server.stop();
  }
});

test.describe('with a login', () => {
  let team: Team;

  test.beforeEach(async ({ browser }) => {
    team = await Team.start(browser, ['ada', 'bo']);
  });

  test.afterEach(() => team.stop());

  test('nothing stays of a session that ends in another tab', async () => {
    const { rooms } = await team.open('bo');
    await rooms.say('secret-1');
    await expect(rooms.message('secret-1')).toBeVisible();
    await rooms.composer.fill('secret-2');
    const stored = () => rooms.page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));
    await expect.poll(stored).toContain('secret-2');
    const account = await rooms.page.context().newPage();
    await account.goto(`${team.server.url}/account`);
    await account.getByTestId('sign-out').click();
    await account.waitForURL('**/login');
    await expect(rooms.root).toContainText('Sign in to read and write in rooms.');
    expect(await rooms.page.content()).not.toContain('secret-');
    expect(await stored()).not.toContain('secret-');
  });

  test('who is hidden in one browser is hidden in another', async () => {
    const ada = await team.open('ada');
    const bo = await team.open('bo');
    const people = ada.rooms.root.getByTestId('people-open');
    await expect(people).toHaveAccessibleName('2 people');
    const stored = bo.rooms.page.waitForResponse(
      (it) => it.url().endsWith('/account/preferences') && it.request().method() === 'PUT',
    );
    await bo.rooms.root.getByTestId('rooms-options').click();
    await bo.rooms.page.getByRole('switch', { name: 'Show others that I am here' }).click();
    await expect(people).toHaveAccessibleName('1 person');
    await stored;
    await bo.rooms.page.close();
    const again = await team.open('bo');
    await again.rooms.root.getByTestId('rooms-options').click();
    const toggle = again.rooms.page.getByRole('switch', { name: 'Show others that I am here' });
    await expect(toggle).toHaveAttribute('aria-checked', 'false');
    await again.rooms.page.keyboard.press('Escape');
    await again.rooms.say('unseen');
    await expect(ada.rooms.message('unseen')).toBeVisible();
    await expect(people).toHaveAccessibleName('1 person');
  });
});
