use super::calendar::MINUTE_S;
use super::channel;
use super::schedule;
use super::world::{CORES, World};
use crate::rounding;
use protocol::{Disk, Interface, LoadAverage, Memory, Metrics, Temperature, Timestamp};
use std::time::Duration;

const GIB: u64 = 1 << 30;
const MEMORY_BYTES: u64 = 32 * GIB;
const SWAP_BYTES: u64 = 4 * GIB;

/// Mount, filesystem, size, and average bytes read and written per second.
const DISKS: [(&str, &str, u64, f64, f64); 2] = [
    ("/", "ext4", 240 * GIB, 250e3, 900e3),
    ("/srv", "xfs", 1_800 * GIB, 4e6, 2.5e6),
];

/// A backup reads `/` and writes a thirtieth of `/srv` in some forty minutes.
const BACKUP_PER_S: f64 = 26e6;

/// Name, and average bytes sent and received per second.
const INTERFACES: [(&str, f64, f64); 2] = [("eth0", 2.2e6, 900e3), ("wlan0", 40e3, 110e3)];

/// Label, critical and idle temperature, degrees from idle to busy, and how slowly it follows in
/// seconds.
const SENSORS: [(&str, f64, f64, f64, f64); 3] = [
    ("CPU package", 100.0, 38.0, 46.0, 12.0),
    ("NVMe composite", 84.8, 35.0, 12.0, 120.0),
    ("Mainboard", 70.0, 31.0, 8.0, 400.0),
];

/// Steps and their seconds, finer at the end, by which slowly changing values are computed from a time far
/// enough before, so that the result is independent of it.
const WARM_UP: [(u32, f64); 2] = [(160, 15.0), (150, 2.0)];

/// The step of integrating the bytes sent and received since the host was started.
const TOTALS_STEP_S: f64 = 10.0 * MINUTE_S;

/// The hardware and how busy it is.
pub(super) struct Machine {
    host: String,
    world: World,
    at_s: f64,
    cores: [f64; CORES],
    load: [f64; 3],
    celsius: [f64; SENSORS.len()],
    /// Bytes since the host was started, of an interface with one byte a second on average.
    traffic_total: f64,
}

impl Machine {
    /// The state at a moment.
    pub(super) fn new(host: String, mut world: World, at_s: f64) -> Self {
        let warm_up_s = WARM_UP.map(|(steps, step_s)| f64::from(steps) * step_s);
        let start_s = at_s - warm_up_s.iter().sum::<f64>();
        let cores = world.cores(start_s);
        let busy = busy(&cores);
        let mut machine = Self {
            host,
            world,
            at_s: start_s,
            cores,
            load: [runnable(busy); 3],
            celsius: SENSORS.map(|(_, _, idle, rise, _)| idle + rise * busy),
            traffic_total: 0.0,
        };
        for (steps, step_s) in WARM_UP {
            for _ in 0..steps {
                machine.step(machine.at_s + step_s);
            }
        }
        machine.traffic_total = machine.traffic_since_start(at_s);
        machine
    }

    pub(super) fn step(&mut self, at_s: f64) {
        let elapsed_s = at_s - self.at_s;
        if elapsed_s <= 0.0 {
            return;
        }
        self.at_s = at_s;
        self.cores = self.world.cores(at_s);
        let busy = busy(&self.cores);
        for (load, minutes) in self.load.iter_mut().zip([1.0, 5.0, 15.0]) {
            follow(load, runnable(busy), elapsed_s, minutes * MINUTE_S);
        }
        for (celsius, (_, _, idle, rise, constant_s)) in self.celsius.iter_mut().zip(SENSORS) {
            follow(celsius, idle + rise * busy, elapsed_s, constant_s);
        }
        if schedule::uptime_s(at_s) < elapsed_s {
            self.traffic_total = 0.0;
        }
        self.traffic_total += flow_share(self.world.traffic(at_s)) * elapsed_s;
    }

    /// In percent of one core.
    pub(super) fn cpu_of_all_cores(&self) -> f64 {
        cpu_of_all(&self.cores)
    }

