use super::servers::Programs;
use super::statistics::{faults, show};
use super::table::table;
use anyhow::{Context, Result, ensure};
use clap::Args;
use loadtest::{Plan, Report};
use rand::Rng;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

#[derive(Args)]
pub(super) struct Options {
    /// How many viewers, one table row for each number.
    #[arg(long, value_delimiter = ',', default_value = "50")]
    viewers: Vec<usize>,
    /// Messages a second.
    #[arg(long, default_value_t = 50)]
    rate: u32,
    /// How often the server is killed.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=500))]
    kills: u32,
    /// The PostgreSQL database to store messages in; a file if it is absent.
    #[arg(long)]
    database_url: Option<String>,
}

/// One kill happens at a random moment of each interval.
const INTERVAL: Duration = Duration::from_secs(2);

/// Before the first kill, for all viewers to connect; and after the last one, for all to reconnect.
const REST: Duration = Duration::from_secs(5);

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
    let mut is_complete = true;
    for viewers in &options.viewers {
        let report = run(options, programs, *viewers)?;
        let gaps: u64 = report.gaps.values().map(|gaps| gaps.reported).sum();
        let not_recovered = report.resumes.not_recovered;
        is_complete &= report.faults().is_empty() && not_recovered + gaps == 0;
        rows.push([
            viewers.to_string(),
            options.kills.to_string(),
            report.deliveries.to_string(),
            report.backlog.to_string(),
            report.resumes.recovered.to_string(),
            not_recovered.to_string(),
            gaps.to_string(),
            show(faults(&report), 0),
        ]);
    }
    println!("{}", table(&rows));
    ensure!(
        is_complete,
        "deliver every message exactly once over all kills"
    );
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "kills happen at moments of the clock"
)]
fn run(options: &Options, programs: &Programs, viewers: usize) -> Result<Report> {
    let data = TempDir::new()?;
    let arguments = arguments(options, &data)?;
    let mut server = programs.start_watchroom(&arguments)?;
    let window = REST * 2 + INTERVAL * options.kills;
    let plan = Plan {
        // The process changes with each kill.
        pid: None,
        ..server.plan(viewers, window.as_secs() as u32)?
    };
    thread::scope(|scope| {
        let load = scope.spawn(|| programs.load(&plan));
        let start = Instant::now();
        for kill in 0..options.kills {
            let at = REST + INTERVAL * kill + INTERVAL.mul_f64(rand::rng().random());
            thread::sleep(at.saturating_sub(start.elapsed()));
            drop(server);
            server = programs.start_watchroom(&arguments)?;
            eprint!("\r{} of {} kills", kill + 1, options.kills);
        }
        eprintln!();
        match load.join() {
            Ok(report) => report,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// The same for each start: viewers reconnect to the same address, and messages go to the same store.
fn arguments(options: &Options, data: &TempDir) -> Result<Vec<String>> {
    let address = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .context("find a free port")?;
    let mut arguments = vec![
        "--demo".to_owned(),
        "--demo-days=0".to_owned(),
        format!("--demo-rate={}", options.rate),
        format!("--listen={address}"),
        format!("--data-dir={}", data.path().display()),
    ];
    if let Some(url) = &options.database_url {
        arguments.push(format!("--database-url={url}"));
    }
    Ok(arguments)
}
