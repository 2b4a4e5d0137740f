//! Which points are accepted, and how they travel.

use super::sets::Source;
use super::{Batch, COMMIT_MESSAGES_MAX, HOSTS_MAX, IngestedPoint, PointRejection, batch, slices};
use history::series::{Limits, Recorder, WINDOW_SAMPLES_MAX};
use protocol::{Kind, OwnHost, Samples, SeriesKey, Timestamp, Unit};

const NOW_MS: i64 = 1_768_473_000_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

struct Scene {
    source: Source,
    recorder: Recorder,
    now_ms: i64,
}

impl Scene {
    fn new() -> Self {
        let limits = Limits {
            series_max: 4_000,
            ..Limits::default()
        };
        Self {
            source: Source::default(),
            recorder: Recorder::new(OwnHost::renamed("web", ["old".to_owned()]), limits),
            now_ms: NOW_MS,
        }
    }

    fn batch(&mut self, points: Vec<IngestedPoint>) -> Batch {
        self.now_ms += 1_000;
        let now = Timestamp::from_unix_ms(self.now_ms);
        batch(
            &mut self.source,
            "influx",
            points,
            now,
            Some(&mut self.recorder),
        )
        .0
    }

    fn messages(&mut self, points: Vec<IngestedPoint>) -> Vec<Samples> {
        self.batch(points).messages
    }
}

fn point(name: &str) -> IngestedPoint {
    of(SeriesKey::new("", name, []))
}

fn of(series: SeriesKey) -> IngestedPoint {
    IngestedPoint {
        series,
        timestamp: None,
        value: 1.5,
        unit: None,
        kind: Kind::Gauge,
    }
}

fn at(at_ms: i64) -> IngestedPoint {
    IngestedPoint {
        timestamp: Some(Timestamp::from_unix_ms(at_ms)),
        ..point("x")
    }
}

fn many(count: usize) -> Vec<IngestedPoint> {
    (0..count)
        .map(|number| point(&format!("x{number:04}")))
        .collect()
}

#[test]
fn what_is_not_acceptable_is_named_with_its_reason() {
    let mut scene = Scene::new();
    let now_ms = NOW_MS + 1_000;
    let nan = IngestedPoint {
        value: f64::NAN,
        ..point("x")
    };
    let label = ("\u{202e}".to_owned(), "x".to_owned());
    let points = vec![
        nan,
        at(now_ms - DAY_MS - 1),
        at(now_ms - DAY_MS),
        at(now_ms + 60_001),
        at(now_ms + 60_000),
        point(""),
        point(&"x".repeat(600)),
        of(SeriesKey::new("", "x", [label])),
        of(SeriesKey::new("web", "cpu", [])),
        point("cpu"),
        of(SeriesKey::new("*", "x", [])),
        of(SeriesKey::new("h".repeat(101), "x", [])),
        of(SeriesKey::new("h".repeat(100), "x", [])),
    ];
    let batch = scene.batch(points);
    let expected = [
        (0, PointRejection::NotFinite),
        (1, PointRejection::TooLate),
        (3, PointRejection::InFuture),
        (5, PointRejection::InvalidSeries),
        (6, PointRejection::InvalidSeries),
        (7, PointRejection::InvalidSeries),
        (8, PointRejection::HostMetric),
        (10, PointRejection::InvalidHost),
        (11, PointRejection::InvalidHost),
    ];
    assert_eq!(batch.outcome.rejected, expected);
    assert_eq!((batch.outcome.accepted, batch.samples), (4, 4));
}

#[test]
fn beyond_the_limit_new_series_are_rejected() {
    let mut scene = Scene::new();
    let outcome = scene.batch(many(1_000)).outcome;
    let accepted = outcome.accepted;
    assert!((800..900).contains(&accepted), "{accepted}");
    assert_eq!(
        outcome.rejected[0],
        (accepted as usize, PointRejection::SeriesLimit)
    );
    let again = scene.batch(many(1_000)).outcome;
    assert_eq!(again.accepted, accepted, "those that exist continue");
}

#[test]
fn series_are_in_a_set_after_ten_batches_and_small_sets_are_joined() {
    let mut scene = Scene::new();
    for _ in 0..10 {
        let messages = scene.messages(many(3));
        assert_eq!((messages.len(), messages[0].extra.len()), (1, 3));
        assert_eq!(messages[0].set, None);
    }
    let messages = scene.messages(many(3));
    assert_eq!(messages[0].values, [[Some(1.5); 3]]);
    let first = messages[0].set.clone().expect("a set");
    // A series that is in none travels beside, until there is a set of all.
    for _ in 0..10 {
        let messages = scene.messages(many(4));
        assert_eq!(messages[0].set.as_ref(), Some(&first));
        assert_eq!(messages[1].extra.len(), 1);
    }
    let messages = scene.messages(many(4));
    assert_eq!(messages[0].values, [[Some(1.5); 4]]);
    assert_ne!(messages[0].set.as_ref(), Some(&first));
    // The same series have the same set, whoever asks.
    let mut other = Scene::new();
    for _ in 0..10 {
        other.batch(many(3));
    }
    assert_eq!(other.messages(many(3))[0].set.as_ref(), Some(&first));
}

#[test]
fn another_unit_or_kind_is_another_set() {
    let mut scene = Scene::new();
    for _ in 0..10 {
        scene.batch(many(2));
    }
    let bytes = |kind| IngestedPoint {
        unit: Unit::new("B"),
        kind,
        ..point("x0000")
    };
    let messages = scene.messages(vec![bytes(Kind::Counter), point("x0001")]);
    assert_eq!(messages[0].columns, Some(vec![1]));
    let extra = &messages[1].extra[0].series;
    assert_eq!(
        (extra.unit.as_deref(), extra.kind()),
        (Some("B"), Kind::Counter)
    );
    // A unit that is not repeated stays.
    let messages = scene.messages(vec![IngestedPoint {
        kind: Kind::Counter,
        ..point("x0000")
    }]);
    assert_eq!(messages[0].extra[0].series.unit.as_deref(), Some("B"));
}

