//! A log and its store, which is a list here.

use super::STREAMS;
use crate::test_support::on;
use crate::{Limits, Log, Page, PageRequest, ResumeState, SequenceJump, StoredMessage};
use protocol::Stream;
use std::collections::BTreeMap;

/// So few that each backlog takes several pages.
const PAGE_MESSAGES_MAX: usize = 2;

/// Sequence numbers are reserved in blocks of this size.
const BLOCK: u64 = 50;

pub(super) struct World {
    pub(super) log: Log,
    limits: Limits,
    store: Option<Store>,
    /// Every message that must be delivered or lie within a gap.
    pub(super) sent: BTreeMap<u64, Stream>,
    /// No message was removed, or published and never stored.
    pub(super) is_whole: bool,
}

#[derive(Default)]
struct Store {
    messages: BTreeMap<u64, StoredMessage>,
    newest: [u64; Stream::COUNT],
    jumps: Vec<SequenceJump>,
    reserved: u64,
    /// Published, and not stored yet.
    pending: Vec<StoredMessage>,
}

impl World {
    pub(super) fn new(frames_max: usize, has_store: bool) -> Self {
        let limits = Limits {
            frames_max,
            bytes_max: usize::MAX,
        };
        let store = has_store.then(|| Store {
            reserved: BLOCK,
            ..Store::default()
        });
        let log = match &store {
            Some(store) => Log::resume(store.resumed(0), limits),
            None => Log::new("e", limits),
        };
        Self {
            log,
            limits,
            store,
            sent: BTreeMap::new(),
            is_whole: true,
        }
    }

    fn prepare(&mut self, stream: Stream) -> StoredMessage {
        let message = on(stream);
        let frame = self.log.prepare(&message, &message.to_json());
        StoredMessage {
            position: frame.position(),
            json: frame.json().to_owned(),
        }
    }

    fn publish(&mut self, message: &StoredMessage) {
        self.log.publish(message.position.seq);
        self.sent
            .insert(message.position.seq, message.position.stream);
    }

    /// Stored, then published.
    pub(super) fn append(&mut self, stream: Stream) {
        self.flush_pending();
        let message = self.prepare(stream);
        if let Some(store) = &mut self.store {
            store.insert(message.clone());
        }
        self.publish(&message);
    }

    /// Published, while the store is unavailable.
    pub(super) fn append_unstored(&mut self, stream: Stream) {
        let message = self.prepare(stream);
        self.publish(&message);
        if let Some(store) = &mut self.store {
            store.reserve(message.position.seq);
            store.pending.push(message);
        }
    }

    /// The store is available again.
    fn flush_pending(&mut self) {
        if let Some(store) = &mut self.store {
            for message in std::mem::take(&mut store.pending) {
                store.insert(message);
            }
        }
    }

    /// The pending messages exceed memory.
    pub(super) fn drop_pending(&mut self) {
        let Some(store) = &mut self.store else { return };
        for message in std::mem::take(&mut store.pending) {
            self.is_whole = false;
            store.newest[message.position.stream.index()] = message.position.seq;
        }
    }

    /// Retention removes a stream's oldest message.
    pub(super) fn expire(&mut self, stream: Stream) {
        let Some(store) = &mut self.store else { return };
        let oldest = store
            .messages
            .values()
            .find(|message| message.position.stream == stream);
        if let Some(seq) = oldest.map(|message| message.position.seq) {
            store.messages.remove(&seq);
            self.is_whole = false;
        }
    }

