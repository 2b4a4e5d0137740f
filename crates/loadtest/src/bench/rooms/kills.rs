use super::super::statistics::show;
use super::person::{Position, Received, typing};
use super::*;
use loadtest::Talker;
use rand::Rng;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// How many people write.
const PEOPLE: usize = 20;

/// One kill happens at a random moment of each interval.
const INTERVAL: Duration = Duration::from_secs(2);

/// Between two messages of a person: its limit is ten in ten seconds.
const WRITING_INTERVAL: Duration = Duration::from_millis(1_100);

/// Between two reports of a person that it types.
const TYPING_INTERVAL: Duration = Duration::from_secs(3);

/// How long the last message may take to reach everybody, whoever has to connect again before.
const ARRIVAL_TIME_MAX: Duration = Duration::from_secs(60);

/// Between two attempts.
const RETRY_AFTER: Duration = Duration::from_millis(50);

/// What all people share.
struct Run {
    is_over: AtomicBool,
    writing: AtomicU64,
    /// The highest position that was acknowledged.
    newest: AtomicU64,
    retries: AtomicU64,
}

/// What one person has seen.
#[derive(Default)]
struct Seen {
    said: Vec<(u64, String)>,
    gaps: u64,
    connections: u64,
    /// How often it has received who is typing.
    typing: u64,
}

pub(super) fn main(kills: u32, programs: &Programs) -> Result<()> {
    let place = Place::new()?;
    let mut server = place.serve(programs)?;
    let run = Run {
        is_over: AtomicBool::new(false),
        writing: AtomicU64::new(PEOPLE as u64),
        newest: AtomicU64::new(0),
        retries: AtomicU64::new(0),
    };
    let writers = place.people(PEOPLE)?;
    let mut readers = Vec::new();
    for person in place.people(PEOPLE)? {
        let (talker, epoch) = person.listen(None)?;
        readers.push((person, talker, Position { epoch, seq: 0 }));
    }
    let start = Instant::now();
    let (seen, said, _server) = thread::scope(|scope| -> Result<_> {
        let run = &run;
        let reading: Vec<_> = readers
            .into_iter()
            .map(|(person, talker, from)| scope.spawn(move || read(&person, talker, from, run)))
            .collect();
        let writing: Vec<_> = writers
            .into_iter()
            .map(|person| scope.spawn(move || write(person, run)))
            .collect();
        for kill in 0..kills {
            let at = INTERVAL * kill + INTERVAL.mul_f64(rand::rng().random());
            thread::sleep(at.saturating_sub(start.elapsed()));
            drop(server);
            server = place.serve(programs)?;
            eprint!("\r{} of {kills} kills", kill + 1);
        }
        eprintln!();
        run.is_over.store(true, Ordering::Relaxed);
        let mut said = Vec::new();
        for writing in writing {
            said.extend(writing.join().expect("a writer does not panic")?);
        }
        let mut seen = Vec::new();
        for reading in reading {
            seen.push(reading.join().expect("a reader does not panic")?);
        }
        Ok((seen, said, server))
    })?;
    let seconds = start.elapsed().as_secs_f64();
    let mut reader = Person::new(PEOPLE, place.target()?);
    let log = reader.history()?;
    let texts: HashSet<&str> = log.iter().map(|(_, text)| text.as_str()).collect();
    let lost = said
        .iter()
        .filter(|text| !texts.contains(text.as_str()))
        .count();
    let repeated = log.len() - texts.len();
    let in_log: HashSet<&(u64, String)> = log.iter().collect();
    let all_seen: HashSet<&(u64, String)> = seen.iter().flat_map(|seen| &seen.said).collect();
    let seen_and_lost = all_seen.difference(&in_log).count();
    // All have listened since before the first message, so each has seen the whole log.
    let others = seen.iter().filter(|seen| seen.said != log).count();
    let gaps: u64 = seen.iter().map(|seen| seen.gaps).sum();
    let typing: u64 = seen.iter().map(|seen| seen.typing).sum();
    let connections: u64 = seen.iter().map(|seen| seen.connections).sum();
    let rows = [
        ("kills", kills.to_string()),
        ("people", PEOPLE.to_string()),
        ("said", said.len().to_string()),
        ("said/s", show(said.len() as f64 / seconds, 1)),
        ("sent again", run.retries.into_inner().to_string()),
        ("connections", connections.to_string()),
        ("typing received", typing.to_string()),
        ("seen by somebody, and lost", seen_and_lost.to_string()),
        ("answered, and lost", lost.to_string()),
        ("said twice", repeated.to_string()),
        (
            "people who saw others, or another order",
            others.to_string(),
        ),
        ("gaps", gaps.to_string()),
    ];
    let rows = rows.map(|(name, value)| [name.to_owned(), value]);
    println!("{}", table(&rows));
    ensure!(
        seen_and_lost + lost + repeated + others == 0 && gaps == 0,
        "everybody must see each message once, in the same order"
    );
    Ok(())
}

