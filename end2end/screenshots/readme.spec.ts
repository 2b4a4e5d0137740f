import path from 'node:path';
import { test } from '../fixtures.ts';

/** The chart shows 50 points, one a second; the server starts after this file is loaded. */
const CHART_FULL = Date.now() + 52_000;
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
      await dashboard.expectSampleAfter(CHART_FULL, 120_000);
      await page.screenshot({ path: path.join(IMAGES, `${name}.png`), animations: 'disabled' });
    });
  });
}
