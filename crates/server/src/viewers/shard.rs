use super::control::ForAll;
use super::{Ending, Viewer};
use journal::StreamSet;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::Notify;

/// A part of the viewers, with one sweep that goes over them.
///
/// The list itself belongs to the sweep alone; others leave notes here and wake it.
#[derive(Default)]
pub(crate) struct Shard {
    notes: Mutex<Notes>,
    /// Something was noted.
    pub(crate) changed: Notify,
}

#[derive(Default)]
pub(crate) struct Notes {
    /// Viewers that the sweep has not met yet.
    pub(crate) joined: Vec<Arc<Viewer>>,
    /// The sweep has ended: who joins now is sent away at once.
    pub(crate) ended: bool,
    /// Some viewer is gone.
    pub(crate) left: bool,
    /// Streams that some viewer may want; it only grows between two tallies.
    pub(crate) interest: StreamSet,
    /// Counts changes of `interest`, so that a tally that overlaps one is thrown away.
    pub(crate) interest_changes: u64,
    /// The newest client count, until the sweep has taken it.
    pub(crate) client_count: Option<ForAll>,
    /// When viewers with an interval have a message that was held back, earliest first.
    pub(crate) dues: BinaryHeap<Reverse<Due>>,
}

/// A viewer that is to be looked at, and when.
pub(crate) struct Due {
    pub(crate) at_ms: u64,
    pub(crate) viewer: Weak<Viewer>,
}

impl Shard {
    pub(crate) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn join(&self, viewer: &Arc<Viewer>) {
        let mut notes = self.notes();
        if notes.ended {
            viewer.end(Ending::Restart);
            return;
        }
        notes.joined.push(Arc::clone(viewer));
        drop(notes);
        self.changed.notify_one();
    }

    pub(crate) fn leave(&self) {
        self.notes().left = true;
        self.changed.notify_one();
    }

    pub(crate) fn add_interest(&self, streams: StreamSet) {
        let mut notes = self.notes();
        notes.interest = notes.interest.iter().chain(streams.iter()).collect();
        notes.interest_changes += 1;
    }

    pub(crate) fn set_client_count(&self, frame: ForAll) {
        self.notes().client_count = Some(frame);
        self.changed.notify_one();
    }

    /// Wakes the viewer's task at that time.
    pub(crate) fn note_due(&self, at_ms: u64, viewer: &Arc<Viewer>) {
        if viewer.note_due(at_ms) {
            self.notes().dues.push(Reverse(Due {
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
