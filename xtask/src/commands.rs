//! One file per command, and the list of commands.

mod audit;
mod build;
mod dist;
mod fuzz;
mod leptos;
mod run;
mod screenshot;
mod setup;
mod test;

use crate::table::table;
use anyhow::Result;
use std::process::ExitCode;

/// What `cargo xtask <name>` does.
pub(crate) struct Command {
    name: &'static str,
    usage: &'static str,
    help: &'static str,
    pub(crate) main: fn(lexopt::Parser) -> Result<ExitCode>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "run",
        usage: "run [--demo] [flags of `watchroom serve`]",
        help: "set up what is missing, build the release, serve the page",
        main: run::main,
    },
    Command {
        name: "test",
        usage: "test [--only part,part] [--repeat N] [--load] [--list]",
        help: "run all tests and print a summary; N times, with a load on every core",
        main: test::main,
    },
    Command {
        name: "setup",
        usage: "setup [--check] [--for run|test] [--peers]",
        help: "install the tools; --peers: also for comparisons in benchmarks; --check: only list them",
        main: setup::main,
    },
    Command {
        name: "build",
        usage: "build",
        help: "the release build and the size of the first load",
        main: build::main,
    },
    Command {
        name: "dist",
        usage: "dist [--binary FILE]",
        help: "the archive and the Debian package of the release, with checksums; --binary: of that program",
        main: dist::main,
    },
    Command {
        name: "leptos",
        usage: "leptos <arguments>",
        help: "cargo-leptos with the pinned tools: `watch`, `end-to-end --release --split`",
        main: leptos::main,
    },
    Command {
        name: "audit",
        usage: "audit",
        help: "licences, bans, sources and known vulnerabilities of dependencies",
        main: audit::main,
    },
    Command {
        name: "fuzz",
        usage: "fuzz [--seconds N] [target]",
        help: "feed random input to every parser, or to one",
        main: fuzz::main,
    },
    Command {
        name: "bench",
        usage: "bench fanout|stalled|deflate|cut|kill|attack|network|memory|history-load|login|ingest|rooms|history|page|chart [flags]",
        help: "measure the server, the store or the page",
        main: crate::bench::main,
    },
    Command {
        name: "screenshot",
        usage: "screenshot",
        help: "take all screenshots of the page: README, tests, gallery",
        main: screenshot::main,
    },
];

pub(crate) fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
}

pub(crate) fn help() -> String {
    let rows: Vec<_> = COMMANDS
        .iter()
        .map(|command| [format!("  {}", command.usage), command.help.to_owned()])
        .collect();
    format!("Usage: cargo xtask <command>\n\n{}", table(&rows))
}

/// Rejects any argument, for commands without arguments.
fn no_arguments(mut arguments: lexopt::Parser) -> Result<()> {
    match arguments.next()? {
        Some(argument) => Err(argument.unexpected().into()),
        None => Ok(()),
    }
}
