//! `cargo xtask bench past`: what those who read the past cost those who watch.
//!
//! A store of two weeks of 200 series is made of a recording of a real host. Then the same viewers
//! watch a server with it, in turns: with nobody else, beside an export of all of it over and over,
//! and beside a page that plays the past.

use std::fs;
use std::io::Read;
use std::path::{Path, absolute};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};

use super::catalogue;
use super::http::{escaped, get, open};
use super::load::{Sample, load};
use super::median::{median, median_ratio, show};
use super::options::Options;
use super::peer::{Programs, Server, scratch_folder};
use crate::process::{command, run};
use crate::table::table;

const DAYS: u64 = 14;
const HOUR_MS: u64 = 3_600_000;
/// Of 34 series each.
const HOSTS: usize = 6;
const EXPORTED: usize = 200;

/// The most series that one request names.
const SERIES_OF_REQUEST: usize = 100;

/// How often a page in playback asks, and for what: everything at a moment, and a screen of charts.
const STEP: Duration = Duration::from_millis(250);
const CHARTS: usize = 12;

pub(super) fn defaults() -> Options {
    Options {
        viewers: vec![500],
        seconds: 20,
        ..Options::default()
    }
}

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
            Self::Nothing => "nobody",
            Self::Export => "an export",
            Self::Playback => "a playback",
        }
    }
}

pub(super) fn main(options: &Options, programs: &Programs) -> Result<()> {
    let data = scratch_folder()?;
    let outcome = fill(options, programs, &data).and_then(|()| compare(options, programs, &data));
    // Whatever came of it, nothing is left behind.
    let _ = fs::remove_dir_all(&data);
    outcome
}

fn fill(options: &Options, programs: &Programs, data: &Path) -> Result<()> {
    let workspace = programs.workspace();
    let file = options.recording.clone();
    let file = absolute(file.unwrap_or_else(|| workspace.recording()))?;
    ensure!(
        file.is_file(),
        "there is no recording `{}`; `cargo xtask bench history --record` makes one of this machine \
         in an hour, and `--recording` names another",
        file.display()
    );
    eprintln!("writing {DAYS} days of {HOSTS} hosts, which takes about two minutes");
    run(command("cargo", &workspace.root)
        .args(["run", "--release", "--quiet", "--package", "history"])
        .args(["--example", "bench", "--", "--generate"])
        .args([data, file.as_path()])
        .args(["--days", &DAYS.to_string(), "--hosts", &HOSTS.to_string()]))
}

