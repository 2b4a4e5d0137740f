//! Limits on the number of series.

use crate::memory::Memory;
use crate::support::*;
use history::series::{IngestOutcome, SERIES_MAX_LEAST as SERIES_MAX, SILENT_MIN_MS};
use history::{Tier, TimeSeries};
use protocol::{Durable, SeriesKey, Timestamp};
use std::fmt::Write;
use store::{Series, SeriesId, SeriesStore, StoredChunk};

/// A sample of a host with a disk at each of these mounts, and these interfaces.
fn metrics(at_ms: i64, mounts: &[&str], interfaces: &[String]) -> Durable {
    let timestamp = Timestamp::from_unix_ms(at_ms);
    let list = |items: Vec<String>| items.join(",");
    let disk = |mount: &&str| {
        format!(
            r#"{{"mount":"{mount}","filesystem":"ext4","percent":1.0,"used_bytes":1,"total_bytes":2}}"#
        )
    };
    let interface = |name: &String| {
        format!(
            r#"{{"name":"{name}","sent":1,"recv":1,"sent_total_bytes":1,"recv_total_bytes":1}}"#
        )
    };
    let mut json = format!(
        r#"{{"type":"metrics","seq":1,"prev":0,"stream":"metrics","host":"local","timestamp":"{timestamp}","#
    );
    let _ = write!(
        json,
        r#""interval_ms":1000,"cpu":1.0,"disks":[{}],"interfaces":[{}]}}"#,
        list(mounts.iter().map(disk).collect()),
        list(interfaces.iter().map(interface).collect())
    );
    Durable::from_json(&json).expect("a message")
}

