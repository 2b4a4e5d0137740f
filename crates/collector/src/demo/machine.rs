use super::HOST;
use super::random::{Random, Walk, follow};
use crate::numbers;
use protocol::{Disk, Interface, LoadAverage, Memory, Metrics, Temperature, Timestamp};
use std::f64::consts::TAU;
use std::time::Duration;

const CORES: usize = 8;
const GIB: u64 = 1 << 30;
const DAY_S: f64 = 86_400.0;

/// The hardware and how busy it is.
pub(super) struct Machine {
    random: Random,
    uptime_s: f64,
    /// Where in its day the machine is when it starts.
    day_s: f64,
    cpu: Walk,
    burst: Burst,
    cores: [(Walk, f64); CORES],
    load: [f64; 3],
    memory: Filling,
    swap: f64,
    disks: [SimulatedDisk; 2],
    interfaces: [SimulatedInterface; 2],
    sensors: [Sensor; 3],
}

/// A task that keeps the machine busy for a while.
struct Burst {
    left_s: f64,
    target: f64,
    height: f64,
}

/// What programs take bit by bit and give back all at once.
struct Filling {
    kept: f64,
    walk: Walk,
}

struct SimulatedDisk {
    mount: &'static str,
    filesystem: &'static str,
    total_bytes: u64,
    used_bytes: f64,
    growth_per_s: f64,
    read: Flow,
    written: Flow,
}

struct SimulatedInterface {
    name: &'static str,
    sent: Flow,
    recv: Flow,
}

/// Bytes that flow in bursts.
struct Flow {
    usual_per_s: f64,
    /// On a logarithmic scale, where traffic looks like a walk.
    walk: Walk,
    per_s: u64,
    total_bytes: f64,
}

struct Sensor {
    label: &'static str,
    critical: f64,
    idle: f64,
    /// Degrees from idle to busy.
    rise: f64,
    /// How slowly it follows.
    constant_s: f64,
    celsius: f64,
}

impl Machine {
    pub(super) fn new(mut random: Random) -> Self {
        let uptime_s = random.within(3.0 * DAY_S..40.0 * DAY_S).floor();
        let day_s = random.within(0.0..DAY_S);
        let mut machine = Self {
            uptime_s,
            day_s,
            cpu: Walk::new(7.0, 40.0),
            burst: Burst {
                left_s: 0.0,
                target: 0.0,
                height: 0.0,
            },
            cores: std::array::from_fn(|_| (Walk::new(9.0, 12.0), 0.0)),
            load: [2.4, 2.3, 2.2],
            memory: Filling {
                kept: random.within(0.0..0.1),
                walk: Walk::new(0.008, 60.0),
            },
            swap: 0.04,
            disks: [
                SimulatedDisk::new(("/", "ext4"), 240 * GIB, 0.58, 60e3, (250e3, 900e3)),
                SimulatedDisk::new(("/srv", "xfs"), 1_800 * GIB, 0.76, 700e3, (4e6, 2.5e6)),
            ],
            interfaces: [
                SimulatedInterface::new("eth0", 2.2e6, 900e3, uptime_s),
                SimulatedInterface::new("wlan0", 40e3, 110e3, uptime_s),
            ],
            sensors: [
                Sensor::new("CPU package", 100.0, 38.0, 46.0, 12.0),
                Sensor::new("NVMe composite", 84.8, 35.0, 12.0, 120.0),
                Sensor::new("Mainboard", 70.0, 31.0, 8.0, 400.0),
            ],
            random,
        };
        // Let it warm up, or every start would begin with the same calm minute.
        for _ in 0..300 {
            machine.step(1.0);
        }
        machine.uptime_s = uptime_s;
        machine
    }

