//! People who talk in a room beside many other viewers: how long a message takes from its request to all others, and how much
//! presence and typing each receives. With `--kills`: whether each message is there once, and everybody sees the same ones in
//! the same order, though the server is killed again and again.

#![expect(
    clippy::disallowed_methods,
    reason = "people are threads that write at their times"
)]

mod kills;
mod live;
mod person;

use self::person::Person;
use super::servers::{Programs, Server};
use super::table::table;
use anyhow::{Context, Result, ensure};
use clap::Args;
use loadtest::Target;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

#[derive(Args)]
pub(super) struct Options {
    /// How many people are in the room, one table row for each number.
    #[arg(long, value_delimiter = ',', default_value = "20,200")]
    people: Vec<usize>,
    /// Other viewers.
    #[arg(long, default_value_t = 1_000)]
    viewers: usize,
    /// How long each row is measured, in seconds.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Between two messages of a person, in seconds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=60))]
    interval: u32,
    /// In how many rooms people type at the same time.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=40))]
    typing_rooms: u32,
    /// How often the server is killed while twenty people write.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=500))]
    kills: u32,
}

/// The room that exists from the start.
const ROOM: &str = "r1";

pub(super) fn main(options: &Options, programs: &Programs) -> Result<()> {
    match options.kills {
        0 => live::main(options, programs),
        kills => kills::main(kills, programs),
    }
}

/// A server that starts with the same address and the same store each time.
struct Place {
    data: TempDir,
    address: String,
}

impl Place {
    fn new() -> Result<Self> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        Ok(Self {
            data: TempDir::new()?,
            address: free.context("find a free port")?.to_string(),
        })
    }

    fn serve(&self, programs: &Programs) -> Result<Server> {
        programs.start_watchroom(&[
            "--demo".to_owned(),
            "--demo-days=0".to_owned(),
            format!("--listen={}", self.address),
            format!("--data-dir={}", self.data.path().display()),
        ])
    }

    fn target(&self) -> Result<Target> {
        Ok(Target::parse(&format!("http://{}", self.address), false)?)
    }

    fn people(&self, count: usize) -> Result<Vec<Person>> {
        let target = self.target()?;
        let people = (0..count).map(|number| Person::new(number, target.clone()));
        Ok(people.collect())
    }
}