    pub(super) fn metrics(&mut self, timestamp: Timestamp, interval: Duration) -> Metrics {
        let at_s = self.at_s;
        let memory_share = self.world.memory(at_s);
        let (memory, memory_bytes) = in_use(memory_share, MEMORY_BYTES);
        let swap_share = 0.03 + 0.5 * (memory_share - 0.6).max(0.0);
        let (swap, swap_bytes) = in_use(swap_share, SWAP_BYTES);
        let disks = self.disks();
        let interfaces = self.interfaces();
        let sum = |each: fn(&Interface) -> u64| Some(interfaces.iter().map(each).sum());
        let mut metrics = Metrics {
            host: self.host.clone(),
            timestamp,
            interval_ms: interval.as_millis() as u64,
            ..Metrics::default()
        };
        metrics.cpu = cpu(&self.cores);
        metrics.cores = self.cores.iter().map(|it| rounding::percent(*it)).collect();
        metrics.load = self.load_average();
        (metrics.memory, metrics.memory_bytes) = (memory, Some(memory_bytes));
        (metrics.swap, metrics.swap_bytes) = (swap, Some(swap_bytes));
        metrics.disk = disks.iter().map(|disk| disk.percent).reduce(f64::max);
        metrics.disks = disks;
        metrics.network_sent = sum(|it| it.sent);
        metrics.network_recv = sum(|it| it.recv);
        metrics.network_sent_total_bytes = sum(|it| it.sent_total_bytes);
        metrics.network_recv_total_bytes = sum(|it| it.recv_total_bytes);
        metrics.interfaces = interfaces;
        metrics.temperatures = self.temperatures();
        metrics.uptime_seconds = Some(schedule::uptime_s(at_s) as u64);
        metrics
    }

    fn load_average(&self) -> Option<LoadAverage> {
        let [one, five, fifteen] = self.load;
        Some(LoadAverage {
            one: rounding::hundredths(one)?,
            five: rounding::hundredths(five)?,
            fifteen: rounding::hundredths(fifteen)?,
        })
    }

    fn disks(&mut self) -> Vec<Disk> {
        let at_s = self.at_s;
        let busy = 0.4 + 2.0 * busy(&self.cores);
        let backup_per_s = BACKUP_PER_S * self.world.effects(at_s).backup;
        let backup_per_s = backup_per_s * self.flow(0, 0.1, 20.0);
        let shares = self.world.disks(at_s);
        let mut disks = Vec::with_capacity(DISKS.len());
        for (number, (mount, filesystem, total_bytes, read, written)) in
            DISKS.into_iter().enumerate()
        {
            let used_bytes = (total_bytes as f64 * shares[number]) as u64;
            let flow = 2 * number as u64;
            let (backup_read, backup_written) = match mount {
                "/" => (backup_per_s, 0.0),
                _ => (0.0, backup_per_s),
            };
            let read = read * busy * self.flow(flow, 1.2, 6.0) + backup_read;
            let written = written * busy * self.flow(flow + 1, 0.9, 9.0) + backup_written;
            disks.push(Disk {
                mount: mount.to_owned(),
                filesystem: Some(filesystem.to_owned()),
                percent: rounding::share(used_bytes, total_bytes).unwrap_or_default(),
                used_bytes,
                total_bytes,
                read: Some(read as u64),
                written: Some(written as u64),
            });
        }
        disks
    }

    fn interfaces(&mut self) -> Vec<Interface> {
        let share = flow_share(self.world.traffic(self.at_s));
        let total = self.traffic_total;
        let mut interfaces = Vec::with_capacity(INTERFACES.len());
        for (number, (name, sent, recv)) in INTERFACES.into_iter().enumerate() {
            let flow = 2 * (DISKS.len() + number) as u64;
            interfaces.push(Interface {
                name: name.to_owned(),
                sent: (sent * share * self.flow(flow, 0.6, 10.0)) as u64,
                recv: (recv * share * self.flow(flow + 1, 0.6, 10.0)) as u64,
                sent_total_bytes: (sent * total) as u64,
                recv_total_bytes: (recv * total) as u64,
            });
        }
        interfaces
    }