/// Writes until the last kill, each message again until it is answered. Returns what was said.
fn write(mut person: Person, run: &Run) -> Result<Vec<String>> {
    let mut said = Vec::new();
    while !run.is_over.load(Ordering::Relaxed) {
        let text = format!("{} {}", person.number, said.len());
        loop {
            // Without an answer it may have been said.
            if let Ok((status, seq)) = person.say(&text) {
                if let Some(seq) = seq {
                    run.newest.fetch_max(seq, Ordering::Relaxed);
                    break;
                }
                ensure!(
                    matches!(status, 429 | 503),
                    "a message was answered by {status}"
                );
            }
            run.retries.fetch_add(1, Ordering::Relaxed);
            thread::sleep(RETRY_AFTER);
        }
        said.push(text);
        thread::sleep(WRITING_INTERVAL);
    }
    run.writing.fetch_sub(1, Ordering::Relaxed);
    Ok(said)
}

/// Listens until the last message has arrived, and resumes where a connection has ended.
fn read(person: &Person, talker: Talker, mut from: Position, run: &Run) -> Result<Seen> {
    let mut seen = Seen {
        connections: 1,
        ..Seen::default()
    };
    let mut talker = Some(talker);
    let mut over_since = None;
    let (presence, typing) = (person.presence(true), typing(ROOM));
    // A new connection is present before it types.
    let (mut is_present, mut typing_at) = (false, Instant::now());
    loop {
        if run.writing.load(Ordering::Relaxed) == 0 {
            let since = *over_since.get_or_insert_with(Instant::now);
            if from.seq >= run.newest.load(Ordering::Relaxed) {
                return Ok(seen);
            }
            ensure!(
                since.elapsed() < ARRIVAL_TIME_MAX,
                "the last message does not arrive"
            );
        }
        let Some(open) = &mut talker else {
            match person.listen(Some(&from)) {
                Ok((open, epoch)) => {
                    seen.connections += 1;
                    from.epoch = epoch;
                    (talker, is_present) = (Some(open), false);
                }
                Err(_) => thread::sleep(RETRY_AFTER),
            }
            continue;
        };
        let is_due = Instant::now() >= typing_at;
        let report = match (is_present, is_due) {
            (false, _) => Some(&presence),
            (true, true) => Some(&typing),
            (true, false) => None,
        };
        if let Some(report) = report {
            if open.send(report).is_err() {
                talker = None;
                continue;
            }
            if is_present {
                typing_at = Instant::now() + TYPING_INTERVAL;
            }
            is_present = true;
        }
        let Ok(text) = open.receive(Instant::now() + Duration::from_millis(200)) else {
            talker = None;
            continue;
        };
        let Some(text) = text else { continue };
        let received = Received::parse(&text)?;
        seen.gaps += u64::from(received.r#type == "gap");
        seen.typing += u64::from(received.r#type == "typing");
        if let (Some(seq), Some(text)) = (received.seq, received.text) {
            from.seq = seq;
            seen.said.push((seq, text));
        }
    }
}
