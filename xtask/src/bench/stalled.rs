//! `cargo xtask bench stalled`: what viewers that never read cost the others.

use anyhow::Result;

use super::load::{Sample, load};
use super::median::{median, median_ratio, show};
use super::options::Options;
use super::peer::Programs;
use crate::table::table;

pub(super) fn defaults() -> Options {
    Options {
        seconds: 60,
        runs: 3,
        ..Options::default()
    }
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
            for number in 1..=options.runs {
                for (stalled, samples) in [(0, &mut without), (options.stalled, &mut with)] {
                    let name = peer.name();
                    eprintln!("{viewers} viewers of {name}, {stalled} stalled, run {number}");
                    let server = programs.start(*peer, options.rate, false)?;
                    let arguments = [
                        format!("--viewers={viewers}"),
                        format!("--stalled={stalled}"),
                        format!("--seconds={}", options.seconds),
                    ];
                    samples.push(load(programs, &server, &arguments)?);
                }
            }
            for (stalled, samples) in [(0, &without), (options.stalled, &with)] {
                rows.push(row(*viewers, peer.name(), stalled, samples));
            }
            ratios.push(format!(
                "{} with {} stalled ÷ without: p99 {}, memory at the end {}",
                peer.name(),
                options.stalled,
                show(median_ratio(&with, &without, |sample| sample.p99_ms), 2),
                show(median_ratio(&with, &without, |sample| sample.end_kib), 2),
            ));
        }
    }
    println!("{}\n\n{}", table(&rows), ratios.join("\n"));
    Ok(())
}

fn row(viewers: usize, peer: &str, stalled: usize, samples: &[Sample]) -> [String; 7] {
    [
        viewers.to_string(),
        peer.to_owned(),
        stalled.to_string(),
        show(median(samples, |sample| sample.p99_ms), 1),
        show(median(samples, |sample| sample.end_kib / 1_024.0), 1),
        show(median(samples, |sample| sample.peak_kib / 1_024.0), 1),
        show(median(samples, |sample| sample.faults), 0),
    ]
}
