import * as made from './messages.ts';

const HOST_SERIES: [string, string, number, number][] = [
  ['cpu', '%', 38, 24],
  ['load1', '', 2.1, 0.9],
  ['load5', '', 1.9, 0.5],
  ['load15', '', 1.6, 0.2],
  ['memory', '%', 62, 6],
  ['swap', '%', 12, 1],
  ['network_recv', 'B/s', 1_400_000, 900_000],
  ['network_sent', 'B/s', 620_000, 300_000],
];

interface Series {
  series: string;
  host: string;
  name: string;
  labels: Record<string, string>;
  unit: string | null;
  mean: number;
  swing: number;
}

const SERIES: Series[] = [
  ...HOST_SERIES.map(([name, unit, mean, swing]) => ({
    series: `${name}{host="atlas"}`,
    host: 'atlas',
    name,
    labels: {},
    unit: unit === '' ? null : unit,
    mean,
    swing,
  })),
  ...['disk_read', 'disk_written'].map((name, index) => ({
    series: `${name}{host="atlas",mount="/"}`,
    host: 'atlas',
    name,
    labels: { mount: '/' },
    unit: 'B/s',
    mean: 2_400_000 - 900_000 * index,
    swing: 1_100_000,
  })),
];

/** A fixed history: the same waves for each request, so that it looks the same each time. */
export function historyResponse(url: URL): object | undefined {
  const { pathname, searchParams } = url;
  const number = (name: string) => Number(searchParams.get(name));
  const named = () =>
    searchParams.getAll('series').flatMap((name) => [
      ...SERIES.filter((it) => it.series === name),
      ...folded(name),
    ]);
  switch (pathname) {
    case '/api/v1/series':
      return { oldest_ms: 0, series: SERIES.map(({ mean: _, swing: __, ...series }) => series) };
    case '/api/v1/query':
      return points(named(), number('from'), number('to'), number('points'));
    case '/api/v1/at':
      return moment(number('time'));
    case '/api/v1/analysis':
      return { series: named().map((it) => analysis(it, searchParams.has('earlier_ms'))) };
    case '/api/v1/journal':
      return { messages: [] };
    default:
      return undefined;
  }
}

/** The sum over all disks of the host, of which there is one. */
function folded(text: string): Series[] {
  const name = /^sum\((\w+)\{host="atlas"\}\)$/.exec(text)?.[1];
  const members = SERIES.filter((it) => it.name === name);
  return members.slice(0, 1).map((it) => ({ ...it, series: text, host: '', labels: {} }));
}

function points(series: Series[], from: number, to: number, count: number): object {
  const step_ms = Math.max(1_000, Math.ceil((to - from) / count / 1_000) * 1_000);
  const times_ms: number[] = [];
  for (let at = Math.floor(from / step_ms) * step_ms; at < to; at += step_ms) times_ms.push(at);
  const columns = series.map(({ mean, swing, ...rest }) => {
    const values = times_ms.map((at) => wave(at, mean, swing));
    const spread = step_ms > 1_000 ? swing / 3 : 0;
    return {
      ...rest,
      interval_ms: 1_000,
      values,
      min: values.map((value) => Math.max(0, value - spread)),
      max: values.map((value) => value + spread),
    };
  });
  return { tier: 'second', step_ms, times_ms, columns, damaged_chunks: 0 };
}

function wave(at_ms: number, mean: number, swing: number): number {
  const hours = at_ms / 3_600_000;
  return mean + swing * (0.6 * Math.sin(hours) + 0.4 * Math.sin(hours * 7.3));
}

function moment(time_ms: number): object {
  const timestamp = new Date(time_ms).toISOString();
  const at = (message: object, seq: number) => ({ seq, prev: 0, timestamp, ...message });
  return {
    time: timestamp,
    host: 'atlas',
    oldest_ms: 0,
    series: currentValues({ cpu: 91.3, memory: 88.2 }).map((it) => ({ ...it, at_ms: time_ms })),
    metrics: null,
    processes: at(made.processes(made.process('postgres')), 12),
    data: [],
    events: [at(made.event('Deployment began', { level: 'info' }), 10)],
    alerts: [at(made.alert('cpu-high'), 9)],
    logs: [],
  };
}

/** The values of a sample, as series. */
function currentValues(parts: object): { series: string; value: number }[] {
  const of = (name: string, value: number) => ({ series: `${name}{host="atlas"}`, value });
  const ofDisk = (mount: string, name: string, value: number) => ({
    series: `${name}{host="atlas",mount="${mount}"}`,
    value,
  });
  const values = {
    cpu: 42.5,
    load1: 2.4,
    load5: 1.9,
    load15: 1.4,
    memory: 63.2,
    memory_used: 10_857_000_000,
    memory_total: 17_180_000_000,
    swap: 12.5,
    swap_used: 268_000_000,
    swap_total: 2_147_000_000,
    disk: 91.3,
    network_sent: 360_000,
    network_recv: 720_000,
    network_sent_total: 51_540_000_000,
    network_recv_total: 206_160_000_000,
    uptime: 273_913,
    ...parts,
  };
  const total = 274_880_000_000;
  return [
    ...Object.entries(values).map(([name, value]) => of(name, value)),
    ...[30, 55, 42.5, 41, 60, 38, 44, 29].map((value, core) => ({
      series: `cpu{core="${core}",host="atlas"}`,
      value,
    })),
    ...[
      { mount: '/', percent: 71, read: 1_230_000, written: 48_000 },
      { mount: '/var/lib/postgresql', percent: 91.3, read: 310_000, written: 2_400_000 },
    ].flatMap(({ mount, percent, read, written }) => [
      ofDisk(mount, 'disk', percent),
      ofDisk(mount, 'disk_used', (total * percent) / 100),
      ofDisk(mount, 'disk_total', total),
      ofDisk(mount, 'disk_read', read),
      ofDisk(mount, 'disk_written', written),
    ]),
    ...Object.entries({
      network_sent: 360_000,
      network_recv: 720_000,
      network_sent_total: 51_540_000_000,
      network_recv_total: 206_160_000_000,
    }).map(([name, value]) => ({ series: `${name}{host="atlas",interface="eth0"}`, value })),
    ...[
      { sensor: 'CPU package', celsius: 58.5, critical: 100 },
      { sensor: 'NVMe composite', celsius: 71.2, critical: 84 },
    ].flatMap(({ sensor, celsius, critical }) => [
      { series: `temperature{host="atlas",sensor="${sensor}"}`, value: celsius },
      { series: `temperature_critical{host="atlas",sensor="${sensor}"}`, value: critical },
    ]),
  ];
}

function analysis({ mean, swing, ...rest }: Series, compared: boolean): object {
  const statistics = (share: number) => ({
    tier: 'second',
    count: 3_600,
    min: (mean - swing) * share,
    max: (mean + swing) * share,
    avg: mean * share,
    p95: (mean + swing * 0.9) * share,
  });
  return { ...rest, range: statistics(1), earlier: compared ? statistics(0.8) : null };
}
