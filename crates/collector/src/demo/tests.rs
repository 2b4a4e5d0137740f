use super::*;
use crate::{Collector, Watched};
use protocol::{Data, Position, Stream, Timestamp, splice_position};

const SECOND: Duration = Duration::from_secs(1);

/// A collector of the simulated host on a clock of its own.
struct Clocked {
    collector: Collector,
    start: Instant,
    now: Instant,
    watched: Watched,
}

impl Clocked {
    fn new(seed: u64, rate: Option<u32>) -> Self {
        let labels = 64;
        Self::of(Demo {
            seed,
            rate,
            labels,
            hosts: 1,
            start: None,
        })
    }

    fn of(demo: Demo) -> Self {
        let start = Instant::now();
        Self {
            collector: Collector::demo(demo, SECOND, start),
            start,
            now: start,
            watched: Watched::default(),
        }
    }

    /// All messages until `end` since the start, with their times, for a punctual caller.
    fn run_to(&mut self, end: Duration) -> Vec<(Duration, Durable)> {
        let mut messages = Vec::new();
        loop {
            let due = self.collector.next_due(self.watched);
            if due >= self.start + end {
                return messages;
            }
            self.now = self.now.max(due);
            let at = self.now - self.start;
            let now = self.moment(at, 0);
            let collected = self.collector.collect(now, self.watched);
            messages.extend(collected.into_iter().map(|message| (at, message)));
        }
    }

    fn moment(&self, at: Duration, epoch_ms: i64) -> Moment {
        Moment {
            instant: self.start + at,
            timestamp: Timestamp::from_unix_ms(epoch_ms + at.as_millis() as i64),
        }
    }
}

fn count(messages: &[(Duration, Durable)], stream: Stream) -> usize {
    let of_stream = messages
        .iter()
        .filter(|(_, message)| message.stream() == stream);
    of_stream.count()
}

fn metrics(messages: &[(Duration, Durable)]) -> impl Iterator<Item = &Metrics> {
    messages.iter().filter_map(|(_, message)| match message {
        Durable::Metrics(metrics) => Some(metrics),
        _ => None,
    })
}

fn data(messages: &[(Duration, Durable)]) -> impl Iterator<Item = &Data> {
    messages.iter().filter_map(|(_, message)| match message {
        Durable::Data(data) => Some(data),
        _ => None,
    })
}

