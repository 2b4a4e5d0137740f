use super::options::Runs;
use super::servers::{Peer, Programs};
use super::statistics::{
    bytes_per_delivery, cpu_s_per_million, faults, in_turns, median, median_ratio, show,
};
use super::table::table;
use anyhow::Result;
use clap::Args;
use loadtest::{Plan, Report, Transport};

#[derive(Args)]
pub(super) struct Options {
    /// How many viewers, one table row for each number and server.
    #[arg(long, value_delimiter = ',', default_value = "1000,5000,10000")]
    viewers: Vec<usize>,
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "watchroom,floor,bun,axum"
    )]
    peers: Vec<Peer>,
    /// Offer permessage-deflate.
    #[arg(long)]
    deflate: bool,
    /// Connect with Server-Sent Events, which only Watchroom serves.
    #[arg(long)]
    sse: bool,
    #[command(flatten)]
    runs: Runs,
}

const HEAD: [&str; 10] = [
    "viewers",
    "peer",
    "p50 ms",
    "p99 ms",
    "max ms",
    "CPU s/million",
    "KiB/connection",
    "bytes each",
    "faults",
    "CPU ÷ floor, bun",
];

pub(super) fn main(options: &Options, programs: &Programs) -> Result<()> {
    let mut rows = vec![HEAD.map(str::to_owned)];
    for viewers in &options.viewers {
        let reports = in_turns(options.runs.runs, &options.peers, |peer, number| {
            eprintln!("{viewers} viewers of {}, run {number}", peer.name());
            let server = programs.start(*peer, options.runs.rate, options.deflate)?;
            let transport = match options.sse {
                true => Transport::Sse,
                false => Transport::Websocket,
            };
            programs.load(&Plan {
                deflate: options.deflate,
                transport,
                ..server.plan(*viewers, options.runs.seconds)?
            })
        })?;
        for (peer, own) in options.peers.iter().zip(&reports) {
            rows.push(row(*viewers, *peer, own, &options.peers, &reports));
        }
    }
    println!("{}", table(&rows));
    println!(
        "\nmedians of {} runs of {} s at {} messages/s; CPU ratios are medians of pairs",
        options.runs.runs, options.runs.seconds, options.runs.rate
    );
    Ok(())
}

fn row(
    viewers: usize,
    peer: Peer,
    own: &[Report],
    peers: &[Peer],
    reports: &[Vec<Report>],
) -> [String; 10] {
    let ratio = |other: Peer| {
        let place = peers.iter().position(|peer| *peer == other)?;
        Some(median_ratio(own, &reports[place], cpu_s_per_million))
    };
    let ratios: Vec<String> = [Peer::Floor, Peer::Bun]
        .into_iter()
        .filter_map(ratio)
        .map(|ratio| show(ratio, 2))
        .collect();
    let kib_per_connection =
        |report: &Report| report.memory.map_or(f64::NAN, |it| it.per_connection);
    [
        viewers.to_string(),
        peer.name().to_owned(),
        show(median(own, |report| report.latency_ms.p50), 1),
        show(median(own, |report| report.latency_ms.p99), 1),
        show(median(own, |report| report.latency_ms.max), 1),
        show(median(own, cpu_s_per_million), 2),
        show(median(own, kib_per_connection), 1),
        show(median(own, bytes_per_delivery), 0),
        show(own.iter().map(faults).fold(0.0, f64::max), 0),
        ratios.join(", "),
    ]
}
