//! The same viewers watch a server in turns: alone, and while others try to sign in from many addresses. What a password
//! costs must not delay messages.

use super::options::Runs;
use super::servers::{Programs, Server};
use super::statistics::{faults, in_turns, median, median_ratio, show};
use super::table::table;
use anyhow::{Context, Result, ensure};
use clap::Args;
use loadtest::{Plan, Report};
use protocol::Stream;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tempfile::TempDir;

#[derive(Args)]
pub(super) struct Options {
    /// How many viewers, two table rows for each number.
    #[arg(long, value_delimiter = ',', default_value = "1000")]
    viewers: Vec<usize>,
    /// How many try to sign in at the same time, each time from another address and with another name.
    #[arg(long, default_value_t = 16)]
    visitors: usize,
    #[command(flatten)]
    runs: Runs,
}

/// Viewers see the dashboard without signing in, and addresses are what the flood says.
const CONFIG: &str = "public = \"dashboard\"\ntrusted_proxies = [\"127.0.0.1\"]\n";

/// At most so many passwords are hashed at the same time.
const HASHES_MAX: f64 = 2.0;

/// How long a server may take to respond to a sign-in.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) fn main(options: &Options, programs: &Programs) -> Result<()> {
    let head = [
        "viewers", "sign-ins", "p50 ms", "p99 ms", "max ms", "CPU s", "faults", "hashes/s",
        "at once",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    let mut ratios = Vec::new();
    for viewers in &options.viewers {
        let floods = [0, options.visitors];
        let mut hashed = floods.map(|_| Vec::new());
        let reports = in_turns(options.runs.runs, &floods, |visitors, number| {
            eprintln!("{viewers} viewers, {visitors} visitors who sign in, run {number}");
            let (server, token) = start(programs, options.runs.rate)?;
            let flood = Flood::start(*visitors, &server)?;
            let plan = Plan {
                streams: vec![Stream::Metrics, Stream::Data],
                ..server.plan(*viewers, options.runs.seconds)?
            };
            let report = programs.load(&plan)?;
            flood.stop();
            let hashes = Hashes::read(&server, &token)?;
            ensure!(
                hashes.at_once <= HASHES_MAX,
                "{} passwords were hashed at the same time",
                hashes.at_once
            );
            hashed[usize::from(*visitors > 0)].push(hashes);
            Ok(report)
        })?;
        for (place, visitors) in floods.into_iter().enumerate() {
            let seconds = f64::from(options.runs.seconds);
            rows.push(row(
                *viewers,
                visitors,
                &reports[place],
                &hashed[place],
                seconds,
            ));
        }
        let ratio = median_ratio(&reports[1], &reports[0], |report| report.latency_ms.p99);
        ratios.push(format!(
            "{viewers} viewers beside {} visitors ÷ alone: p99 {}",
            options.visitors,
            show(ratio, 2)
        ));
    }
    println!("{}\n\n{}", table(&rows), ratios.join("\n"));
    println!(
        "medians of {} runs of {} s at {} messages/s; ratios are medians of pairs",
        options.runs.runs, options.runs.seconds, options.runs.rate
    );
    Ok(())
}

/// A server, and a token that may read its metrics.
fn start(programs: &Programs, rate: u32) -> Result<(Server, String)> {
    let folder = TempDir::new()?;
    let config = folder.path().join("watchroom.toml");
    std::fs::write(&config, CONFIG)?;
    let data = format!("--data-dir={}", folder.path().join("data").display());
    let server = programs.start_watchroom_in(
        folder,
        &[
            "--demo".to_owned(),
            "--demo-days=0".to_owned(),
            format!("--demo-rate={rate}"),
            "--listen=127.0.0.1:0".to_owned(),
            format!("--config={}", config.display()),
            data.clone(),
        ],
    )?;
    let arguments = ["token", "create", "bench", "--scope=read", &data];
    let output = programs.run_watchroom(&arguments)?;
    let token = output.split_whitespace().find(|it| it.starts_with("wr_"));
    let token = token.context("find the token in what the program printed")?;
    Ok((server, token.to_owned()))
}

fn row(
    viewers: usize,
    visitors: usize,
    reports: &[Report],
    hashes: &[Hashes],
    seconds: f64,
) -> [String; 9] {
    let cpu_s = |report: &Report| report.cpu_s.unwrap_or(f64::NAN);
    [
        viewers.to_string(),
        visitors.to_string(),
        show(median(reports, |report| report.latency_ms.p50), 1),
        show(median(reports, |report| report.latency_ms.p99), 1),
        show(median(reports, |report| report.latency_ms.max), 1),
        show(median(reports, cpu_s), 1),
        show(median(reports, faults), 0),
        show(median(hashes, |it| it.count / seconds), 1),
        show(median(hashes, |it| it.at_once), 0),
    ]
}

/// What the server says of the passwords that it has hashed.
struct Hashes {
    count: f64,
    at_once: f64,
}

impl Hashes {
    fn read(server: &Server, token: &str) -> Result<Self> {
        let host = host(&server.url);
        let request = format!(
            "GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        let response = exchange(host, &request)?;
        let value = |name: &str| {
            let mut lines = response.lines();
            let value = lines.find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
            value.with_context(|| format!("find {name} in `/metrics`"))
        };
        Ok(Self {
            count: value("watchroom_password_hashes_total ")?,
            at_once: value("watchroom_password_hashes_concurrent_max ")?,
        })
    }
}

/// Threads that try to sign in until they are stopped.
struct Flood {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Flood {
    fn start(visitors: usize, server: &Server) -> Result<Self> {
        let (stop, next) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let mut threads = Vec::new();
        for _ in 0..visitors {
            let (stop, next) = (Arc::clone(&stop), Arc::clone(&next));
            let host = host(&server.url).to_owned();
            let visit = move || {
                while !stop.load(Ordering::Relaxed) {
                    // Whatever the response is: the server may be too busy.
                    let _ = sign_in(&host, next.fetch_add(1, Ordering::Relaxed));
                }
            };
            let thread = thread::Builder::new().name("visitor".to_owned());
            threads.push(thread.spawn(visit).context("start a thread")?);
        }
        Ok(Self { stop, threads })
    }

    fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            // One that has panicked has not signed in any more.
            let _ = thread.join();
        }
    }
}

/// Tries to sign in with a name and from an address that nobody else has, so that nothing delays it.
fn sign_in(host: &str, number: u64) -> Result<()> {
    let [_, _, _, _, _, b, c, d] = number.to_be_bytes();
    let body = format!(r#"{{"name":"visitor-{number}","password":"not the password"}}"#);
    let request = format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         X-Forwarded-For: 10.{b}.{c}.{d}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    exchange(host, &request).map(drop)
}

fn host(url: &str) -> &str {
    url.trim_start_matches("http://").trim_end_matches('/')
}

/// Sends a request, and reads the response to the connection's end.
fn exchange(host: &str, request: &str) -> Result<String> {
    let mut socket = TcpStream::connect(host).with_context(|| format!("connect to {host}"))?;
    socket.set_read_timeout(Some(READ_TIMEOUT))?;
    socket.write_all(request.as_bytes())?;
    let mut response = Vec::new();
    socket.read_to_end(&mut response)?;
    Ok(String::from_utf8_lossy(&response).into_owned())
}
