//! How many series there may be, and what finds room where there are too many.

use history::series::{DATA_SERIES_MAX, SERIES_MAX, SERIES_STORED_MAX, SILENT_MIN_MS, Taken};
use history::{Tier, TimeSeries};
use protocol::{Durable, SeriesKey, Timestamp};
use std::fmt::Write;
use store::{Series, SeriesId, SeriesStore, StoredChunk};

use crate::memory::Memory;
use crate::support::*;

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
    past: &TimeSeries,
    series: String,
    from_ms: i64,
    to_ms: i64,
    now_ms: i64,
) -> Option<f64> {
    let asked = query(&series, from_ms, to_ms, 1, "count");
    let answer = past.query(&asked, now_ms).await.ok()?;
    answer.columns[0].values[0]
}

#[test]
fn a_series_too_many_is_refused_and_the_others_go_on() {
    run(async {
        let past = open(&Memory::new()).await;
        let mut kept = 0;
        for number in 0..SERIES_MAX {
            kept += take(&past, &format!("series {number}"), START_MS, 1.0).kept;
        }
        assert!(
            (kept as usize) < DATA_SERIES_MAX,
            "{kept}: another program may come"
        );
        assert_eq!(take(&past, "one more", START_MS, 1.0).unnamed, 1);
        let refused = past.take_refused().expect("it was refused");
        assert_eq!(refused.family, "data without a source");
        assert_eq!(past.take_refused(), None, "told once");
        assert_eq!(take(&past, "series 7", START_MS + 1_000, 1.0).kept, 1);
        assert_eq!(past.catalogue().len() as u64, kept);
        let past = open(&Memory::new()).await;
        assert_eq!(take(&past, &"x".repeat(600), START_MS, 1.0).unnamed, 1);
        assert_eq!(past.take_refused(), None, "it is not for want of room");
    });
}

#[test]
fn what_has_ended_gives_up_its_room_and_can_still_be_asked_for() {
    run(async {
        let store = Memory::new();
        let past = open(&store).await;
        let short = |number: usize| format!("short {number}");
        let fill = |past: &TimeSeries, at_ms: i64| {
            let all = (0..SERIES_MAX).map(|number| take(past, &short(number), at_ms, 1.0).kept);
            all.sum::<u64>()
        };
        let room = fill(&past, START_MS);
        fill(&past, START_MS + MINUTE_MS);
        let now_ms = START_MS + MINUTE_MS + SILENT_MIN_MS + 2;
        assert_eq!(take(&past, "new", now_ms, 1.0).unnamed, 1, "not sealed");
        past.seal(now_ms).await.expect("memory");
        assert_eq!(take(&past, "new", now_ms + 1, 1.0).unnamed, 1, "just tried");
        let now_ms = now_ms + MINUTE_MS;
        assert_eq!(take(&past, "new", now_ms, 1.0).kept, 1);
        // A restart knows them as well.
        for past in [past, open(&store).await] {
            let asked =
                async |number| count(&past, short(number), START_MS, now_ms + 1, now_ms).await;
            assert_eq!(asked(0).await, Some(2.0));
            // One that goes on is the same as before.
            assert_eq!(take(&past, &short(0), now_ms, 1.0).kept, 1);
            assert_eq!(asked(0).await, Some(3.0));
            let texts: Vec<_> = past.catalogue().into_iter().map(|it| it.key.name).collect();
            assert!(texts.contains(&short(1)) && texts.len() as u64 >= room);
            // At its own time it is told, and later it is not.
            let at = past
                .at("local", START_MS + MINUTE_MS, MINUTE_MS, now_ms)
                .await
                .expect("an answer");
            assert_eq!(at.len() as u64, room);
            let at = past
                .at("local", now_ms, MINUTE_MS, now_ms)
                .await
                .expect("an answer");
            assert!(
                at.iter().all(|it| it.series.key.name != short(1)),
                "it has ended"
            );
        }
    });
}

