//! Developer commands, each run as `cargo xtask <command>`: set-up, build, tests, benchmarks.
//!
//! Nothing here is part of the product. Start reading at a command's file in `commands/`.

#[cfg(not(unix))]
compile_error!("cargo xtask needs Linux or macOS; on Windows run it inside WSL");

mod bench;
mod commands;
mod dist;
mod files;
mod first_load;
mod playwright;
mod process;
mod release;
mod setup;
mod stamp;
mod table;
mod wasm;
mod workspace;

use anyhow::{Result, bail};
use lexopt::prelude::*;
use std::process::ExitCode;

fn main() -> ExitCode {
    dispatch(lexopt::Parser::from_env()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// Calls the command with the arguments after its name.
fn dispatch(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    let name = match arguments.next()? {
        None | Some(Short('h') | Long("help")) => "help".to_owned(),
        Some(Value(name)) => name.string()?,
        Some(other) => return Err(other.unexpected().into()),
    };
    if name == "help" {
        println!("{}", commands::help());
        return Ok(ExitCode::SUCCESS);
    }
    match commands::find(&name) {
        Some(command) => (command.main)(arguments),
        None => bail!("there is no command `{name}`; `cargo xtask help` lists all"),
    }
}
