import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A proxy between a page and its server that can cut connections. */
export class Proxy {
  readonly url: string;
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  #cut = false;
  /** Whether to reject WebSockets with 403, as some proxies do. */
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
