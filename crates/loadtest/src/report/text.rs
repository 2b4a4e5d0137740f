//! The report as text: a name and its values on each line.

use super::{Counts, Report};
use std::fmt;

macro_rules! line {
    ($f:expr, $name:expr, $($value:tt)*) => {
        writeln!($f, "{:<17} {}", $name, format_args!($($value)*))
    };
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line!(f, "connects", "{} ({})", self.connects, self.connect_ms)?;
        counts(f, "failed", &self.failed_connects)?;
        counts(f, "ended", &self.closes)?;
        self.fmt_window(f)?;
        let (lost, duplicated) = (self.lost, self.duplicated);
        let (reordered, unreadable) = (self.reordered, self.unreadable);
        line!(
            f,
            "chains",
            "{lost} lost, {duplicated} duplicated, {reordered} reordered, {unreadable} unreadable"
        )?;
        for (reason, gaps) in &self.gaps {
            let (reported, messages) = (gaps.reported, gaps.messages);
            line!(
                f,
                "gaps",
                "{reason}: {reported} reported, {messages} messages"
            )?;
        }
        let (recovered, not_recovered) = (self.resumes.recovered, self.resumes.not_recovered);
        if recovered + not_recovered > 0 {
            line!(f, "resumes", "{recovered} recovered, {not_recovered} not")?;
        }
        counts(f, "errors", &self.errors)?;
        if self.stalled > 0 {
            line!(f, "stalled", "{} viewers never read", self.stalled)?;
        }
        for (kind, outcomes) in &self.malformed {
            counts(f, kind, outcomes)?;
        }
        self.fmt_server(f)?;
        for example in &self.examples {
            line!(f, "example", "{example}")?;
        }
        for fault in self.faults() {
            line!(f, "FAULT", "{fault}")?;
        }
        Ok(())
    }
}

impl Report {
    fn fmt_window(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.window_s.max(0.001);
        let deliveries = self.deliveries as f64;
        line!(
            f,
            "window",
            "{seconds:.1} s, {} messages, {deliveries} deliveries ({:.0}/s, {} backlog), {:.1} MiB \
             ({:.0} bytes each)",
            self.messages,
            deliveries / seconds,
            self.backlog,
            self.bytes as f64 / f64::from(1 << 20),
            self.bytes as f64 / deliveries.max(1.0),
        )?;
        line!(f, "latency", "{}", self.latency_ms)
    }

    fn fmt_server(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(cpu_s) = self.cpu_s {
            let per_million = self.cpu_s_per_million.unwrap_or(0.0);
            line!(
                f,
                "server CPU",
                "{cpu_s:.2} s, {per_million:.1} s per million deliveries"
            )?;
        }
        if let Some(memory) = self.memory {
            line!(
                f,
                "memory",
                "{} KiB before, {} KiB connected ({:.1} KiB a connection), {} KiB at the end, \
                 {} KiB at most",
                memory.before,
                memory.connected,
                memory.per_connection,
                memory.end,
                memory.peak
            )?;
        }
        line!(f, "own CPU", "{:.2} s", self.own_cpu_s)
    }
}

fn counts(f: &mut fmt::Formatter<'_>, name: &str, counts: &Counts) -> fmt::Result {
    if counts.is_empty() {
        return Ok(());
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(what, count)| format!("{count} × {what}"))
        .collect();
    line!(f, name, "{}", counts.join(", "))
}
