//! The invariant as a property: any interleaving of appends, resumptions, evictions, expiries and
//! restarts delivers each subscribed message once, or reports a gap.

mod random;
mod viewer;
mod world;

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::Stream;
use viewer::Viewer;
use world::{Key, World};

const STREAMS: [Stream; 3] = [Stream::Events, Stream::Data, Stream::Logs];

#[derive(Debug, Clone)]
enum Act {
    Append(usize),
    /// Reads at most this many frames.
    Read(usize),
    /// Drops the connection and resumes from the last message seen.
    Resume,
    /// Adds a stream with a backlog.
    Add(usize, u32),
    /// Appends while the store is unavailable.
    AppendUnstored(usize),
    /// Drops the messages that wait for the store.
    DropPending,
    /// Removes a stream's oldest message from the store.
    Expire(usize),
    /// Resumes while the store is unavailable.
    ResumeAlone,
    /// Restarts; an unclean stop interrupts the commit of a message, which is stored or not.
    Restart(Option<(usize, bool)>, usize),
}

/// What may happen to a log in memory.
fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..STREAMS.len()).prop_map(Act::Append),
        2 => (1_usize..5).prop_map(Act::Read),
        1 => Just(Act::Resume),
        1 => (0..STREAMS.len(), 0_u32..4).prop_map(|(stream, last)| Act::Add(stream, last)),
    ]
}

/// What may happen to a log with a store.
fn act_with_store() -> impl Strategy<Value = Act> {
    let restart = (
        proptest::option::of((0..STREAMS.len(), any::<bool>())),
        0_usize..8,
    );
    prop_oneof![
        8 => act(),
        1 => restart.prop_map(|(unclean, refill)| Act::Restart(unclean, refill)),
    ]
}

/// What may happen to a log whose store fails and expires messages.
fn act_with_failing_store() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => act_with_store(),
        2 => (0..STREAMS.len()).prop_map(Act::AppendUnstored),
        1 => Just(Act::DropPending),
        1 => (0..STREAMS.len()).prop_map(Act::Expire),
        1 => Just(Act::ResumeAlone),
    ]
}

fn check(frames_max: usize, has_store: bool, acts: Vec<Act>) -> Result<(), TestCaseError> {
    let mut world = World::new(frames_max, has_store);
    let mut viewer = Viewer::default();
    for act in acts {
        match act {
            Act::Append(stream) => _ = world.append(Key::own(STREAMS[stream])),
            Act::AppendUnstored(stream) => world.append_unstored(Key::own(STREAMS[stream])),
            Act::DropPending => world.drop_pending(),
            Act::Expire(stream) => {
                world.expire(STREAMS[stream]);
                viewer.notice_removal();
            }
            Act::Read(frames_max) => {
                viewer.read(&world, frames_max);
            }
            Act::Resume => {
                viewer.finish_what_cannot_be_resumed(&world);
                let recovered = viewer.resume(&world, true);
                let is_stored = has_store && world.is_whole && world.has_no_pending();
                prop_assert!(recovered || !is_stored, "all of it was stored");
            }
            Act::ResumeAlone => {
                viewer.finish_what_cannot_be_resumed(&world);
                viewer.resume(&world, false);
            }
            Act::Add(stream, last) => viewer.add(&world, STREAMS[stream], last),
            Act::Restart(unclean, refill) => {
                viewer.finish_what_cannot_be_resumed(&world);
                world.restart(
                    unclean.map(|(stream, is_stored)| (STREAMS[stream], is_stored)),
                    refill,
                );
                let recovered = viewer.resume(&world, true);
                prop_assert!(recovered || !world.is_whole, "all of it was stored");
            }
        }
    }
    while viewer.read(&world, 3) {}

    for stream in STREAMS {
        let seen: Vec<_> = viewer.seen.iter().filter(|(of, _)| *of == stream).collect();
        let in_order = seen.is_sorted_by(|a, b| a.1 < b.1);
        prop_assert!(in_order, "{stream} out of order: {seen:?}");
        let Some(since) = viewer.since[stream.index()] else {
            prop_assert!(seen.is_empty(), "{stream} was never subscribed");
            continue;
        };
        let is_in_gap = |seq: u64| {
            let mut gaps = viewer.gaps.iter().filter(|gap| gap.stream == stream);
            gaps.any(|gap| gap.after.unwrap_or(0) < seq && seq < gap.before)
        };
        let sent = world.sent.iter().filter(|(_, key)| key.stream == stream);
        for (seq, _) in sent.filter(|(seq, _)| **seq > since) {
            prop_assert!(
                seen.iter().any(|(_, seen)| seen == seq) || is_in_gap(*seq),
                "{stream} {seq} is neither delivered nor in a gap: {:?}",
                viewer.gaps
            );
        }
    }
    Ok(())
}

/// A thousand cases of each property, unless `PROPTEST_CASES` says how many.
fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => default,
        None => ProptestConfig {
            cases: 1000,
            ..default
        },
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_message_is_delivered_once_or_in_a_gap(
        frames_max in 1_usize..12,
        acts in vec(act(), 1..120),
    ) {
        check(frames_max, false, acts)?;
    }

    #[test]
    fn stored_messages_are_recovered_over_restarts(
        frames_max in 1_usize..12,
        acts in vec(act_with_store(), 1..120),
    ) {
        check(frames_max, true, acts)?;
    }

    #[test]
    fn messages_that_were_not_stored_lie_in_gaps(
        frames_max in 1_usize..12,
        acts in vec(act_with_failing_store(), 1..120),
    ) {
        check(frames_max, true, acts)?;
    }
}
