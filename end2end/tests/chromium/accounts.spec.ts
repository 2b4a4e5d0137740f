import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { Accounts, CODE, PASSWORD, SETUP_KEY, user } from '../../accounts.ts';
import { expect, test } from '../../fixtures.ts';
import { pageErrors } from '../../page-errors.ts';
import { THEMES } from '../../states.ts';

const ANNA = 'anna';

async function accounts(page: Page, me?: string): Promise<Accounts> {
  const made = new Accounts([
    user(ANNA, { role: 'admin', last_seen_ms: Date.parse('2026-01-15T10:29:00Z') }),
    user('ben', { role: 'operator', has_totp: true }),
    user('zoe'),
  ]);
  made.me = made.users.find(({ name }) => name === me);
  await made.attach(page);
  return made;
}

async function signIn(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
}

test('signing in leads to the page that was wanted', async ({ page }) => {
  const server = await accounts(page);
  await page.goto('/login?next=%2Faccount%3Fa%3D1');
  await expect(page).toHaveTitle('Sign in · Watchroom');
  await signIn(page, ANNA, 'a wrong password');
  await expect(page.getByRole('alert')).toHaveText('Wrong name or password.');
  await signIn(page, ANNA, 'too often');
  await expect(page.getByRole('alert')).toHaveText('Too many attempts. Try again in 7 s.');
  await signIn(page, ANNA);
  await page.waitForURL('/account?a=1');
  await expect(page.getByTestId('who')).toContainText('anna · Admin');
  expect(server.asked).toContainEqual({
    method: 'POST',
    path: 'auth/login',
    body: { name: ANNA, password: PASSWORD },
  });
});

test('a code is asked for when it is needed', async ({ page }) => {
  await accounts(page);
  await page.goto('/login');
  await expect(page.getByLabel('Code')).toBeHidden();
  await signIn(page, 'ben');
  const code = page.getByLabel('Code');
  await expect(code).toBeFocused();
  await expect(code).toHaveAttribute('autocomplete', 'one-time-code');
  await code.fill('000000');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toHaveText('Wrong code.');
  await code.fill(CODE);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('/');
});

test('no other server is gone to after signing in', async ({ page }) => {
  for (const next of ['//example.org', 'https://example.org', '/\\example.org', '/\t/example.org', 'javascript:alert(1)']) {
    const server = await accounts(page);
    await page.goto(`/login?next=${encodeURIComponent(next)}`);
    await signIn(page, ANNA);
    await page.waitForURL('/');
    server.me = undefined;
    await page.unroute('**/api/v1/**');
  }
});

test('the page of the sign-in tells nothing of the server', async ({ page, request }) => {
  for (const path of ['/login', '/setup', '/account', '/users']) {
    const html = await (await request.get(path)).text();
    const data = /<script[^>]* type="application\/json"[^>]*>([^<]*)</.exec(html)?.[1] ?? '';
    expect(data.split('\n')).toHaveLength(1);
    expect(JSON.parse(data)).toMatchObject({ host: '', hosts: [], head: 0, viewers: 0, server_version: '' });
  }
  // The page opens no connection.
  const sockets: string[] = [];
  page.on('websocket', (socket) => sockets.push(socket.url()));
  await accounts(page);
  await page.goto('/login');
  await expect(page.getByLabel('Name')).toBeVisible();
  expect(sockets).toEqual([]);
});

test('the setup link creates the first admin', async ({ page }) => {
  const server = await accounts(page);
  await page.goto('/setup');
  await expect(page.getByRole('alert')).toHaveText('This address has no setup key.');
  await expect(page.getByTestId('setup-link')).toContainText('watchroom user setup-link');

  await page.goto('/setup?expired#old');
  const submit = async (again: string) => {
    await page.getByLabel('Name').fill(ANNA);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Password again').fill(again);
    await page.getByRole('button', { name: 'Create user' }).click();
  };
  await submit(PASSWORD);
  await expect(page.getByRole('alert')).toHaveText('The setup link has expired.');
  await expect(page.getByTestId('setup-link')).toBeVisible();

  await page.goto(`/setup?valid#${SETUP_KEY}`);
  await submit('something else');
  await expect(page.getByRole('alert')).toHaveText('The passwords are not the same.');
  await submit(PASSWORD);
  await page.waitForURL('/');
  expect(server.asked).toContainEqual({
    method: 'POST',
    path: 'auth/setup',
    body: { key: SETUP_KEY, name: ANNA, password: PASSWORD },
  });
});

test('the account asks to sign in', async ({ page }) => {
  await accounts(page);
  await page.goto('/account');
  await page.waitForURL('/login?next=%2Faccount');
});

