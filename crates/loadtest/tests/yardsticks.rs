//! The load generator against its own yardsticks, sound ones and faulty ones.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use loadtest::yardstick::{Started, Yardstick, start_axum, start_floor};
use loadtest::{Plan, Report, Target, Window, run};
use std::time::Duration;

const VIEWERS: usize = 50;
const MESSAGES: u64 = 60;

fn fast() -> Yardstick {
    Yardstick {
        rate: 200,
        ..Yardstick::default()
    }
}

/// Ends after a number of messages, not after a time.
fn watch(server: &Started, change: impl FnOnce(&mut Plan)) -> Report {
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

fn assert_sound(report: &Report) {
    assert_eq!(report.faults(), Vec::<String>::new(), "{report}");
    assert_eq!(report.connects, VIEWERS as u64, "{report}");
    assert!(report.messages >= MESSAGES, "{report}");
    // When the first viewer has seen enough, others may still be behind.
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
    assert_sound(&report);
    assert!(report.bytes > report.deliveries * 290, "{report}");
}

#[test]
fn every_viewer_of_a_deflated_stream_is_checked() {
    let floor = start_floor(&fast()).unwrap();
    let report = watch(&floor, |plan| plan.deflate = true);
    assert_sound(&report);
    assert!(report.bytes < report.deliveries * 280, "{report}");
}

#[test]
fn axum_loses_nothing() {
    let axum = start_axum(&fast()).unwrap();
    assert_sound(&watch(&axum, |_| ()));
}

#[test]
fn what_is_left_out_is_lost() {
    let floor = start_floor(&Yardstick {
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
fn what_is_sent_twice_is_doubled() {
    let floor = start_floor(&Yardstick {
        double_one_in: Some(50),
        ..fast()
    })
    .unwrap();
    let report = watch(&floor, |_| ());
    assert!(report.duplicated > 10, "{report}");
    assert_eq!((report.lost, report.reordered), (0, 0), "{report}");
}

#[test]
fn what_is_exchanged_is_reordered() {
    let floor = start_floor(&Yardstick {
        swap_one_in: Some(50),
        ..fast()
    })
    .unwrap();
    let report = watch(&floor, |_| ());
    assert!(report.reordered > 10, "{report}");
    // A viewer that comes between the two that are exchanged is lost one, or given one twice.
    assert!(report.duplicated < report.reordered, "{report}");
}

#[test]
fn a_server_that_keeps_nothing_loses_to_whoever_comes_back() {
    let floor = start_floor(&fast()).unwrap();
    let report = watch(&floor, |plan| {
        plan.viewers = 0;
        plan.churn = VIEWERS;
        plan.churn_ms = 50;
    });
    assert!(report.lost > 0, "{report}");
}

#[test]
fn those_who_misbehave_do_not_disturb_the_others() {
    let axum = start_axum(&fast()).unwrap();
    let report = watch(&axum, |plan| {
        plan.stalled = 5;
        plan.slow = 5;
        plan.slow_bytes_per_s = 2_000;
        plan.rubbish = 10;
    });
    assert_eq!(report.faults(), Vec::<String>::new(), "{report}");
    assert!(!report.rubbish.is_empty(), "{report}");
    assert_eq!(report.stalled, 5, "{report}");
}

#[test]
fn nobody_there_is_said() {
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
