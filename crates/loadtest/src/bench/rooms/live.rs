use super::super::statistics::show;
use super::person::{Received, typing};
use super::*;
use loadtest::Talker;
use std::time::Instant;

/// Presence and typing a second that each viewer receives at most, and what of the measured time is not a second sharp.
const LIVE_PER_SECOND_MAX: f64 = 2.0;
const TOLERANCE: f64 = 1.1;

/// Between two changes of somebody's presence, and between two reports that it types.
const PRESENCE_INTERVAL: Duration = Duration::from_secs(4);
const TYPING_INTERVAL: Duration = Duration::from_secs(3);

/// For all other viewers to connect.
const CONNECTING: Duration = Duration::from_secs(5);

/// For what was said last to arrive.
const REST: Duration = Duration::from_secs(3);

/// What people of one run have seen.
#[derive(Default)]
struct Seen {
    /// From the request of a message to its receipt by another.
    latencies_ms: Vec<f64>,
    /// Presence, typing, and both together, each that the one received who received most of it.
    presence: u64,
    typing: u64,
    live: u64,
    refused: u64,
    said: u64,
}

/// When what happens.
struct Times {
    start: Instant,
    end: Instant,
    interval: Duration,
    people: usize,
}

impl Times {
    fn measures(&self, at: Instant) -> bool {
        (self.start..self.end).contains(&at)
    }
}

