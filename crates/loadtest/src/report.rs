//! The result of a run. `report/text.rs` prints it.

mod text;

use crate::histogram::Histogram;
use crate::process::Usage;
use crate::seen::{EpochHeads, SeenMessages};
use crate::tally::Tally;
use crate::viewer::{Role, Viewer};
use crate::{Plan, Transport};
use protocol::GapReason;
use std::collections::BTreeMap;
use std::fmt;

/// The result of a run. Counts are of the whole run unless they say "in the window".
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Report {
    /// Connections of all kinds.
    pub viewers: usize,
    /// How they connected.
    pub transport: Transport,
    /// Whether permessage-deflate was offered.
    pub deflate: bool,
    /// Successful handshakes, reconnects included.
    pub connects: u64,
    /// Failed handshakes, by reason.
    pub failed_connects: Counts,
    /// From the start of a connect to the end of its handshake.
    pub connect_ms: Latency,
    /// Connections that the plan did not end, by the way they ended.
    pub closes: Counts,
    /// The window's length.
    pub window_s: f64,
    /// Distinct messages, in the window.
    pub messages: u64,
    /// Messages received by all viewers together, in the window.
    pub deliveries: u64,
    /// Those that a new or resumed viewer had missed.
    pub backlog: u64,
    /// Bytes received in the window.
    pub bytes: u64,
    /// Messages that a viewer should have received and that no gap covers.
    pub lost: u64,
    /// Messages received twice.
    pub duplicated: u64,
    /// Messages received after later ones.
    pub reordered: u64,
    /// Messages that do not parse.
    pub unreadable: u64,
    /// Viewers without any successful handshake.
    pub never_connected: usize,
    /// Viewers without any message of a stream that others received.
    pub silent: usize,
    /// Gaps that the server reported, by reason.
    pub gaps: BTreeMap<String, Gaps>,
    /// Outcomes of resuming.
    pub resumes: Resumes,
    /// Error messages from the server, by code.
    pub errors: Counts,
    /// From a message's timestamp to its receipt, in the window, without backlog and slow viewers.
    pub latency_ms: Latency,
    /// Viewers that never read. They cannot notice that the server disconnected them.
    pub stalled: usize,
    /// How connections that sent malformed input ended, by kind of input.
    pub malformed: BTreeMap<String, Counts>,
    /// The server's CPU time in the window, if its process is known.
    pub cpu_s: Option<f64>,
    /// The same per million deliveries.
    pub cpu_s_per_million: Option<f64>,
    /// The server's memory, if its process is known.
    pub memory: Option<Memory>,
    /// The load generator's CPU time in the window: whether it was the bottleneck.
    pub own_cpu_s: f64,
    /// The first faults, as sentences.
    pub examples: Vec<String>,
}

/// How often something happened, by its kind.
pub type Counts = BTreeMap<String, u64>;

/// A distribution of durations, in ms. A message's timestamp has whole ms, so up to 1 ms is rounding.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Latency {
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub max: f64,
}

/// Gaps of one reason.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub struct Gaps {
    /// How often the server reported one.
    pub reported: u64,
    /// How many messages that other viewers received lie in them.
    pub messages: u64,
}

/// Outcomes of resuming.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub struct Resumes {
    /// The server sent everything missed.
    pub recovered: u64,
    /// It could not.
    pub not_recovered: u64,
}

/// The server's resident memory, in KiB.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Memory {
    /// Before the first connect.
    pub before: u64,
    /// With all viewers connected, before the window.
    pub connected: u64,
    /// At the end of the window.
    pub end: u64,
    /// The maximum since the server started.
    pub peak: u64,
    /// The cost of a connection: the difference of `connected` and `before`, per connection.
    pub per_connection: f64,
}

impl Report {
    pub(crate) fn new(
        plan: &Plan,
        viewers: &[Viewer],
        tally: &Tally,
        expected_heads: &EpochHeads,
        usage: &Usage,
    ) -> Self {
        let cpu_s = usage.cpu.map(|cpu| cpu.as_secs_f64());
        let deliveries = tally.report.deliveries;
        let mut report = Self {
            viewers: viewers.len(),
            transport: plan.transport,
            deflate: plan.deflate,
            connect_ms: Latency::of(&tally.connect_times),
            window_s: usage.window.as_secs_f64(),
            latency_ms: Latency::of(&tally.latencies),
            stalled: plan.stalled,
            cpu_s,
            cpu_s_per_million: cpu_s
                .filter(|_| deliveries > 0)
                .map(|cpu_s| cpu_s * 1e6 / deliveries as f64),
            memory: usage.memory(plan.connections_total() - plan.malformed),
            own_cpu_s: usage.own_cpu.as_secs_f64(),
            ..tally.report.clone()
        };
        for viewer in viewers {
            report.add_viewer(plan, viewer, tally, expected_heads);
        }
        report
    }

    pub(crate) fn gaps(&mut self, reason: GapReason) -> &mut Gaps {
        self.gaps.entry(reason.name().into()).or_default()
    }

    fn add_viewer(
        &mut self,
        plan: &Plan,
        viewer: &Viewer,
        tally: &Tally,
        expected_heads: &EpochHeads,
    ) {
        if matches!(viewer.role, Role::Malformed(_)) {
            return;
        }
        if !viewer.was_ever_up {
            self.never_connected += 1;
            return;
        }
        let nothing = SeenMessages::default();
        let seen = tally.seen.get(&viewer.epoch).unwrap_or(&nothing);
        for range in viewer.chain.missing() {
            let missing = seen.missing_in(range);
            match range.reported {
                Some(reason) => self.gaps(reason).messages += missing,
                None => self.lost += missing,
            }
        }
        if !viewer.role.must_receive_everything() || !plan.chained() {
            return;
        }
        let heads = expected_heads
            .get(&viewer.epoch)
            .copied()
            .unwrap_or_default();
        let mut silent = false;
        for stream in &plan.streams {
            let head = heads[stream.index()];
            match viewer.chain.reached(*stream) {
                Some(reached) => self.lost += seen.between(*stream, reached, head + 1),
                None => silent |= head > 0,
            }
        }
        self.silent += usize::from(silent);
    }

    /// What went wrong, as sentences. A reported gap is no fault.
    pub fn faults(&self) -> Vec<String> {
        [
            (self.lost, "messages were lost"),
            (self.duplicated, "messages came twice"),
            (self.reordered, "messages came out of order"),
            (self.unreadable, "messages were unreadable"),
            (self.never_connected as u64, "viewers never connected"),
            (self.silent as u64, "viewers got nothing of some stream"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect()
    }
}

impl Latency {
    fn of(histogram: &Histogram) -> Self {
        Self {
            p50: histogram.quantile_ms(0.50),
            p90: histogram.quantile_ms(0.90),
            p99: histogram.quantile_ms(0.99),
            max: histogram.max_ms(),
        }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { p50, p90, p99, max } = self;
        write!(
            f,
            "p50 {p50:.1} ms, p90 {p90:.1} ms, p99 {p99:.1} ms, max {max:.1} ms"
        )
    }
}