    pub(super) fn step(&mut self, elapsed_s: f64) {
        self.uptime_s += elapsed_s;
        self.step_cpu(elapsed_s);
        let busy = self.busy();
        let runnable = busy * CORES as f64 * 1.1;
        for (load, minutes) in self.load.iter_mut().zip([1.0, 5.0, 15.0]) {
            follow(load, runnable, elapsed_s, minutes * 60.0);
        }
        self.memory.step(&mut self.random, elapsed_s);
        let pressure = (self.memory.share() - 0.6).max(0.0);
        follow(&mut self.swap, 0.03 + pressure * 0.5, elapsed_s, 600.0);
        for disk in &mut self.disks {
            disk.step(&mut self.random, busy, elapsed_s);
        }
        for interface in &mut self.interfaces {
            interface.sent.step(&mut self.random, busy, elapsed_s);
            interface.recv.step(&mut self.random, busy, elapsed_s);
        }
        for sensor in &mut self.sensors {
            let target = sensor.idle + sensor.rise * busy;
            follow(&mut sensor.celsius, target, elapsed_s, sensor.constant_s);
        }
    }

    fn step_cpu(&mut self, elapsed_s: f64) {
        let day = ((self.day_s + self.uptime_s) / DAY_S * TAU).sin();
        self.burst.step(&mut self.random, elapsed_s);
        let wander = self.cpu.step(&mut self.random, elapsed_s);
        let total = (27.0 + 12.0 * day + wander + self.burst.height).clamp(2.0, 96.0);
        // A core strays less the closer the whole is to idle or to full.
        let room = (total.min(100.0 - total) / 30.0).min(1.0);
        for (walk, percent) in &mut self.cores {
            let stray = walk.step(&mut self.random, elapsed_s) * room;
            *percent = (total + stray).clamp(0.0, 100.0);
        }
    }

    /// Of all cores, from 0 to 1.
    fn busy(&self) -> f64 {
        let sum: f64 = self.cores.iter().map(|(_, percent)| percent).sum();
        sum / CORES as f64 / 100.0
    }

    /// In percent of one core.
    pub(super) fn cpu_of_all_cores(&self) -> f64 {
        self.busy() * CORES as f64 * 100.0
    }

    pub(super) fn metrics(&self, timestamp: Timestamp, interval: Duration) -> Metrics {
        let (memory, memory_bytes) = in_use(self.memory.share(), 32 * GIB);
        let (swap, swap_bytes) = in_use(self.swap, 4 * GIB);
        let cores = self.cores.iter();
        let disks: Vec<_> = self.disks.iter().map(SimulatedDisk::disk).collect();
        let interfaces = self.interfaces.iter().map(SimulatedInterface::interface);
        let interfaces: Vec<_> = interfaces.collect();
        Metrics {
            host: HOST.to_owned(),
            timestamp,
            interval_ms: interval.as_millis() as u64,
            cpu: numbers::percent(self.busy() * 100.0),
            cores: cores
                .map(|&(_, percent)| numbers::percent(percent))
                .collect(),
            load: self.load_average(),
            memory,
            memory_bytes: Some(memory_bytes),
            swap,
            swap_bytes: Some(swap_bytes),
            disk: disks.iter().map(|disk| disk.percent).reduce(f64::max),
            disks,
            network_sent: Some(interfaces.iter().map(|interface| interface.sent).sum()),
            network_recv: Some(interfaces.iter().map(|interface| interface.recv).sum()),
            network_sent_total_bytes: Some(interfaces.iter().map(|it| it.sent_total_bytes).sum()),
            network_recv_total_bytes: Some(interfaces.iter().map(|it| it.recv_total_bytes).sum()),
            interfaces,
            temperatures: self.sensors.iter().filter_map(Sensor::reading).collect(),
            uptime_seconds: Some(self.uptime_s as u64),
        }
    }

    fn load_average(&self) -> Option<LoadAverage> {
        let [one, five, fifteen] = self.load;
        Some(LoadAverage {
            one: numbers::hundredths(one)?,
            five: numbers::hundredths(five)?,
            fifteen: numbers::hundredths(fifteen)?,
        })
    }
}

fn in_use(share: f64, total: u64) -> (Option<f64>, Memory) {
    let used = (total as f64 * share) as u64;
    (numbers::share(used, total), Memory { used, total })
}

impl Burst {
    fn step(&mut self, random: &mut Random, elapsed_s: f64) {
        const MEAN_PAUSE_S: f64 = 75.0;
        self.left_s -= elapsed_s;
        if self.left_s <= 0.0 {
            self.target = 0.0;
            if random.chance(1.0 - (-elapsed_s / MEAN_PAUSE_S).exp()) {
                self.target = random.within(15.0..60.0);
                self.left_s = random.within(4.0..25.0);
            }
        }
        follow(&mut self.height, self.target, elapsed_s, 1.5);
    }
}

