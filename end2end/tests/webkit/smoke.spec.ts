import { expect, test } from '../../fixtures.ts';
import { Watchroom } from '../../server.ts';
import { openWebKit } from '../../webkit.ts';

/** Collects errors in the page, since WebKit's driver has no log. */
const LISTEN = `(() => {
  const errors = (window.pageErrors = []);
  addEventListener('error', (event) => errors.push(event.message));
  addEventListener('unhandledrejection', (event) => errors.push(String(event.reason)));
})()`;

const attribute = (id: string, name: string) =>
  `document.querySelector('[data-testid="${id}"]')?.getAttribute('${name}')`;

test('the page works in WebKit', async () => {
  const server = await Watchroom.start();
  const window = await openWebKit();
  try {
    await window.goto(server.url);
    await window.evaluate(LISTEN);
    const read = (expression: string) => window.evaluate<string | null>(expression);
    const state = () => read(attribute('badge', 'data-state'));
    const sample = () => read(attribute('last-sample', 'datetime'));
    const click = (id: string) => read(`document.querySelector('[data-testid="${id}"]').click()`);

    await expect.poll(state).toBe('live');
    const first = await sample();
    await expect.poll(sample).not.toBe(first);
    const painted = `(() => {
      const canvas = document.querySelector('[data-testid="cpu-chart"]');
      // Charts out of view are not painted.
      canvas.scrollIntoView();
      if (canvas.width === 0) return false;
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value) => value !== 0);
    })()`;
    await expect.poll(() => window.evaluate<boolean>(painted)).toBe(true);

    await click('pause');
    await expect.poll(state).toBe('paused');
    await click('pause');
    await expect.poll(state).toBe('live');
    await click('theme');
    await expect.poll(() => read('document.documentElement.dataset.theme')).toBe('light');

    await server.kill('SIGKILL');
    await expect.poll(state).toBe('reconnecting');
    await server.restart();
    await expect.poll(state).toBe('live');
    expect(await window.evaluate('window.pageErrors')).toEqual([]);
  } finally {
    await window.close();
    await server.stop();
  }
});
