//! `cargo xtask bench cut`: viewers that are cut off for a while, and what they get afterwards.

use anyhow::Result;

use super::load::load;
use super::median::show;
use super::options::Options;
use super::peer::{Peer, Programs};
use crate::table::table;

/// How long viewers are watched after they came back.
const AFTERWARDS_S: u32 = 5;

pub(super) fn defaults() -> Options {
    Options {
        viewers: vec![100],
        runs: 1,
        ..Options::default()
    }
}

pub(super) fn main(options: &Options, programs: &Programs) -> Result<()> {
    let head = [
        "viewers",
        "transport",
        "cut s",
        "recovered",
        "missed and received",
        "faults",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for viewers in &options.viewers {
        for transport in ["websocket", "sse"] {
            for number in 1..=options.runs {
                eprintln!("{viewers} viewers over {transport}, run {number}");
                let server = programs.start(Peer::Watchroom, options.rate, false)?;
                let arguments = [
                    format!("--viewers={viewers}"),
                    format!("--transport={transport}"),
                    format!("--cut={}", options.cut),
                    format!("--seconds={}", options.cut + AFTERWARDS_S),
                ];
                let sample = load(programs, &server, &arguments)?;
                rows.push([
                    viewers.to_string(),
                    transport.to_owned(),
                    options.cut.to_string(),
                    show(sample.recovered, 0),
                    show(sample.backlog, 0),
                    show(sample.faults, 0),
                ]);
            }
        }
    }
    println!("{}", table(&rows));
    Ok(())
}