fn compare(options: &Options, programs: &Programs, data: &Path) -> Result<()> {
    let head = [
        "viewers", "beside", "p50 ms", "p99 ms", "max ms", "CPU s", "faults", "read",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    let mut ratios = Vec::new();
    for viewers in &options.viewers {
        let mut samples = Reading::ALL.map(|_| Vec::new());
        let mut read = Reading::ALL.map(|_| String::new());
        for number in 1..=options.runs {
            for (place, reading) in Reading::ALL.into_iter().enumerate() {
                eprintln!("{viewers} viewers beside {}, run {number}", reading.name());
                let server = programs.start_watchroom(&[
                    "--demo".to_owned(),
                    "--demo-days=0".to_owned(),
                    format!("--demo-rate={}", options.rate),
                    "--listen=127.0.0.1:0".to_owned(),
                    format!("--data-dir={}", data.display()),
                ])?;
                let reader = Reader::start(reading, &server)?;
                let arguments = [
                    format!("--viewers={viewers}"),
                    format!("--seconds={}", options.seconds),
                ];
                samples[place].push(load(programs, &server, &arguments)?);
                read[place] = reader.stop()?;
            }
        }
        for (place, reading) in Reading::ALL.into_iter().enumerate() {
            rows.push(row(*viewers, reading, &samples[place], &read[place]));
            if reading != Reading::Nothing {
                let ratio = median_ratio(&samples[place], &samples[0], |sample| sample.p99_ms);
                ratios.push(format!(
                    "{viewers} viewers beside {} ÷ beside nobody: p99 {}",
                    reading.name(),
                    show(ratio, 2)
                ));
            }
        }
    }
    println!("{}\n\n{}", table(&rows), ratios.join("\n"));
    println!(
        "medians of {} runs of {} s at {} messages/s; ratios are medians of pairs; what was read is \
         the last run's",
        options.runs, options.seconds, options.rate
    );
    Ok(())
}

fn row(viewers: usize, reading: Reading, samples: &[Sample], read: &str) -> [String; 8] {
    [
        viewers.to_string(),
        reading.name().to_owned(),
        show(median(samples, |sample| sample.p50_ms), 1),
        show(median(samples, |sample| sample.p99_ms), 1),
        show(median(samples, |sample| sample.max_ms), 1),
        show(
            median(samples, |sample| {
                sample.cpu_s_per_million * sample.deliveries / 1e6
            }),
            1,
        ),
        show(median(samples, |sample| sample.faults), 0),
        read.to_owned(),
    ]
}

/// Somebody who reads the past until it is enough.
struct Reader {
    enough: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<String>>>,
}

impl Reader {
    fn start(reading: Reading, server: &Server) -> Result<Self> {
        let enough = Arc::new(AtomicBool::new(false));
        let (stop, url) = (Arc::clone(&enough), server.url.clone());
        let act: fn(&str, &AtomicBool) -> Result<String> = match reading {
            Reading::Nothing => |_, _| Ok(String::new()),
            Reading::Export => export,
            Reading::Playback => play,
        };
        let thread = thread::Builder::new()
            .name("reader".to_owned())
            .spawn(move || act(&url, &stop))
            .context("start a thread")?;
        Ok(Self {
            enough,
            thread: Some(thread),
        })
    }

    /// What it has read.
    fn stop(mut self) -> Result<String> {
        self.enough.store(true, Ordering::Relaxed);
        let Some(thread) = self.thread.take() else {
            return Ok(String::new());
        };
        thread.join().unwrap_or_else(|_| Ok("panicked".to_owned()))
    }
}

/// All samples of all series, over and over.
fn export(url: &str, enough: &AtomicBool) -> Result<String> {
    let series = recorded(url)?;
    let (start, mut bytes, mut whole) = (Instant::now(), 0, 0);
    let mut buffer = vec![0; 256 << 10];
    'all: loop {
        // An hour later than two weeks ago, which will not leave while it is read.
        let from_ms = now_ms() - DAYS * 24 * HOUR_MS + HOUR_MS;
        for some in series[..EXPORTED.min(series.len())].chunks(SERIES_OF_REQUEST) {
            let path = format!("/api/v1/query?{}from={from_ms}&format=csv", named(some));
            let mut body = open(url, &path)?;
            loop {
                if enough.load(Ordering::Relaxed) {
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
    Ok(format!("{mib:.0} MiB, {rate:.1} MiB/s, {whole} times all"))
}

/// A second a step, from a week ago on.
#[expect(
    clippy::disallowed_methods,
    reason = "a page in playback asks at a pace of its own"
)]
fn play(url: &str, enough: &AtomicBool) -> Result<String> {
    let series = recorded(url)?;
    let charts = named(&series[..CHARTS.min(series.len())]);
    let mut at_ms = now_ms() - DAYS / 2 * 24 * HOUR_MS;
    let (mut moments_ms, mut charts_ms) = (Vec::new(), Vec::new());
    while !enough.load(Ordering::Relaxed) {
        let start = Instant::now();
        get(url, &format!("/api/v1/at?time={at_ms}&host=host-1"))?;
        moments_ms.push(start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        let from_ms = at_ms - HOUR_MS;
        let range = format!("from={from_ms}&to={at_ms}&points=600");
        get(url, &format!("/api/v1/query?{charts}{range}"))?;
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

/// The series of the recording, not of the host that is live.
fn recorded(url: &str) -> Result<Vec<String>> {
    let all = catalogue::series(url)?;
    Ok(all
        .into_iter()
        .filter(|it| it.contains("host=\"host-"))
        .collect())
}

fn named(series: &[String]) -> String {
    let named = series.iter().map(|it| format!("series={}&", escaped(it)));
    named.collect()
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_millis() as u64)
}
