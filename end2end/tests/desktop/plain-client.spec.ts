import { expect, test } from '../../fixtures.ts';
import { Watchroom } from '../../server.ts';
import { EXAMPLE, StaticPage } from '../../static.ts';

/** The longest wait between two attempts is 30 s; the first ones are much shorter. */
const BACK_LIVE_MS_MAX = 30_000;

const webSocketOf = (server: string) => server.replace(/^http/, 'ws');

test('the example page shows messages and reconnects', async ({ page }) => {
  const server = await Watchroom.start();
  const example = await StaticPage.of(EXAMPLE);
  try {
    await page.goto(`${example.url}?server=${webSocketOf(server.url)}`);
    const state = page.locator('#state');
    await expect(state).toHaveText('live');
    const metric = (name: string) => page.locator('#metrics li', { hasText: `${name}: ` });
    await expect(metric('viewers')).toHaveText('viewers: 1');
    await expect(metric('cpu')).toHaveText(/^cpu: [\d.]+$/);
    await expect(metric('network_recv')).toHaveText(/^network_recv: \d+$/);
    await expect(page.locator('#data li').first()).toHaveText(/: [\d.]+$/);
    await expect(page.locator('#events li').first()).toHaveText(/ (debug|info|success|warning|error): /);
    const time = metric('timestamp');
    const first = await time.textContent();
    await expect(time).not.toHaveText(first ?? '');

    await server.kill('SIGKILL');
    await expect(state).toHaveText(/^closed with 1006/);
    const last = await time.textContent();
    await server.restart();
    await expect(state).toHaveText('live', { timeout: BACK_LIVE_MS_MAX });
    await expect(time).not.toHaveText(last ?? '');
  } finally {
    await example.stop();
    await server.stop();
  }
});

test('a page of another local port reads events and history', async ({ page, server }) => {
  const example = await StaticPage.of(EXAMPLE);
  try {
    await page.goto(`${example.url}?server=${webSocketOf(server.url)}`);
    const value = await page.evaluate(
      (url) =>
        new Promise<string>((resolve, reject) => {
          const source = new EventSource(`${url}/api/events/metrics?format=points`);
          source.onerror = () => reject(new Error('no events'));
          source.addEventListener('metric', ({ data }: MessageEvent<string>) => {
            source.close();
            resolve(data);
          });
        }),
      server.url,
    );
    expect(JSON.parse(value)).toMatchObject({ type: 'metric', name: 'cpu_usage' });

    const read = (path: string, headers: Record<string, string> = {}) =>
      page.evaluate(
        ([url, headers]) =>
          fetch(url, { headers }).then(
            (response) => response.status,
            () => 'refused',
          ),
        [server.url + path, headers] as const,
      );
    expect(await read('/api/v1/series')).toBe(200);
    // A header that needs a preflight; the query is invalid, so that the response ends.
    expect(await read('/api/events?streams=none', { 'Last-Event-ID': 'a:1' })).toBe(400);
    expect(await read('/')).toBe('refused');
  } finally {
    await example.stop();
  }
});

test('a page without an origin gets the name of the setting to allow it', async ({ page, server }) => {
  const example = await StaticPage.of(EXAMPLE);
  try {
    await page.goto(example.url);
    // A sandboxed frame has the origin `null`, like a page from a file.
    const closed = await page.evaluate(
      (url) =>
        new Promise<string>((resolve) => {
          addEventListener('message', ({ data }: MessageEvent<string>) => {
            resolve(data);
          });
          const frame = document.createElement('iframe');
          frame.setAttribute('sandbox', 'allow-scripts');
          frame.srcdoc = `<script>
            new WebSocket('${url}').onclose = ({ code, reason }) =>
              parent.postMessage(code + ' ' + reason, '*');
          </script>`;
          document.body.append(frame);
        }),
      webSocketOf(server.url),
    );
    expect(closed).toMatch(/^1008 .*`allowed_origins`/);
  } finally {
    await example.stop();
  }
});
