//! One run of `loadtest`, and the figures of its report.

use std::process::Stdio;

use anyhow::{Context, Result};

use super::peer::{Programs, Server};

/// What one run measured. A figure is absent where the system does not tell it.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
    pub(super) deliveries: f64,
    pub(super) backlog: f64,
    pub(super) bytes: f64,
    pub(super) cpu_s_per_million: f64,
    pub(super) kib_per_connection: f64,
    pub(super) end_kib: f64,
    pub(super) peak_kib: f64,
    pub(super) recovered: f64,
    pub(super) not_recovered: f64,
    /// Gaps that were named, of any reason.
    pub(super) gaps: f64,
    /// Lost, doubled, reordered, unreadable, or never connected: 0 if all is well.
    pub(super) faults: f64,
}

/// Puts load on a server; `arguments` are those of `loadtest run`.
pub(super) fn load(programs: &Programs, server: &Server, arguments: &[String]) -> Result<Sample> {
    let output = programs
        .loadtest()
        .args(["run", &server.url, "--json"])
        .args(["--pid", &server.pid().to_string()])
        .args(["--streams", "metrics,events,data"])
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("start loadtest")?;
    // Its exit code tells of faults, which the report has too.
    let report = String::from_utf8_lossy(&output.stdout);
    Sample::parse(&report).with_context(|| format!("read loadtest's report: {report}"))
}

impl Sample {
    pub(super) fn parse(report: &str) -> Option<Self> {
        let figure = |path: &[&str]| figure(report, path);
        let faults: Option<f64> = [
            "lost",
            "duplicated",
            "reordered",
            "unreadable",
            "never_connected",
            "silent",
        ]
        .into_iter()
        .map(|name| figure(&[name]))
        .sum();
        Some(Self {
            p50_ms: figure(&["latency_ms", "p50"])?,
            p99_ms: figure(&["latency_ms", "p99"])?,
            max_ms: figure(&["latency_ms", "max"])?,
            deliveries: figure(&["deliveries"])?,
            backlog: figure(&["backlog"])?,
            bytes: figure(&["bytes"])?,
            cpu_s_per_million: figure(&["cpu_s_per_million"]).unwrap_or(f64::NAN),
            kib_per_connection: figure(&["memory", "per_connection"]).unwrap_or(f64::NAN),
            end_kib: figure(&["memory", "end"]).unwrap_or(f64::NAN),
            peak_kib: figure(&["memory", "peak"]).unwrap_or(f64::NAN),
            recovered: figure(&["resumes", "recovered"])?,
            not_recovered: figure(&["resumes", "not_recovered"])?,
            gaps: gaps(report),
            faults: faults?,
        })
    }
}

/// How many gaps were named, over all reasons.
fn gaps(report: &str) -> f64 {
    let gaps = report.split("\"reported\":").skip(1);
    gaps.filter_map(|rest| rest[..rest.find([',', '}'])?].trim().parse::<f64>().ok())
        // The sum of nothing is -0.0, which reads oddly in a table.
        .fold(0.0, |sum, named| sum + named)
}

/// The number behind names that follow each other in a report. A whole JSON parser is not worth its
/// compile time here: the report is ours, and its names do not repeat at one level.
fn figure(report: &str, path: &[&str]) -> Option<f64> {
    let mut rest = report;
    for name in path {
        let key = format!("\"{name}\":");
        rest = &rest[rest.find(&key)? + key.len()..];
    }
    let end = rest.find([',', '}'])?;
    rest[..end].trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::figure;

    #[test]
    fn figures_are_found_by_their_names() {
        let report = r#"{"max":1,"latency_ms":{"p50":2.5,"max":3},"cpu_s":null,"lost":0}"#;
        assert_eq!(figure(report, &["latency_ms", "max"]), Some(3.0));
        assert_eq!(figure(report, &["latency_ms", "p50"]), Some(2.5));
        assert_eq!(figure(report, &["lost"]), Some(0.0));
        assert_eq!(figure(report, &["cpu_s"]), None);
        assert_eq!(figure(report, &["absent"]), None);
    }
}
