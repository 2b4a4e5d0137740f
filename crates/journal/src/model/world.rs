//! A log and what lies behind it: a list that stands for a store.

use super::STREAMS;
use crate::test_support::on;
use crate::{Ask, Jump, Kept, Limits, Log, Page, Resumed};
use protocol::Stream;
use std::collections::BTreeMap;

/// So few that every part of the past takes several pages.
const PAGE_MESSAGES_MAX: usize = 2;

/// Numbers are reserved in blocks of so many.
const BLOCK: u64 = 50;

pub(super) struct World {
    pub(super) log: Log,
    limits: Limits,
    store: Option<Store>,
    /// Every message that a viewer may count on.
    pub(super) sent: BTreeMap<u64, Stream>,
    /// Nothing was removed yet, and nothing was published without being kept.
    pub(super) is_whole: bool,
}

#[derive(Default)]
struct Store {
    kept: BTreeMap<u64, Kept>,
    newest: [u64; Stream::COUNT],
    jumps: Vec<Jump>,
    reserved: u64,
    /// Published, and not kept yet.
    owed: Vec<Kept>,
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

    fn prepare(&mut self, stream: Stream) -> Kept {
        let message = on(stream);
        let frame = self.log.prepare(&message, &message.to_json());
        Kept {
            position: frame.position(),
            json: frame.json().to_owned(),
        }
    }

    fn publish(&mut self, kept: &Kept) {
        self.log.publish(kept.position.seq);
        self.sent.insert(kept.position.seq, kept.position.stream);
    }

    /// Written, then seen.
    pub(super) fn append(&mut self, stream: Stream) {
        self.settle();
        let kept = self.prepare(stream);
        if let Some(store) = &mut self.store {
            store.keep(kept.clone());
        }
        self.publish(&kept);
    }

    /// Seen, while the store takes nothing.
    pub(super) fn append_unkept(&mut self, stream: Stream) {
        let kept = self.prepare(stream);
        self.publish(&kept);
        if let Some(store) = &mut self.store {
            store.reserve(kept.position.seq);
            store.owed.push(kept);
        }
    }

    /// The store is back, and takes what it is owed.
    fn settle(&mut self) {
        if let Some(store) = &mut self.store {
            for kept in std::mem::take(&mut store.owed) {
                store.keep(kept);
            }
        }
    }

    /// What the store is owed is too much to be kept in memory.
    pub(super) fn forgo(&mut self) {
        let Some(store) = &mut self.store else { return };
        for kept in std::mem::take(&mut store.owed) {
            self.is_whole = false;
            store.newest[kept.position.stream.index()] = kept.position.seq;
        }
    }

    /// Retention removes a stream's oldest.
    pub(super) fn expire(&mut self, stream: Stream) {
        let Some(store) = &mut self.store else { return };
        let oldest = store
            .kept
            .values()
            .find(|kept| kept.position.stream == stream);
        if let Some(seq) = oldest.map(|kept| kept.position.seq) {
            store.kept.remove(&seq);
            self.is_whole = false;
        }
    }

    /// The server ends and starts again. Unless that is clean, it was writing a message: `kept` says
    /// whether it is there.
    pub(super) fn restart(&mut self, unclean: Option<(Stream, bool)>, refill: usize) {
        match unclean {
            None => self.settle(),
            Some((stream, is_kept)) => {
                self.forget_owed();
                let kept = self.prepare(stream);
                if let Some(store) = self.store.as_mut().filter(|_| is_kept) {
                    self.sent.insert(kept.position.seq, stream);
                    store.keep(kept);
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

    /// Nobody is promised what the server had not written when it ended.
    fn forget_owed(&mut self) {
        let Some(store) = &mut self.store else { return };
        for kept in std::mem::take(&mut store.owed) {
            self.is_whole = false;
            self.sent.remove(&kept.position.seq);
        }
    }

    pub(super) fn owes_nothing(&self) -> bool {
        self.store
            .as_ref()
            .is_none_or(|store| store.owed.is_empty())
    }

    pub(super) fn has_store(&self) -> bool {
        self.store.is_some()
    }

    pub(super) fn read(&self, ask: &Ask) -> Page {
        self.store
            .as_ref()
            .map_or_else(Page::default, |store| store.read(ask))
    }

    /// What can be had of a stream, oldest first.
    pub(super) fn available(&self, stream: Stream) -> Vec<u64> {
        let in_ring = self.log.newest_of(stream).map(|frame| frame.seq());
        let kept = self.store.iter().flat_map(|store| store.kept.values());
        let kept = kept
            .filter(|kept| kept.position.stream == stream)
            .map(|kept| kept.position.seq);
        let mut seqs: Vec<_> = in_ring.chain(kept).collect();
        seqs.sort_unstable();
        seqs.dedup();
        seqs
    }
}

impl Store {
    fn reserve(&mut self, seq: u64) {
        self.reserved = self.reserved.max(seq.next_multiple_of(BLOCK));
    }

    fn keep(&mut self, kept: Kept) {
        let position = kept.position;
        self.reserve(position.seq);
        self.newest[position.stream.index()] = position.seq;
        self.kept.insert(position.seq, kept);
    }

    /// Passes over the rest of the block, and over one number more: that is where those stand who
    /// come before the first new message.
    fn jump(&mut self) -> u64 {
        let after = self.newest.into_iter().max().unwrap_or(0);
        let up_to = self.reserved;
        self.jumps.push(Jump { after, up_to });
        self.reserve(up_to + 1);
        up_to + 1
    }

    fn resumed(&self, head: u64) -> Resumed {
        Resumed {
            epoch: "e".into(),
            head,
            newest: self.newest,
            newest_own: self.newest,
            jumps: self.jumps.clone(),
        }
    }

    /// The newest messages, and the newest of each stream that has none among them.
    fn tail(&self, count: usize) -> (Vec<Kept>, Vec<Kept>) {
        let skipped = self.kept.len().saturating_sub(count);
        let all: Vec<_> = self.kept.values().skip(skipped).cloned().collect();
        let is_in = |stream| all.iter().any(|kept| kept.position.stream == stream);
        let newest = STREAMS.into_iter().filter(|stream| !is_in(*stream));
        let newest = newest.filter_map(|stream| {
            let mut newest_first = self.kept.values().rev();
            newest_first.find(|kept| kept.position.stream == stream)
        });
        (newest.cloned().collect(), all)
    }

    fn read(&self, ask: &Ask) -> Page {
        if ask.after >= ask.until {
            return Page::default();
        }
        let wanted = self
            .kept
            .range(ask.after + 1..=ask.until)
            .map(|(_, kept)| kept)
            .filter(|kept| ask.streams.contains(kept.position.stream));
        let mut messages: Vec<_> = wanted.cloned().collect();
        if ask.newest_first {
            messages.reverse();
        }
        let is_last = messages.len() <= PAGE_MESSAGES_MAX;
        messages.truncate(PAGE_MESSAGES_MAX);
        Page { messages, is_last }
    }
}