test('the password is changed', async ({ page }) => {
  await accounts(page, ANNA);
  await page.goto('/account');
  const section = page.getByTestId('password');
  const change = async (current: string) => {
    await section.getByLabel('Current password').fill(current);
    await section.getByLabel('New password', { exact: true }).fill('a new password');
    await section.getByLabel('New password again').fill('a new password');
    await section.getByRole('button').click();
  };
  await change('wrong');
  await expect(section.getByRole('alert')).toHaveText('The current password is wrong.');
  await change(PASSWORD);
  await expect(section.getByRole('status')).toContainText('The password is changed');
  await expect(section.getByLabel('Current password')).toHaveValue('');
});

test('two-step sign-in is set up and turned off', async ({ page }) => {
  await accounts(page, ANNA);
  await page.goto('/account');
  const section = page.getByTestId('totp');
  await section.getByRole('button', { name: 'Set up' }).click();
  await expect(section.getByTestId('totp-qr')).toBeVisible();
  await expect(section.getByTestId('totp-secret')).toHaveText('JBSWY3DPEHPK3PXP');
  await expect(section.getByLabel('Code', { exact: true })).toBeFocused();
  await section.getByLabel('Code', { exact: true }).fill(CODE);
  await page.keyboard.press('Enter');
  await expect(section.getByTestId('recovery-codes')).toContainText('abcd-efg9');
  await expect(section.getByTestId('recovery-codes')).toBeFocused();
  await section.getByTestId('codes-kept').click();
  await expect(section.getByTestId('totp-on')).toBeVisible();
  await section.getByLabel('Password').fill(PASSWORD);
  await section.getByRole('button', { name: 'Turn off' }).click();
  await expect(section.getByRole('button', { name: 'Set up' })).toBeVisible();
});

