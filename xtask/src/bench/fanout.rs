//! `cargo xtask bench fanout`: many viewers, beside other servers.

use anyhow::Result;

use super::load::{Sample, load};
use super::median::{median, median_ratio, show};
use super::options::Options;
use super::peer::{Peer, Programs};
use crate::table::table;

pub(super) fn defaults() -> Options {
    Options {
        viewers: vec![1_000, 5_000, 10_000],
        peers: Peer::ALL.to_vec(),
        ..Options::default()
    }
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
        let samples = take_turns(options, programs, *viewers)?;
        for (peer, own) in options.peers.iter().zip(&samples) {
            rows.push(row(*viewers, *peer, own, &options.peers, &samples));
        }
    }
    println!("{}", table(&rows));
    println!(
        "\nmedians of {} runs of {} s at {} messages/s; CPU ratios are medians of pairs",
        options.runs, options.seconds, options.rate
    );
    Ok(())
}

/// Each peer once, then each again: one list of samples for each peer.
fn take_turns(options: &Options, programs: &Programs, viewers: usize) -> Result<Vec<Vec<Sample>>> {
    let mut samples = vec![Vec::new(); options.peers.len()];
    for number in 1..=options.runs {
        for (peer, samples) in options.peers.iter().zip(&mut samples) {
            eprintln!("{viewers} viewers of {}, run {number}", peer.name());
            let server = programs.start(*peer, options.rate, options.deflate)?;
            let mut arguments = vec![
                format!("--viewers={viewers}"),
                format!("--seconds={}", options.seconds),
            ];
            if options.deflate {
                arguments.push("--deflate".to_owned());
            }
            if options.sse {
                arguments.push("--transport=sse".to_owned());
            }
            samples.push(load(programs, &server, &arguments)?);
        }
    }
    Ok(samples)
}

fn row(
    viewers: usize,
    peer: Peer,
    own: &[Sample],
    peers: &[Peer],
    samples: &[Vec<Sample>],
) -> [String; 10] {
    let against = |other: Peer| {
        let place = peers.iter().position(|peer| *peer == other)?;
        Some(median_ratio(own, &samples[place], |sample| {
            sample.cpu_s_per_million
        }))
    };
    let ratios: Vec<String> = [Peer::Floor, Peer::Bun]
        .into_iter()
        .filter_map(against)
        .map(|ratio| show(ratio, 2))
        .collect();
    let worst = own.iter().map(|sample| sample.faults).fold(0.0, f64::max);
    [
        viewers.to_string(),
        peer.name().to_owned(),
        show(median(own, |sample| sample.p50_ms), 1),
        show(median(own, |sample| sample.p99_ms), 1),
        show(median(own, |sample| sample.max_ms), 1),
        show(median(own, |sample| sample.cpu_s_per_million), 2),
        show(median(own, |sample| sample.kib_per_connection), 1),
        show(median(own, |sample| sample.bytes / sample.deliveries), 0),
        show(worst, 0),
        ratios.join(", "),
    ]
}
