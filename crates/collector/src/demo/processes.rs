use super::HOST;
use super::random::{Random, Walk};
use crate::{Moment, numbers};
use protocol::{Process, Processes};
use std::time::Instant;

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

/// What runs on the machine and shares its CPU.
pub(super) struct Programs {
    random: Random,
    stepped: Option<Instant>,
    /// On a logarithmic scale, one for each program.
    shares: Vec<Walk>,
    count: Walk,
}

impl Programs {
    pub(super) fn new(random: Random) -> Self {
        Self {
            random,
            stepped: None,
            shares: PROGRAMS.iter().map(|_| Walk::new(0.8, 15.0)).collect(),
            count: Walk::new(6.0, 120.0),
        }
    }

    /// `cpu`, in percent of one core, is what they come to together.
    pub(super) fn processes(&mut self, now: Moment, cpu: f64) -> Processes {
        let before = self.stepped.replace(now.instant).unwrap_or(now.instant);
        let elapsed_s = now.instant.saturating_duration_since(before).as_secs_f64();
        let random = &mut self.random;
        let weights: Vec<f64> = self
            .shares
            .iter_mut()
            .zip(PROGRAMS)
            .map(|(walk, &(_, _, share, _, _))| share * walk.step(random, elapsed_s).exp())
            .collect();
        let whole: f64 = weights.iter().sum();
        let mut top: Vec<_> = PROGRAMS
            .iter()
            .zip(&weights)
            .zip(&self.shares)
            .filter_map(|((&(name, user, _, memory_mib, pid), weight), walk)| {
                let memory_bytes = (memory_mib << 20) as f64 * (1.0 + 0.03 * walk.value());
                Some(Process {
                    pid,
                    name: name.to_owned(),
                    cpu: numbers::tenths(cpu * weight / whole)?,
                    memory_bytes: memory_bytes as u64,
                    user: Some(user.to_owned()),
                })
            })
            .collect();
        top.sort_by(|one, other| other.cpu.total_cmp(&one.cpu));
        let count = 190.0 + self.count.step(random, elapsed_s);
        Processes {
            host: HOST.to_owned(),
            timestamp: now.timestamp,
            count: Some(count as u64),
            top,
        }
    }
}
