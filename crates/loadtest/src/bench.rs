//! `loadtest bench <scenario>`: benchmarks of servers, printed as tables. `cargo xtask bench` builds the
//! servers and calls it.
//!
//! Each scenario starts its own servers on loopback, puts load on them, and stops them. Servers that are
//! compared run in turns, so that a slow minute of the machine affects all of them, and medians are shown.

mod attack;
mod cut;
mod deflate;
mod fanout;
mod guarded;
mod highest_memory;
mod history_load;
mod http;
mod ingest;
mod kill;
mod login;
mod memory;
mod network;
mod options;
mod rooms;
mod servers;
mod stalled;
mod statistics;
#[path = "../../../xtask/src/table.rs"]
mod table;

use self::servers::Programs;
use anyhow::Result;
use clap::{Args, Subcommand};

#[derive(Args)]
pub(crate) struct Bench {
    #[command(flatten)]
    programs: Programs,
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Subcommand)]
enum Scenario {
    /// Many viewers, compared with other servers.
    Fanout(fanout::Options),
    /// The effect of viewers that never read on the others.
    Stalled(stalled::Options),
    /// The cost and the savings of permessage-deflate.
    Deflate(deflate::Options),
    /// What TLS and a reverse proxy cost.
    Network(network::Options),
    /// Viewers that are disconnected for a while and resume.
    Cut(cut::Options),
    /// A server that is killed again and again; viewers must neither lose nor repeat a message.
    Kill(kill::Options),
    /// A mixed attack on the server with the viewers, compared with the same attack on another one.
    Attack(attack::Options),
    /// The memory of a server with many series over time.
    Memory(memory::Options),
    /// The effect of an export and a playback on viewers.
    HistoryLoad(history_load::Options),
    /// The effect of sign-ins on viewers.
    Login(login::Options),
    /// Programs that report many series; each accepted point must be found once.
    Ingest(ingest::Options),
    /// People who talk in a room beside many viewers.
    Rooms(rooms::Options),
}

impl Bench {
    pub(crate) fn execute(&self) -> Result<()> {
        let programs = &self.programs;
        match &self.scenario {
            Scenario::Fanout(options) => fanout::main(options, programs),
            Scenario::Stalled(options) => stalled::main(options, programs),
            Scenario::Deflate(options) => deflate::main(options, programs),
            Scenario::Network(options) => network::main(options, programs),
            Scenario::Cut(options) => cut::main(options, programs),
            Scenario::Kill(options) => kill::main(options, programs),
            Scenario::Attack(options) => attack::main(options, programs),
            Scenario::Memory(options) => memory::main(options, programs),
            Scenario::HistoryLoad(options) => history_load::main(options, programs),
            Scenario::Login(options) => login::main(options, programs),
            Scenario::Ingest(options) => ingest::main(options, programs),
            Scenario::Rooms(options) => rooms::main(options, programs),
        }
    }
}
