//! The load generator against its own baselines, correct and faulty ones.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use loadtest::baseline::{BaselineOptions, BaselineServer, start_axum, start_floor};
use loadtest::{Plan, Report, Target, Window, run};
use std::time::Duration;

const VIEWERS: usize = 50;
const MESSAGES: u64 = 60;

fn fast() -> BaselineOptions {
    BaselineOptions {
        rate: 200,
        ..BaselineOptions::default()
    }
}

/// Ends after a number of messages, not after a time.
fn watch(server: &BaselineServer, change: impl FnOnce(&mut Plan)) -> Report {
    let target = Target::parse(&format!("http://{}", server.address()), false).unwrap();
    let mut plan = Plan {
        viewers: VIEWERS,
        settle: Duration::ZERO,
        window: Window::Messages {
            count: MESSAGES,
            limit: Duration::from_secs(30),
        },
        ..Plan::new(target)
    };
    change(&mut plan);
    run(&plan).unwrap()
}

fn assert_correct(report: &Report) {
    assert_eq!(report.faults(), Vec::<String>::new(), "{report}");
    assert_eq!(report.connects, VIEWERS as u64, "{report}");
    assert!(report.messages >= MESSAGES, "{report}");
    // When the first viewer has received enough, others may still be behind.
    assert!(
        report.deliveries > MESSAGES * VIEWERS as u64 / 2,
        "{report}"
    );
    assert!(report.latency_ms.max > 0.0, "{report}");
}

#[test]
fn the_floor_loses_nothing() {
    let floor = start_floor(&fast()).unwrap();
    let report = watch(&floor, |_| ());
    assert_correct(&report);
    assert!(report.bytes > report.deliveries * 290, "{report}");
}

#[test]
fn every_viewer_of_a_deflated_stream_is_checked() {
    let floor = start_floor(&fast()).unwrap();
    let report = watch(&floor, |plan| plan.deflate = true);
    assert_correct(&report);
    assert!(report.bytes < report.deliveries * 280, "{report}");
}

#[test]
fn axum_loses_nothing() {
    let axum = start_axum(&fast()).unwrap();
    assert_correct(&watch(&axum, |_| ()));
}

#[test]
fn dropped_deliveries_are_lost() {
    let floor = start_floor(&BaselineOptions {
        drop_one_in: Some(50),
        ..fast()
    })
    .unwrap();
    let report = watch(&floor, |_| ());
    assert!(report.lost > 10, "{report}");
    assert_eq!((report.duplicated, report.reordered), (0, 0), "{report}");
    assert!(!report.examples.is_empty());
}

#[test]
fn repeated_deliveries_are_duplicated() {
    let floor = start_floor(&BaselineOptions {
        double_one_in: Some(50),
        ..fast()
    })
    .unwrap();
    let report = watch(&floor, |_| ());
    assert!(report.duplicated > 10, "{report}");
    assert_eq!((report.lost, report.reordered), (0, 0), "{report}");
}

#[test]
fn swapped_deliveries_are_reordered() {
    let floor = start_floor(&BaselineOptions {
        swap_one_in: Some(50),
        ..fast()
    })
    .unwrap();
    let report = watch(&floor, |_| ());
    assert!(report.reordered > 10, "{report}");
    // A viewer that connects between two swapped messages misses one, or gets one twice.
    assert!(report.duplicated < report.reordered, "{report}");
}

#[test]
fn reconnecting_to_a_server_without_a_store_loses_messages() {
    let floor = start_floor(&fast()).unwrap();
    let report = watch(&floor, |plan| {
        plan.viewers = 0;
        plan.churn = VIEWERS;
        plan.churn_ms = 50;
    });
    assert!(report.lost > 0, "{report}");
}

#[test]
fn faulty_clients_do_not_disturb_the_others() {
    let axum = start_axum(&fast()).unwrap();
    let report = watch(&axum, |plan| {
        plan.stalled = 5;
        plan.slow = 5;
        plan.slow_bytes_per_s = 2_000;
        plan.malformed = 10;
    });
    assert_eq!(report.faults(), Vec::<String>::new(), "{report}");
    assert!(!report.malformed.is_empty(), "{report}");
    assert_eq!(report.stalled, 5, "{report}");
}

#[test]
fn a_missing_server_is_reported() {
    let floor = start_floor(&fast()).unwrap();
    let url = format!("http://{}", floor.address());
    drop(floor);
    let plan = Plan {
        viewers: 3,
        settle: Duration::ZERO,
        window: Window::Time(Duration::ZERO),
        ..Plan::new(Target::parse(&url, false).unwrap())
    };
    let report = run(&plan).unwrap();
    assert_eq!(report.faults(), ["3 viewers never connected"], "{report}");
    assert!(
        report.failed_connects["connection refused"] >= 3,
        "{report}"
    );
}