#[test]
fn hosts_have_messages_and_sets_of_their_own() {
    let mut scene = Scene::new();
    let of_host = |host: &str| of(SeriesKey::new(host, "x", []));
    let all = || vec![of_host("a"), of_host("b"), of_host("old"), of_host("")];
    for _ in 0..10 {
        scene.batch(all());
    }
    let messages = scene.messages(all());
    let hosts: Vec<_> = messages.iter().map(|it| it.host.as_deref()).collect();
    assert_eq!(hosts.len(), 4);
    for host in [None, Some("a"), Some("b"), Some("web")] {
        assert!(hosts.contains(&host), "{hosts:?}");
    }
}

#[test]
fn what_is_committed_is_ingested_and_gives_its_room_back() {
    let mut scene = Scene::new();
    for _ in 0..12 {
        let mut points = many(20);
        // The last of a millisecond counts.
        points.push(IngestedPoint {
            value: 7.0,
            ..point("x0003")
        });
        let batch = scene.batch(points);
        assert!(scene.recorder.reserve(batch.samples));
        for samples in &batch.messages {
            let set = samples.set.as_ref().and_then(|id| scene.source.find(id));
            let members = set.map(|set| set.members().clone());
            let outcome =
                scene
                    .recorder
                    .ingest_samples(samples, members.as_deref(), 1, scene.now_ms);
            assert_eq!(outcome.rejected(), 0);
        }
    }
    assert_eq!(scene.recorder.samples(), 12 * 20);
    let key = SeriesKey::new("", "x0003", []);
    let unsealed = scene
        .recorder
        .unsealed(&key, 0, i64::MAX)
        .expect("it is active");
    let values: Vec<f64> = unsealed
        .values()
        .flat_map(|window| window.values().to_vec())
        .collect();
    assert_eq!(values, [7.0; 12]);
    assert_eq!(scene.recorder.sealed_seq(), 0);
}

#[test]
fn sets_without_active_series_are_ended() {
    let mut scene = Scene::new();
    for _ in 0..10 {
        scene.batch(many(5));
    }
    assert!(scene.source.forget(|_| true).is_empty());
    assert!(scene.source.forget(|key| key.name == "x0003").is_empty());
    assert_eq!(scene.source.forget(|_| false).len(), 1);
    assert_eq!(scene.source.len(), 0);
}

#[test]
fn what_is_committed_at_once_is_limited() {
    let mut scene = Scene::new();
    let of_host = |host: usize| of(SeriesKey::new(format!("host{host:05}"), "x", []));
    let points: Vec<_> = (0..HOSTS_MAX + 2).map(of_host).collect();
    scene.recorder = Recorder::new(OwnHost::default(), Limits::default());
    let batch = scene.batch(points);
    let expected = [HOSTS_MAX, HOSTS_MAX + 1].map(|index| (index, PointRejection::HostsLimit));
    assert_eq!(batch.outcome.rejected, expected);
    let slices = slices(batch.messages);
    assert!(
        slices
            .iter()
            .all(|it| it.messages.len() <= COMMIT_MESSAGES_MAX)
    );
    let all: usize = slices.iter().map(|it| it.samples).sum();
    assert_eq!((slices.len(), all), (2, HOSTS_MAX));
}

#[test]
fn a_series_has_no_more_points_in_a_window_than_a_chunk_may_have() {
    let mut scene = Scene::new();
    let start_ms = NOW_MS / 900_000 * 900_000 - 900_000;
    let points = |count: usize| (0..count as i64).map(|it| at(start_ms + it)).collect();
    let outcome = scene.batch(points(WINDOW_SAMPLES_MAX - 1)).outcome;
    assert_eq!(outcome.rejected, []);
    let outcome = scene.batch(vec![at(start_ms + 80_000), at(start_ms + 80_001)]);
    assert_eq!(outcome.outcome.rejected, [(1, PointRejection::TooDense)]);
    let next = scene.batch(vec![at(start_ms + 900_000)]).outcome;
    assert_eq!(next.accepted, 1);
}

#[test]
fn a_set_that_the_store_takes_for_ended_is_stored_again() {
    let mut scene = Scene::new();
    for _ in 0..10 {
        scene.batch(many(2));
    }
    let batch = scene.batch(many(2));
    let set = &batch.sets[0];
    assert!(set.unstored().is_some());
    set.stored(set.ends());
    assert!(set.unstored().is_none());
    let before = set.ends();
    set.end();
    assert!(set.unstored().is_some());
    // What was committed before that does not count.
    set.stored(before);
    assert!(set.unstored().is_some());
}

#[test]
fn beyond_the_quota_sets_stay_what_they_are() {
    let mut scene = Scene::new();
    scene.recorder = Recorder::new(OwnHost::default(), Limits::default());
    let all = |series: usize| -> Vec<_> {
        let hosts = (0..401).map(|host| format!("host{host:03}"));
        let names = |host: String| {
            (0..series).map(move |it| of(SeriesKey::new(host.clone(), format!("x{it}"), [])))
        };
        hosts.flat_map(names).collect()
    };
    for _ in 0..10 {
        scene.batch(all(1));
    }
    assert_eq!(scene.batch(all(1)).sets.len(), 400);
    for _ in 0..12 {
        let batch = scene.batch(all(2));
        assert!(batch.sets.len() >= 400, "{}", batch.sets.len());
    }
}
