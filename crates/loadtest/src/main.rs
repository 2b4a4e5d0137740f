//! The load generator's command line; see the library for what it does.

mod bench;
mod command;

use clap::Parser;
use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    command::Command::parse().execute()
}
