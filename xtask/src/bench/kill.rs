//! `cargo xtask bench kill`: the server killed again and again under its viewers, who must neither lose
//! nor double anything.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};

use super::load::Sample;
use super::median::show;
use super::options::Options;
use super::peer::{Programs, scratch_folder};
use crate::table::table;

/// One kill falls at random into each such time.
const LIFE: Duration = Duration::from_secs(2);

/// Before the first kill, for everybody to connect; and as long after the last, to come back.
const REST: Duration = Duration::from_secs(5);

pub(super) fn defaults() -> Options {
    Options {
        viewers: vec![50],
        rate: 50,
        runs: 1,
        ..Options::default()
    }
}

pub(super) fn main(options: &Options, programs: &Programs) -> Result<()> {
    let head = [
        "viewers",
        "kills",
        "deliveries",
        "missed and received",
        "recovered",
        "not recovered",
        "gaps",
        "faults",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    let mut is_whole = true;
    for viewers in &options.viewers {
        for _ in 0..options.runs {
            let data = scratch_folder()?;
            let sample = run(options, programs, *viewers, &data);
            // Whatever came of it, nothing is left behind.
            let _ = fs::remove_dir_all(&data);
            let sample = sample?;
            is_whole &= sample.faults + sample.not_recovered + sample.gaps == 0.0;
            rows.push([
                viewers.to_string(),
                options.kills.to_string(),
                show(sample.deliveries, 0),
                show(sample.backlog, 0),
                show(sample.recovered, 0),
                show(sample.not_recovered, 0),
                show(sample.gaps, 0),
                show(sample.faults, 0),
            ]);
        }
    }
    println!("{}", table(&rows));
    ensure!(is_whole, "deliver everything once over all kills");
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a life lasts is what this is about"
)]
fn run(options: &Options, programs: &Programs, viewers: usize, data: &Path) -> Result<Sample> {
    let arguments = arguments(options, data)?;
    let mut server = programs.start_watchroom(&arguments)?;
    let window = REST * 2 + LIFE * options.kills;
    let loadtest = programs
        .loadtest()
        .args(["run", &server.url, "--json"])
        .args(["--streams", "metrics,events,data"])
        .args(["--viewers", &viewers.to_string()])
        .args(["--seconds", &window.as_secs().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .context("start loadtest")?;
    // From here on loadtest is waited for, or ends by itself when the window does.
    let began = Instant::now();
    let mut random = Random::new();
    for kill in 0..options.kills {
        let at = REST + LIFE * kill + LIFE.mul_f64(random.next());
        thread::sleep(at.saturating_sub(began.elapsed()));
        drop(server);
        server = programs.start_watchroom(&arguments)?;
        eprint!("\r{} of {} kills", kill + 1, options.kills);
    }
    eprintln!();
    let output = loadtest.wait_with_output().context("wait for loadtest")?;
    let report = String::from_utf8_lossy(&output.stdout);
    Sample::parse(&report).with_context(|| format!("read loadtest's report: {report}"))
}

/// The same for each life: viewers come back to the same address, and messages to the same store.
fn arguments(options: &Options, data: &Path) -> Result<Vec<String>> {
    // Free now, and nobody else asks for it by number.
    let address = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .context("find a free port")?;
    let mut arguments = vec![
        "--demo".to_owned(),
        "--demo-days=0".to_owned(),
        format!("--demo-rate={}", options.rate),
        format!("--listen={address}"),
        format!("--data-dir={}", data.display()),
    ];
    if let Some(url) = &options.database_url {
        arguments.push(format!("--database-url={url}"));
    }
    Ok(arguments)
}

/// Numbers that nobody can foresee, which is all that is asked of them (xorshift64, Marsaglia 2003).
struct Random(u64);

impl Random {
    fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self(now.map_or(1, |now| now.as_nanos() as u64) | 1)
    }

    /// From 0 to 1.
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}
