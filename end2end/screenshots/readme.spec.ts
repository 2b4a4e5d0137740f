import path from 'node:path';
import { expect, test } from '../fixtures.ts';

/** Nearly a full chart of 50 points, at one a second. */
const UPDATES_MIN = 48;
const IMAGES = path.resolve('../docs/images');

const SHOTS = [
  { name: 'dashboard-dark', colorScheme: 'dark', width: 1440, height: 900 },
  { name: 'dashboard-light', colorScheme: 'light', width: 1440, height: 900 },
  { name: 'phone', colorScheme: 'dark', width: 390, height: 844 },
] as const;

for (const { name, colorScheme, width, height } of SHOTS) {
  test.describe(name, () => {
    test.use({ colorScheme, viewport: { width, height }, deviceScaleFactor: 2 });

    test('is taken', async ({ dashboard, page }) => {
      await dashboard.open('/');
      await dashboard.expectState('live');
      await expect
        .poll(() => dashboard.updateCount(), { timeout: 120_000 })
        .toBeGreaterThan(UPDATES_MIN);
      await page.screenshot({ path: path.join(IMAGES, `${name}.png`), animations: 'disabled' });
    });
  });
}
