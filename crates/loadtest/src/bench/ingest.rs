//! Programs that report many series: what a point costs, and whether each accepted one is found exactly once, even if
//! the server is killed meanwhile.

#![expect(
    clippy::disallowed_methods,
    reason = "senders are threads that send at their times"
)]

use super::http::{Client, get, percent_encoded};
use super::servers::{Programs, Server};
use super::table::table;
use anyhow::{Context, Result, ensure};
use clap::Args;
use loadtest::ProcessUsage as Usage;
use protocol::api::QueryResponse;
use rand::Rng;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

#[derive(Args)]
pub(super) struct Options {
    /// How many series.
    #[arg(long, default_value_t = 50_000)]
    series: u64,
    /// Points a second over all series.
    #[arg(long, default_value_t = 50_000)]
    rate: u64,
    /// How long.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Points of a request.
    #[arg(long, default_value_t = 1_000)]
    batch: u64,
    /// Connections that send.
    #[arg(long, default_value_t = 4)]
    senders: usize,
    /// How often the server is killed, at random moments.
    #[arg(long, default_value_t = 0)]
    kills: u32,
}

/// How long a server may take after a kill until its history is whole.
const WHOLE_TIME_MAX: Duration = Duration::from_secs(60);

/// Series of one query.
const SERIES_PER_QUERY: u64 = 100;

/// Digits of a time in milliseconds.
const TIME_DIGITS: usize = 13;

/// A request, encoded but for the times of its points.
struct Body {
    bytes: Vec<u8>,
    /// Where the times are.
    times_at: Vec<usize>,
}

impl Body {
    fn encode(host: &str, series: std::ops::Range<u64>) -> Self {
        let (mut lines, mut times_at) = (Vec::new(), Vec::new());
        for number in series {
            let (region, service) = (number % 7, number / 100);
            let line = format!(
                "requests,instance=node-{number},region=eu-{region},service=checkout-{service} value={}.{} ",
                number % 977,
                number % 10,
            );
            lines.extend_from_slice(line.as_bytes());
            times_at.push(lines.len());
            lines.extend_from_slice(&[b'0'; TIME_DIGITS]);
            lines.push(b'\n');
        }
        let head = format!(
            "POST /api/v2/write?precision=ms HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n",
            lines.len()
        );
        times_at.iter_mut().for_each(|at| *at += head.len());
        let mut bytes = head.into_bytes();
        bytes.extend(lines);
        Self { bytes, times_at }
    }

    /// The request of a moment.
    fn at(&self, at_ms: u64, request: &mut Vec<u8>) {
        request.clear();
        request.extend_from_slice(&self.bytes);
        let time = format!("{at_ms:0TIME_DIGITS$}");
        for at in &self.times_at {
            request[*at..*at + TIME_DIGITS].copy_from_slice(time.as_bytes());
        }
    }
}

/// What the senders share.
struct Shared<'a> {
    address: SocketAddr,
    bodies: &'a [Body],
    start: Instant,
    start_ms: u64,
    /// Between two points of a series.
    interval_ms: f64,
    rounds: u64,
    next: AtomicU64,
    refused: AtomicU64,
    latencies_ms: Mutex<Vec<f64>>,
}

