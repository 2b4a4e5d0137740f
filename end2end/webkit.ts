import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { webkit } from '@playwright/test';
import { Builder, type WebDriver } from 'selenium-webdriver';

const DEBIANS_DRIVER = '/usr/bin/WebKitWebDriver';
/** Contains a folder for the architecture, with one for WebKit's version. */
const LIBRARIES = '/usr/lib';

/** The time limit for a program to start. */
const START_MS_MAX = 30_000;

/** The part of a browser that a smoke test needs. */
export interface Window {
  goto(url: string): Promise<unknown>;
  /** The value of an expression in the page. */
  evaluate<T>(expression: string): Promise<T>;
  close(): Promise<void>;
}

/** Debian's WebKit driver; else Playwright's own download. */
export async function openWebKit(): Promise<Window> {
  return existsSync(DEBIANS_DRIVER) ? openDebians() : openPlaywrights();
}

async function openPlaywrights(): Promise<Window> {
  const browser = await webkit.launch();
  const page = await browser.newPage();
  return {
    goto: (url) => page.goto(url),
    evaluate: (expression) => page.evaluate(expression),
    close: () => browser.close(),
  };
}

async function openDebians(): Promise<Window> {
  const binary = debiansWindow();
  const screen = await Screen.start();
  let window: WebDriver;
  const port = await freePort();
  const driver = spawn(DEBIANS_DRIVER, [`--port=${port}`], {
    env: { ...process.env, DISPLAY: screen.display },
    stdio: 'ignore',
  });
  try {
    await Promise.race([ready(`http://127.0.0.1:${port}/status`), ended(driver)]);
    window = await new Builder()
      .usingServer(`http://127.0.0.1:${port}`)
      .withCapabilities({
        browserName: 'MiniBrowser',
        'webkitgtk:browserOptions': { binary, args: ['--automation'] },
      })
      .build();
  } catch (cause) {
    await end(driver);
    await screen.stop();
    throw new Error('WebKit did not start', { cause });
  }
  return {
    goto: (url) => window.get(url),
    evaluate: (expression) => window.executeScript(`return (${expression})`),
    async close() {
      await window.quit();
      await end(driver);
      await screen.stop();
    },
  };
}

/** A virtual display. */
class Screen {
  readonly display: string;
  readonly #process: ChildProcess;

  private constructor(display: string, process: ChildProcess) {
    this.display = display;
    this.#process = process;
  }

  static async start(): Promise<Screen> {
    // It selects a free display number and writes it to the third descriptor.
    const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1440x900x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const line = once(createInterface(child.stdio[3] as Readable), 'line', {
      signal: AbortSignal.timeout(START_MS_MAX),
    });
    const [number] = (await Promise.race([line, ended(child)])) as [string];
    return new Screen(`:${number}`, child);
  }

  stop(): Promise<void> {
    return end(this.#process);
  }
}

/** Fails as soon as a program has ended, or could not be started. */
async function ended(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number | null];
  throw new Error(`${child.spawnfile} ended with exit code ${String(code)}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}

function debiansWindow(): string {
  for (const machine of readdirSync(LIBRARIES)) {
    for (const version of ['webkit2gtk-4.1', 'webkit2gtk-4.0']) {
      const program = path.join(LIBRARIES, machine, version, 'MiniBrowser');
      if (existsSync(program)) return program;
    }
  }
  throw new Error(`there is no MiniBrowser beneath ${LIBRARIES}`);
}

/** Waits until a server responds there. */
async function ready(url: string): Promise<void> {
  const patience = AbortSignal.timeout(START_MS_MAX);
  for (;;) {
    try {
      await fetch(url, { signal: patience });
      return;
    } catch (cause) {
      if (patience.aborted) throw new Error(`${url} does not answer`, { cause });
      await setTimeout(50);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
