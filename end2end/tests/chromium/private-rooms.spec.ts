import { expect, test } from '../../fixtures.ts';
import { Team } from '../../team.ts';

const ROOM = 'Incident 12';

test.describe('with a login', () => {
  let team: Team;

  test.beforeEach(async ({ browser }) => {
    team = await Team.start(browser, ['ada', 'bo', 'cy']);
  });

  test.afterEach(() => team.stop());

  test('nothing of a private room reaches one who is no member, or not any more', async () => {
    const ada = await team.open('ada');
    const bo = await team.open('bo');
    const cy = await team.open('cy');

    await ada.create('Private', { name: ROOM, members: 'cy' });
    await ada.rooms.say('secret-1');
    await cy.show(ROOM);
    await expect(cy.rooms.message('secret-1')).toBeVisible();
    for (const secret of ['secret-1', ROOM]) expect(await bo.everything()).not.toContain(secret);

    // One who is invited reads what is said from then on.
    await ada.invite('bo', false);
    await expect(bo.room(ROOM)).toBeVisible();
    await ada.rooms.say('secret-2');
    await bo.show(ROOM);
    await expect(bo.rooms.message('secret-2')).toBeVisible();
    await bo.rooms.say('an answer');
    await expect(ada.rooms.message('an answer')).toBeVisible();
    expect(await bo.everything()).not.toContain('secret-1');

    // One who is removed while the room is shown sees nothing of it any more, and receives nothing.
    await bo.show(ROOM);
    await expect(bo.rooms.message('secret-2')).toBeVisible();
    await ada.remove('bo');
    await expect(bo.room(ROOM)).toHaveCount(0);
    await expect(bo.rooms.message('secret-2')).toHaveCount(0);
    await ada.rooms.say('secret-3');
    await expect(cy.rooms.message('secret-3')).toBeVisible();
    const later = await bo.everything();
    expect(later).toContain('secret-2');
    expect(later).not.toContain('secret-3');
    expect(await bo.rooms.page.content()).not.toContain('secret-2');

    // The same of one who leaves.
    await cy.leave();
    await expect(cy.room(ROOM)).toHaveCount(0);
    await ada.rooms.say('secret-4');
    await expect(ada.rooms.root.getByTestId('pending')).toHaveCount(0);
    const left = await cy.everything();
    expect(left).toContain('secret-3');
    expect(left).not.toContain('secret-4');
    expect(await cy.rooms.page.content()).not.toContain('secret-3');

    // Nor after everything is loaded again: not more than what was said while bo was a member.
    bo.forget();
    await bo.rooms.page.reload();
    await expect(bo.rooms.composer).toBeVisible();
    const again = await bo.everything();
    for (const secret of ['secret-1', 'secret-3', 'secret-4']) expect(again).not.toContain(secret);
    for (const secret of ['secret-', ROOM]) expect(await bo.rooms.page.content()).not.toContain(secret);
  });

  test('one who is added with the history reads it', async () => {
    const ada = await team.open('ada');
    const bo = await team.open('bo');
    await ada.create('Private', { name: ROOM, members: 'cy' });
    await ada.rooms.say('secret-1');
    await ada.invite('bo', true);
    await bo.show(ROOM);
    await expect(bo.rooms.message('secret-1')).toBeVisible();
    await expect(bo.rooms.root.getByTestId('room-note').last()).toHaveText('ada added bo');
  });

  test('a direct conversation is read by its people only', async () => {
    const ada = await team.open('ada');
    const bo = await team.open('bo');
    const cy = await team.open('cy');
    await bo.create('Direct', { members: 'cy' });
    await bo.rooms.say('secret-1');
    await expect(cy.rooms.page.getByTestId('toast')).toContainText('bo: secret-1');
    await cy.rooms.page.getByTestId('toast-action').click();
    await expect(cy.rooms.message('secret-1')).toBeVisible();
    await cy.rooms.composer.pressSequentially('sec');
    await expect(bo.rooms.root.getByTestId('room-status')).toHaveText('cy is typing…');
    await cy.rooms.say('secret-2');
    await expect(bo.rooms.message('secret-2')).toBeVisible();
    // Its members never change.
    await bo.rooms.root.getByTestId('people-open').click();
    await expect(bo.rooms.page.getByTestId('people')).toBeVisible();
    await expect(bo.rooms.page.getByTestId('room-invite')).toHaveCount(0);
    // An admin is nobody's member.
    const received = await ada.everything();
    for (const secret of ['secret-', '"direct"']) expect(received).not.toContain(secret);
  });

  test('a room that one may not read looks like one that does not exist', async () => {
    const ada = await team.open('ada');
    await ada.create('Private', { name: ROOM, members: 'cy' });
    await ada.rooms.say('secret-1');
    const forbidden = new URL(ada.rooms.page.url()).searchParams.get('room') ?? '';
    expect(forbidden).not.toBe('');
    const seen = [];
    for (const id of [forbidden, 'r99']) {
      const bo = await team.open('bo', `/rooms?room=${id}`);
      const { page, root } = bo.rooms;
      await expect(root.getByTestId('room-empty')).toContainText('No messages yet.');
      const answers = [];
      for (const path of [`rooms/${id}/messages`, `rooms/${id}/messages?until_ms=1`]) {
        const answer = await page.request.get(`${team.server.url}/api/v1/${path}`);
        answers.push(`${answer.status()} ${await answer.text()}`.replace(id, 'ID'));
      }
      seen.push({
        rooms: await root.getByTestId('room-item').allInnerTexts(),
        shown: await root.getByTestId('room-head').getByRole('heading').innerText(),
        url: page.url().replace(id, 'ID'),
        requests: new Set(bo.statuses.filter((it) => it.includes('/rooms/')).map((it) => it.replace(id, 'ID'))),
        answers,
      });
    }
    expect(seen[0]?.rooms).toEqual(['General']);
    expect(seen[0]?.answers[0]).toContain('404');
    expect(seen[0]).toEqual(seen[1]);
  });

  test('what is being written is forgotten at sign-out', async () => {
    const { rooms } = await team.open('bo');
    await rooms.composer.fill('secret-1');
    const stored = () => rooms.page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));
    await expect.poll(stored).toContain('secret-1');
    await rooms.page.goto(`${team.server.url}/account`);
    await rooms.page.getByTestId('sign-out').click();
    await rooms.page.waitForURL('**/login');
    expect(await stored()).not.toContain('secret-1');
  });
});
