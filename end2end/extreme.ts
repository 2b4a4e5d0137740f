import type { Message } from './fake.ts';
import * as made from './messages.ts';

/** Creates an element or a variable if it is parsed as markup. */
const MARKUP =
  '<img src=x onerror="executed=1" class="injected"><script>executed=1</script>' +
  '"><svg onload=executed=1 class=injected></svg>{{executed=1}}';

const UNBROKEN = 'x'.repeat(10_000);
const HUGE = 1e300;
const WHOLE_MAX = Number.MAX_SAFE_INTEGER;

const many = <T>(count: number, one: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => one(index));

/** Only required members. */
const BARE = { type: 'metrics', stream: 'metrics', host: 'local', interval_ms: 1_000 };

/** Extreme messages that the protocol allows, which the page must handle one after another. */
export const EXTREME: Record<string, Message[]> = {
  'no optional members': [BARE, { type: 'data', stream: 'data', label: 'Bare', value: 0 }],
  'negative values': [
    made.sample({
      cpu: -5,
      cores: [-1, -1e9],
      load: { one: -1, five: -2, fifteen: -3 },
      memory: -1,
      disks: [made.disk('/', -20, { used_bytes: 0, total_bytes: 0 })],
      temperatures: [{ label: 'Nitrogen', celsius: -196, critical: -1 }],
    }),
    made.data('Below', -HUGE),
  ],
  'huge values': [
    made.sample({
      interval_ms: WHOLE_MAX,
      cpu: HUGE,
      cores: [HUGE, null, 0],
      load: { one: HUGE, five: HUGE, fifteen: HUGE },
      memory: HUGE,
      memory_bytes: { used: WHOLE_MAX, total: 1 },
      swap: HUGE,
      disks: [made.disk('/', HUGE, { used_bytes: WHOLE_MAX, total_bytes: WHOLE_MAX })],
      network_sent: WHOLE_MAX,
      network_recv: WHOLE_MAX,
      interfaces: [made.networkInterface('eth0', WHOLE_MAX, WHOLE_MAX)],
      temperatures: [{ label: 'Sun', celsius: HUGE }],
      uptime_seconds: WHOLE_MAX,
    }),
    made.data('Above', HUGE),
    made.processes(made.process('huge', { cpu: HUGE, memory_bytes: WHOLE_MAX, pid: 4_294_967_295 })),
  ],
  'totals of nothing': [
    made.sample({
      interval_ms: 0,
      cores: [],
      memory_bytes: { used: 0, total: 0 },
      swap_bytes: { used: 0, total: 0 },
      disks: [made.disk('/', 0, { used_bytes: 0, total_bytes: 0 })],
      uptime_seconds: 0,
    }),
  ],
  'many of each': [
    made.sample({
      cores: many(64, (index) => (index * 37) % 101),
      disks: many(40, (index) => made.disk(`/mnt/volume-${index}`, (index * 13) % 101)),
      interfaces: many(40, (index) => made.networkInterface(`veth${index}`, index, index)),
      temperatures: many(40, (index) => ({ label: `Sensor ${index}`, celsius: index })),
    }),
    ...many(100, (index) => made.data(`Label ${index}`, index, { unit: 'requests per second' })),
    ...many(300, (index) => made.event(`Event ${index}`)),
    made.processes(...many(200, (index) => made.process(`worker-${index}`, { pid: index }))),
  ],
  'very long texts': [
    made.event(UNBROKEN, { level: 'error', source: UNBROKEN }),
    made.data(UNBROKEN, 1, { unit: UNBROKEN, source: UNBROKEN }),
    made.log(UNBROKEN, { source: UNBROKEN }),
    made.alert(UNBROKEN, { message: UNBROKEN }),
    made.processes(made.process(UNBROKEN, { user: UNBROKEN })),
    made.sample({
      disks: [made.disk(UNBROKEN, 50, { filesystem: UNBROKEN })],
      interfaces: [made.networkInterface(UNBROKEN, 1, 1)],
      temperatures: [{ label: UNBROKEN, celsius: 20 }],
    }),
  ],
  'markup in every text': [
    made.event(MARKUP, { source: MARKUP }),
    made.data(MARKUP, 1, { unit: MARKUP, source: MARKUP }),
    made.log(MARKUP, { source: MARKUP }),
    made.alert(MARKUP, { message: MARKUP }),
    made.processes(made.process(MARKUP, { user: MARKUP })),
    made.sample({
      host: MARKUP,
      disks: [made.disk(MARKUP, 50, { filesystem: MARKUP })],
      interfaces: [made.networkInterface(MARKUP, 1, 1)],
      temperatures: [{ label: MARKUP, celsius: 20 }],
    }),
  ],
  'clocks that jump': [
    made.sample({ timestamp: '2026-01-14T10:30:00.000Z' }),
    made.sample({ timestamp: '1970-01-01T00:00:00.000Z' }),
    made.sample({ timestamp: '9999-12-31T23:59:59.999Z' }),
    made.event('From the future', { timestamp: '9999-12-31T23:59:59.999Z' }),
    made.event('From the past', { timestamp: '0001-01-01T00:00:00.000Z' }),
  ],
  'unknown types': [
    { type: 'hologram', stream: 'events', depth: 3 },
    { type: 'event', stream: 'events', level: 'loud', source: 1, message: null },
    { type: 'metrics', stream: 'metrics', cpu: 'much' },
  ],
};
