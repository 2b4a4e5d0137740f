use super::slowest::Slowest;
use super::traffic::Traffic;
use super::{CloseReason, Viewer};
use journal::StreamSet;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::Notify;

/// A part of the viewers, with one sweep that visits them.
///
/// The list of viewers belongs to the sweep; other threads change the shared state and wake it.
#[derive(Default)]
pub(crate) struct Shard {
    state: Mutex<ShardState>,
    /// Wakes the sweep after a change of the state.
    pub(crate) changed: Notify,
    /// What its viewers were sent.
    pub(crate) traffic: Traffic,
    /// Those that were behind the most at the last check. Locked briefly, with no other lock taken under it.
    slowest: Mutex<Slowest>,
}

#[derive(Default)]
pub(crate) struct ShardState {
    /// Viewers that the sweep has not admitted yet.
    pub(crate) joined: Vec<Arc<Viewer>>,
    /// The sweep has ended: a viewer that joins now is closed at once.
    pub(crate) ended: bool,
    /// Some viewer is gone.
    pub(crate) left: bool,
    /// Some viewer's credential has ceased to count.
    pub(crate) grants_ended: bool,
    /// Streams that some viewer may have subscribed to; it only grows between two recounts.
    pub(crate) interest: StreamSet,
    /// Counts changes of `interest`, so that a recount during a change is discarded.
    pub(crate) interest_changes: u64,
    /// When viewers with an interval have a held message due, earliest first.
    pub(crate) dues: BinaryHeap<Reverse<Due>>,
}

/// When a viewer has a held message due.
pub(crate) struct Due {
    pub(crate) at_ms: u64,
    pub(crate) viewer: Weak<Viewer>,
}

impl Shard {
    pub(crate) fn state(&self) -> MutexGuard<'_, ShardState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn join(&self, viewer: &Arc<Viewer>) {
        let mut state = self.state();
        if state.ended {
            viewer.request_close(CloseReason::Restart);
            return;
        }
        state.joined.push(Arc::clone(viewer));
        drop(state);
        self.changed.notify_one();
    }

    pub(crate) fn leave(&self) {
        self.state().left = true;
        self.changed.notify_one();
    }

    /// Has the sweep close the viewers whose credential has ceased to count.
    pub(crate) fn check_grants(&self) {
        self.state().grants_ended = true;
        self.changed.notify_one();
    }

    pub(crate) fn add_interest(&self, streams: StreamSet) {
        let mut state = self.state();
        state.interest = state.interest.iter().chain(streams.iter()).collect();
        state.interest_changes += 1;
    }

    pub(crate) fn slowest(&self) -> MutexGuard<'_, Slowest> {
        self.slowest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the sweep wake the viewer's task at that time.
    pub(crate) fn schedule(&self, at_ms: u64, viewer: &Arc<Viewer>) {
        if viewer.set_due(at_ms) {
            self.state().dues.push(Reverse(Due {
                at_ms,
                viewer: Arc::downgrade(viewer),
            }));
            self.changed.notify_one();
        }
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.at_ms == other.at_ms
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at_ms.cmp(&other.at_ms)
    }
}
