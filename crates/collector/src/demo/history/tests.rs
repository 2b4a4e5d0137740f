use super::*;
use crate::demo::calendar::{Weekday, day, since_weekly};
use crate::{Collector, Demo, Moment, Watched};
use protocol::{AlertState, Stream, Timestamp};
use std::time::Instant;

const SECOND: Duration = Duration::from_secs(1);
const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Monday, 2026-01-12, 00:00.
const MONDAY_MS: i64 = 1_768_176_000_000;
const TUESDAY_MS: i64 = MONDAY_MS + DAY_MS;

/// A sample of the history.
struct Sample {
    at_ms: i64,
    metrics: Metrics,
    data: Vec<Data>,
}

impl Sample {
    fn cpu(&self) -> f64 {
        self.metrics.cpu.unwrap()
    }

    fn of_shop(&self, label: &str) -> f64 {
        self.data
            .iter()
            .find(|data| data.label == label)
            .unwrap()
            .value
    }
}

fn samples(seed: u64, from_ms: i64, to_ms: i64, interval: Duration) -> Vec<Sample> {
    let mut all = Vec::new();
    DemoPast::new(seed).samples(from_ms, to_ms, interval, |metrics, data| {
        let at_ms = metrics.timestamp.unix_ms();
        all.push(Sample {
            at_ms,
            metrics,
            data,
        });
    });
    all
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    sum / f64::from(count)
}

#[test]
fn a_history_is_independent_of_the_computed_ranges() {
    let (from_ms, to_ms) = (TUESDAY_MS + 2_500_000, TUESDAY_MS + 4_700_123);
    let messages = |seed, spans: &[(i64, i64)]| {
        let mut text = Vec::new();
        for &(from_ms, to_ms) in spans {
            for sample in samples(seed, from_ms, to_ms, SECOND) {
                text.push(Durable::Metrics(sample.metrics).to_json());
                text.extend(
                    sample
                        .data
                        .into_iter()
                        .map(|data| Durable::Data(data).to_json()),
                );
            }
        }
        for &(from_ms, to_ms) in spans {
            let messages = DemoPast::new(seed).messages(from_ms, to_ms);
            text.extend(messages.iter().map(Durable::to_json));
        }
        text
    };
    let whole = messages(7, &[(from_ms, to_ms)]);
    let middle_ms = from_ms + 1_234_567;
    assert_eq!(
        whole,
        messages(7, &[(from_ms, middle_ms), (middle_ms, to_ms)])
    );
    assert_ne!(whole, messages(8, &[(from_ms, to_ms)]));
    assert!(
        whole
            .iter()
            .any(|json| json.contains("2026-01-13T00:41:43.000Z")),
        "on whole seconds"
    );
}

#[test]
fn the_live_host_equals_its_history() {
    let start_ms = TUESDAY_MS + 3 * HOUR_MS + 11 * MINUTE_MS;
    let demo = Demo {
        seed: 7,
        rate: None,
        labels: 1,
        hosts: 1,
        start: Some(Timestamp::from_unix_ms(start_ms)),
    };
    let start = Instant::now();
    let mut collector = Collector::demo(demo, SECOND, start);
    let mut live = Vec::new();
    for second in 0..300 {
        let now = Moment {
            instant: start + SECOND * second,
            timestamp: Timestamp::from_unix_ms(start_ms + i64::from(second) * SECOND_MS),
        };
        live.extend(collector.collect(now, Watched::default()));
    }
    let history = samples(7, start_ms, start_ms + 300 * SECOND_MS, SECOND);
    let live_metrics = live.iter().filter_map(|message| match message {
        Durable::Metrics(metrics) => Some(metrics),
        _ => None,
    });
    let mut compared = 0;
    for (live, history) in live_metrics.zip(&history) {
        compared += 1;
        let history = &history.metrics;
        assert_eq!((live.timestamp, live.cpu), (history.timestamp, history.cpu));
        assert_eq!((&live.cores, live.memory), (&history.cores, history.memory));
        assert_eq!(
            (&live.disks, live.network_sent),
            (&history.disks, history.network_sent)
        );
        assert_eq!(live.uptime_seconds, history.uptime_seconds);
        // These follow slowly, from a little elsewhere.
        let load = |metrics: &Metrics| metrics.load.unwrap().fifteen;
        assert!(
            (load(live) - load(history)).abs() < 0.1,
            "{} {}",
            load(live),
            load(history)
        );
        let total = |metrics: &Metrics| metrics.interfaces[0].sent_total_bytes as f64;
        assert!((total(live) / total(history) - 1.0).abs() < 0.01);
    }
    assert_eq!(compared, 300);
    // The weekly report begins a minute after the start.
    let time_of = |text: &str| {
        let line = live.iter().find_map(|message| match message {
            Durable::Event(event) if event.message.contains(text) => Some(event.timestamp),
            _ => None,
        });
        line.map(|at| at.unix_ms() - start_ms)
    };
    let started_ms = time_of("Weekly report started").unwrap();
    assert!(
        (MINUTE_MS..MINUTE_MS + 2 * SECOND_MS).contains(&started_ms),
        "{started_ms}"
    );
    let fired = live
        .iter()
        .any(|message| matches!(message, Durable::Alert(alert) if alert.rule == "CPU saturated"));
    assert!(fired);
}

