//! `cargo xtask bench deflate`: what permessage-deflate costs and saves.

use anyhow::Result;

use super::load::load;
use super::median::{median, median_ratio, show};
use super::options::Options;
use super::peer::{Peer, Programs};
use crate::table::table;

pub(super) fn defaults() -> Options {
    Options {
        viewers: vec![5_000],
        peers: vec![Peer::Watchroom, Peer::Bun],
        ..Options::default()
    }
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
            let (mut plain, mut deflated) = (Vec::new(), Vec::new());
            for number in 1..=options.runs {
                for (deflate, samples) in [(false, &mut plain), (true, &mut deflated)] {
                    let name = peer.name();
                    eprintln!("{viewers} viewers of {name}, deflate {deflate}, run {number}");
                    let server = programs.start(*peer, options.rate, deflate)?;
                    let mut arguments = vec![
                        format!("--viewers={viewers}"),
                        format!("--seconds={}", options.seconds),
                    ];
                    arguments.extend(deflate.then(|| "--deflate".to_owned()));
                    samples.push(load(programs, &server, &arguments)?);
                }
            }
            for (deflate, samples) in [("no", &plain), ("yes", &deflated)] {
                rows.push([
                    viewers.to_string(),
                    peer.name().to_owned(),
                    deflate.to_owned(),
                    show(median(samples, |sample| sample.p99_ms), 1),
                    show(median(samples, |sample| sample.cpu_s_per_million), 2),
                    show(
                        median(samples, |sample| sample.bytes / sample.deliveries),
                        0,
                    ),
                    show(median(samples, |sample| sample.faults), 0),
                ]);
            }
            ratios.push(format!(
                "{} with deflate ÷ without: CPU {}, bytes {}",
                peer.name(),
                show(
                    median_ratio(&deflated, &plain, |sample| sample.cpu_s_per_million),
                    2
                ),
                show(
                    median_ratio(&deflated, &plain, |sample| sample.bytes / sample.deliveries),
                    2
                ),
            ));
        }
    }
    println!("{}\n\n{}", table(&rows), ratios.join("\n"));
    Ok(())
}
