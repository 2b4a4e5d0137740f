use super::options::Runs;
use super::servers::{Peer, Programs};
use super::statistics::{faults, in_turns, median, median_ratio, show};
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
            let (name, stalled) = (peer.name(), [0, options.stalled]);
            let reports = in_turns(options.runs.runs, &stalled, |stalled, number| {
                eprintln!("{viewers} viewers of {name}, {stalled} stalled, run {number}");
                let server = programs.start(*peer, options.runs.rate, false)?;
                programs.load(&Plan {
                    stalled: *stalled,
                    ..server.plan(*viewers, options.runs.seconds)?
                })
            })?;
            for (stalled, reports) in stalled.into_iter().zip(&reports) {
                rows.push(row(*viewers, name, stalled, reports));
            }
            let ratio =
                |value: fn(&Report) -> f64| show(median_ratio(&reports[1], &reports[0], value), 2);
            ratios.push(format!(
                "{name} with {} stalled ÷ without: p99 {}, memory at the end {}",
                options.stalled,
                ratio(|report| report.latency_ms.p99),
                ratio(|report| mib(report, |it| it.end)),
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
