import { AxeBuilder } from '@axe-core/playwright';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '../../fixtures.ts';
import { pageErrors } from '../../page-errors.ts';
import { Watchroom } from '../../server.ts';

const CONFIG = `
status_page = "public"

[[check]]
name = "A check with a name as long as the names of checks can be"
url = "tcp://127.0.0.1:1"
retries = 0
public = true

[[check]]
name = "hidden"
url = "tcp://127.0.0.1:1"
`;

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, javaScriptEnabled: false });

    test('the status page works without JavaScript, fits 320 px and is accessible', async ({ page }) => {
      const errors = pageErrors(page);
      const config = path.join(tmpdir(), `watchroom-status-${colorScheme}-${process.pid}.toml`);
      await writeFile(config, CONFIG);
      const server = await Watchroom.start({ flags: ['--config', config] });
      try {
        await expect(async () => {
          await page.goto(`${server.url}/status`);
          await expect(page.locator('.overall')).toHaveText('1 of 1 checks failing', { timeout: 1_000 });
        }).toPass();
        await expect(page).toHaveTitle('1 of 1 checks failing · Status');
        await expect(page.locator('.state')).toHaveText('Down');
        await expect(page.getByText('hidden')).toHaveCount(0);
        // The style sheet is allowed.
        await expect(page.locator('.state')).toHaveCSS('font-weight', '600');
        await page.setViewportSize({ width: 320, height: 640 });
        const widest = await page.locator('html').evaluate((html) => html.scrollWidth);
        expect(widest).toBeLessThanOrEqual(320);
        expect(errors).toEqual([]);
      } finally {
        await server.stop();
      }
    });
  });
}

test('axe finds nothing on the status page', async ({ page }) => {
  const config = path.join(tmpdir(), `watchroom-status-axe-${process.pid}.toml`);
  await writeFile(config, CONFIG);
  const server = await Watchroom.start({ flags: ['--config', config] });
  try {
    await page.goto(`${server.url}/status`);
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
    expect(violations).toEqual([]);
  } finally {
    await server.stop();
  }
});
