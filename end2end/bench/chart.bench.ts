import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { test } from '../fixtures.ts';
import { median, report } from './statistics.ts';

/** The renderer, built by `cargo xtask bench chart`. */
const BUILT = process.env.WATCHROOM_CHART_BENCH ?? '../../target/chart-bench';
const UPLOT = path.dirname(createRequire(import.meta.url).resolve('uplot/package.json'));

const ORIGIN = 'http://bench.invalid';
const RUNS = 7;
const FRAMES = 120;

interface Case {
  name: string;
  charts: number;
  samples: number;
  width: number;
  height: number;
  target: string;
}

const CASES: Case[] = [
  { name: '12 charts of 600', charts: 12, samples: 600, width: 450, height: 176, target: '<= 4 ms' },
  { name: '1 chart of 36,000', charts: 1, samples: 36_000, width: 1_200, height: 400, target: '<= 3 ms' },
];

const PAGE = `<!doctype html><link rel="stylesheet" href="/uPlot.min.css">
<style>
  :root { --series-1: #36c; --line: #ddd; --text-muted: #555; --bad-mark: #c00; --surface: #fff }
  body { margin: 0; font: 12px sans-serif }
  #places { display: grid; grid-template-columns: repeat(3, max-content) }
  .chart { position: relative; overflow: hidden }
  .chart-still, .chart-strip { position: absolute; inset: 0 auto auto 0 }
</style><script src="/uPlot.iife.min.js"></script><div id="places"></div>`;

test('painting', async ({ page }) => {
  await page.route(`${ORIGIN}/**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name === '') return route.fulfill({ contentType: 'text/html', body: PAGE });
    const folder = name.startsWith('uPlot') ? path.join(UPLOT, 'dist') : BUILT;
    return route.fulfill({ body: await readFile(path.join(folder, name)), contentType: type(name) });
  });
  for (const of of CASES) {
    const rows: Record<string, number[]> = { nothing: [], watchroom: [], uPlot: [] };
    // In turns, so that a slow minute of the machine affects all of them.
    for (let run = 0; run < RUNS; run += 1) {
      for (const [what, all] of Object.entries(rows)) all.push(await frame_ms(page, what, of));
    }
    const idle = median(rows['nothing'] ?? []);
    for (const what of ['watchroom', 'uPlot']) {
      const own = median(rows[what] ?? []) - idle;
      const target = what === 'watchroom' ? of.target : '';
      report(`${of.name} samples, ${what}`, `${own.toFixed(2)} ms`, target);
    }
    report('an empty frame, not counted above', `${idle.toFixed(2)} ms`);
  }
});

/** The main-thread time of a frame, with rasterization. */
async function frame_ms(page: Page, what: string, of: Case): Promise<number> {
  await page.goto(`${ORIGIN}/`);
  await page.evaluate(prepare, { what, of });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  const busy_s = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return metrics.find((metric) => metric.name === 'TaskDuration')?.value ?? NaN;
  };
  await page.evaluate(animate, { from: 0, frames: 20 });
  const before = await busy_s();
  await page.evaluate(animate, { from: 20, frames: FRAMES });
  const after = await busy_s();
  await devtools.detach();
  return ((after - before) * 1_000) / FRAMES;
}

type Draw = (second: number) => void;

interface Renderer {
  default(): Promise<void>;
  Charts: {
    new (places: Element[], width: number, height: number, samples: number): { draw: Draw };
    value(second: number): number;
  };
}

interface UPlot {
  new (options: object, data: number[][], place: Element): { setData(data: number[][]): void };
}

async function prepare({ what, of }: { what: string; of: Case }): Promise<void> {
  const url = '/client.js';
  const { default: load, Charts } = (await import(url)) as Renderer;
  await load();
  const { charts, samples, width, height } = of;
  const places = Array.from({ length: charts }, () => {
    const place = document.createElement('div');
    place.className = 'chart';
    place.style.cssText = `width:${width}px;height:${height}px`;
    document.querySelector('#places')?.append(place);
    return place;
  });
  let draw: Draw = () => undefined;
  if (what === 'watchroom') {
    const drawn = new Charts(places, width, height, samples);
    draw = (second) => drawn.draw(second);
  } else if (what === 'uPlot') {
    const times = Array.from({ length: samples }, (_, second) => second);
    const values = times.map((second) => Charts.value(second));
    const { uPlot } = window as unknown as { uPlot: UPlot };
    const options = {
      width,
      height,
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: [0, 100] } },
      series: [{}, { stroke: '#36c', fill: 'rgba(51,102,204,0.14)', width: 1.5, points: { show: false } }],
    };
    const plots = places.map((place) => new uPlot(options, [times, values], place));
    draw = (second) => {
      times.shift();
      values.shift();
      times.push(samples + second);
      values.push(Charts.value(samples + second));
      for (const plot of plots) plot.setData([times, values]);
    };
  }
  Object.assign(window, { draw });
}

async function animate({ from, frames }: { from: number; frames: number }): Promise<void> {
  const { draw } = window as unknown as { draw: Draw };
  for (let frame = 0; frame < frames; frame += 1) {
    await new Promise(requestAnimationFrame);
    draw(from + frame);
  }
  await new Promise(requestAnimationFrame);
}

function type(name: string): string {
  if (name.endsWith('.js')) return 'text/javascript';
  return name.endsWith('.wasm') ? 'application/wasm' : 'text/css';
}
