use crate::histogram::Histogram;
use crate::log::{Log, Marks};
use crate::process::Usage;
use crate::tally::{Tally, gap_name};
use crate::viewer::{Role, Viewer};
use crate::{Plan, Transport};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// What came of a plan. Counts are of the whole run unless they say "in the window".
#[derive(Debug, Clone, serde::Serialize)]
pub struct Report {
    /// Everybody who connected, of all kinds.
    pub viewers: usize,
    /// How.
    pub transport: Transport,
    /// Whether permessage-deflate was offered.
    pub deflate: bool,
    /// Handshakes that succeeded, coming back included.
    pub connects: u64,
    /// Handshakes that did not, by reason.
    pub failed_connects: BTreeMap<String, u64>,
    /// From the start of a connect to the end of its handshake.
    pub connect_ms: Latency,
    /// Connections that ended without our wanting it, by how.
    pub closes: BTreeMap<String, u64>,
    /// The window's length.
    pub window_s: f64,
    /// Different messages seen in the window.
    pub messages: u64,
    /// Messages received in the window, by all viewers together.
    pub deliveries: u64,
    /// Of these, what a viewer had missed before it came (back).
    pub backlog: u64,
    /// Bytes received in the window.
    pub bytes: u64,
    /// Messages that some viewer should have had, and that no gap names.
    pub lost: u64,
    /// Messages received twice.
    pub duplicated: u64,
    /// Messages received after later ones.
    pub reordered: u64,
    /// Messages that are not in Watchroom's language.
    pub unreadable: u64,
    /// Viewers that never got past the handshake.
    pub never_connected: usize,
    /// Viewers that never got anything of a stream that others got messages of.
    pub silent: usize,
    /// Gaps that the server named, by reason.
    pub gaps: BTreeMap<String, Gaps>,
    /// How resuming went.
    pub resumes: Resumes,
    /// Error messages from the server, by code.
    pub errors: BTreeMap<String, u64>,
    /// From a message's timestamp to its receipt, in the window; backlog and slow viewers left out.
    pub latency_ms: Latency,
    /// Viewers that never read. What became of them they cannot know.
    pub stalled: usize,
    /// What became of each kind of rubbish.
    pub rubbish: BTreeMap<String, BTreeMap<String, u64>>,
    /// The server's CPU time in the window, if its process is known.
    pub cpu_s: Option<f64>,
    /// The same for each million deliveries.
    pub cpu_s_per_million: Option<f64>,
    /// The server's memory, if its process is known.
    pub memory: Option<Memory>,
    /// Our own CPU time in the window, to tell whether we were what was measured.
    pub own_cpu_s: f64,
    /// The first things that went wrong, as sentences.
    pub examples: Vec<String>,
}

/// A distribution of durations, in ms. A message's timestamp has whole ms, so up to 1 ms is rounding.
#[derive(Debug, Clone, Copy, serde::Serialize)]
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
    /// How often the server named one.
    pub named: u64,
    /// How many messages that other viewers saw lie in them.
    pub messages: u64,
}

/// How resuming went.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Resumes {
    /// Everything missed followed.
    pub recovered: u64,
    /// Not so.
    pub not_recovered: u64,
}

/// The server's resident memory, in KiB.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Memory {
    /// Before the first connect.
    pub before: u64,
    /// With everybody connected, before the window.
    pub connected: u64,
    /// When the window ended.
    pub end: u64,
    /// The most since the server started.
    pub peak: u64,
    /// What a connection costs: `connected` less `before`, shared out.
    pub per_connection: f64,
}

impl Report {
    pub(crate) fn new(
        plan: &Plan,
        viewers: &[Viewer],
        tally: &Tally,
        marks: &Marks,
        usage: &Usage,
    ) -> Self {
        let mut report = Self {
            viewers: viewers.len(),
            transport: plan.transport,
            deflate: plan.deflate,
            connects: tally.connects,
            failed_connects: tally.failed_connects.clone(),
            connect_ms: Latency::of(&tally.connect_times),
            closes: tally.closes.clone(),
            window_s: usage.window.as_secs_f64(),
            messages: tally.messages,
            deliveries: tally.deliveries,
            backlog: tally.backlog,
            bytes: tally.bytes,
            lost: 0,
            duplicated: tally.duplicated,
            reordered: tally.reordered,
            unreadable: tally.unreadable,
            never_connected: 0,
            silent: 0,
            gaps: BTreeMap::new(),
            resumes: Resumes {
                recovered: tally.resumed,
                not_recovered: tally.not_recovered,
            },
            errors: tally.errors.clone(),
            latency_ms: Latency::of(&tally.latencies),
            stalled: plan.stalled,
            rubbish: tally
                .rubbish
                .iter()
                .map(|(kind, outcomes)| (kind.to_string(), outcomes.clone()))
                .collect(),
            cpu_s: usage.cpu.map(|cpu| cpu.as_secs_f64()),
            cpu_s_per_million: usage.cpu.and_then(|cpu| per_million(cpu, tally.deliveries)),
            memory: usage.memory(plan.everybody() - plan.rubbish),
            own_cpu_s: usage.own_cpu.as_secs_f64(),
            examples: tally.examples.clone(),
        };
        for (reason, named) in &tally.gaps {
            report.gaps.entry((*reason).into()).or_default().named = *named;
        }
        for viewer in viewers {
            report.add_viewer(plan, viewer, tally, marks);
        }
        report
    }

