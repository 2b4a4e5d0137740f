import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, type Page, type Route, type WebSocketRoute } from '@playwright/test';
import { isComplete } from './dashboard.ts';
import { fontLoaded, pinFont } from './font.ts';
import { historyResponse } from './history.ts';

/** The time of the last rendered sample. */
const NOW_MS = Date.parse('2026-01-15T10:30:00.523Z');

/** More than the time to install a clock and pause it. */
const CLOCK_LEAD_MS = 60_000;

/** The example of `crates/client` that renders a page like the server. */
const RENDER =
  process.env.WATCHROOM_RENDER ??
  path.resolve(process.env.CARGO_TARGET_DIR ?? '../target', 'debug/examples/render');

/** The polling interval, in real time. */
const LOOK_MS = 5;

/** A message of the log without its position. */
export interface Message {
  type: string;
  stream: string;
  [field: string]: unknown;
}

interface Request {
  type: string;
  streams?: Record<string, unknown> | string[];
  /** The position that the page resumes after. */
  after?: number;
  correlation_id?: string;
}

interface Snapshot {
  epoch: string;
  head: number;
  server_version: string;
}

/**
 * A fake server controlled by a test, and a page whose clock stands still until the test lets time pass, so
 * that every state is reproducible.
 */
export class Fake {
  readonly #page: Page;
  readonly #empty: boolean;
  readonly #epoch: string;
  /** The newest `seq` of each stream. */
  readonly #newest = new Map<string, number>();
  /** All appended messages, oldest first. */
  readonly #log: { seq: number; stream: string }[] = [];
  #head: number;
  #elapsed_ms = 0;
  #socket: WebSocketRoute | undefined;
  /** The page's requests, oldest first. */
  readonly requests: Request[] = [];
  /** Whether connections are accepted. */
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
   * Opens the page and connects it; `server` serves the built files. The page has the data of the example,
   * or none if it is `empty`, without history; `query` is that of its address.
   */
  static async open(page: Page, server: string, { empty = false, query = '', host = 'atlas' } = {}): Promise<Fake> {
    const html = rendered(empty, host);
    const fake = new Fake(page, html, empty);
    // Disables random jitter.
    await page.addInitScript(() => (Math.random = () => 0.9));
    await page.addInitScript(recordReceived);
    // The clock runs until it is paused, which must be in the future.
    await page.clock.install({ time: NOW_MS - CLOCK_LEAD_MS });
    await page.clock.pauseAt(NOW_MS);
    await page.route(`${server}/**`, (route) => fake.#respond(route, server, html));
    await pinFont(page, server);
    await page.routeWebSocket(/\/ws$/, (socket) => fake.#accept(socket));
    await page.addInitScript(respondToPings);
    await page.goto(`${server}/${query}`);
    await fake.#begin();
    return fake;
  }

  /** Reloads the page. */
  async reload(): Promise<void> {
    this.#socket = undefined;
    await this.#page.reload();
    await this.#begin();
  }

  async #begin(): Promise<void> {
    await fontLoaded(this.#page);
    // The page synchronizes its clock with this, which must not depend on the machine's speed.
    await this.#received('"type":"pong"');
    await this.pass(500);
    await this.#page.waitForFunction(isComplete, null, { polling: 20, timeout: 0 });
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
   * Lets time pass until this much has passed since the page was opened, so that the result does not depend
   * on how much earlier waits took.
   */
  async passTo(elapsed_ms: number): Promise<void> {
    const rest_ms = elapsed_ms - this.#elapsed_ms;
    if (rest_ms < 0) throw new Error(`${-rest_ms} ms more than ${elapsed_ms} ms have passed`);
    await this.pass(rest_ms);
  }

  /** Lets time pass until `work` is done, which waits for the page's timers. */
  async passDuring<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const settling = work.then(
      () => (settled = true),
      () => (settled = true),
    );
    while (!settled) {
      await this.pass(1);
      // Messages to and from the page take real time.
      await Promise.race([settling, setTimeout(LOOK_MS)]);
    }
    return work;
  }

  /** Appends messages to the log at once, and lets the page show them. */
  async append(...messages: Message[]): Promise<void> {
    let last = '';
    for (const message of messages) {
      this.#head += 1;
      const prev = this.#newest.get(message.stream) ?? 0;
      this.#newest.set(message.stream, this.#head);
      const timestamp = new Date(this.now_ms).toISOString();
      const entry = { seq: this.#head, prev, timestamp, ...message };
      this.#log.push(entry);
      this.send(entry);
      last = JSON.stringify(entry);
    }
    // Waits for all of them before time passes, for a reproducible time of arrival.
    if (this.#socket !== undefined) await this.#received(last);
    await this.pass(50);
  }

  /** Waits until the page has parsed a message. */
  async #received(text: string): Promise<void> {
    await this.#page.waitForFunction(isReceived, text, { polling: 20, timeout: 0 });
  }

  /** Sends a message that is not in the log. */
  send(message: object): void {
    this.#socket?.send(JSON.stringify(message));
  }

  /** Closes the connection of a live page. */
  async close(code = 1001): Promise<void> {
    await this.#socket?.close({ code });
    this.#socket = undefined;
    const badge = this.#page.getByTestId('badge');
    await this.passDuring(expect(badge).not.toHaveAttribute('data-state', 'live'));
  }

  async #respond(route: Route, server: string, html: string): Promise<void> {
    const url = new URL(route.request().url());
    const { pathname } = url;
    if (pathname === '/') {
      await route.fulfill({ contentType: 'text/html', body: await withAssets(html, server) });
    } else if (pathname === '/api/events') {
      // Not the events of the real server.
      await route.abort('connectionrefused');
    } else if (pathname.startsWith('/api/v1/')) {
      if (this.#empty) url.searchParams.delete('series');
      await route.fulfill({ json: historyResponse(url) ?? {} });
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
    socket.onMessage((text) => this.#receive(JSON.parse(text.toString()) as Request));
    this.send({
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

  #receive(request: Request): void {
    this.requests.push(request);
    const { type, streams = [], after, correlation_id } = request;
    const names = Array.isArray(streams) ? streams : Object.keys(streams);
    if (type === 'subscribe' || type === 'unsubscribe' || type === 'set_interval') {
      this.send({
        type: 'subscribed',
        streams: type === 'unsubscribe' ? [] : names,
        epoch: this.#epoch,
        head: this.#head,
        recovered: true,
        correlation_id,
      });
      const missed = this.#log.filter((entry) => after !== undefined && entry.seq > after);
      for (const entry of missed) if (names.includes(entry.stream)) this.send(entry);
    }
  }
}

declare global {
  /** The texts that the page has parsed; see `recordReceived`. */
  var received: string[] | undefined;
}

/** Records the texts that the page parses. */
function recordReceived(): void {
  const parse = JSON.parse;
  JSON.parse = (text: string, ...rest) => {
    (globalThis.received ??= []).push(text);
    return parse(text, ...rest);
  };
}

/**
 * Responds to pings within the page, since the round trip to the test depends on the machine.
 */
function respondToPings(): void {
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

function isReceived(text: string): boolean {
  return globalThis.received?.some((received) => received.includes(text)) ?? false;
}

function rendered(empty: boolean, host: string): string {
  const flags = [`--host=${host}`, ...(empty ? ['--empty'] : [])];
  return execFileSync(RENDER, flags, { encoding: 'utf8' });
}

/** The page with the names of the built files. */
async function withAssets(html: string, server: string): Promise<string> {
  const own = await (await fetch(server)).text();
  for (const extension of ['js', 'wasm', 'css']) {
    const name = new RegExp(`/pkg/[^"]+\\.${extension}`).exec(own)?.[0];
    if (name === undefined) throw new Error(`the server's page names no .${extension} file`);
    html = html.replaceAll(`/pkg/watchroom.${extension}`, name);
  }
  return html;
}