fn disk(mount: &str) -> String {
    format!(r#"disk{{host="local",mount="{mount}"}}"#)
}

fn interface(name: &str) -> String {
    format!(r#"network_recv{{host="local",interface="{name}"}}"#)
}

async fn count(
    time_series: &TimeSeries,
    series: String,
    from_ms: i64,
    to_ms: i64,
    now_ms: i64,
) -> Option<f64> {
    let request = query(&series, from_ms, to_ms, 1, "count");
    let result = time_series.query(&request, now_ms).await.ok()?;
    result.columns[0].values[0]
}

#[tokio::test]
async fn a_series_beyond_the_limit_is_rejected_and_the_others_continue() {
    let time_series = open(&Memory::new()).await;
    let mut added = 0;
    for number in 0..SERIES_MAX {
        added += ingest(&time_series, &format!("series {number}"), START_MS, 1.0).added;
    }
    assert!(
        (added as usize) < time_series.limits().program_series_max(),
        "{added}: there is room for another source"
    );
    assert_eq!(
        ingest(&time_series, "one more", START_MS, 1.0).series_rejected,
        1
    );
    let rejected = time_series.take_refused().expect("it was rejected");
    assert_eq!(rejected.family, "data without a source");
    assert_eq!(time_series.take_refused(), None, "reported once");
    assert_eq!(
        ingest(&time_series, "series 7", START_MS + 1_000, 1.0).added,
        1
    );
    assert_eq!(time_series.catalogue().len() as u64, added);
    let time_series = open(&Memory::new()).await;
    assert_eq!(
        ingest(&time_series, &"x".repeat(600), START_MS, 1.0).series_rejected,
        1
    );
    assert_eq!(time_series.take_refused(), None, "no limit was reached");
}

#[tokio::test]
async fn ended_series_are_released_and_can_still_be_queried() {
    let store = Memory::new();
    let time_series = open(&store).await;
    let short = |number: usize| format!("short {number}");
    let ingest_all = |time_series: &TimeSeries, at_ms: i64| {
        let all =
            (0..SERIES_MAX).map(|number| ingest(time_series, &short(number), at_ms, 1.0).added);
        all.sum::<u64>()
    };
    let room = ingest_all(&time_series, START_MS);
    ingest_all(&time_series, START_MS + MINUTE_MS);
    let now_ms = START_MS + MINUTE_MS + SILENT_MIN_MS + 2;
    assert_eq!(
        ingest(&time_series, "new", now_ms, 1.0).series_rejected,
        1,
        "not sealed"
    );
    time_series.seal(now_ms).await.expect("memory");
    assert_eq!(
        ingest(&time_series, "new", now_ms + 1, 1.0).series_rejected,
        1,
        "just tried"
    );
    let now_ms = now_ms + MINUTE_MS;
    assert_eq!(ingest(&time_series, "new", now_ms, 1.0).added, 1);
    // After a restart as well.
    for time_series in [time_series, open(&store).await] {
        let request =
            async |number| count(&time_series, short(number), START_MS, now_ms + 1, now_ms).await;
        assert_eq!(request(0).await, Some(2.0));
        // One that continues is the same as before.
        assert_eq!(ingest(&time_series, &short(0), now_ms, 1.0).added, 1);
        assert_eq!(request(0).await, Some(3.0));
        let texts: Vec<_> = time_series
            .catalogue()
            .into_iter()
            .map(|it| it.key.name)
            .collect();
        assert!(texts.contains(&short(1)) && texts.len() as u64 >= room);
        // It has a value at its own time, and none later.
        let at = time_series
            .at("local", START_MS + MINUTE_MS, MINUTE_MS, now_ms)
            .await
            .expect("a result");
        assert_eq!(at.len() as u64, room);
        let at = time_series
            .at("local", now_ms, MINUTE_MS, now_ms)
            .await
            .expect("a result");
        assert!(
            at.iter().all(|it| it.series.key.name != short(1)),
            "it has ended"
        );
    }
}

#[tokio::test]
async fn a_long_lived_series_is_not_released_overnight() {
    let time_series = open(&Memory::new()).await;
    for hour in 0..48 {
        ingest(&time_series, "lasting", START_MS + hour * HOUR_MS, 1.0);
    }
    let mut now_ms = START_MS + 47 * HOUR_MS;
    for number in 0..SERIES_MAX {
        ingest(&time_series, &format!("short {number}"), now_ms, 1.0);
    }
    now_ms += 8 * HOUR_MS;
    time_series.seal(now_ms).await.expect("memory");
    let mut added = IngestOutcome::default().added;
    for number in 0..SERIES_MAX {
        added += ingest(&time_series, &format!("next {number}"), now_ms, 1.0).added;
    }
    assert!(added > 0, "the short ones have ended");
    assert_eq!(ingest(&time_series, "lasting", now_ms, 1.0).added, 1);
}

#[tokio::test]
async fn series_end_after_a_clock_that_was_ahead() {
    let time_series = open(&Memory::new()).await;
    let ahead_ms = START_MS + 16 * DAY_MS;
    for number in 0..SERIES_MAX {
        ingest(&time_series, &format!("short {number}"), ahead_ms, 1.0);
    }
    time_series.seal(i64::MAX).await.expect("memory");
    assert_eq!(ingest(&time_series, "new", START_MS, 1.0).added, 1);
}

/// 10,000 containers in a working day, some seconds each, and then a new disk.
#[tokio::test]
async fn short_lived_interfaces_leave_room_for_a_new_disk() {
    const INTERFACES: i64 = 10_000;
    const STEP_MS: i64 = 8 * HOUR_MS / INTERFACES;
    const LIVES_STEPS: i64 = 4;
    let store = Memory::new();
    let time_series = open(&store).await;
    let name = |number: i64| format!("veth{number}");
    let mut refused = 0;
    let mut reported = Vec::new();
    for step in 0..INTERFACES {
        let now_ms = START_MS + step * STEP_MS;
        let alive = (step - LIVES_STEPS + 1).max(0)..=step;
        let alive: Vec<String> = alive.map(name).collect();
        refused += time_series
            .ingest(&metrics(now_ms, &["/"], &alive), 0, now_ms)
            .rejected();
        reported.extend(time_series.take_refused());
        if step % 300 == 0 {
            time_series.seal(now_ms).await.expect("memory");
        }
        if step == INTERFACES / 2 {
            let request = count(&time_series, interface(&name(5)), START_MS, now_ms, now_ms);
            assert_eq!(request.await, Some(LIVES_STEPS as f64), "four hours ago");
        }
    }
    assert!(refused > 0, "there are more than there may be");
    assert!(
        reported
            .iter()
            .all(|it| it.family == "the label `interface`"),
        "{reported:?}"
    );

    let now_ms = START_MS + INTERFACES * STEP_MS;
    let with_disk = metrics(now_ms, &["/", "/mnt/new"], &[name(INTERFACES)]);
    time_series.ingest(&with_disk, 0, now_ms);
    let check = async |time_series: &TimeSeries| {
        let request = count(time_series, disk("/mnt/new"), now_ms, now_ms + 1, now_ms);
        assert_eq!(request.await, Some(1.0));
        let request = count(time_series, disk("/"), now_ms - HOUR_MS, now_ms, now_ms);
        assert_eq!(request.await, Some((HOUR_MS / STEP_MS) as f64));
    };
    check(&time_series).await;
    time_series.seal(i64::MAX).await.expect("memory");
    check(&time_series).await;
}

#[tokio::test]
async fn beyond_the_stored_limit_those_that_ended_first_are_deleted() {
    let store = Memory::new();
    let series = |number: usize| Series::new(SeriesKey::new("", format!("x{number}"), []), None);
    let stored_max = open(&store).await.limits().stored_max();
    let count = stored_max + 2;
    let all: Vec<Series> = (0..count).map(series).collect();
    let ids = store.series(&all).await.expect("memory");
    let chunk = |(number, series): (usize, &SeriesId)| StoredChunk {
        series: *series,
        resolution_ms: Tier::Second.resolution_ms(),
        start_ms: START_MS,
        // The later ones ended earlier.
        end_ms: START_MS + (count - number) as i64,
        count: 1,
        data: Vec::new(),
    };
    let chunks: Vec<_> = ids.iter().enumerate().map(chunk).collect();
    store.put_chunks(&chunks).await.expect("memory");

    let time_series = open(&store).await;
    // The one that ended first continues.
    ingest(&time_series, &format!("x{}", count - 1), START_MS, 1.0);
    assert_eq!(time_series.forget().await.expect("memory"), 2);
    let left = time_series.catalogue();
    assert_eq!(left.len(), stored_max);
    let has = |number: usize| left.iter().any(|it| it.key.name == format!("x{number}"));
    assert!(has(count - 1) && !has(count - 2) && !has(count - 3) && has(count - 4));
    assert_eq!(store.tier(Tier::Second).len(), stored_max);
}