#[test]
fn nights_and_weekends_are_quiet() {
    let week = samples(1, MONDAY_MS, MONDAY_MS + 7 * DAY_MS, SECOND * 60);
    let hours = |days: std::ops::Range<i64>, hours: std::ops::Range<i64>| {
        let within = |sample: &&Sample| {
            let since_ms = sample.at_ms - MONDAY_MS;
            days.contains(&(since_ms / DAY_MS)) && hours.contains(&(since_ms % DAY_MS / HOUR_MS))
        };
        let within: Vec<_> = week.iter().filter(within).collect();
        let visitors = within.iter().map(|sample| sample.of_shop("Active users"));
        let cpu = within.iter().map(|sample| sample.cpu());
        (mean(visitors), mean(cpu))
    };
    let (night, noon, weekend) = (hours(0..5, 4..6), hours(0..5, 11..14), hours(5..7, 11..14));
    assert!(
        night.0 * 3.0 < noon.0 && night.1 + 15.0 < noon.1,
        "{night:?} {noon:?}"
    );
    assert!(weekend.0 < noon.0 * 0.9, "{weekend:?} {noon:?}");
}

#[test]
fn a_backup_shows_in_disks_processes_and_events() {
    let messages = DemoPast::new(1).messages(TUESDAY_MS, TUESDAY_MS + 4 * HOUR_MS);
    let at_ms = |text: &str| {
        let event = messages.iter().find_map(|message| match message {
            Durable::Event(event) if event.message.starts_with(text) => Some(event.timestamp),
            _ => None,
        });
        event.unwrap().unix_ms()
    };
    let (start_ms, end_ms) = (
        at_ms("Nightly backup of orders started"),
        at_ms("Nightly backup of orders finished"),
    );
    assert!(end_ms - start_ms > 30 * MINUTE_MS);
    let written = |from_ms, to_ms| {
        let all = samples(1, from_ms, to_ms, SECOND * 10);
        mean(
            all.iter()
                .map(|sample| sample.metrics.disks[1].written.unwrap() as f64),
        )
    };
    let quiet = written(start_ms - 20 * MINUTE_MS, start_ms);
    let busy = written(start_ms + MINUTE_MS, end_ms - MINUTE_MS);
    assert!(busy > 5.0 * quiet, "{quiet} {busy}");
    for message in &messages {
        let Durable::Processes(processes) = message else {
            continue;
        };
        let at_ms = processes.timestamp.unix_ms();
        let has_backup = processes.top.iter().any(|process| process.name == "restic");
        assert_eq!(
            has_backup,
            at_ms > start_ms && at_ms < end_ms,
            "{}",
            processes.timestamp
        );
    }
}

