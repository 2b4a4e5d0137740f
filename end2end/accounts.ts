import type { Page, Route } from '@playwright/test';

/** What a request was, in the order of the requests. */
export interface Asked {
  method: string;
  path: string;
  body: unknown;
}

interface User {
  name: string;
  role: string;
  origin: string;
  has_totp: boolean;
  must_set_up_totp: boolean;
  created_ms: number;
  last_seen_ms?: number;
}

const CREATED_MS = Date.parse('2026-01-10T08:00:00Z');

export function user(name: string, fields: Partial<User> = {}): User {
  return {
    name,
    role: 'viewer',
    origin: 'local',
    has_totp: false,
    must_set_up_totp: false,
    created_ms: CREATED_MS,
    ...fields,
  };
}

/** The password that the mock accepts, and the code of its authenticator. */
export const PASSWORD = 'correct horse battery';
export const CODE = '123456';

/** The key of the setup link that the mock accepts. */
export const SETUP_KEY = 'k3y';

/** The accounts of a server that a test controls, in place of the real one's. */
export class Accounts {
  readonly asked: Asked[] = [];
  loginRequired = true;
  /** Who is signed in. */
  me: User | undefined;
  users: User[];
  sessions: { id: number; is_current: boolean; address: string; user_agent: string }[] = [
    { id: 1, is_current: true, address: '10.0.4.17', user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0' },
    { id: 2, is_current: false, address: '10.0.4.99', user_agent: 'Mozilla/5.0 (iPhone) Safari/26' },
    { id: 3, is_current: false, address: '10.0.4.98', user_agent: '' },
  ];
  preferences: Record<string, unknown> = {};
  tokens: { id: number; name: string; scopes: string[]; user: string }[] = [];

  constructor(users: User[]) {
    this.users = users;
  }

  /** Answers the page's requests. */
  async attach(page: Page): Promise<void> {
    await page.route('**/api/v1/**', (route) => this.#respond(route));
  }

  async #respond(route: Route): Promise<void> {
    const request = route.request();
    const path = new URL(request.url()).pathname.replace('/api/v1/', '');
    // The panel of rooms asks for them beside every page.
    if (path === 'rooms') return route.fulfill({ json: { has_private: false, rooms: [] } });
    if (path === 'people') return route.fulfill({ json: { people: [] } });
    const text = request.postData();
    const body = (text === null ? undefined : JSON.parse(text)) as Record<string, unknown> | undefined;
    this.asked.push({ method: request.method(), path, body });
    const [status, json] = this.#answer(`${request.method()} ${path}`, body ?? {});
    if (status === 429) {
      await route.fulfill({ status, json, headers: { 'retry-after': '7' } });
    } else {
      await route.fulfill(json === undefined ? { status } : { status, json });
    }
  }

  #answer(request: string, body: Record<string, unknown>): [number, unknown?] {
    const account = () => ({ login_required: this.loginRequired, user: this.me });
    switch (request) {
      case 'GET account':
        return [200, account()];
      case 'POST auth/login': {
        const found = this.users.find(({ name }) => name === body.name);
        if (body.password === 'too often') return [429, { error: 'too many attempts' }];
        if (found === undefined || body.password !== PASSWORD) return [401, { error: 'wrong name or password' }];
        if (found.has_totp && body.code === undefined) return [200, { type: 'code_required' }];
        if (found.has_totp && body.code !== CODE) return [401, { error: 'wrong code' }];
        this.me = found;
        return [200, { type: 'signed_in', ...account() }];
      }
      case 'POST auth/setup':
        if (body.key !== SETUP_KEY) return [403, { error: 'the setup link has expired' }];
        this.users = [user(String(body.name), { role: 'admin' })];
        return [200, account()];
      case 'POST auth/logout':
        this.me = undefined;
        return [204];
    }
    if (this.me === undefined && this.loginRequired) return [401, { error: 'sign in first' }];
    const [method, path = ''] = request.split(' ');
    const [, name = ''] = path.split('/');
    switch (request) {
      case 'POST account/password':
        return body.current === PASSWORD ? [204] : [403, { error: 'the current password is wrong' }];
      case 'POST account/totp':
        return [200, { secret: 'JBSWY3DPEHPK3PXP', uri: 'otpauth://totp/Watchroom:anna?secret=JBSWY3DPEHPK3PXP&issuer=Watchroom' }];
      case 'POST account/totp/confirm':
        if (body.code !== CODE) return [422, { error: 'wrong code' }];
        if (this.me !== undefined) this.me.has_totp = true;
        return [200, { codes: Array.from({ length: 10 }, (_, index) => `abcd-efg${index}`) }];
      case 'POST account/totp/remove':
        if (body.password !== PASSWORD) return [403, { error: 'wrong password' }];
        if (this.me !== undefined) this.me.has_totp = false;
        return [204];
      case 'GET account/sessions':
        return [200, { sessions: this.sessions.map((it) => ({ ...it, created_ms: CREATED_MS, last_used_ms: CREATED_MS })) }];
      case 'DELETE account/sessions':
        this.sessions = this.sessions.filter((it) => it.is_current);
        return [204];
      case 'GET account/preferences':
        return [200, this.preferences];
      case 'PUT account/preferences':
        this.preferences = body;
        return [204];
      case 'GET hosts':
        return [200, { hosts: [{ host: 'demo', is_own: true }, { host: 'demo-2', is_own: false }] }];
      case 'GET tokens':
        return [200, { tokens: this.tokens.map((it) => ({ ...it, created_ms: CREATED_MS })) }];
      case 'POST tokens': {
        const info = { id: this.tokens.length + 1, name: String(body.name), scopes: body.scopes as string[], user: 'anna' };
        this.tokens.unshift(info);
        return [201, { token: 'wr_s3cr3t', info: { ...info, created_ms: CREATED_MS } }];
      }
      case 'GET users':
        if (this.me?.role !== 'admin' && this.loginRequired) return [403, { error: 'only an admin may do this' }];
        return [200, { users: this.users }];
      case 'POST users':
        if (this.users.some((it) => it.name === body.name)) return [409, { error: 'there is a user of this name' }];
        this.users.push(user(String(body.name), { role: String(body.role) }));
        this.loginRequired = true;
        return [201, this.users.at(-1)];
    }
    if (method === 'DELETE' && path.startsWith('account/sessions/')) {
      this.sessions = this.sessions.filter((it) => path !== `account/sessions/${it.id}`);
      return [204];
    }
    if (method === 'DELETE' && path.startsWith('tokens/')) {
      this.tokens = this.tokens.filter((it) => name !== `${it.id}`);
      return [204];
    }
    if (path.startsWith('users/')) {
      const found = this.users.find((it) => it.name === name);
      if (found === undefined) return [404, { error: 'no such user' }];
      if (method === 'DELETE') this.users = this.users.filter((it) => it !== found);
      if (typeof body.role === 'string') found.role = body.role;
      if (body.totp === true) found.must_set_up_totp = true;
      return [204];
    }
    return [404, { error: `no ${request}` }];
  }
}
