use super::servers::{Peer, Programs};
use super::statistics::{faults, show};
use super::table::table;
use anyhow::Result;
use clap::Args;
use loadtest::{Plan, Transport};
use std::time::Duration;

#[derive(Args)]
pub(super) struct Options {
    /// How many viewers, one table row for each number and transport.
    #[arg(long, value_delimiter = ',', default_value = "100")]
    viewers: Vec<usize>,
    /// Messages a second.
    #[arg(long, default_value_t = 10)]
    rate: u32,
    /// How long viewers are disconnected, in seconds.
    #[arg(long, default_value_t = 30)]
    cut: u32,
}

/// How long viewers are watched after they have reconnected.
const AFTERWARDS_S: u32 = 5;

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
        for (name, transport) in [("websocket", Transport::Websocket), ("sse", Transport::Sse)] {
            eprintln!("{viewers} viewers over {name}");
            let server = programs.start(Peer::Watchroom, options.rate, false)?;
            let report = programs.load(&Plan {
                transport,
                cut: Some(Duration::from_secs(options.cut.into())),
                ..server.plan(*viewers, options.cut + AFTERWARDS_S)?
            })?;
            rows.push([
                viewers.to_string(),
                name.to_owned(),
                options.cut.to_string(),
                report.resumes.recovered.to_string(),
                report.backlog.to_string(),
                show(faults(&report), 0),
            ]);
        }
    }
    println!("{}", table(&rows));
    Ok(())
}
