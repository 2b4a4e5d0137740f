import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, type Page, type Route, type WebSocketRoute } from '@playwright/test';
import { fontLoaded, pinFont } from './font.ts';
import { answerOfThePast } from './past.ts';

/** The moment at which the made-up figures end. */
const NOW_MS = Date.parse('2026-01-15T10:30:00.523Z');

/** More than it takes to install a clock and pause it. */
const CLOCK_LEAD_MS = 60_000;

/** The example of `crates/client` that renders a page as the server would. */
const RENDER =
  process.env.WATCHROOM_RENDER ??
  path.resolve(process.env.CARGO_TARGET_DIR ?? '../target', 'debug/examples/render');

/** Between two looks whether something has happened in the page, in real time. */
const LOOK_MS = 5;

/** What a message of the log has without its place in it. */
export interface Message {
  type: string;
  stream: string;
  [field: string]: unknown;
}

interface Request {
  type: string;
  streams?: Record<string, unknown> | string[];
  /** The position that the page continues after. */
  after?: number;
  correlation_id?: string;
}

interface Snapshot {
  epoch: string;
  head: number;
  server_version: string;
}

/**
 * A server that says only what a test tells it to, and a page whose clock stands still until a test
 * lets time pass: so every state can be had, and looks the same each time.
 */
export class Fake {
  readonly #page: Page;
  readonly #empty: boolean;
  readonly #epoch: string;
  /** The newest `seq` of each stream. */
  readonly #newest = new Map<string, number>();
  /** All that was appended, oldest first. */
  readonly #log: { seq: number; stream: string }[] = [];
  #head: number;
  #elapsed_ms = 0;
  #socket: WebSocketRoute | undefined;
  /** What the page has asked for, oldest first. */
  readonly requests: Request[] = [];
  /** Whether connections are taken. */
  up = true;
  version: string;

  private constructor(page: Page, html: string, empty: boolean) {
    this.#page = page;
    this.#empty = empty;
    const script = /<script[^>]* type="application\/json"[^>]*>([^<]*)</.exec(html)?.[1] ?? '';
    const [first, ...messages] = script.split('\n').map((line) => JSON.parse(line) as unknown);
    const snapshot = first as Snapshot;
    this.#epoch = snapshot.epoch;
    this.#head = snapshot.head;
    this.version = snapshot.server_version;
    for (const { stream, seq } of messages as { stream: string; seq: number }[]) {
      this.#newest.set(stream, seq);
    }
  }