#[test]
fn alerts_match_samples() {
    let (from_ms, to_ms) = (MONDAY_MS, MONDAY_MS + 14 * DAY_MS);
    let messages = DemoPast::new(1).messages(from_ms, to_ms);
    let mut firing = std::collections::BTreeMap::new();
    let mut spans: Vec<(String, i64, i64)> = Vec::new();
    for message in &messages {
        let Durable::Alert(alert) = message else {
            continue;
        };
        let at_ms = alert.timestamp.unix_ms();
        match alert.state {
            AlertState::Firing => {
                assert!(
                    firing.insert(alert.rule.clone(), at_ms).is_none(),
                    "{alert:?}"
                );
            }
            AlertState::Resolved => {
                let fired_ms = firing.remove(&alert.rule).unwrap();
                spans.push((alert.rule.clone(), fired_ms, at_ms));
            }
        }
    }
    assert!(firing.is_empty(), "{firing:?}");
    let of_rule = |rule: &str| spans.iter().filter(|span| span.0 == rule).count();
    for rule in [
        "CPU saturated",
        "Shop slow",
        "Disk nearly full",
        "Memory short",
    ] {
        assert_eq!(of_rule(rule), 2, "{rule}: {spans:?}");
    }
    for (rule, fired_ms, resolved_ms) in spans {
        assert!(
            resolved_ms - fired_ms < DAY_MS,
            "longer than it is looked back"
        );
        let (value, limit): (fn(&Sample) -> f64, f64) = match rule.as_str() {
            "CPU saturated" => (Sample::cpu, 90.0),
            "Memory short" => (|sample| sample.metrics.memory.unwrap(), 85.0),
            "Disk nearly full" => (|sample| sample.metrics.disk.unwrap(), 90.0),
            _ => (|sample| sample.of_shop("Latency"), 115.0),
        };
        let mean = |from_ms, to_ms| mean(samples(1, from_ms, to_ms, SECOND).iter().map(value));
        let fired = mean(fired_ms - MINUTE_MS, fired_ms);
        let resolved = mean(resolved_ms - MINUTE_MS / 2, resolved_ms + MINUTE_MS);
        assert!(
            fired > limit && resolved < limit,
            "{rule}: {fired} {resolved}"
        );
        if rule == "CPU saturated" {
            let at_s = fired_ms as f64 / 1_000.0;
            assert_eq!(Weekday::of(day(at_s)), Weekday::Tuesday);
            assert!(since_weekly(at_s, Weekday::Tuesday.at(3, 12)) < 300.0);
        }
    }
}

#[test]
fn deployments_change_the_cpu_and_restarts_free_memory() {
    let noon = |day: i64, metric: fn(&Sample) -> f64| {
        let from_ms = MONDAY_MS + day * DAY_MS + 11 * HOUR_MS;
        let all = samples(1, from_ms, from_ms + 2 * HOUR_MS, SECOND * 30);
        mean(all.iter().map(metric))
    };
    let (tuesday, thursday) = (noon(1, Sample::cpu), noon(3, Sample::cpu));
    assert!(tuesday > thursday + 3.0, "{tuesday} {thursday}");
    let memory = |sample: &Sample| sample.metrics.memory.unwrap();
    let (monday, wednesday, friday) = (noon(0, memory), noon(2, memory), noon(4, memory));
    assert!(
        wednesday > monday + 15.0 && friday < wednesday - 15.0,
        "{monday} {wednesday} {friday}"
    );
}

#[test]
fn every_moment_has_its_processes_and_every_hour_its_events() {
    let messages = DemoPast::new(1).messages(TUESDAY_MS, TUESDAY_MS + DAY_MS);
    let times = |stream| {
        let of_stream = messages
            .iter()
            .filter(move |message| message.stream() == stream);
        of_stream
            .map(|message| message.timestamp().unix_ms())
            .collect::<Vec<_>>()
    };
    let processes = times(Stream::Processes);
    assert!(
        processes
            .windows(2)
            .all(|two| two[0] < two[1] && two[1] - two[0] <= 3 * MINUTE_MS)
    );
    let events = times(Stream::Events);
    assert!(events.is_sorted());
    for hour in 0..24 {
        let within = TUESDAY_MS + hour * HOUR_MS..TUESDAY_MS + (hour + 1) * HOUR_MS;
        let count = events.iter().filter(|at_ms| within.contains(at_ms)).count();
        assert!((10..100).contains(&count), "{count} events in hour {hour}");
    }
    // The one that the shop waited for.
    let incident_ms = TUESDAY_MS + 3 * HOUR_MS + 20 * MINUTE_MS;
    let busiest = messages.iter().find_map(|message| match message {
        Durable::Processes(processes) if processes.timestamp.unix_ms() >= incident_ms => {
            Some(processes.top[0].name.as_str())
        }
        _ => None,
    });
    assert_eq!(busiest, Some("postgres"));
}

#[test]
fn a_disk_fills_for_a_week_and_counters_only_rise() {
    let week = samples(1, MONDAY_MS, MONDAY_MS + 6 * DAY_MS, SECOND * 600);
    let rises = |value: fn(&Sample) -> f64| {
        let values: Vec<_> = week.iter().map(value).collect();
        assert!(values.is_sorted(), "{values:?}");
        values[values.len() - 1] - values[0]
    };
    assert!(rises(|sample| sample.metrics.disk.unwrap()) > 15.0);
    assert!(rises(|sample| sample.metrics.interfaces[0].sent_total_bytes as f64) > 1e11);
    assert_eq!(
        rises(|sample| sample.metrics.uptime_seconds.unwrap() as f64) as i64,
        518_400 - 600
    );
}
