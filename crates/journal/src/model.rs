//! The invariant as a property: any interleaving of appends, resumptions, evictions, expiries and
//! restarts delivers exactly what a cursor wants, or names the gap.

mod viewer;
mod world;

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::Stream;
use viewer::Viewer;
use world::World;

const STREAMS: [Stream; 3] = [Stream::Events, Stream::Data, Stream::Logs];

#[derive(Debug, Clone)]
enum Act {
    Append(usize),
    /// Reads at most so many frames.
    Read(usize),
    /// Drops the connection and resumes from the last message seen.
    Resume,
    /// Adds a stream with some of its past.
    Add(usize, u32),
    /// Appends while the store takes nothing.
    AppendUnkept(usize),
    /// Gives up what the store is owed.
    Forgo,
    /// Removes a stream's oldest message from the store.
    Expire(usize),
    /// Resumes while the store does not answer.
    ResumeAlone,
    /// Ends and starts; unless that is clean, amid a message that is written or not.
    Restart(Option<(usize, bool)>, usize),
}

/// What a log in memory goes through.
fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..STREAMS.len()).prop_map(Act::Append),
        2 => (1_usize..5).prop_map(Act::Read),
        1 => Just(Act::Resume),
        1 => (0..STREAMS.len(), 0_u32..4).prop_map(|(stream, last)| Act::Add(stream, last)),
    ]
}

/// What a log goes through that is kept and keeps all it was given.
fn act_kept() -> impl Strategy<Value = Act> {
    let restart = (
        proptest::option::of((0..STREAMS.len(), any::<bool>())),
        0_usize..8,
    );
    prop_oneof![
        8 => act(),
        1 => restart.prop_map(|(unclean, refill)| Act::Restart(unclean, refill)),
    ]
}

/// What a log goes through whose store has troubles.
fn act_in_trouble() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => act_kept(),
        2 => (0..STREAMS.len()).prop_map(Act::AppendUnkept),
        1 => Just(Act::Forgo),
        1 => (0..STREAMS.len()).prop_map(Act::Expire),
        1 => Just(Act::ResumeAlone),
    ]
}

fn check(frames_max: usize, has_store: bool, acts: Vec<Act>) -> Result<(), TestCaseError> {
    let mut world = World::new(frames_max, has_store);
    let mut viewer = Viewer::default();
    for act in acts {
        match act {
            Act::Append(stream) => world.append(STREAMS[stream]),
            Act::AppendUnkept(stream) => world.append_unkept(STREAMS[stream]),
            Act::Forgo => world.forgo(),
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
                let owes_nothing = has_store && world.is_whole && world.owes_nothing();
                prop_assert!(recovered || !owes_nothing, "all of it was kept");
            }
            Act::ResumeAlone => {
                viewer.finish_what_cannot_be_resumed(&world);
                viewer.resume(&world, false);
            }
            Act::Add(stream, last) => viewer.add(&world, STREAMS[stream], last),
            Act::Restart(unclean, refill) => {
                viewer.finish_what_cannot_be_resumed(&world);
                world.restart(
                    unclean.map(|(stream, kept)| (STREAMS[stream], kept)),
                    refill,
                );
                let recovered = viewer.resume(&world, true);
                prop_assert!(recovered || !world.is_whole, "all of it was kept");
            }
        }
    }
    while viewer.read(&world, 3) {}

    for stream in STREAMS {
        let seen: Vec<_> = viewer.seen.iter().filter(|(of, _)| *of == stream).collect();
        let in_order = seen.is_sorted_by(|a, b| a.1 < b.1);
        prop_assert!(in_order, "{stream} out of order: {seen:?}");
        let Some(since) = viewer.since[stream.index()] else {
            prop_assert!(seen.is_empty(), "{stream} was never asked for");
            continue;
        };
        let named = |seq: u64| {
            let mut gaps = viewer.gaps.iter().filter(|gap| gap.stream == stream);
            gaps.any(|gap| gap.after.unwrap_or(0) < seq && seq < gap.before)
        };
        let sent = world.sent.iter().filter(|(_, of)| **of == stream);
        for (seq, _) in sent.filter(|(seq, _)| **seq > since) {
            prop_assert!(
                seen.iter().any(|(_, seen)| seen == seq) || named(*seq),
                "{stream} {seq} is neither delivered nor named: {:?}",
                viewer.gaps
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_wanted_is_delivered_once_or_named(
        frames_max in 1_usize..12,
        acts in vec(act(), 1..120),
    ) {
        check(frames_max, false, acts)?;
    }

    #[test]
    fn what_is_kept_is_recovered_over_restarts(
        frames_max in 1_usize..12,
        acts in vec(act_kept(), 1..120),
    ) {
        check(frames_max, true, acts)?;
    }

    #[test]
    fn what_was_not_kept_is_named(
        frames_max in 1_usize..12,
        acts in vec(act_in_trouble(), 1..120),
    ) {
        check(frames_max, true, acts)?;
    }
}