impl Filling {
    fn step(&mut self, random: &mut Random, elapsed_s: f64) {
        const PER_HOUR: f64 = 0.09;
        const MEAN_RELEASE_S: f64 = 2_400.0;
        self.kept += PER_HOUR * elapsed_s / 3_600.0;
        let released = random.chance(1.0 - (-elapsed_s / MEAN_RELEASE_S).exp());
        if self.kept > 0.25 || released {
            self.kept *= random.within(0.1..0.6);
        }
        self.walk.step(random, elapsed_s);
    }

    fn share(&self) -> f64 {
        (0.47 + self.kept + self.walk.value()).clamp(0.05, 0.95)
    }
}

impl SimulatedDisk {
    fn new(
        (mount, filesystem): (&'static str, &'static str),
        total_bytes: u64,
        filled: f64,
        growth_per_s: f64,
        (read_per_s, written_per_s): (f64, f64),
    ) -> Self {
        Self {
            mount,
            filesystem,
            total_bytes,
            used_bytes: total_bytes as f64 * filled,
            growth_per_s,
            read: Flow::new(read_per_s, 1.2, 6.0),
            written: Flow::new(written_per_s, 0.9, 9.0),
        }
    }

    fn step(&mut self, random: &mut Random, busy: f64, elapsed_s: f64) {
        self.read.step(random, busy, elapsed_s);
        self.written.step(random, busy, elapsed_s);
        self.used_bytes += self.growth_per_s * elapsed_s;
        // Somebody removes old backups before it is full.
        if self.used_bytes > self.total_bytes as f64 * 0.93 {
            self.used_bytes = self.total_bytes as f64 * 0.7;
        }
    }

    fn disk(&self) -> Disk {
        let used_bytes = self.used_bytes as u64;
        Disk {
            mount: self.mount.to_owned(),
            filesystem: Some(self.filesystem.to_owned()),
            percent: numbers::share(used_bytes, self.total_bytes).unwrap_or_default(),
            used_bytes,
            total_bytes: self.total_bytes,
            read: Some(self.read.per_s),
            written: Some(self.written.per_s),
        }
    }
}

impl SimulatedInterface {
    fn new(name: &'static str, sent_per_s: f64, recv_per_s: f64, uptime_s: f64) -> Self {
        let flow = |usual_per_s: f64| {
            let mut flow = Flow::new(usual_per_s, 0.7, 10.0);
            flow.total_bytes = usual_per_s * uptime_s;
            flow
        };
        Self {
            name,
            sent: flow(sent_per_s),
            recv: flow(recv_per_s),
        }
    }

    fn interface(&self) -> Interface {
        Interface {
            name: self.name.to_owned(),
            sent: self.sent.per_s,
            recv: self.recv.per_s,
            sent_total_bytes: self.sent.total_bytes as u64,
            recv_total_bytes: self.recv.total_bytes as u64,
        }
    }
}

impl Flow {
    fn new(usual_per_s: f64, spread: f64, memory_s: f64) -> Self {
        Self {
            usual_per_s,
            walk: Walk::new(spread, memory_s),
            per_s: 0,
            total_bytes: 0.0,
        }
    }

    /// A busy machine moves more.
    fn step(&mut self, random: &mut Random, busy: f64, elapsed_s: f64) {
        let wander = self.walk.step(random, elapsed_s).exp();
        let per_s = self.usual_per_s * wander * (0.4 + 2.0 * busy);
        self.per_s = per_s as u64;
        self.total_bytes += per_s * elapsed_s;
    }
}

impl Sensor {
    fn new(label: &'static str, critical: f64, idle: f64, rise: f64, constant_s: f64) -> Self {
        Self {
            label,
            critical,
            idle,
            rise,
            constant_s,
            celsius: idle + rise * 0.3,
        }
    }

    fn reading(&self) -> Option<Temperature> {
        Some(Temperature {
            label: self.label.to_owned(),
            celsius: numbers::tenths(self.celsius)?,
            critical: Some(self.critical),
        })
    }
}