pub(super) fn main(options: &Options, programs: &Programs) -> Result<()> {
    ensure!(
        options.batch > 0 && options.series.is_multiple_of(options.batch),
        "the number of series must be a multiple of the points of a request"
    );
    let data = TempDir::new()?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let host = address.to_string();
    let serve = || {
        programs.start_watchroom(&[
            "--demo".to_owned(),
            "--demo-days=0".to_owned(),
            format!("--listen={host}"),
            format!("--data-dir={}", data.path().display()),
        ])
    };
    let bodies: Vec<Body> = (0..options.series / options.batch)
        .map(|batch| Body::encode(&host, batch * options.batch..(batch + 1) * options.batch))
        .collect();
    let interval_ms = 1_000.0 * options.series as f64 / options.rate as f64;
    let shared = Shared {
        address,
        bodies: &bodies,
        start: Instant::now(),
        start_ms: SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64,
        interval_ms,
        rounds: (options.seconds as f64 * 1_000.0 / interval_ms) as u64,
        next: AtomicU64::new(0),
        refused: AtomicU64::new(0),
        latencies_ms: Mutex::default(),
    };
    let mut running = Some(serve()?);
    let sender_before = Usage::of(std::process::id());
    let (mut cpu_s, mut peak_kib, mut returns_ms) = (0.0, 0, Vec::new());
    thread::scope(|scope| -> Result<()> {
        let senders: Vec<_> = (0..options.senders)
            .map(|_| scope.spawn(|| send(&shared)))
            .collect();
        let mut kills: Vec<f64> = (0..options.kills)
            .map(|_| rand::rng().random_range(0.1..0.95) * options.seconds as f64)
            .collect();
        kills.sort_by(f64::total_cmp);
        for kill in kills {
            let at = shared.start + Duration::from_secs_f64(kill);
            thread::sleep(at.saturating_duration_since(Instant::now()));
            if let Some(server) = running.take() {
                // Dropped, it is killed.
                (cpu_s, peak_kib) = add_usage(&server, cpu_s, peak_kib);
            }
            let killed = Instant::now();
            running = Some(serve()?);
            returns_ms.push(killed.elapsed().as_millis());
        }
        for sender in senders {
            sender.join().expect("a sender does not panic")?;
        }
        Ok(())
    })?;
    let server = running.context("the server is running")?;
    let seconds = shared.start.elapsed().as_secs_f64();
    (cpu_s, peak_kib) = add_usage(&server, cpu_s, peak_kib);
    let rss_kib = Usage::of(server.pid()).map_or(0, |usage| usage.rss_kib);
    let sender_cpu_s = match (sender_before, Usage::of(std::process::id())) {
        (Some(before), Some(after)) => after.cpu_s - before.cpu_s,
        _ => f64::NAN,
    };
    let last = Instant::now();
    wait_until_whole(&server)?;
    let whole_s = last.elapsed().as_secs_f64();
    let search_ms = search_time_ms(&server)?;
    let (lost, repeated) = verify(&server, options, &shared)?;
    let points = options.series * shared.rounds;
    let mut latencies = shared
        .latencies_ms
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    latencies.sort_by(f64::total_cmp);
    let p99 = latencies.get(latencies.len() * 99 / 100).copied();
    let rows = [
        ("points", points.to_string()),
        ("points/s", format!("{:.0}", points as f64 / seconds)),
        ("server CPU s", format!("{cpu_s:.1}")),
        (
            "server CPU µs/point",
            format!("{:.2}", cpu_s * 1e6 / points as f64),
        ),
        ("sender CPU s", format!("{sender_cpu_s:.1}")),
        ("request p99 ms", format!("{:.0}", p99.unwrap_or(f64::NAN))),
        (
            "refused and sent again",
            shared.refused.into_inner().to_string(),
        ),
        ("memory MiB, at the end", (rss_kib / 1_024).to_string()),
        ("memory MiB, peak", (peak_kib / 1_024).to_string()),
        ("on disk MiB", (bytes_in(data.path())? >> 20).to_string()),
        ("kills", options.kills.to_string()),
        ("listening again after ms", format!("{returns_ms:?}")),
        ("history whole after s", format!("{whole_s:.1}")),
        ("catalogue search ms", format!("{search_ms:.0}")),
        ("samples lost", lost.to_string()),
        ("samples repeated", repeated.to_string()),
    ];
    let rows = rows.map(|(name, value)| [name.to_owned(), value]);
    println!("{}", table(&rows));
    ensure!(
        lost == 0 && repeated == 0,
        "accepted points are not found exactly once"
    );
    Ok(())
}

