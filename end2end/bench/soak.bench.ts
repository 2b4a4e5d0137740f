import type { CDPSession } from '@playwright/test';
import { setTimeout } from 'node:timers/promises';
import { Dashboard } from '../dashboard.ts';
import { test } from '../fixtures.ts';
import { Watchroom } from '../server.ts';
import { report } from './statistics.ts';

const MINUTES = Number(process.env.WATCHROOM_BENCH_MINUTES ?? 10);
/** The time for the page to load and its charts to fill. */
const WARM_UP_MS = 60_000;
const KIB = 1_024;

test('a page that stays open', async ({ page }) => {
  const server = await Watchroom.start({ flags: ['--demo-rate', '10'] });
  try {
    const dashboard = new Dashboard(page);
    await dashboard.openLive(server.url);
    await setTimeout(WARM_UP_MS);
    await page.evaluate(() => {
      const tasks: number[] = [];
      Object.assign(window, { longTasks: tasks });
      new PerformanceObserver((list) => {
        tasks.push(...list.getEntries().map((entry) => entry.duration));
      }).observe({ entryTypes: ['longtask'] });
    });
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Performance.enable');
    const before = await measure(devtools);
    await setTimeout(MINUTES * 60_000);
    const after = await measure(devtools);

    const longest = await page.evaluate(() =>
      Math.max(0, ...(window as unknown as { longTasks: number[] }).longTasks),
    );
    const wall_s = after.wall_s - before.wall_s;
    const share = (name: 'busy_s' | 'cpu_s') =>
      `${((100 * (after[name] - before[name])) / wall_s).toFixed(2)} %`;
    const growth = (name: 'heap_bytes' | 'wasm_bytes') =>
      `${((after[name] - before[name]) / KIB).toFixed(0)} KiB`;
    report(`messages shown after ${MINUTES} min`, String(await dashboard.updateCount()));
    report('heap growth after collection', growth('heap_bytes'), '< 1024');
    report('growth of buffers, WebAssembly included', growth('wasm_bytes'));
    // The browser reports only tasks over 50 ms.
    report('longest task over 50 ms', longest === 0 ? 'none' : `${longest} ms`, 'none');
    report('main thread, CPU time', share('cpu_s'), '< 5');
    // Other load on the machine increases this.
    report('main thread, time within tasks', share('busy_s'), '< 5');
  } finally {
    await server.stop();
  }
});

interface Measure {
  wall_s: number;
  busy_s: number;
  cpu_s: number;
  heap_bytes: number;
  wasm_bytes: number;
}

async function measure(devtools: CDPSession): Promise<Measure> {
  await devtools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const metric = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? NaN;
  const heap = await devtools.send('Runtime.getHeapUsage');
  return {
    wall_s: metric('Timestamp'),
    busy_s: metric('TaskDuration'),
    cpu_s: metric('ThreadTime'),
    heap_bytes: heap.usedSize,
    wasm_bytes: heap.backingStorageSize,
  };
}
