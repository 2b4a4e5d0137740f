//! Events of the simulated schedule and alerts, in order of time.

use super::alerts::Alerts;
use super::calendar::MINUTE_S;
use super::schedule::{self, Kind, Occurrence};
use super::world::World;
use protocol::{Durable, Event, Level, Timestamp};

/// Events of an occurrence happen at most this long after its end.
const EVENTS_AFTER_S: f64 = 10.0 * MINUTE_S;

/// Returns events and alerts, each once and in order of time.
pub(super) struct Timeline {
    world: World,
    alerts: Alerts,
    /// Messages up to and including this time have been returned.
    reached_s: f64,
}

impl Timeline {
    /// Starts after a moment.
    pub(super) fn new(mut world: World, after_s: f64) -> Self {
        let alerts = Alerts::new(&mut world, after_s);
        Self {
            world,
            alerts,
            reached_s: after_s,
        }
    }

    /// The messages since the last call up to and including `to_s`, with their times.
    pub(super) fn advance_to(&mut self, to_s: f64) -> Vec<(f64, Durable)> {
        let from_s = self.reached_s;
        if to_s <= from_s {
            return Vec::new();
        }
        self.reached_s = to_s;
        let mut messages = Vec::new();
        let until_s = to_s + 1.0;
        for occurrence in schedule::between(self.world.noise, from_s - EVENTS_AFTER_S, until_s) {
            let events_of = events_of(&occurrence).into_iter();
            let new = events_of.filter(|line| line.at_s > from_s && line.at_s <= to_s);
            messages.extend(new.map(|line| (line.at_s, line.event())));
        }
        let alerts = self.alerts.check(&mut self.world, to_s).into_iter();
        messages.extend(alerts.map(|(at_s, alert)| (at_s, Durable::Alert(alert))));
        messages.sort_by(|one, other| one.0.total_cmp(&other.0));
        messages
    }
}

pub(super) fn timestamp(at_s: f64) -> Timestamp {
    Timestamp::from_unix_ms((at_s * 1_000.0).round() as i64)
}

struct Line {
    at_s: f64,
    level: Level,
    source: &'static str,
    message: String,
}

impl Line {
    fn event(self) -> Durable {
        Durable::Event(Event {
            timestamp: timestamp(self.at_s),
            level: self.level,
            source: self.source.to_owned(),
            message: self.message,
        })
    }
}

fn events_of(it: &Occurrence) -> Vec<Line> {
    let line = |at_s, level, source, message: &str| Line {
        at_s,
        level,
        source,
        message: message.to_owned(),
    };
    let minutes = ((it.end_s - it.start_s) / MINUTE_S).round();
    match it.kind {
        Kind::Backup => vec![
            line(
                it.start_s,
                Level::Info,
                "backup",
                "Nightly backup of orders started",
            ),
            line(
                it.end_s,
                Level::Success,
                "backup",
                &format!("Nightly backup of orders finished in {minutes} minutes"),
            ),
        ],
        Kind::Incident => vec![
            line(
                it.start_s,
                Level::Info,
                "scheduler",
                "Weekly report started",
            ),
            line(
                it.start_s + 70.0,
                Level::Error,
                "database",
                "Weekly report holds a lock on table orders, 312 sessions wait",
            ),
            line(
                it.start_s + 150.0,
                Level::Error,
                "gateway",
                "web-2 left the pool after 3 failed health checks",
            ),
            line(
                it.end_s,
                Level::Warning,
                "database",
                "greta cancelled the weekly report",
            ),
            line(
                it.end_s + 40.0,
                Level::Success,
                "gateway",
                "web-2 passed its health checks and is back in the pool",
            ),
        ],
        Kind::Deploy => {
            let version = schedule::version(it.number);
            vec![
                line(
                    it.start_s,
                    Level::Info,
                    "deploy",
                    &format!("Rolling out version {version}"),
                ),
                line(
                    it.end_s,
                    Level::Success,
                    "deploy",
                    &format!("Version {version} is live on all nodes"),
                ),
            ]
        }
        Kind::Campaign => vec![
            line(
                it.start_s,
                Level::Info,
                "shop",
                "Weekend campaign went live",
            ),
            line(it.end_s, Level::Info, "shop", "Weekend campaign ended"),
        ],
        Kind::Export => vec![line(
            it.end_s,
            Level::Success,
            "scheduler",
            &format!(
                "Job invoice-export finished in {} s",
                (it.end_s - it.start_s).round()
            ),
        )],
        Kind::Cleanup => vec![
            line(
                it.start_s,
                Level::Info,
                "backup",
                "Removing backups older than a week",
            ),
            line(
                it.end_s,
                Level::Success,
                "backup",
                "7 old backups removed, 420 GB free again",
            ),
        ],
        Kind::SearchRestart => vec![line(
            it.start_s,
            Level::Warning,
            "systemd",
            "Service search restarted, its heap had grown to its limit",
        )],
        Kind::Reboot => vec![line(
            it.start_s,
            Level::Info,
            "systemd",
            "Started after an update of the kernel",
        )],
    }
}