test('sessions are ended', async ({ page }) => {
  const errors = pageErrors(page);
  const server = await accounts(page, ANNA);
  await page.goto('/account');
  const section = page.getByTestId('sessions');
  await expect(section.getByTestId('session')).toHaveCount(3);
  await section.getByRole('button', { name: 'Sign out of 10.0.4.98' }).click();
  await expect(section.getByTestId('session')).toHaveCount(2);
  await section.getByTestId('end-others').click();
  await expect(section.getByTestId('end-others-yes')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(section.getByTestId('session')).toHaveCount(1);
  await expect(section.getByRole('heading')).toBeFocused();
  expect(server.sessions).toHaveLength(1);
  expect(errors).toEqual([]);
});

test('a token is created, shown once and revoked', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const server = await accounts(page, ANNA);
  await page.goto('/account');
  const section = page.getByTestId('tokens');
  await expect(section).toContainText('No tokens yet');
  await section.getByLabel('Name').fill('deploy');
  await section.getByTestId('scope-ingest').check();
  await section.getByTestId('scope-read').uncheck();
  await section.getByTestId('token-expiry').selectOption('30');
  await section.getByRole('button', { name: 'Create token' }).click();
  await expect(section.getByTestId('token-secret')).toHaveText('wr_s3cr3t');
  await expect(section.getByTestId('token-secret')).toBeFocused();
  const command = section.getByTestId('token-command');
  await expect(command).toContainText(/^curl http:\/\/127\.0\.0\.1:\d+\/api\/v1\/ingest -H 'Authorization: Bearer wr_s3cr3t' -d '\{/);
  await section.getByTestId('token-secret-copy').click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('wr_s3cr3t');
  expect(server.asked).toContainEqual({
    method: 'POST',
    path: 'tokens',
    body: { name: 'deploy', scopes: ['ingest'], expires_days: 30 },
  });
  await page.reload();
  await expect(section.getByTestId('token')).toHaveCount(1);
  await expect(section).not.toContainText('wr_s3cr3t');
  await section.getByRole('button', { name: 'Revoke deploy' }).click();
  await expect(section.getByTestId('revoke-token-yes')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(section.getByTestId('token')).toHaveCount(0);
});

test('scopes are limited by the role', async ({ page }) => {
  await accounts(page, 'zoe');
  await page.goto('/account');
  const scopes = page.getByTestId('tokens').getByRole('checkbox');
  await expect(scopes).toHaveCount(1);
  await expect(page.getByRole('link', { name: 'Manage users' })).toHaveCount(0);
});

test('signing out leads to the sign-in', async ({ page }) => {
  await accounts(page, ANNA);
  await page.goto('/account');
  await page.getByTestId('sign-out').click();
  await page.waitForURL('/login');
});

test('users are added, changed and removed', async ({ page }) => {
  const server = await accounts(page, ANNA);
  await page.goto('/users');
  const list = page.getByTestId('user-list');
  const row = (name: string) => list.getByTestId('user').filter({ hasText: name });
  await expect(list.getByTestId('user')).toHaveCount(3);
  // One's own row has neither a role to change nor a way to remove it.
  await expect(row(ANNA).getByRole('combobox')).toHaveCount(0);
  await expect(row(ANNA).getByRole('button')).toHaveCount(0);

  const add = page.getByTestId('user-add');
  await add.getByLabel('Name').fill('carl');
  await add.getByLabel('Password').fill(PASSWORD);
  await add.getByRole('combobox').selectOption('operator');
  await add.getByRole('button').click();
  await expect(add.getByRole('status')).toHaveText('User carl is created.');
  await expect(row('carl').getByRole('combobox')).toHaveValue('operator');

  await row('zoe').getByRole('combobox').selectOption('admin');
  await expect(list.getByRole('status')).toHaveText('The role is changed.');
  await row('zoe').getByRole('button', { name: 'Require two-step sign-in zoe' }).click();
  await expect(row('zoe')).toContainText('required, not set up yet');
  await row('zoe').getByRole('button', { name: 'Set password zoe' }).click();
  await expect(row('zoe').getByLabel('New password')).toBeFocused();
  await row('zoe').getByLabel('New password').fill('another password');
  await page.keyboard.press('Enter');
  await expect(row('zoe').getByLabel('New password')).toHaveCount(0);

  await row('ben').getByRole('button', { name: 'Remove ben' }).click();
  const typed = row('ben').getByLabel('Name');
  await typed.fill('bem');
  await page.keyboard.press('Enter');
  await expect(row('ben').getByRole('alert')).toHaveText('The name is not ben.');
  await typed.fill('ben');
  await page.keyboard.press('Enter');
  await expect(row('ben')).toHaveCount(0);
  expect(server.users.map(({ name }) => name)).toEqual([ANNA, 'zoe', 'carl']);
  expect(server.asked).toContainEqual({ method: 'PATCH', path: 'users/zoe', body: { role: 'admin' } });
  expect(server.asked).toContainEqual({ method: 'PATCH', path: 'users/zoe', body: { totp: true } });
});

test('only admins see the users', async ({ page }) => {
  await accounts(page, 'zoe');
  await page.goto('/users');
  await expect(page.getByTestId('user-list').getByRole('alert').first()).toHaveText('Only an admin may do this.');
});

test('while login is off the pages say so, and how the first user is created', async ({ page }) => {
  const server = await accounts(page);
  server.loginRequired = false;
  server.users = [];
  for (const path of ['/login', '/setup#key', '/account', '/users']) {
    await page.goto(path);
    await expect(page.getByTestId('login-off')).toContainText('Login is off on this server');
  }
  const add = page.getByTestId('user-add');
  await expect(add.getByRole('heading')).toHaveText('Create the first user');
  await expect(add).toContainText('watchroom user setup-link');
  await expect(add).toContainText('watchroom user add NAME --role admin');
  await expect(add.getByRole('textbox')).toHaveCount(0);
});

test('a part that comes late is announced until it is here', async ({ page }) => {
  let go = () => {};
  const gate = new Promise<void>((resolve) => (go = resolve));
  await page.route('**/pkg/split_*.wasm', async (route) => {
    await gate;
    await route.continue();
  });
  await accounts(page);
  await page.goto('/login');
  const toast = page.getByTestId('toast');
  await expect(toast).toHaveText(/Loading this part of the page/);
  go();
  await expect(page.getByLabel('Name')).toBeVisible();
  await expect(toast).toHaveCount(0);
});

/** Everything that the pages can show at once. */
async function everything(page: Page, path: string): Promise<void> {
  const server = await accounts(page, path === '/account' || path === '/users' ? ANNA : undefined);
  server.tokens = [{ id: 1, name: 'a-very-long-name-of-a-program-that-nobody-would-choose-in-earnest', scopes: ['read', 'ingest'], user: ANNA }];
  await page.goto(path);
  if (path === '/account') {
    await page.getByTestId('totp-form').getByRole('button').click();
    await expect(page.getByTestId('totp-qr')).toBeVisible();
    await page.getByTestId('token-form').getByLabel('Name').fill('x');
    await page.getByTestId('scope-ingest').check();
    await page.getByTestId('token-form').getByRole('button').click();
    await expect(page.getByTestId('token-command')).toBeVisible();
  } else if (path === '/users') {
    await page.getByRole('button', { name: 'Remove zoe' }).click();
    await expect(page.getByTestId('user-remove-form')).toBeVisible();
  } else {
    await expect(page.locator('form')).toBeVisible();
  }
}

for (const path of ['/login', `/setup#${SETUP_KEY}`, '/account', '/users']) {
  for (const colorScheme of THEMES) {
    test(`axe finds nothing on ${path} in ${colorScheme} colours`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await everything(page, path);
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
      expect(violations).toEqual([]);
    });
  }

  test(`${path} fits 320 px, and its targets are large enough`, async ({ page }) => {
    await page.setViewportSize({ width: 320, height: 640 });
    await everything(page, path);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    const small = await page.locator('.account :is(.button, input, select)').evaluateAll((controls) =>
      controls
        .filter((control) => control.checkVisibility())
        .map((control) => (control.closest('label') ?? control).getBoundingClientRect())
        .filter(({ width, height }) => Math.min(width, height) < 24).length,
    );
    expect(small).toBe(0);
  });
}
