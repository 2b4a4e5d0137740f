import { expect, test } from '../../fixtures.ts';
import { Watchroom } from '../../server.ts';
import { EXAMPLE, StaticPage } from '../../static.ts';
import { openWebKit } from '../../webkit.ts';

test('the example page of another port works in WebKit', async () => {
  const server = await Watchroom.start();
  const example = await StaticPage.of(EXAMPLE);
  const window = await openWebKit();
  try {
    await window.goto(`${example.url}?server=${server.url.replace(/^http/, 'ws')}`);
    const text = (id: string) =>
      window.evaluate<string>(`document.getElementById('${id}').textContent`);
    await expect.poll(() => text('state')).toBe('live');
    await expect.poll(() => text('metrics')).toMatch(/cpu: [\d.]+/);

    await server.kill('SIGKILL');
    await expect.poll(() => text('state')).toMatch(/^closed with 1006/);
    await server.restart();
    await expect.poll(() => text('state'), { timeout: 30_000 }).toBe('live');
  } finally {
    await window.close();
    await example.stop();
    await server.stop();
  }
});