pub(super) fn main(options: &Options, programs: &Programs) -> Result<()> {
    let head = [
        "people",
        "viewers",
        "said",
        "said/s",
        "refused",
        "received",
        "received/s",
        "p50 ms",
        "p99 ms",
        "max ms",
        "presence/s",
        "typing/s",
        "both/s",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    let mut is_bounded = true;
    for people in &options.people {
        let mut seen = run(options, programs, *people)?;
        seen.latencies_ms.sort_by(f64::total_cmp);
        let latencies = &seen.latencies_ms;
        let quantile = |share: f64| {
            let place = (share * latencies.len() as f64) as usize;
            latencies
                .get(place)
                .or(latencies.last())
                .copied()
                .unwrap_or(f64::NAN)
        };
        let per_second = |count: u64| count as f64 / f64::from(options.seconds);
        let live = per_second(seen.live);
        let received = latencies.len() as u64;
        is_bounded &= live <= LIVE_PER_SECOND_MAX * TOLERANCE;
        rows.push([
            people.to_string(),
            options.viewers.to_string(),
            seen.said.to_string(),
            show(per_second(seen.said), 1),
            seen.refused.to_string(),
            received.to_string(),
            show(per_second(received), 1),
            show(quantile(0.5), 1),
            show(quantile(0.99), 1),
            show(quantile(1.0), 1),
            show(per_second(seen.presence), 2),
            show(per_second(seen.typing), 2),
            show(live, 2),
        ]);
        let expected = seen.said * people.saturating_sub(1) as u64;
        ensure!(
            received == expected,
            "{received} messages were received, and {expected} were to be"
        );
    }
    println!("{}", table(&rows));
    ensure!(is_bounded, "a viewer receives too much presence and typing");
    Ok(())
}

fn run(options: &Options, programs: &Programs, count: usize) -> Result<Seen> {
    let place = Place::new()?;
    let server = place.serve(programs)?;
    let mut people = place.people(count)?;
    let mut rooms = vec![ROOM.to_owned()];
    let creator = people.first_mut().context("there are people")?;
    for number in 1..options.typing_rooms {
        rooms.push(creator.create(&format!("Room {number}"))?);
    }
    // They stay until all has arrived.
    let load_s = options.seconds + (CONNECTING + REST).as_secs() as u32;
    let plan = server.plan(options.viewers.max(1), load_s)?;
    let mut talkers = Vec::new();
    for person in people {
        let (talker, _) = person.listen(None)?;
        talkers.push((person, talker));
    }
    let start = Instant::now() + CONNECTING;
    let times = &Times {
        start,
        end: start + Duration::from_secs(options.seconds.into()),
        interval: Duration::from_secs(options.interval.into()),
        people: count,
    };
    let rooms = &rooms;
    thread::scope(|scope| {
        let load = (options.viewers > 0).then(|| scope.spawn(|| programs.load(&plan)));
        let talks: Vec<_> = talkers
            .into_iter()
            .map(|(person, talker)| scope.spawn(move || talk(person, talker, times, rooms)))
            .collect();
        let mut all = Seen::default();
        for talk in talks {
            let seen = talk.join().expect("a person does not panic")?;
            all.latencies_ms.extend(seen.latencies_ms);
            all.presence = all.presence.max(seen.presence);
            all.typing = all.typing.max(seen.typing);
            all.live = all.live.max(seen.presence + seen.typing);
            all.refused += seen.refused;
            all.said += seen.said;
        }
        if let Some(load) = load {
            let report = load.join().expect("the load does not panic")?;
            let faults = report.faults();
            ensure!(faults.is_empty(), "other viewers: {faults:?}");
        }
        Ok(all)
    })
}

/// One person: writes on this thread, and reads on another one.
fn talk(mut person: Person, mut talker: Talker, times: &Times, rooms: &[String]) -> Result<Seen> {
    let number = person.number;
    let presences = [true, false].map(|is_active| person.presence(is_active));
    thread::scope(|scope| {
        let reading = scope.spawn(move || -> Result<Seen> {
            let mut seen = Seen::default();
            let own = format!("{number} ");
            let shift = times.interval.mul_f64(number as f64 / times.people as f64);
            let (mut presence_at, mut typing_at) = (times.start, times.start + shift);
            let mut turns = 0_usize;
            talker.send(&presences[0])?;
            loop {
                let now = Instant::now();
                if now >= times.end + REST {
                    return Ok(seen);
                }
                if now >= presence_at && now < times.end {
                    presence_at += PRESENCE_INTERVAL;
                    turns += 1;
                    talker.send(&presences[turns % 2])?;
                }
                if now >= typing_at && now < times.end {
                    typing_at += TYPING_INTERVAL;
                    let room = &rooms[(number + turns) % rooms.len()];
                    talker.send(&typing(room))?;
                }
                let due = presence_at
                    .min(typing_at)
                    .max(now + Duration::from_millis(1));
                let due = due.min(times.end + REST);
                let Some(text) = talker.receive(due)? else {
                    continue;
                };
                let at = Instant::now();
                let received = Received::parse(&text)?;
                match (received.r#type.as_str(), received.text) {
                    ("room", Some(text)) if !text.starts_with(&own) => {
                        seen.latencies_ms.push(latency_ms(&text, times.start, at)?);
                    }
                    ("presence", _) if times.measures(at) => seen.presence += 1,
                    ("typing", _) if times.measures(at) => seen.typing += 1,
                    _ => {}
                }
            }
        });
        let written = write(&mut person, times)?;
        let mut seen = reading.join().expect("a reader does not panic")?;
        (seen.said, seen.refused) = written;
        Ok(seen)
    })
}

/// Says something each interval, all people evenly distributed. Returns how much was said, and refused.
fn write(person: &mut Person, times: &Times) -> Result<(u64, u64)> {
    let share = person.number as f64 / times.people as f64;
    let mut due = times.start + times.interval.mul_f64(share);
    let (mut said, mut refused) = (0, 0);
    while due < times.end {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let sent_us = times.start.elapsed().as_micros();
        let (status, seq) = person.say(&format!("{} {sent_us}", person.number))?;
        match seq {
            Some(_) => said += 1,
            None => {
                ensure!(
                    matches!(status, 429 | 503),
                    "a message was answered by {status}"
                );
                refused += 1;
            }
        }
        due += times.interval;
    }
    Ok((said, refused))
}

/// How long ago a text was sent that says when that was.
fn latency_ms(text: &str, start: Instant, at: Instant) -> Result<f64> {
    let (_, sent_us) = text.split_once(' ').context("the text has a time")?;
    let sent = start + Duration::from_micros(sent_us.parse()?);
    Ok(at.saturating_duration_since(sent).as_secs_f64() * 1_000.0)
}