/// Sends batches in turn until all are accepted.
fn send(shared: &Shared<'_>) -> Result<()> {
    let batches = shared.bodies.len() as u64;
    let (mut request, mut latencies) = (Vec::new(), Vec::new());
    let mut client = Client::new(shared.address, None);
    loop {
        let job = shared.next.fetch_add(1, Ordering::Relaxed);
        let (round, batch) = (job / batches, job % batches);
        if round >= shared.rounds {
            break;
        }
        let round_ms = round as f64 * shared.interval_ms;
        let due_ms = round_ms + shared.interval_ms * batch as f64 / batches as f64;
        let due = shared.start + Duration::from_secs_f64(due_ms / 1_000.0);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        shared.bodies[batch as usize].at(shared.start_ms + round_ms as u64, &mut request);
        // What was cut off may have been accepted: the same points again change nothing.
        loop {
            let before = Instant::now();
            match client.exchange(&request) {
                Ok((204, _)) => {
                    latencies.push(before.elapsed().as_secs_f64() * 1_000.0);
                    break;
                }
                Ok((status, _)) => {
                    ensure!(
                        status == 503 || status == 429,
                        "a request was answered by {status}"
                    );
                    shared.refused.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(Duration::from_millis(100));
                }
                Err(_) => thread::sleep(Duration::from_millis(20)),
            }
        }
    }
    let all = shared.latencies_ms.lock();
    all.unwrap_or_else(PoisonError::into_inner)
        .extend(latencies);
    Ok(())
}

fn add_usage(server: &Server, cpu_s: f64, peak_kib: u64) -> (f64, u64) {
    Usage::of(server.pid()).map_or((cpu_s, peak_kib), |usage| {
        (cpu_s + usage.cpu_s, peak_kib.max(usage.peak_rss_kib))
    })
}

fn selector(number: u64) -> String {
    let (region, service) = (number % 7, number / 100);
    format!(
        r#"requests_value{{instance="node-{number}",region="eu-{region}",service="checkout-{service}"}}"#
    )
}

/// Waits until the journal is replayed and everything accepted is in series.
fn wait_until_whole(server: &Server) -> Result<()> {
    let start = Instant::now();
    let path = format!(
        "/api/v1/query?series={}&from=0&points=1",
        percent_encoded(&selector(0))
    );
    loop {
        let whole = get::<QueryResponse>(&server.url, &path).is_ok_and(|it| !it.incomplete);
        if whole {
            return Ok(());
        }
        ensure!(
            start.elapsed() < WHOLE_TIME_MAX,
            "the history is still incomplete"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

/// The slowest of some searches.
fn search_time_ms(server: &Server) -> Result<f64> {
    let mut slowest: f64 = 0.0;
    for text in [
        "r",
        "node-4999",
        "checkout-77%20region%3Deu-3",
        "nothing-like-it",
    ] {
        let before = Instant::now();
        get::<serde::de::IgnoredAny>(&server.url, &format!("/api/v1/series?match={text}"))?;
        slowest = slowest.max(before.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(slowest)
}

/// How many samples are missing, and how many there are beyond what was sent.
fn verify(server: &Server, options: &Options, shared: &Shared<'_>) -> Result<(u64, u64)> {
    let from_ms = shared.start_ms;
    let to_ms = from_ms + (shared.rounds as f64 * shared.interval_ms) as u64 + 1;
    let (mut lost, mut repeated) = (0, 0);
    for first in (0..options.series).step_by(SERIES_PER_QUERY as usize) {
        let numbers = first..(first + SERIES_PER_QUERY).min(options.series);
        let count = numbers.end - numbers.start;
        let series: String = numbers
            .map(|number| format!("series={}&", percent_encoded(&selector(number))))
            .collect();
        let path = format!("/api/v1/query?{series}from={from_ms}&to={to_ms}&points=1&agg=count");
        let answer: QueryResponse = get(&server.url, &path)?;
        ensure!(
            answer.columns.len() as u64 == count,
            "some series are not found"
        );
        for column in answer.columns {
            let found = column.values.first().copied().flatten().unwrap_or(0.0) as u64;
            lost += shared.rounds.saturating_sub(found);
            repeated += found.saturating_sub(shared.rounds);
        }
    }
    Ok((lost, repeated))
}

fn bytes_in(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let meta = entry?.metadata()?;
        bytes += if meta.is_file() { meta.len() } else { 0 };
    }
    Ok(bytes)
}
