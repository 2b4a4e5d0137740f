use crate::viewers::topics::Topic;
use bytes::Bytes;
use journal::{Backlog, BacklogPlan, PageRequest};
use std::collections::VecDeque;

/// What a viewer is sent before the log. While the viewer is swept, there is none.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    /// The rest of a frame that the socket took in part.
    pub(super) unfinished: Bytes,
    pub(super) queue: VecDeque<Item>,
    /// Topics whose newest message is to be sent.
    pub(super) topics: Vec<Topic>,
    pub(super) store_request: StoreRequest,
}

#[derive(Debug)]
pub(super) enum Item {
    /// Stays in order: an answer after a backlog shows the end of the backlog.
    Message(Bytes),
    /// May overtake what waits for the store.
    Control(Bytes),
    /// A subscription that needs pages of the store, and its request's correlation id.
    Plan(Box<BacklogPlan>, Option<String>),
    Backlog(Box<Backlog>),
}

/// The page that the first item needs. While it needs one, the socket has room.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) enum StoreRequest {
    #[default]
    None,
    Pending(PageRequest),
    InFlight(PageRequest),
}

impl Ahead {
    /// Removes everything but a partly written frame.
    pub(super) fn clear(&mut self) {
        *self = Self {
            unfinished: std::mem::take(&mut self.unfinished),
            ..Self::default()
        };
    }

    /// Whether nothing can be written before a page of the store.
    pub(super) fn waits_for_store(&self) -> bool {
        self.store_request != StoreRequest::None && self.unfinished.is_empty()
    }

    /// Removes the first control frame.
    pub(super) fn remove_control(&mut self) {
        let mut items = self.queue.iter();
        if let Some(index) = items.position(|item| matches!(item, Item::Control(_))) {
            self.queue.remove(index);
        }
    }

    pub(super) fn advance_backlog(&mut self, seq: u64) {
        if let Some(Item::Backlog(backlog)) = self.queue.front_mut() {
            backlog.advance_to(seq);
        }
    }
}
