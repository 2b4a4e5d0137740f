//! A process that commits is killed repeatedly, on each database: what it reported as committed is stored, and
//! no sequence number is allocated twice.
//!
//! Started with a location as its argument, this program is the process that is killed.

#[path = "support/mod.rs"]
#[expect(dead_code, reason = "the other tests use more of it")]
mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use access::Access;
use protocol::Stream::{Data, Events};
use store::{CommitExtras, Config, IdempotencyKeyRow, Location, Store};
use support::Place;
use support::entries::Chain;

/// How often it is killed, and after how many lines of output at most.
const KILLS: usize = 12;
const LINES_MAX: usize = 60;

/// The child reserves so many numbers at a time.
const BLOCK: u64 = 40;

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    match &arguments[1..] {
        [kind, place] if kind == "sqlite" => commit_forever(Location::Sqlite(place.into())).await,
        [kind, place] if kind == "postgres" => {
            commit_forever(Location::Postgres(place.clone())).await;
        }
        // Of the options of a test runner only `--list` needs another result.
        others if others.iter().any(|argument| argument == "--list") => {}
        _ => {
            survives(&Place::sqlite()).await;
            println!("killed {KILLS} times on SQLite: nothing lost, no number allocated twice");
            survives(&Place::postgres().await).await;
            println!("killed {KILLS} times on PostgreSQL: nothing lost, no number allocated twice");
        }
    }
}

/// Commits until it is killed, and reports each batch before and after.
async fn commit_forever(location: Location) {
    let store = store::open(&Config::of(location))
        .await
        .expect("the store opens");
    let start = store.start().await.expect("it starts");
    let mut chain = Chain::from(
        start.next_seq,
        start.log.streams.map(|stream| stream.newest_seq),
    );
    let mut reserved = start.next_seq - 1;
    report("first", start.next_seq);
    for length in (1..8).cycle() {
        let batch = chain.messages(&[Data, Data, Events, Data, Events, Data, Data][..length]);
        let last = batch[batch.len() - 1].seq;
        if last > reserved {
            reserved = last + BLOCK;
            store.reserve(reserved).await.expect("it reserves");
        }
        report("allocated", last);
        let committed = store.commit_with(&batch, &key_of(last)).await;
        committed.expect("it commits");
        report("committed", last);
    }
}

/// The key of the batch whose newest message this is.
fn key_of(last: u64) -> CommitExtras {
    let key = IdempotencyKeyRow {
        owner: "none".to_owned(),
        key: last.to_string(),
        digest: [0; 32],
        at_ms: 0,
        accepted: 1,
        rejected: 0,
        seq: last,
    };
    CommitExtras {
        keys: vec![key],
        ..CommitExtras::default()
    }
}

fn report(what: &str, seq: u64) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{what} {seq}")
        .and_then(|()| output.flush())
        .expect("the test reads");
}

/// What the processes so far have reported.
#[derive(Default)]
struct Reports {
    allocated: u64,
    committed: Vec<(u64, u64)>,
}

async fn survives(place: &Place) {
    let mut reports = Reports::default();
    for round in 0..KILLS {
        let lines_max = 1 + round * 37 % LINES_MAX;
        let mut child = start(place);
        reports.read(&mut child, lines_max);
        check(place, &reports).await;
    }
    assert!(reports.allocated > 0, "numbers were allocated");
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

impl Reports {
    /// Reads the output of a child, killing it after so many lines, to the end.
    fn read(&mut self, child: &mut Child, lines_max: usize) {
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let mut from = 0;
        for (number, line) in (1..).zip(output.lines()) {
            let line = line.expect("a line");
            let (what, seq) = line.split_once(' ').expect("two words");
            let seq: u64 = seq.parse().expect("a number");
            match what {
                "first" => {
                    assert!(
                        seq > self.allocated,
                        "{seq} was allocated before: up to {}",
                        self.allocated
                    );
                    from = seq;
                }
                "allocated" => self.allocated = self.allocated.max(seq),
                _ => self.committed.push((from, seq)),
            }
            if number == lines_max {
                child.kill().expect("it is killed");
            }
        }
        let ended = child.wait().expect("it ended");
        assert!(!ended.success(), "it runs until it is killed: {ended}");
    }
}

/// Everything reported as committed is stored with its key, no key without its messages, each stream is an unbroken chain, and everything stored was
/// allocated.
async fn check(place: &Place, reports: &Reports) {
    let store = reopened(place).await;
    let log = store.log_state().await.expect("a state");
    let read = store
        .after(
            &Access::server(),
            0,
            &[Data, Events],
            usize::MAX,
            usize::MAX,
        )
        .await
        .expect("it reads");
    let keys = store.idempotency_keys().await.expect("it reads");
    drop(store);
    let keys: Vec<u64> = keys.into_iter().map(|row| row.seq).collect();
    let is_stored = |seq: &u64| read.iter().any(|entry| entry.seq == *seq);
    assert!(keys.iter().all(is_stored), "a key without its messages");
    let newest = read.last().map(|entry| entry.seq);
    assert_eq!(keys.last().copied(), newest, "messages without their key");
    for &(from, to) in &reports.committed {
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
        assert!(newest <= reports.allocated, "{newest} was never allocated");
    }
}

/// A database may detect late that its client was killed; opening waits for it.
async fn reopened(place: &Place) -> std::sync::Arc<dyn Store> {
    let opening = tokio::time::timeout(Duration::from_secs(20), place.open());
    opening.await.expect("it opens in time")
}