#[test]
fn a_series_that_lasted_keeps_its_room_for_a_night() {
    run(async {
        let past = open(&Memory::new()).await;
        for hour in 0..48 {
            take(&past, "lasting", START_MS + hour * HOUR_MS, 1.0);
        }
        let mut now_ms = START_MS + 47 * HOUR_MS;
        for number in 0..SERIES_MAX {
            take(&past, &format!("short {number}"), now_ms, 1.0);
        }
        now_ms += 8 * HOUR_MS;
        past.seal(now_ms).await.expect("memory");
        let mut kept = Taken::default().kept;
        for number in 0..SERIES_MAX {
            kept += take(&past, &format!("next {number}"), now_ms, 1.0).kept;
        }
        assert!(kept > 0, "the short ones have ended");
        assert_eq!(take(&past, "lasting", now_ms, 1.0).kept, 1);
    });
}

#[test]
fn a_clock_that_was_ahead_leaves_no_series_that_never_ends() {
    run(async {
        let past = open(&Memory::new()).await;
        let ahead_ms = START_MS + 16 * DAY_MS;
        for number in 0..SERIES_MAX {
            take(&past, &format!("short {number}"), ahead_ms, 1.0);
        }
        past.seal(i64::MAX).await.expect("memory");
        assert_eq!(take(&past, "new", START_MS, 1.0).kept, 1);
    });
}

/// 10,000 containers in a working day, some seconds each, and then somebody plugs in a disk.
#[test]
fn short_lived_interfaces_take_no_history_from_a_new_disk() {
    const INTERFACES: i64 = 10_000;
    const STEP_MS: i64 = 8 * HOUR_MS / INTERFACES;
    const LIVES_STEPS: i64 = 4;
    run(async {
        let store = Memory::new();
        let past = open(&store).await;
        let name = |number: i64| format!("veth{number}");
        let mut refused = 0;
        let mut told = Vec::new();
        for step in 0..INTERFACES {
            let now_ms = START_MS + step * STEP_MS;
            let alive = (step - LIVES_STEPS + 1).max(0)..=step;
            let alive: Vec<String> = alive.map(name).collect();
            refused += past
                .take(&metrics(now_ms, &["/"], &alive), now_ms)
                .refused();
            told.extend(past.take_refused());
            if step % 300 == 0 {
                past.seal(now_ms).await.expect("memory");
            }
            if step == INTERFACES / 2 {
                let asked = count(&past, interface(&name(5)), START_MS, now_ms, now_ms);
                assert_eq!(asked.await, Some(LIVES_STEPS as f64), "four hours ago");
            }
        }
        assert!(refused > 0, "there are more than there may be");
        assert!(
            told.iter().all(|it| it.family == "the label `interface`"),
            "{told:?}"
        );

        let now_ms = START_MS + INTERFACES * STEP_MS;
        let with_disk = metrics(now_ms, &["/", "/mnt/new"], &[name(INTERFACES)]);
        past.take(&with_disk, now_ms);
        let is_told = async |past: &TimeSeries| {
            let asked = count(past, disk("/mnt/new"), now_ms, now_ms + 1, now_ms);
            assert_eq!(asked.await, Some(1.0));
            let asked = count(past, disk("/"), now_ms - HOUR_MS, now_ms, now_ms);
            assert_eq!(asked.await, Some((HOUR_MS / STEP_MS) as f64));
        };
        is_told(&past).await;
        past.seal(i64::MAX).await.expect("memory");
        is_told(&past).await;
    });
}

#[test]
fn of_too_many_series_those_that_ended_first_leave_the_store() {
    run(async {
        let store = Memory::new();
        let series = |number: usize| Series {
            key: SeriesKey::new("", format!("x{number}"), []),
            unit: None,
        };
        let count = SERIES_STORED_MAX + 2;
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

        let past = open(&store).await;
        // The one that ended first goes on.
        take(&past, &format!("x{}", count - 1), START_MS, 1.0);
        assert_eq!(past.forget().await.expect("memory"), 2);
        let left = past.catalogue();
        assert_eq!(left.len(), SERIES_STORED_MAX);
        let has = |number: usize| left.iter().any(|it| it.key.name == format!("x{number}"));
        assert!(has(count - 1) && !has(count - 2) && !has(count - 3) && has(count - 4));
        assert_eq!(store.tier(Tier::Second).len(), SERIES_STORED_MAX);
    });
}