    /// The factor by which a flow varies, on a logarithmic scale; its mean is about 1.
    fn flow(&self, flow: u64, spread: f64, memory_s: f64) -> f64 {
        let wander = self
            .world
            .noise
            .wander(channel::FLOWS + flow, self.at_s, memory_s);
        (spread * wander - 0.32 * spread * spread).exp()
    }

    fn temperatures(&self) -> Vec<Temperature> {
        let sensors = SENSORS.into_iter().zip(self.celsius);
        let messages = sensors.filter_map(|((label, critical, ..), celsius)| {
            Some(Temperature {
                label: label.to_owned(),
                celsius: rounding::tenths(celsius)?,
                critical: Some(critical),
            })
        });
        messages.collect()
    }

    fn traffic_since_start(&mut self, at_s: f64) -> f64 {
        let start_s = at_s - schedule::uptime_s(at_s);
        let steps = ((at_s - start_s) / TOTALS_STEP_S).ceil().max(1.0);
        let step_s = (at_s - start_s) / steps;
        let middles = (0..steps as u32).map(|step| start_s + (f64::from(step) + 0.5) * step_s);
        let mut total = 0.0;
        for middle_s in middles {
            total += flow_share(self.world.traffic(middle_s)) * step_s;
        }
        total
    }
}

/// Of all cores, from 0 to 1.
fn busy(cores: &[f64; CORES]) -> f64 {
    cores.iter().sum::<f64>() / CORES as f64 / 100.0
}

/// In percent of one core.
pub(super) fn cpu_of_all(cores: &[f64; CORES]) -> f64 {
    cores.iter().sum()
}

/// The value in a sample.
pub(super) fn cpu(cores: &[f64; CORES]) -> Option<f64> {
    rounding::percent(busy(cores) * 100.0)
}

fn runnable(busy: f64) -> f64 {
    // Tasks beyond the capacity wait.
    busy * CORES as f64 * 1.1 + 60.0 * (busy - 0.9).max(0.0)
}

/// A flow at this much traffic, relative to the average.
fn flow_share(traffic: f64) -> f64 {
    0.1 + traffic
}

fn in_use(share: f64, total: u64) -> (Option<f64>, Memory) {
    let used = (total as f64 * share) as u64;
    (rounding::share(used, total), Memory { used, total })
}

/// The step of a first-order lag with a time constant.
fn follow(value: &mut f64, target: f64, elapsed_s: f64, constant_s: f64) {
    *value += (target - *value) * (1.0 - (-elapsed_s / constant_s).exp());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::calendar::HOUR_S;

    #[test]
    fn the_state_is_independent_of_earlier_steps() {
        // A quarter of an hour before a backup and half an hour after its start.
        let at_s = 1_768_356_900.0;
        let mut passed = Machine::new("demo".to_owned(), World::new(7), at_s - HOUR_S);
        for second in 1..=3_600 {
            passed.step(at_s - HOUR_S + f64::from(second));
        }
        let mut computed = Machine::new("demo".to_owned(), World::new(7), at_s);
        let interval = Duration::from_secs(1);
        let (passed, computed) = [&mut passed, &mut computed]
            .map(|machine| machine.metrics(Timestamp::default(), interval))
            .into();
        let off = |one: f64, other: f64| (one - other).abs() / one.max(1.0);
        let (load, same) = (passed.load.unwrap(), computed.load.unwrap());
        for (one, other) in [
            (load.one, same.one),
            (load.five, same.five),
            (load.fifteen, same.fifteen),
            (
                passed.temperatures[2].celsius,
                computed.temperatures[2].celsius,
            ),
            (
                passed.interfaces[0].sent_total_bytes as f64,
                computed.interfaces[0].sent_total_bytes as f64,
            ),
        ] {
            assert!(off(one, other) < 0.05, "{one} and {other}");
        }
        assert_eq!((passed.cpu, passed.memory), (computed.cpu, computed.memory));
        assert_eq!(
            (passed.disks, passed.uptime_seconds),
            (computed.disks, computed.uptime_seconds)
        );
    }
}
