import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** The wire between a page and its server, for tests to cut. */
export class Proxy {
  readonly url: string;
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  #cut = false;
  /** Whether WebSockets are answered with 403, as a proxy in the way might. */
  refusesWebSockets = false;

  private constructor(listener: Server) {
    this.#listener = listener;
    this.url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  }

  static async to(server: string): Promise<Proxy> {
    const { hostname, port } = new URL(server);
    const listener = createServer((near) => {
      proxy.#join(near, connect(Number(port), hostname));
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const proxy = new Proxy(listener);
    return proxy;
  }

  /** Resets every connection, and every new one until it is mended. */
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