    /// Restarts the server. An unclean stop interrupts a commit: the flag says whether it succeeded.
    pub(super) fn restart(&mut self, unclean: Option<(Stream, bool)>, refill: usize) {
        match unclean {
            None => self.flush_pending(),
            Some((stream, is_stored)) => {
                self.lose_pending();
                let message = self.prepare(stream);
                if let Some(store) = self.store.as_mut().filter(|_| is_stored) {
                    self.sent.insert(message.position.seq, stream);
                    store.insert(message);
                }
            }
        }
        let given = self.log.head();
        let Some(store) = &mut self.store else { return };
        let head = match unclean {
            None => given,
            Some(_) => store.jump(),
        };
        self.log = Log::resume(store.resumed(head), self.limits);
        let (newest, all) = store.tail(refill);
        self.log.refill(&newest, &all);
    }

    /// Messages that were not stored before an unclean stop are lost.
    fn lose_pending(&mut self) {
        let Some(store) = &mut self.store else { return };
        for message in std::mem::take(&mut store.pending) {
            self.is_whole = false;
            self.sent.remove(&message.position.seq);
        }
    }

    pub(super) fn has_no_pending(&self) -> bool {
        self.store
            .as_ref()
            .is_none_or(|store| store.pending.is_empty())
    }

    pub(super) fn has_store(&self) -> bool {
        self.store.is_some()
    }

    pub(super) fn read(&self, request: &PageRequest) -> Page {
        self.store
            .as_ref()
            .map_or_else(Page::default, |store| store.read(request))
    }

    /// The available messages of a stream, oldest first.
    pub(super) fn available(&self, stream: Stream) -> Vec<u64> {
        let in_ring = self.log.newest_of(stream).map(|frame| frame.seq());
        let message = self.store.iter().flat_map(|store| store.messages.values());
        let message = message
            .filter(|message| message.position.stream == stream)
            .map(|message| message.position.seq);
        let mut seqs: Vec<_> = in_ring.chain(message).collect();
        seqs.sort_unstable();
        seqs.dedup();
        seqs
    }
}

impl Store {
    fn reserve(&mut self, seq: u64) {
        self.reserved = self.reserved.max(seq.next_multiple_of(BLOCK));
    }

    fn insert(&mut self, message: StoredMessage) {
        let position = message.position;
        self.reserve(position.seq);
        self.newest[position.stream.index()] = position.seq;
        self.messages.insert(position.seq, message);
    }

    /// Skips the rest of the block, and one number more: the position of viewers that subscribe before
    /// the first new message.
    fn jump(&mut self) -> u64 {
        let after = self.newest.into_iter().max().unwrap_or(0);
        let up_to = self.reserved;
        self.jumps.push(SequenceJump { after, up_to });
        self.reserve(up_to + 1);
        up_to + 1
    }

    fn resumed(&self, head: u64) -> ResumeState {
        ResumeState {
            epoch: "e".into(),
            head,
            newest: self.newest,
            newest_own: self.newest,
            jumps: self.jumps.clone(),
        }
    }

    /// The newest messages, and the newest of each stream that has none among them.
    fn tail(&self, count: usize) -> (Vec<StoredMessage>, Vec<StoredMessage>) {
        let skipped = self.messages.len().saturating_sub(count);
        let all: Vec<_> = self.messages.values().skip(skipped).cloned().collect();
        let is_in = |stream| all.iter().any(|message| message.position.stream == stream);
        let newest = STREAMS.into_iter().filter(|stream| !is_in(*stream));
        let newest = newest.filter_map(|stream| {
            let mut newest_first = self.messages.values().rev();
            newest_first.find(|message| message.position.stream == stream)
        });
        (newest.cloned().collect(), all)
    }

    fn read(&self, request: &PageRequest) -> Page {
        if request.after >= request.until {
            return Page::default();
        }
        let wanted = self
            .messages
            .range(request.after + 1..=request.until)
            .map(|(_, message)| message)
            .filter(|message| request.streams.contains(message.position.stream));
        let mut messages: Vec<_> = wanted.cloned().collect();
        if request.newest_first {
            messages.reverse();
        }
        let is_last = messages.len() <= PAGE_MESSAGES_MAX;
        messages.truncate(PAGE_MESSAGES_MAX);
        Page { messages, is_last }
    }
}
