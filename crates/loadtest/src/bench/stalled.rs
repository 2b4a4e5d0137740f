use super::options::Runs;
use super::servers::{Peer, Programs};
use super::statistics::{faults, median, median_ratio, show};
use super::table::table;
use anyhow::Result;
use clap::Args;
use loadtest::{Memory, Plan, Report};

#[derive(Args)]
pub(super) struct Options {
    /// How many viewers that read, one pair of table rows for each number and server.
    #[arg(long, value_delimiter = ',', default_value = "1000")]
    viewers: Vec<usize>,
    #[arg(long, value_enum, value_delimiter = ',', default_value = "watchroom")]
    peers: Vec<Peer>,
    /// How many viewers never read.
    #[arg(long, default_value_t = 200)]
    stalled: usize,
    #[command(flatten)]
    runs: Runs,
}

pub(super) fn main(options: &Options, programs: &Programs) -> Result<()> {
    let head = [
        "viewers", "peer", "stalled", "p99 ms", "end MiB", "peak MiB", "faults",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    let mut ratios = Vec::new();
    for viewers in &options.viewers {
        for peer in &options.peers {
            let (mut without, mut with) = (Vec::new(), Vec::new());
            for number in 1..=options.runs.runs {
                for (stalled, reports) in [(0, &mut without), (options.stalled, &mut with)] {
                    let name = peer.name();
                    eprintln!("{viewers} viewers of {name}, {stalled} stalled, run {number}");
                    let server = programs.start(*peer, options.runs.rate, false)?;
                    reports.push(programs.load(&Plan {
                        stalled,
                        ..server.plan(*viewers, options.runs.seconds)?
                    })?);
                }
            }
            for (stalled, reports) in [(0, &without), (options.stalled, &with)] {
                rows.push(row(*viewers, peer.name(), stalled, reports));
            }
            ratios.push(format!(
                "{} with {} stalled ÷ without: p99 {}, memory at the end {}",
                peer.name(),
                options.stalled,
                show(
                    median_ratio(&with, &without, |report| report.latency_ms.p99),
                    2
                ),
                show(
                    median_ratio(&with, &without, |report| mib(report, |it| it.end)),
                    2
                ),
            ));
        }
    }
    println!("{}\n\n{}", table(&rows), ratios.join("\n"));
    Ok(())
}

fn row(viewers: usize, peer: &str, stalled: usize, reports: &[Report]) -> [String; 7] {
    [
        viewers.to_string(),
        peer.to_owned(),
        stalled.to_string(),
        show(median(reports, |report| report.latency_ms.p99), 1),
        show(median(reports, |report| mib(report, |it| it.end)), 1),
        show(median(reports, |report| mib(report, |it| it.peak)), 1),
        show(median(reports, faults), 0),
    ]
}

fn mib(report: &Report, kib: impl Fn(Memory) -> u64) -> f64 {
    let memory = report.memory.map(kib);
    memory.map_or(f64::NAN, |kib| kib as f64 / 1_024.0)
}
