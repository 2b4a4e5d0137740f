//! A program that commits is killed again and again, on each database: whatever it said it had
//! committed is there, and no number is ever given twice.
//!
//! Started with a place as its argument, this program is the one that is killed.

#[path = "support/mod.rs"]
#[expect(dead_code, reason = "the other tests use more of it")]
mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use protocol::Stream::{Data, Events};
use store::{Config, Location, Store};
use support::Place;
use support::entries::Chain;

/// How often it is killed, and the longest that it lives, counted in lines that it says.
const KILLS: usize = 12;
const LINES_MAX: usize = 60;

/// The child reserves so many numbers at a time.
const BLOCK: u64 = 40;

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    match &arguments[1..] {
        [kind, place] if kind == "sqlite" => live(Location::Sqlite(place.into())).await,
        [kind, place] if kind == "postgres" => live(Location::Postgres(place.clone())).await,
        // Whatever a test runner asks for; `--list` is all that needs another answer.
        others if others.iter().any(|argument| argument == "--list") => {}
        _ => {
            survives(&Place::sqlite()).await;
            println!("killed {KILLS} times on SQLite: nothing lost, no number given twice");
            survives(&Place::postgres().await).await;
            println!("killed {KILLS} times on PostgreSQL: nothing lost, no number given twice");
        }
    }
}

/// Commits until it is killed, and says what it is about to do and what it has done.
async fn live(location: Location) {
    let store = store::open(&Config::of(location))
        .await
        .expect("the store opens");
    let start = store.start().await.expect("it starts");
    let mut chain = Chain::from(
        start.next_seq,
        start.log.streams.map(|stream| stream.newest_seq),
    );
    let mut reserved = start.next_seq - 1;
    say("first", start.next_seq);
    for length in (1..8).cycle() {
        let batch = chain.messages(&[Data, Data, Events, Data, Events, Data, Data][..length]);
        let last = batch[batch.len() - 1].seq;
        if last > reserved {
            reserved = last + BLOCK;
            store.reserve(reserved).await.expect("it reserves");
        }
        say("given", last);
        store.commit(&batch).await.expect("it commits");
        say("committed", last);
    }
}

fn say(what: &str, seq: u64) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{what} {seq}")
        .and_then(|()| output.flush())
        .expect("somebody listens");
}

/// What the lives so far have said.
#[derive(Default)]
struct Said {
    given: u64,
    committed: Vec<(u64, u64)>,
}

async fn survives(place: &Place) {
    let mut said = Said::default();
    for life in 0..KILLS {
        let lines_max = 1 + life * 37 % LINES_MAX;
        let mut child = start(place);
        said.hear(&mut child, lines_max);
        check(place, &said).await;
    }
    assert!(said.given > 0, "they gave numbers");
}

fn start(place: &Place) -> Child {
    let (kind, place) = match place.location() {
        Location::Sqlite(directory) => ("sqlite", directory.display().to_string()),
        Location::Postgres(url) => ("postgres", url),
    };
    let program = std::env::current_exe().expect("a path to this program");
    Command::new(program)
        .args([kind, &place])
        .stdout(Stdio::piped())
        .spawn()
        .expect("start a copy of this program")
}

impl Said {
    /// Hears the child out until it is killed, with what it still said meanwhile.
    fn hear(&mut self, child: &mut Child, lines_max: usize) {
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let mut from = 0;
        for (number, line) in (1..).zip(output.lines()) {
            let line = line.expect("a line");
            let (what, seq) = line.split_once(' ').expect("two words");
            let seq: u64 = seq.parse().expect("a number");
            match what {
                "first" => {
                    assert!(
                        seq > self.given,
                        "{seq} was given before: up to {}",
                        self.given
                    );
                    from = seq;
                }
                "given" => self.given = self.given.max(seq),
                _ => self.committed.push((from, seq)),
            }
            if number == lines_max {
                child.kill().expect("it is killed");
            }
        }
        let ended = child.wait().expect("it ended");
        assert!(!ended.success(), "it goes on until it is killed: {ended}");
    }
}

/// Everything that was said to be committed is there, each stream an unbroken chain but for what a
/// jump names; what is there beyond was at least given.
async fn check(place: &Place, said: &Said) {
    let store = reopened(place).await;
    let log = store.log_state().await.expect("a state");
    let read = store
        .after(0, &[Data, Events], usize::MAX, usize::MAX)
        .await
        .expect("it reads");
    drop(store);
    for &(from, to) in &said.committed {
        let found = read
            .iter()
            .filter(|entry| (from..=to).contains(&entry.seq))
            .count() as u64;
        assert_eq!(found, to - from + 1, "between {from} and {to}");
    }
    for stream in [Data, Events] {
        let mut newest = 0;
        for entry in read.iter().filter(|entry| entry.stream == stream) {
            assert_eq!(entry.prev, newest, "before {}", entry.seq);
            newest = entry.seq;
        }
        assert_eq!(log.of(stream).newest_seq, newest);
        assert!(newest <= said.given, "{newest} was never given");
    }
}

/// A database may need a moment to notice that its client is gone; opening waits for it.
async fn reopened(place: &Place) -> std::sync::Arc<dyn Store> {
    let opening = tokio::time::timeout(Duration::from_secs(20), place.open());
    opening.await.expect("it opens soon")
}