  /**
   * Opens the page and connects it; `server` lends the built files. The page has the figures of the
   * example, or none if it is `empty`, and then no series has a past either; `query` is that of its
   * address.
   */
  static async open(page: Page, server: string, { empty = false, query = '' } = {}): Promise<Fake> {
    const html = rendered(empty);
    const fake = new Fake(page, html, empty);
    // What is jittered is not, and no wait is longer than the test says.
    await page.addInitScript(() => (Math.random = () => 0.9));
    await page.addInitScript(keepWhatIsHeard);
    // The clock runs until it is paused, and can only be paused at a moment still to come.
    await page.clock.install({ time: NOW_MS - CLOCK_LEAD_MS });
    await page.clock.pauseAt(NOW_MS);
    await page.route(`${server}/**`, (route) => fake.#answer(route, server, html));
    await pinFont(page, server);
    await page.routeWebSocket(/\/ws$/, (socket) => fake.#accept(socket));
    await page.addInitScript(answerPings);
    await page.goto(`${server}/${query}`);
    await fake.#begin();
    return fake;
  }

  /** Loads the page anew, as its user would. */
  async reload(): Promise<void> {
    this.#socket = undefined;
    await this.#page.reload();
    await this.#begin();
  }

  async #begin(): Promise<void> {
    await fontLoaded(this.#page);
    // The page tells the server's clock from this: it must not depend on how fast this machine is.
    await this.#heard('"type":"pong"');
    await this.pass(500);
  }

  /** The server's clock. */
  get now_ms(): number {
    return NOW_MS + this.#elapsed_ms;
  }

  /** Lets time pass in the page. */
  async pass(ms: number): Promise<void> {
    this.#elapsed_ms += ms;
    await this.#page.clock.runFor(ms);
  }

  /**
   * Lets time pass until so much has since the page was opened. What was waited for before has taken
   * more of it on a slow machine; what is shown after this depends on the machine no more.
   */
  async passTo(elapsed_ms: number): Promise<void> {
    const rest_ms = elapsed_ms - this.#elapsed_ms;
    if (rest_ms < 0) throw new Error(`${-rest_ms} ms more than ${elapsed_ms} ms have passed`);
    await this.pass(rest_ms);
  }

  /** Lets just so much time pass as something in the page needs that waits for timers. */
  async passDuring<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const settling = work.then(
      () => (settled = true),
      () => (settled = true),
    );
    while (!settled) {
      await this.pass(1);
      // What is on its way, from the page or to it, takes real time and not the page's.
      await Promise.race([settling, setTimeout(LOOK_MS)]);
    }
    return work;
  }

  /** Appends messages to the log, all at once, and lets the page show them. */
  async append(...messages: Message[]): Promise<void> {
    let last = '';
    for (const message of messages) {
      this.#head += 1;
      const prev = this.#newest.get(message.stream) ?? 0;
      this.#newest.set(message.stream, this.#head);
      const timestamp = new Date(this.now_ms).toISOString();
      const entry = { seq: this.#head, prev, timestamp, ...message };
      this.#log.push(entry);
      this.say(entry);
      last = JSON.stringify(entry);
    }
    // Time stands still until all of it has arrived: otherwise chance would say when it did.
    if (this.#socket !== undefined) await this.#heard(last);
    await this.pass(50);
  }

  /** Waits until the page has read a message, for as long as the test may take. */
  async #heard(text: string): Promise<void> {
    await this.#page.waitForFunction(isHeard, text, { polling: 20, timeout: 0 });
  }

  /** Says something that is not in the log. */
  say(message: object): void {
    this.#socket?.send(JSON.stringify(message));
  }

  /** Drops the connection of a page that is live, and with another code than 1000 says why. */
  async close(code = 1001): Promise<void> {
    await this.#socket?.close({ code });
    this.#socket = undefined;
    const badge = this.#page.getByTestId('badge');
    await this.passDuring(expect(badge).not.toHaveAttribute('data-state', 'live'));
  }

  async #answer(route: Route, server: string, html: string): Promise<void> {
    const url = new URL(route.request().url());
    const { pathname } = url;
    if (pathname === '/') {
      await route.fulfill({ contentType: 'text/html', body: await withAssets(html, server) });
    } else if (pathname === '/api/events') {
      // The lent server must not be heard.
      await route.abort('connectionrefused');
    } else if (pathname.startsWith('/api/v1/')) {
      if (this.#empty) url.searchParams.delete('series');
      await route.fulfill({ json: answerOfThePast(url) ?? {} });
    } else {
      await route.continue();
    }
  }

  #accept(socket: WebSocketRoute): void {
    if (!this.up) {
      void socket.close({ code: 1001 });
      return;
    }
    this.#socket = socket;
    socket.onMessage((text) => this.#hear(JSON.parse(text.toString()) as Request));
    this.say({
      type: 'connection',
      message: 'Connected to Watchroom',
      client_id: 'c-1',
      client_count: 5,
      epoch: this.#epoch,
      head: this.#head,
      protocol: 1,
      server_version: this.version,
      heartbeat_ms: 15_000,
    });
  }

  #hear(request: Request): void {
    this.requests.push(request);
    const { type, streams = [], after, correlation_id } = request;
    const names = Array.isArray(streams) ? streams : Object.keys(streams);
    if (type === 'subscribe' || type === 'unsubscribe' || type === 'set_interval') {
      this.say({
        type: 'subscribed',
        streams: type === 'unsubscribe' ? [] : names,
        epoch: this.#epoch,
        head: this.#head,
        recovered: true,
        correlation_id,
      });
      const missed = this.#log.filter((entry) => after !== undefined && entry.seq > after);
      for (const entry of missed) if (names.includes(entry.stream)) this.say(entry);
    }
  }
}

declare global {
  /** What the page has read; see `keepWhatIsHeard`. */
  var heard: string[] | undefined;
}

/** The page reads every message by this. */
function keepWhatIsHeard(): void {
  const parse = JSON.parse;
  JSON.parse = (text: string, ...rest) => {
    (globalThis.heard ??= []).push(text);
    return parse(text, ...rest);
  };
}

/**
 * Pings are answered within the page: how long the way to the test and back takes depends on the
 * machine, and while time passes there would pass as much of it.
 */
function answerPings(): void {
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    const request = typeof data === 'string' ? data : '';
    const ping = /^\{"type":"ping","id":(\d+)/.exec(request);
    if (ping === null) return send.call(this, data);
    const timestamp = new Date().toISOString();
    const pong = `{"type":"pong","id":${ping[1]},"timestamp":"${timestamp}"}`;
    queueMicrotask(() => this.dispatchEvent(new MessageEvent('message', { data: pong })));
  };
}

function isHeard(text: string): boolean {
  return globalThis.heard?.some((heard) => heard.includes(text)) ?? false;
}

function rendered(empty: boolean): string {
  return execFileSync(RENDER, empty ? ['--empty'] : [], { encoding: 'utf8' });
}

/** The page with the names that the built files have. */
async function withAssets(html: string, server: string): Promise<string> {
  const own = await (await fetch(server)).text();
  for (const extension of ['js', 'wasm', 'css']) {
    const name = new RegExp(`/pkg/[^"]+\\.${extension}`).exec(own)?.[0];
    if (name === undefined) throw new Error(`the server's page names no .${extension} file`);
    html = html.replaceAll(`/pkg/watchroom.${extension}`, name);
  }
  return html;
}
