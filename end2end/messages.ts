import type { Message } from './fake.ts';

/** A sample of a fixed host. */
export function sample(parts: object = {}): Message {
  return {
    type: 'metrics',
    stream: 'metrics',
    host: 'local',
    interval_ms: 1_000,
    cpu: 42.5,
    cores: [30, 55, 42.5, 41, 60, 38, 44, 29],
    load: { one: 2.4, five: 1.9, fifteen: 1.4 },
    memory: 63.2,
    memory_bytes: { used: 10_857_000_000, total: 17_180_000_000 },
    swap: 12.5,
    swap_bytes: { used: 268_000_000, total: 2_147_000_000 },
    disk: 91.3,
    disks: [
      disk('/', 71, { read: 1_230_000, written: 48_000 }),
      disk('/var/lib/postgresql', 91.3, { read: 310_000, written: 2_400_000 }),
    ],
    network_sent: 360_000,
    network_recv: 720_000,
    network_sent_total_bytes: 51_540_000_000,
    network_recv_total_bytes: 206_158_000_000,
    interfaces: [networkInterface('eth0', 360_000, 720_000)],
    temperatures: [
      { label: 'CPU package', celsius: 58.5, critical: 100 },
      { label: 'NVMe composite', celsius: 71.2, critical: 84 },
    ],
    uptime_seconds: 273_913,
    ...parts,
  };
}

export function disk(mount: string, percent: number, parts: object = {}): object {
  const total_bytes = 274_878_000_000;
  const used_bytes = Math.round((total_bytes * percent) / 100);
  return { mount, filesystem: 'ext4', percent, used_bytes, total_bytes, ...parts };
}

export function networkInterface(name: string, sent: number, recv: number): object {
  return { name, sent, recv, sent_total_bytes: 51_540_000_000, recv_total_bytes: 206_158_000_000 };
}

export function event(message: string, parts: object = {}): Message {
  return { type: 'event', stream: 'events', level: 'info', source: 'shop', message, ...parts };
}

export function data(label: string, value: number, parts: object = {}): Message {
  return { type: 'data', stream: 'data', label, value, source: 'shop', ...parts };
}

export function log(message: string, parts: object = {}): Message {
  return { type: 'log', stream: 'logs', level: 'error', source: 'nginx', message, ...parts };
}

export function alert(rule: string, parts: object = {}): Message {
  return {
    type: 'alert',
    stream: 'alerts',
    state: 'firing',
    level: 'warning',
    rule,
    message: 'CPU above 90 % for 10 s',
    value: 93.1,
    ...parts,
  };
}

export function processes(...top: object[]): Message {
  return { type: 'processes', stream: 'processes', host: 'local', top };
}

export function process(name: string, parts: object = {}): object {
  return { pid: 4_711, name, user: 'anna', cpu: 12.5, memory_bytes: 268_000_000, ...parts };
}
