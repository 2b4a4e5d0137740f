import { type Browser, type BrowserContext, type Page, expect } from '@playwright/test';
import { Rooms } from './rooms.ts';
import { Watchroom } from './server.ts';

const PASSWORD = 'correct horse battery';

/** A server of its own on which a login is required. */
export class Team {
  readonly server: Watchroom;
  readonly #browser: Browser;
  readonly #members: Member[] = [];

  private constructor(server: Watchroom, browser: Browser) {
    this.server = server;
    this.#browser = browser;
  }

  /** The first of these users is an admin, the others are viewers. */
  static async start(browser: Browser, names: string[]): Promise<Team> {
    const team = new Team(await Watchroom.start(), browser);
    const admin = await browser.newContext();
    for (const [place, name] of names.entries()) {
      if (place === 0) {
        await team.server.createAdmin(name, PASSWORD);
        await team.#signIn(admin, name);
        continue;
      }
      const created = await admin.request.post(`${team.server.url}/api/v1/users`, {
        data: { name, password: PASSWORD, role: 'viewer' },
      });
      expect(created.status(), await created.text()).toBe(201);
    }
    await admin.close();
    return team;
  }

  /** Opens a page as one of the users. */
  async open(name: string, path = '/rooms'): Promise<Member> {
    const context = await this.#browser.newContext();
    await this.#signIn(context, name);
    const member = new Member(name, await context.newPage());
    this.#members.push(member);
    await member.rooms.page.goto(`${this.server.url}${path}`);
    await expect(member.rooms.composer).toBeVisible();
    return member;
  }

  async stop(): Promise<void> {
    for (const member of this.#members) await member.rooms.close();
    await this.server.stop();
  }

  async #signIn(context: BrowserContext, name: string): Promise<void> {
    const signedIn = await context.request.post(`${this.server.url}/api/v1/auth/login`, {
      data: { name, password: PASSWORD },
    });
    expect(signedIn.status(), await signedIn.text()).toBe(200);
  }
}

/** What one user sees of rooms, and what reaches the user's browser. */
export class Member {
  readonly rooms: Rooms;
  /** The statuses and paths of the responses of the API. */
  readonly statuses: string[] = [];
  readonly #received: string[] = [];
  readonly #reading: Promise<void>[] = [];
  readonly #name: string;
  #markers = 0;

  constructor(name: string, page: Page) {
    this.#name = name;
    this.rooms = new Rooms(page);
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => this.#received.push(payload.toString()));
    });
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (pathname.includes('/api/')) this.statuses.push(`${response.status()} ${pathname}`);
      if (!/json|html/.test(response.headers()['content-type'] ?? '')) return;
      // The body of a response whose page is left cannot be read.
      this.#reading.push(response.text().then((body) => void this.#received.push(body), () => undefined));
    });
  }

  /** The entry of a room in the list. */
  room(name: string) {
    return this.rooms.root.getByTestId('room-item').filter({ hasText: name });
  }

  async show(name: string): Promise<void> {
    await this.room(name).click();
    await expect(this.rooms.root.getByTestId('room-head')).toContainText(name);
  }

  async create(kind: 'Private' | 'Direct', fields: { name?: string; members: string }): Promise<void> {
    const { root } = this.rooms;
    await root.getByTestId('room-new').click();
    await root.getByRole('radio', { name: kind }).check();
    if (fields.name !== undefined) await root.getByTestId('room-name').fill(fields.name);
    await root.getByTestId('room-members').fill(fields.members);
    await root.getByRole('button', { name: 'Create' }).click();
    await expect(root.getByTestId('room-head')).toContainText(fields.name ?? fields.members);
  }

  /** Adds somebody to the room that is shown. */
  async invite(name: string, withHistory: boolean): Promise<void> {
    const people = await this.#people();
    await people.getByTestId('room-invite').fill(name);
    await people.getByRole('checkbox').setChecked(withHistory);
    await people.getByRole('button', { name: 'Add' }).click();
    await expect(people.getByTestId('form-done')).toHaveText('Added.');
    await this.#closePeople();
  }

  /** Removes somebody from the room that is shown. */
  async remove(name: string): Promise<void> {
    const people = await this.#people();
    await people.getByRole('button', { name: `Remove ${name}` }).click();
    await expect(people.getByTestId('person').filter({ hasText: name })).toHaveCount(0);
    await this.#closePeople();
  }

  /** Leaves the room that is shown. */
  async leave(): Promise<void> {
    await this.rooms.root.getByTestId('room-head').getByTestId('menu').click();
    await this.rooms.root.getByTestId('room-leave').click();
  }

  /**
   * Everything that has reached the browser and the page. The user says something in a public room first: what was sent
   * before that would have arrived by then.
   */
  async everything(): Promise<string> {
    await this.show('General');
    const marker = `marker-${(this.#markers += 1)} of ${this.#name}`;
    await this.rooms.say(marker);
    await expect(this.rooms.message(marker)).toBeVisible();
    await expect(this.rooms.root.getByTestId('pending')).toHaveCount(0);
    await Promise.all(this.#reading);
    return [...this.#received, await this.rooms.page.content()].join('\n');
  }

  /** Forgets what has reached the browser. */
  forget(): void {
    this.#received.length = 0;
  }

  async #people() {
    await this.rooms.root.getByTestId('people-open').click();
    const people = this.rooms.page.getByTestId('people');
    await expect(people).toBeVisible();
    return people;
  }

  async #closePeople(): Promise<void> {
    await this.rooms.page.keyboard.press('Escape');
    await expect(this.rooms.page.getByTestId('people')).toBeHidden();
  }
}
