import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const LISTENING = /^Watchroom listening on (http:\/\/127\.0\.0\.1:\d+)$/;

/**
 * All browsers of a test have one address. Its limits apply to this machine, too, once somebody has to sign in.
 */
const ADDRESS_LIMITS = {
  WATCHROOM_LIMITS__REQUESTS_PER_SECOND: '100000',
  WATCHROOM_LIMITS__REQUESTS_BURST: '100000',
};

/** The time limit for a server to start. */
const START_MS_MAX = 30_000;

/** The binary under test: from xtask, else Cargo's default path. */
export const releaseBinary = path.resolve(
  process.env.WATCHROOM_BIN ??
    path.join(process.env.CARGO_TARGET_DIR ?? '../target', 'release/watchroom'),
);

/**
 * A Watchroom server for one test: the simulated host on a free port, in an empty folder without a
 * configuration file or a site.
 */
export class Watchroom {
  readonly #options: Options;
  readonly #folder: string;
  #process: ChildProcess;
  /** Unchanged by restarts. */
  readonly url: string;

  private constructor(options: Options, folder: string, running: Running) {
    this.#options = options;
    this.#folder = folder;
    this.#process = running.process;
    this.url = running.url;
  }

  static async start(options: Options = {}): Promise<Watchroom> {
    const folder = await temporaryFolder();
    return new Watchroom(options, folder, await launch(options, folder, '127.0.0.1:0'));
  }

  get pid(): number {
    return this.#process.pid ?? NaN;
  }

  /** Creates the first user, an admin, as the command line does; nothing else may while login is off. */
  async createAdmin(name: string, password: string): Promise<void> {
    const socket = connect(path.join(this.#folder, 'data', 'control.sock'));
    const request = { command: 'add_user', name, password, role: 'admin' };
    socket.setEncoding('utf8').write(`${JSON.stringify(request)}\n`);
    let answer = '';
    for await (const text of socket) answer += String(text);
    if (!answer.includes('"type":"user"')) throw new Error(`no user was created: ${answer}`);
  }

  /** Ends the process and waits for its exit. */
  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill(signal);
    await exit;
  }

  /** Starts it again on the same port. */
  async restart(): Promise<void> {
    const running = await launch(this.#options, this.#folder, new URL(this.url).host);
    this.#process = running.process;
  }

  async stop(): Promise<void> {
    await this.kill('SIGKILL');
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'watchroom-'));
}

export interface Options {
  binary?: string;
  /** Additional flags of `watchroom serve`. */
  flags?: string[];
  /** Settings by their environment variables. */
  settings?: Record<string, string>;
}

interface Running {
  process: ChildProcess;
  url: string;
}

async function launch(options: Options, folder: string, listen: string): Promise<Running> {
  const { binary = releaseBinary, flags = [], settings = {} } = options;
  const child = spawn(
    binary,
    [
      ...['serve', '--listen', listen, '--data-dir', path.join(folder, 'data')],
      ...['--demo', '--demo-seed', '1', '--demo-days', '0', ...flags],
    ],
    { cwd: folder, env: { ...environment(), ...ADDRESS_LIMITS, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const patience = AbortSignal.timeout(START_MS_MAX);
  try {
    return { process: child, url: await address(child, patience) };
  } catch (cause) {
    child.kill('SIGKILL');
    throw new Error(`${binary} did not start on ${listen}:\n${log}`, { cause });
  }
}

/** Reads the one line that the server writes to standard output once it serves. */
async function address(child: ChildProcess, patience: AbortSignal): Promise<string> {
  if (child.stdout === null) throw new Error('standard output is not a pipe');
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`it ended with exit code ${String(code)}`);
  });
  // Later, the process also exits at the end of the test, when this has settled.
  ended.catch(() => undefined);
  const [line] = (await Promise.race([once(lines, 'line', { signal: patience }), ended])) as [
    string,
  ];
  const url = LISTENING.exec(line)?.[1];
  if (url === undefined) throw new Error(`unexpected line on standard output: ${line}`);
  return url;
}

/** The environment without settings of Watchroom and cargo-leptos. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(WATCHROOM_|LEPTOS_|WS_HOST$|WS_PORT$)/.test(name)),
  );
}
