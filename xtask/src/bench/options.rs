use std::path::PathBuf;

use anyhow::{Result, ensure};
use lexopt::prelude::*;

use super::peer::Peer;

/// What a user may choose.
#[derive(Debug)]
pub(super) struct Options {
    /// How many viewers, one table row each and peer.
    pub(super) viewers: Vec<usize>,
    /// Messages a second.
    pub(super) rate: u32,
    /// How long each run is measured.
    pub(super) seconds: u32,
    /// How often each is run; medians are shown.
    pub(super) runs: usize,
    pub(super) peers: Vec<Peer>,
    /// Whether viewers take permessage-deflate (`fanout`).
    pub(super) deflate: bool,
    /// Whether viewers come over Server-Sent Events (`fanout`, of Watchroom alone).
    pub(super) sse: bool,
    /// How many viewers never read (`stalled`).
    pub(super) stalled: usize,
    /// How long viewers are cut off, in seconds (`cut`).
    pub(super) cut: u32,
    /// How often the server is killed (`kill`).
    pub(super) kills: u32,
    /// The database to keep messages in (`kill`); a file if it is absent.
    pub(super) database_url: Option<String>,
    /// Whether server and load generator keep to a core each, with taskset: then no figure depends on
    /// where the scheduler put them.
    pub(super) pin: bool,
    /// A recording of a host (`past`); otherwise one in the target folder.
    pub(super) recording: Option<PathBuf>,
    /// How long memory is watched (`memory`).
    pub(super) minutes: u32,
    /// How many series there are (`memory`).
    pub(super) series: usize,
    /// A server that is built already.
    pub(super) server: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            viewers: vec![1_000],
            rate: 10,
            seconds: 30,
            runs: 5,
            peers: vec![Peer::Watchroom],
            deflate: false,
            sse: false,
            stalled: 200,
            cut: 30,
            kills: 100,
            database_url: None,
            pin: false,
            recording: None,
            minutes: 60,
            series: 200,
            server: None,
        }
    }
}

/// A benchmark is watched by somebody; one that takes longer than this was mistyped.
const SECONDS_MAX: u32 = 600;

/// The same, with two seconds for each.
const KILLS_MAX: u32 = 500;

impl Options {
    /// These options, with what the user says instead.
    pub(super) fn with(mut self, mut arguments: lexopt::Parser) -> Result<Self> {
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("viewers") => self.viewers = list(&arguments.value()?.string()?)?,
                Long("rate") => self.rate = arguments.value()?.parse()?,
                Long("seconds") => self.seconds = arguments.value()?.parse()?,
                Long("runs") => self.runs = arguments.value()?.parse()?,
                Long("peers") => self.peers = list(&arguments.value()?.string()?)?,
                Long("deflate") => self.deflate = true,
                Long("sse") => self.sse = true,
                Long("stalled") => self.stalled = arguments.value()?.parse()?,
                Long("cut") => self.cut = arguments.value()?.parse()?,
                Long("kills") => self.kills = arguments.value()?.parse()?,
                Long("database-url") => self.database_url = Some(arguments.value()?.string()?),
                Long("pin") => self.pin = true,
                Long("recording") => self.recording = Some(arguments.value()?.into()),
                Long("minutes") => self.minutes = arguments.value()?.parse()?,
                Long("series") => self.series = arguments.value()?.parse()?,
                Long("server") => self.server = Some(arguments.value()?.into()),
                other => return Err(other.unexpected().into()),
            }
        }
        ensure!(
            self.runs > 0 && self.rate > 0 && self.seconds > 0,
            "`--runs`, `--rate` and `--seconds` must not be 0"
        );
        ensure!(
            (1..=KILLS_MAX).contains(&self.kills),
            "`--kills` goes from 1 to {KILLS_MAX}"
        );
        ensure!(
            self.seconds <= SECONDS_MAX && self.cut < SECONDS_MAX,
            "`--seconds` and `--cut` go up to {SECONDS_MAX}"
        );
        Ok(self)
    }
}

fn list<T>(text: &str) -> Result<Vec<T>>
where
    T: std::str::FromStr,
    T::Err: Into<anyhow::Error>,
{
    text.split(',')
        .map(|item| item.parse().map_err(Into::into))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Options, Peer};

    fn parse(arguments: &[&str]) -> anyhow::Result<Options> {
        Options::default().with(lexopt::Parser::from_args(arguments))
    }

    #[test]
    fn what_is_said_replaces_what_is_usual() {
        let options = parse(&["--viewers", "10,20", "--peers=floor,bun", "--deflate"])
            .expect("these are right");
        assert_eq!(options.viewers, [10, 20]);
        assert_eq!(options.peers, [Peer::Floor, Peer::Bun]);
        assert!(options.deflate);
        assert_eq!(options.rate, 10);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for wrong in ["--runs=0", "--seconds=601", "--peers=nginx", "--viewers=x"] {
            assert!(parse(&[wrong]).is_err(), "{wrong}");
        }
    }
}
