import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

/** The HTML example client. */
export const EXAMPLE = path.resolve('../examples/clients/watch.html');

/** Serves one HTML file at `/` on another port, as other local programs might. */
export class StaticPage {
  readonly url: string;
  readonly #listener: Server;

  private constructor(listener: Server) {
    this.#listener = listener;
    this.url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
  }

  static async of(file: string): Promise<StaticPage> {
    const html = await readFile(file);
    const listener = createServer((request, response) => {
      const isPage = new URL(request.url ?? '/', 'http://page').pathname === '/';
      response.writeHead(isPage ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' });
      response.end(isPage ? html : '');
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new StaticPage(listener);
  }

  async stop(): Promise<void> {
    this.#listener.closeAllConnections();
    this.#listener.close();
    await once(this.#listener, 'close');
  }
}
