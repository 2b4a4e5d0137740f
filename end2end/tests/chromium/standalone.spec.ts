import { copyFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '../../fixtures.ts';
import { releaseBinary, temporaryFolder, Watchroom } from '../../server.ts';

test('the binary alone serves the complete page from an empty folder', async ({ dashboard, page }) => {
  const folder = await temporaryFolder();
  const binary = path.join(folder, 'watchroom');
  await copyFile(releaseBinary, binary);
  expect(await readdir(folder)).toEqual(['watchroom']);
  const server = await Watchroom.start({ binary });
  try {
    const served = new Map<string, number>();
    page.on('response', (response) => {
      served.set(new URL(response.url()).pathname, response.status());
    });
    await dashboard.openLive(server.url);
    await dashboard.expectSampleAfter(0);

    for (const kind of [/\.css$/, /\.js$/, /\.wasm$/]) {
      expect([...served.keys()], 'what the page loaded').toContainEqual(
        expect.stringMatching(kind),
      );
    }
    expect([...served].filter(([, status]) => status >= 400)).toEqual([]);
    const rules = await page.evaluate(() =>
      [...document.styleSheets].reduce((sum, sheet) => sum + sheet.cssRules.length, 0),
    );
    expect(rules, 'rules of the style sheet').toBeGreaterThan(0);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
