//! The same viewers watch a server with two weeks of history, in turns: alone, during a repeated export of
//! all of it, and during a playback.

use super::http::{get, open, series, series_parameters};
use super::options::Runs;
use super::servers::{Programs, Server};
use super::statistics::{faults, in_turns, median, median_ratio, show};
use super::table::table;
use anyhow::{Context, Result};
use clap::Args;
use loadtest::Report;
use protocol::Timestamp;
use protocol::api::{HostState, QueryResponse};
use serde::de::IgnoredAny;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

#[derive(Args)]
pub(super) struct Options {
    /// A data directory with at least two weeks of hosts called `host-…`.
    #[arg(long)]
    data_dir: PathBuf,
    /// How many viewers, three table rows for each number.
    #[arg(long, value_delimiter = ',', default_value = "500")]
    viewers: Vec<usize>,
    #[command(flatten)]
    runs: Runs,
}

const DAYS: i64 = 14;
const HOUR_MS: i64 = 3_600_000;
const EXPORTED: usize = 200;

/// The most series of one query.
const SERIES_PER_QUERY: usize = 100;

/// How often a page in playback sends requests: for all values at a moment, and for a screen of charts.
const STEP: Duration = Duration::from_millis(250);
const CHARTS: usize = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Nothing,
    Export,
    Playback,
}

impl Reading {
    const ALL: [Self; 3] = [Self::Nothing, Self::Export, Self::Playback];

    fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Export => "an export",
            Self::Playback => "a playback",
        }
    }
}

pub(super) fn main(options: &Options, programs: &Programs) -> Result<()> {
    let head = [
        "viewers", "beside", "p50 ms", "p99 ms", "max ms", "CPU s", "faults", "read",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    let mut ratios = Vec::new();
    for viewers in &options.viewers {
        let mut read = Reading::ALL.map(|_| String::new());
        let reports = in_turns(options.runs.runs, &Reading::ALL, |reading, number| {
            eprintln!("{viewers} viewers beside {}, run {number}", reading.name());
            let server = programs.start_watchroom(&[
                "--demo".to_owned(),
                "--demo-days=0".to_owned(),
                format!("--demo-rate={}", options.runs.rate),
                "--listen=127.0.0.1:0".to_owned(),
                format!("--data-dir={}", options.data_dir.display()),
            ])?;
            let reader = Reader::start(*reading, &server)?;
            let report = programs.load(&server.plan(*viewers, options.runs.seconds)?)?;
            read[*reading as usize] = reader.stop()?;
            Ok(report)
        })?;
        for (place, reading) in Reading::ALL.into_iter().enumerate() {
            rows.push(row(*viewers, reading, &reports[place], &read[place]));
            if reading != Reading::Nothing {
                let ratio =
                    median_ratio(&reports[place], &reports[0], |report| report.latency_ms.p99);
                ratios.push(format!(
                    "{viewers} viewers beside {} ÷ beside nothing: p99 {}",
                    reading.name(),
                    show(ratio, 2)
                ));
            }
        }
    }
    println!("{}\n\n{}", table(&rows), ratios.join("\n"));
    println!(
        "medians of {} runs of {} s at {} messages/s; ratios are medians of pairs; `read` is that of \
         the last run",
        options.runs.runs, options.runs.seconds, options.runs.rate
    );
    Ok(())
}

fn row(viewers: usize, reading: Reading, reports: &[Report], read: &str) -> [String; 8] {
    let cpu_s = |report: &Report| report.cpu_s.unwrap_or(f64::NAN);
    [
        viewers.to_string(),
        reading.name().to_owned(),
        show(median(reports, |report| report.latency_ms.p50), 1),
        show(median(reports, |report| report.latency_ms.p99), 1),
        show(median(reports, |report| report.latency_ms.max), 1),
        show(median(reports, cpu_s), 1),
        show(median(reports, faults), 0),
        read.to_owned(),
    ]
}

/// A thread that reads history until it is stopped.
struct Reader {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<String>>,
}

impl Reader {
    fn start(reading: Reading, server: &Server) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, url) = (Arc::clone(&stop), server.url.clone());
        let read: fn(&str, &AtomicBool) -> Result<String> = match reading {
            Reading::Nothing => |_, _| Ok(String::new()),
            Reading::Export => export,
            Reading::Playback => play,
        };
        let thread = thread::Builder::new()
            .name("reader".to_owned())
            .spawn(move || read(&url, &stopped))
            .context("start a thread")?;
        Ok(Self { stop, thread })
    }

    /// Returns a summary of what it has read.
    fn stop(self) -> Result<String> {
        self.stop.store(true, Ordering::Relaxed);
        let read = self.thread.join();
        read.unwrap_or_else(|_| Ok("panicked".to_owned()))
    }
}

/// Exports all samples of all series, again and again.
fn export(url: &str, stop: &AtomicBool) -> Result<String> {
    let series = recorded(url)?;
    let (start, mut bytes, mut whole) = (Instant::now(), 0, 0);
    let mut buffer = vec![0; 256 << 10];
    'all: loop {
        // An hour less than two weeks, so that no sample expires during the export.
        let from_ms = Timestamp::now().unix_ms() - DAYS * 24 * HOUR_MS + HOUR_MS;
        for some in series[..EXPORTED.min(series.len())].chunks(SERIES_PER_QUERY) {
            let series = series_parameters(some);
            let path = format!("/api/v1/query?{series}from={from_ms}&format=csv");
            let mut body = open(url, &path)?;
            loop {
                if stop.load(Ordering::Relaxed) {
                    break 'all;
                }
                match body.read(&mut buffer)? {
                    0 => break,
                    read => bytes += read,
                }
            }
        }
        whole += 1;
    }
    let mib = bytes as f64 / f64::from(1 << 20);
    let rate = mib / start.elapsed().as_secs_f64();
    Ok(format!(
        "{mib:.0} MiB, {rate:.1} MiB/s, {whole} complete exports"
    ))
}

/// Plays history from a week ago, one second per step.
#[expect(
    clippy::disallowed_methods,
    reason = "a page in playback sends requests at a fixed rate"
)]
fn play(url: &str, stop: &AtomicBool) -> Result<String> {
    let series = recorded(url)?;
    let charts = series_parameters(&series[..CHARTS.min(series.len())]);
    let mut at_ms = Timestamp::now().unix_ms() - DAYS / 2 * 24 * HOUR_MS;
    let (mut moments_ms, mut charts_ms) = (Vec::new(), Vec::new());
    while !stop.load(Ordering::Relaxed) {
        let start = Instant::now();
        let path = format!("/api/v1/at?time={at_ms}&host=host-1");
        get::<HostState<IgnoredAny>>(url, &path)?;
        moments_ms.push(start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        let from_ms = at_ms - HOUR_MS;
        let path = format!("/api/v1/query?{charts}from={from_ms}&to={at_ms}&points=600");
        get::<QueryResponse>(url, &path)?;
        charts_ms.push(start.elapsed().as_secs_f64() * 1e3);
        at_ms += 1_000;
        thread::sleep(STEP);
    }
    Ok(format!(
        "{} moments, median {} ms; {CHARTS} charts, median {} ms",
        moments_ms.len(),
        show(median(&moments_ms, |ms| *ms), 0),
        show(median(&charts_ms, |ms| *ms), 0)
    ))
}

/// The series of the recorded hosts, without those of the simulated one.
fn recorded(url: &str) -> Result<Vec<String>> {
    let mut series = series(url)?;
    series.retain(|it| it.contains("host=\"host-"));
    Ok(series)
}
