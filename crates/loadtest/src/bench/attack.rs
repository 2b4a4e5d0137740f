//! The same attack goes to the server with the viewers and, in turns, to another one on the same machine, which is
//! equally busy then: what differs is what the attack does to the viewers.

use super::guarded::Guarded;
use super::servers::{Programs, Server};
use super::statistics::{faults, median, median_ratio, show};
use super::table::table;
use anyhow::{Context, Result, ensure};
use clap::Args;
use loadtest::{Attack, Attacked, Attempts, ProcessUsage, Report};
use std::time::Duration;

#[derive(Args)]
pub(super) struct Options {
    /// How many viewers watch.
    #[arg(long, default_value_t = 500)]
    viewers: usize,
    /// How long each run is measured, in seconds.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// How often each server is attacked.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
    /// Messages a second.
    #[arg(long, default_value_t = 50)]
    rate: u32,
    /// Clients of each slow kind.
    #[arg(long, default_value_t = 200)]
    slow: usize,
    /// Clients of each other kind.
    #[arg(long, default_value_t = 4)]
    others: usize,
}

/// How long after the last attack memory is measured: all limits have passed.
const REST: Duration = Duration::from_secs(45);

fn resident_mib(server: &Server) -> f64 {
    let usage = ProcessUsage::of(server.pid());
    usage.map_or(f64::NAN, |usage| usage.rss_kib as f64 / 1_024.0)
}

#[expect(
    clippy::disallowed_methods,
    reason = "memory is measured some time after the attack"
)]
pub(super) fn main(options: &Options, programs: &Programs) -> Result<()> {
    // With a login, sign-ins cost what they cost.
    let watched = Guarded::start(programs, options.rate)?;
    let other = Guarded::start(programs, options.rate)?;
    let plan = |server: &Guarded| server.plan(options.viewers, options.seconds);
    // Once without any attack, so that the server has allocated what viewers take.
    programs.load(&plan(&watched)?)?;
    let before_mib = resident_mib(&watched.server);
    let (mut beside, mut under) = (Vec::new(), Vec::new());
    let mut during_mib = Vec::new();
    let mut attacked = Attacked::new();
    for run in 1..=options.runs {
        for (attacks_viewers, reports) in [(false, &mut beside), (true, &mut under)] {
            let target = if attacks_viewers { &watched } else { &other };
            let whose = if attacks_viewers {
                "the same server"
            } else {
                "another server"
            };
            eprintln!("run {run}: an attack on {whose}");
            let attack = Attack {
                target: plan(target)?.target,
                slow: options.slow,
                others: options.others,
                seed: run.into(),
            };
            let attacking = attack.start().context("start the attack")?;
            let report = programs.load(&plan(&watched)?);
            let result = attacking.stop();
            reports.push(report?);
            if attacks_viewers {
                during_mib.push(show(resident_mib(&watched.server), 1));
                for (kind, attempts) in result {
                    add(attacked.entry(kind).or_default(), attempts);
                }
            }
        }
    }
    std::thread::sleep(REST);
    let after_mib = resident_mib(&watched.server);
    println!("{}\n", viewers(options, &beside, &under));
    println!("{}\n", attempts(&attacked));
    println!(
        "p99 under attack ÷ beside it: {}; memory {} MiB before, {} MiB at the end of each \
         attack, {} MiB {} s after the last",
        show(
            median_ratio(&under, &beside, |report| report.latency_ms.p99),
            2
        ),
        show(before_mib, 1),
        during_mib.join(", "),
        show(after_mib, 1),
        REST.as_secs()
    );
    let beyond: u64 = attacked.values().map(|it| it.beyond_limit).sum();
    let lost: f64 = under.iter().chain(&beside).map(faults).sum();
    ensure!(lost == 0.0, "deliver every message to every viewer");
    ensure!(beyond == 0, "cut {beyond} connections within their limits");
    Ok(())
}

fn add(sum: &mut Attempts, more: Attempts) {
    sum.connections += more.connections;
    sum.failed += more.failed;
    sum.cut += more.cut;
    sum.longest = sum.longest.max(more.longest);
    sum.beyond_limit += more.beyond_limit;
}

fn viewers(options: &Options, beside: &[Report], under: &[Report]) -> String {
    let head = [
        "viewers",
        "attack on",
        "p50 ms",
        "p99 ms",
        "max ms",
        "deliveries",
        "faults",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for (name, reports) in [("another", beside), ("theirs", under)] {
        let deliveries: u64 = reports.iter().map(|report| report.deliveries).sum();
        rows.push([
            options.viewers.to_string(),
            name.to_owned(),
            show(median(reports, |report| report.latency_ms.p50), 1),
            show(median(reports, |report| report.latency_ms.p99), 1),
            show(median(reports, |report| report.latency_ms.max), 1),
            deliveries.to_string(),
            show(reports.iter().map(faults).sum(), 0),
        ]);
    }
    table(&rows)
}

fn attempts(attacked: &Attacked) -> String {
    let head = [
        "attack",
        "connections",
        "failed",
        "cut",
        "longest s",
        "beyond limit",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for (kind, attempts) in attacked {
        rows.push([
            kind.to_string(),
            attempts.connections.to_string(),
            attempts.failed.to_string(),
            attempts.cut.to_string(),
            show(attempts.longest.as_secs_f64(), 1),
            attempts.beyond_limit.to_string(),
        ]);
    }
    table(&rows)
}