#[test]
fn the_same_seed_gives_the_same_messages() {
    let run = |seed| Clocked::new(seed, Some(50)).run_to(SECOND * 20);
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn the_time_of_day_changes_only_timestamps() {
    let run = |epoch_ms| {
        let mut demo = Clocked::new(7, None);
        let mut text = String::new();
        for tick in 0..200 {
            let now = demo.moment(SECOND / 10 * tick, epoch_ms);
            for message in demo.collector.collect(now, Watched::default()) {
                let timestamp = message.timestamp().to_string();
                text += &message.to_json().replace(&timestamp, "");
            }
        }
        text
    };
    assert_eq!(run(0), run(1_768_473_000_000));
}

#[test]
fn watching_processes_changes_only_processes() {
    let run = |processes| {
        let mut demo = Clocked::new(7, None);
        demo.watched = Watched { processes };
        demo.run_to(SECOND * 30)
    };
    let (unwatched, watched) = (run(false), run(true));
    assert_eq!(count(&unwatched, Stream::Processes), 3);
    assert_eq!(count(&watched, Stream::Processes), 30);
    assert!(metrics(&unwatched).eq(metrics(&watched)));
}

#[test]
fn without_a_rate_there_is_a_message_each_second() {
    let messages = Clocked::new(7, None).run_to(SECOND * 600);
    assert_eq!(count(&messages, Stream::Metrics), 600);
    for second in 0..600 {
        let seconds: Vec<_> = messages
            .iter()
            .filter(|(at, _)| at.as_secs() == second)
            .cloned()
            .collect();
        assert!(count(&seconds, Stream::Data) > 0, "second {second}");
    }
    assert!((3_500..=3_600).contains(&count(&messages, Stream::Data)));
}

#[test]
fn an_event_comes_at_least_every_five_seconds() {
    for rate in [None, Some(1), Some(10), Some(2_000)] {
        let messages = Clocked::new(7, rate).run_to(SECOND * 300);
        let events = messages.iter();
        let events = events.filter(|(_, message)| message.stream() == Stream::Events);
        let times: Vec<_> = events.map(|(at, _)| *at).collect();
        let starts = std::iter::once(&Duration::ZERO).chain(&times);
        for (one, next) in starts.zip(times.iter().chain([&(SECOND * 300)])) {
            assert!(*next - *one <= SECOND * 5, "{rate:?}: {one:?} to {next:?}");
        }
    }
}

#[test]
fn a_rate_is_met_and_evenly_spread() {
    for rate in [3, 10, 100, 1_000, 5_000] {
        let messages = Clocked::new(7, Some(rate)).run_to(SECOND * 10);
        let expected = rate as usize * 10;
        let in_a_batch = (rate as usize).div_ceil(200);
        assert!(
            messages.len().abs_diff(expected) <= in_a_batch.max(1),
            "{rate} a second: {}",
            messages.len()
        );
        for tenth in 0..if rate >= 10 { 100 } else { 0 } {
            let span = SECOND / 10 * tenth..SECOND / 10 * (tenth + 1);
            let within = messages.iter().filter(|(at, _)| span.contains(at)).count();
            let off = within.abs_diff(rate as usize / 10);
            assert!(
                off <= in_a_batch.max(1),
                "{rate} a second: {within} in {span:?}"
            );
        }
    }
}

#[test]
fn a_late_caller_gets_the_same_rate() {
    let mut demo = Clocked::new(7, Some(1_000));
    let mut collected = 0;
    // Ticks of 1 to 59 ms.
    let mut at = Duration::ZERO;
    for tick in 0.. {
        at += Duration::from_millis(1 + tick * 17 % 59);
        if at > SECOND * 10 {
            break;
        }
        let now = demo.moment(at, 0);
        collected += demo.collector.collect(now, Watched::default()).len();
    }
    assert!((9_940..=10_001).contains(&collected), "{collected}");
}

#[test]
fn bulk_data_has_the_requested_number_of_labels() {
    let messages = Clocked::of(Demo {
        seed: 7,
        rate: Some(210),
        labels: 200,
        hosts: 1,
        start: None,
    })
    .run_to(SECOND * 3);
    let series: std::collections::BTreeSet<_> = data(&messages)
        .filter(|data| data.source.as_deref() != Some("shop"))
        .map(|data| (&data.label, &data.source))
        .collect();
    assert_eq!(series.len(), 200);
}

#[test]
fn what_fills_up_is_about_300_bytes() {
    let position = Position {
        seq: 1_234_567,
        prev: 1_234_566,
        stream: Stream::Data,
    };
    let messages = Clocked::new(7, Some(500)).run_to(SECOND * 5);
    let sizes: Vec<_> = messages
        .iter()
        .filter(|(_, message)| message.to_json().contains(r#""labels":{"region":"#))
        .map(|(_, message)| splice_position(&message.to_json(), position).len())
        .collect();
    assert!(sizes.len() > 2_000);
    assert!(
        sizes.iter().all(|size| (250..=350).contains(size)),
        "{sizes:?}"
    );
    let mean = sizes.iter().sum::<usize>() / sizes.len();
    assert!((290..=310).contains(&mean), "{mean}");
}

#[test]
fn all_values_are_plausible_for_a_day() {
    let mut demo = Clocked::new(7, None);
    let mut messages = Vec::new();
    for at in (0..86_400).step_by(5).map(Duration::from_secs) {
        let now = demo.moment(at, 0);
        let collected = demo.collector.collect(now, Watched::default());
        messages.extend(collected.into_iter().map(|message| (at, message)));
    }
    let mut fullest = 0.0_f64;
    let mut uptime_seconds = 0;
    for metrics in metrics(&messages) {
        check_believable(metrics);
        fullest = fullest.max(metrics.cpu.unwrap());
        assert!(metrics.uptime_seconds.unwrap() >= uptime_seconds);
        uptime_seconds = metrics.uptime_seconds.unwrap();
    }
    assert!(fullest > 75.0, "never busy: {fullest}");
    assert!(data(&messages).all(|data| data.value.is_finite() && data.value >= 0.0));
    for (_, message) in &messages {
        if let Durable::Event(event) = message {
            assert!(!event.message.contains(['{', '}']), "{}", event.message);
            assert!((10..=120).contains(&event.message.len()));
        }
    }
}

fn check_believable(metrics: &Metrics) {
    let percents = [metrics.cpu, metrics.memory, metrics.swap, metrics.disk];
    let disks = metrics.disks.iter().map(|disk| disk.percent);
    let cores = metrics.cores.iter().copied().flatten();
    let percents = percents.map(Option::unwrap).into_iter();
    for percent in percents.chain(disks).chain(cores) {
        assert!((0.0..=100.0).contains(&percent), "{percent}");
        assert!((percent * 10.0 - (percent * 10.0).round()).abs() < 1e-9);
    }
    let mean = metrics.cores.iter().flatten().sum::<f64>() / metrics.cores.len() as f64;
    assert!((mean - metrics.cpu.unwrap()).abs() < 0.1, "{metrics:?}");

    let load = metrics.load.unwrap();
    for load in [load.one, load.five, load.fifteen] {
        assert!((0.0..=20.0).contains(&load));
    }
    assert_eq!(metrics.temperatures.len(), 3);
    for sensor in &metrics.temperatures {
        assert!((20.0..sensor.critical.unwrap()).contains(&sensor.celsius));
    }
    let sent = metrics.interfaces.iter().map(|interface| interface.sent);
    assert_eq!(metrics.network_sent, Some(sent.sum()));
}

#[test]
fn the_cpu_of_processes_adds_up_to_the_total() {
    let mut demo = Clocked::new(7, None);
    demo.watched = Watched { processes: true };
    let messages = demo.run_to(SECOND * 120);
    let processes = messages.iter().filter_map(|(_, message)| match message {
        Durable::Processes(processes) => Some(processes),
        _ => None,
    });
    for (metrics, processes) in metrics(&messages).zip(processes) {
        let cores = metrics.cores.len() as f64;
        let sum: f64 = processes.top.iter().map(|process| process.cpu).sum();
        // Each of them and the total are rounded.
        let off = (sum - metrics.cpu.unwrap() * cores).abs();
        assert!(off < 2.0, "{sum} of {:?} × {cores}", metrics.cpu);
    }
}
