use super::options::Runs;
use super::servers::{Peer, Programs};
use super::statistics::{
    bytes_per_delivery, cpu_s_per_million, faults, in_turns, median, median_ratio, show,
};
use super::table::table;
use anyhow::Result;
use clap::Args;
use loadtest::Plan;

#[derive(Args)]
pub(super) struct Options {
    /// How many viewers, one pair of table rows for each number and server.
    #[arg(long, value_delimiter = ',', default_value = "5000")]
    viewers: Vec<usize>,
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "watchroom,bun"
    )]
    peers: Vec<Peer>,
    #[command(flatten)]
    runs: Runs,
}

pub(super) fn main(options: &Options, programs: &Programs) -> Result<()> {
    let head = [
        "viewers",
        "peer",
        "deflate",
        "p99 ms",
        "CPU s/million",
        "bytes each",
        "faults",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    let mut ratios = Vec::new();
    for viewers in &options.viewers {
        for peer in &options.peers {
            let name = peer.name();
            let reports = in_turns(options.runs.runs, &[false, true], |deflate, number| {
                let deflate = *deflate;
                eprintln!("{viewers} viewers of {name}, deflate {deflate}, run {number}");
                let server = programs.start(*peer, options.runs.rate, deflate)?;
                programs.load(&Plan {
                    deflate,
                    ..server.plan(*viewers, options.runs.seconds)?
                })
            })?;
            for (deflate, reports) in ["no", "yes"].into_iter().zip(&reports) {
                rows.push([
                    viewers.to_string(),
                    name.to_owned(),
                    deflate.to_owned(),
                    show(median(reports, |report| report.latency_ms.p99), 1),
                    show(median(reports, cpu_s_per_million), 2),
                    show(median(reports, bytes_per_delivery), 0),
                    show(median(reports, faults), 0),
                ]);
            }
            ratios.push(format!(
                "{name} with deflate ÷ without: CPU {}, bytes {}",
                show(median_ratio(&reports[1], &reports[0], cpu_s_per_million), 2),
                show(
                    median_ratio(&reports[1], &reports[0], bytes_per_delivery),
                    2
                ),
            ));
        }
    }
    println!("{}\n\n{}", table(&rows), ratios.join("\n"));
    Ok(())
}
