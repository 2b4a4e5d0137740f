use super::options::Runs;
use super::servers::{Peer, Programs};
use super::statistics::{
    bytes_per_delivery, cpu_s_per_million, faults, median, median_ratio, show,
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
            let (mut plain, mut deflated) = (Vec::new(), Vec::new());
            for number in 1..=options.runs.runs {
                for (deflate, reports) in [(false, &mut plain), (true, &mut deflated)] {
                    eprintln!("{viewers} viewers of {name}, deflate {deflate}, run {number}");
                    let server = programs.start(*peer, options.runs.rate, deflate)?;
                    reports.push(programs.load(&Plan {
                        deflate,
                        ..server.plan(*viewers, options.runs.seconds)?
                    })?);
                }
            }
            for (deflate, reports) in [("no", &plain), ("yes", &deflated)] {
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
                show(median_ratio(&deflated, &plain, cpu_s_per_million), 2),
                show(median_ratio(&deflated, &plain, bytes_per_delivery), 2),
            ));
        }
    }
    println!("{}\n\n{}", table(&rows), ratios.join("\n"));
    Ok(())
}
