use super::HOST;
use super::calendar::HOUR_S;
use super::channel;
use super::schedule::{self, Effects};
use super::world::World;
use crate::rounding;
use protocol::{Process, Processes, Timestamp};

/// Name, owner, share of the CPU, memory in MiB, number.
const PROGRAMS: &[(&str, &str, f64, u64, u32)] = &[
    ("postgres", "postgres", 22.0, 3_420, 1_184),
    ("shop-api", "shop", 19.0, 1_260, 2_310),
    ("shop-api", "shop", 17.0, 1_235, 2_311),
    ("node", "shop", 12.0, 890, 2_404),
    ("java", "search", 11.0, 4_810, 1_977),
    ("redis-server", "redis", 6.0, 1_510, 1_202),
    ("nginx", "www-data", 5.0, 142, 1_310),
    ("nginx", "www-data", 4.5, 139, 1_311),
    ("rabbitmq", "rabbitmq", 4.0, 640, 1_245),
    ("python3", "jobs", 3.5, 410, 3_120),
    ("prometheus", "prometheus", 2.5, 980, 1_402),
    ("grafana", "grafana", 1.2, 260, 1_420),
    ("dockerd", "root", 1.0, 155, 902),
    ("containerd", "root", 0.8, 88, 861),
    ("systemd-journal", "root", 0.6, 210, 344),
    ("kworker/u16:3", "root", 0.5, 0, 71_250),
    ("sshd", "root", 0.2, 12, 988),
    ("systemd", "root", 0.2, 14, 1),
    ("rsyslogd", "syslog", 0.2, 9, 770),
    ("chronyd", "_chrony", 0.1, 5, 752),
    ("cron", "root", 0.1, 3, 760),
    ("dbus-daemon", "messagebus", 0.1, 6, 741),
];

/// Runs while a backup does: name, owner, share, memory in MiB, number.
const BACKUP: (&str, &str, f64, u64, u32) = ("restic", "root", 24.0, 310, 40_112);

/// The programs that share the CPU.
pub(super) struct Programs {
    world: World,
}

impl Programs {
    pub(super) fn new(world: World) -> Self {
        Self { world }
    }

    /// The processes at a moment. `cpu` is their sum, in percent of one core.
    pub(super) fn processes(&mut self, at_s: f64, timestamp: Timestamp, cpu: f64) -> Processes {
        let noise = self.world.noise;
        let effects = self.world.effects(at_s);
        let backup = Some(BACKUP).filter(|_| effects.backup > 0.0);
        let running: Vec<_> = PROGRAMS.iter().copied().chain(backup).collect();
        let wander = |number: usize| noise.wander(channel::PROGRAMS + number as u64, at_s, 15.0);
        let weights: Vec<f64> = running
            .iter()
            .enumerate()
            .map(|(number, &(name, _, share, _, _))| {
                share * (0.9 * wander(number)).exp() * busier(name, &effects)
            })
            .collect();
        let whole: f64 = weights.iter().sum();
        let mut top: Vec<_> = running
            .iter()
            .zip(&weights)
            .enumerate()
            .filter_map(|(number, (&(name, user, _, memory_mib, pid), weight))| {
                let leaked_mib = match name {
                    "java" => 150.0 * schedule::search_uptime_s(at_s) / HOUR_S,
                    _ => 0.0,
                };
                let mib = memory_mib as f64 * (1.0 + 0.03 * wander(number)) + leaked_mib;
                Some(Process {
                    pid,
                    name: name.to_owned(),
                    cpu: rounding::tenths(cpu * weight / whole)?,
                    memory_bytes: (mib * f64::from(1 << 20)) as u64,
                    user: Some(user.to_owned()),
                })
            })
            .collect();
        top.sort_by(|one, other| other.cpu.total_cmp(&one.cpu));
        let count = 190.0 + 6.0 * noise.wander(channel::PROCESS_COUNT, at_s, 120.0);
        Processes {
            host: HOST.to_owned(),
            timestamp,
            count: Some(count as u64),
            top,
        }
    }
}

/// The factor of a program's CPU usage.
fn busier(name: &str, effects: &Effects) -> f64 {
    match name {
        "postgres" => 1.0 + 30.0 * effects.stuck,
        "python3" => 1.0 + 9.0 * effects.export,
        "dockerd" => 1.0 + 25.0 * effects.deploy,
        "restic" => effects.backup,
        _ => 1.0,
    }
}
