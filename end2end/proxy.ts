import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Another address of this machine. */
const ADDRESS = '127.0.0.2';

/**
 * A proxy between a page and its server that can cut connections. It has the server's port, the only one to which the
 * server answers while login is off.
 */
export class Proxy {
  readonly url: string;
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  #cut = false;
  /** Whether to reject WebSockets with 403, as some proxies do. */
  refusesWebSockets = false;

  private constructor(listener: Server, port: string) {
    this.#listener = listener;
    this.url = `http://${ADDRESS}:${port}`;
  }

  static async to(server: string): Promise<Proxy> {
    const { hostname, port } = new URL(server);
    const listener = createServer((near) => {
      proxy.#join(near, connect(Number(port), hostname));
    });
    listener.listen(Number(port), ADDRESS);
    await once(listener, 'listening');
    const proxy = new Proxy(listener, port);
    return proxy;
  }

  /** Resets all connections, and new ones until `mend`. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  mend(): void {
    this.#cut = false;
  }

  async stop(): Promise<void> {
    this.cut();
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #join(near: Socket, far: Socket): void {
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      // An error is followed by a close.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    if (this.#cut) {
      near.resetAndDestroy();
      return;
    }
    near.on('data', (request: Buffer) => {
      if (this.refusesWebSockets && /^upgrade: websocket/im.test(request.toString('latin1'))) {
        near.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      } else {
        far.write(request);
      }
    });
    far.pipe(near);
  }
}
