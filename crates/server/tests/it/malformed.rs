//! Malformed and hostile input of every kind that the network can bring, sent to one server while a viewer watches.
//! Each case says what the answer has to be.

mod access;
mod bodies;
mod case;
mod frames;
mod paths;
mod requests;
mod target;

use crate::command_line::Workplace;
use case::Case;
use futures_util::StreamExt;
use futures_util::stream;
use std::fmt::Write;
use target::{Target, Watcher};

/// Cases that are tried at the same time.
const AT_ONCE: usize = 8;

/// By how much the server may be larger afterwards: what its allocator has not returned yet, and what it has stored.
const GROWTH_KIB_MAX: u64 = 96 << 10;

#[tokio::test(flavor = "multi_thread")]
async fn every_case_is_answered_as_expected_and_a_viewer_loses_nothing() {
    let workplace = Workplace::new();
    let target = Target::start(&workplace).await;
    let watcher = Watcher::start(&target).await;
    let mut cases = requests::cases(&target);
    cases.extend(paths::cases(&target));
    cases.extend(bodies::cases(&target).await);
    cases.extend(frames::cases(&target));
    // The first round has the server allocate what it uses again.
    let before_kib = match try_all(&target, &cases).await {
        (_, wrong) if !wrong.is_empty() => panic!("{wrong}"),
        _ => target.resident_kib(),
    };
    let (mut tried, mut wrong) = try_all(&target, &cases).await;
    let others = access::try_all(&target).await;
    tried += others.len();
    for (name, result) in others {
        if let Err(why) = result {
            let _ = writeln!(wrong, "{name}: {why}");
        }
    }
    let after_kib = target.resident_kib();
    let as_expected = tried - wrong.lines().count();
    let server_errors = target.server_errors().await;
    println!("{tried} tried, {as_expected} as expected, {server_errors} server errors");
    println!("{before_kib} KiB of memory before, {after_kib} KiB after");
    assert!(wrong.is_empty(), "of {tried} cases:\n{wrong}");
    assert_eq!(server_errors, 0);
    let growth_kib = after_kib.saturating_sub(before_kib);
    assert!(
        growth_kib <= GROWTH_KIB_MAX,
        "{before_kib} KiB have become {after_kib} KiB"
    );
    watcher.stop().await;
    let finished = tokio::task::block_in_place(|| target.terminate());
    assert!(finished.status.success(), "{finished:?}");
    assert!(!finished.stderr.contains("panicked"), "{finished:?}");
}

/// How many cases there are, and a line for each that was not answered as expected.
async fn try_all(target: &Target, cases: &[Case]) -> (usize, String) {
    let mut wrong = String::new();
    let mut results = stream::iter(cases)
        .map(async |case| (case.name.as_str(), case.check(target).await))
        .buffer_unordered(AT_ONCE);
    while let Some((name, result)) = results.next().await {
        if let Err(why) = result {
            let _ = writeln!(wrong, "{name}: {why}");
        }
    }
    (cases.len(), wrong)
}