    fn add_viewer(&mut self, plan: &Plan, viewer: &Viewer, tally: &Tally, marks: &Marks) {
        if matches!(viewer.role, Role::Rubbish(_)) {
            return;
        }
        if !viewer.was_ever_up {
            self.never_connected += 1;
            return;
        }
        let nothing = Log::default();
        let log = tally.logs.get(&viewer.epoch).unwrap_or(&nothing);
        for hole in viewer.chain.holes() {
            match hole.named {
                Some(reason) => {
                    let gaps = self.gaps.entry(gap_name(reason).into()).or_default();
                    gaps.messages += log.missing(hole);
                }
                None => self.lost += log.missing(hole),
            }
        }
        if !viewer.role.is_checked_to_the_end() || !plan.chained() {
            return;
        }
        let mark = marks.get(&viewer.epoch).copied().unwrap_or_default();
        let mut silent = false;
        for stream in &plan.streams {
            let newest = mark[stream.index()];
            match viewer.chain.reached(*stream) {
                Some(reached) => self.lost += log.between(*stream, reached, newest + 1),
                None => silent |= newest > 0,
            }
        }
        self.silent += usize::from(silent);
    }

    /// What must not be, as sentences; empty if all is well. A gap that is named is no fault.
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

fn per_million(cpu: Duration, deliveries: u64) -> Option<f64> {
    (deliveries > 0).then(|| cpu.as_secs_f64() * 1e6 / deliveries as f64)
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

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.window_s.max(0.001);
        line(
            f,
            "connects",
            format_args!("{} ({})", self.connects, self.connect_ms),
        )?;
        counts(f, "failed", &self.failed_connects)?;
        counts(f, "ended", &self.closes)?;
        line(
            f,
            "window",
            format_args!(
                "{seconds:.1} s, {} messages, {} deliveries ({:.0}/s, {} backlog), {:.1} MiB \
                 ({:.0} bytes each)",
                self.messages,
                self.deliveries,
                self.deliveries as f64 / seconds,
                self.backlog,
                self.bytes as f64 / f64::from(1 << 20),
                self.bytes as f64 / self.deliveries.max(1) as f64,
            ),
        )?;
        line(f, "latency", format_args!("{}", self.latency_ms))?;
        line(
            f,
            "chains",
            format_args!(
                "{} lost, {} duplicated, {} reordered, {} unreadable",
                self.lost, self.duplicated, self.reordered, self.unreadable
            ),
        )?;
        for (reason, gaps) in &self.gaps {
            line(
                f,
                "gaps",
                format_args!("{reason}: {} named, {} messages", gaps.named, gaps.messages),
            )?;
        }
        let Resumes {
            recovered,
            not_recovered,
        } = self.resumes;
        if recovered + not_recovered > 0 {
            line(
                f,
                "resumes",
                format_args!("{recovered} recovered, {not_recovered} not"),
            )?;
        }
        counts(f, "errors", &self.errors)?;
        if self.stalled > 0 {
            line(
                f,
                "stalled",
                format_args!("{} viewers never read", self.stalled),
            )?;
        }
        for (kind, outcomes) in &self.rubbish {
            counts(f, kind, outcomes)?;
        }
        self.fmt_server(f)?;
        for example in &self.examples {
            line(f, "example", format_args!("{example}"))?;
        }
        for fault in self.faults() {
            line(f, "FAULT", format_args!("{fault}"))?;
        }
        Ok(())
    }
}

impl Report {
    fn fmt_server(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(cpu_s) = self.cpu_s {
            line(
                f,
                "server CPU",
                format_args!(
                    "{cpu_s:.2} s, {:.1} s per million deliveries",
                    self.cpu_s_per_million.unwrap_or(0.0)
                ),
            )?;
        }
        if let Some(memory) = self.memory {
            line(
                f,
                "memory",
                format_args!(
                    "{} KiB before, {} KiB connected ({:.1} KiB a connection), {} KiB at the end, \
                     {} KiB at most",
                    memory.before, memory.connected, memory.per_connection, memory.end, memory.peak
                ),
            )?;
        }
        line(f, "own CPU", format_args!("{:.2} s", self.own_cpu_s))
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, value: fmt::Arguments<'_>) -> fmt::Result {
    writeln!(f, "{name:<17} {value}")
}

fn counts(f: &mut fmt::Formatter<'_>, name: &str, counts: &BTreeMap<String, u64>) -> fmt::Result {
    if counts.is_empty() {
        return Ok(());
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(what, count)| format!("{count} × {what}"))
        .collect();
    line(f, name, format_args!("{}", counts.join(", ")))
}
