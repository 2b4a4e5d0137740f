//! A log and its store, which is a list here.

use crate::test_support::{about, on};
use crate::{
    Chain, Limits, Log, Page, PageRequest, ResumeState, Scope, SequenceJump, StoredMessage,
};
use access::Access;
use protocol::{ChannelName, Durable, Stream};
use std::collections::BTreeMap;

/// So few that each backlog takes several pages.
const PAGE_MESSAGES_MAX: usize = 2;

/// So few that chains are forgotten all the time.
const CHAINS_MAX: usize = 4;

/// Sequence numbers are reserved in blocks of this size.
const BLOCK: u64 = 50;

/// Which chain a message belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) stream: Stream,
    /// Another host, if not empty.
    pub(super) host: &'static str,
    /// A channel, if not empty.
    pub(super) channel: &'static str,
}

impl Key {
    /// A stream's own chain.
    pub(super) fn own(stream: Stream) -> Self {
        Self {
            stream,
            host: "",
            channel: "",
        }
    }

    pub(super) fn chain(&self) -> Chain<'static> {
        let named = |name: &'static str| Some(name).filter(|name| !name.is_empty());
        Chain::of(named(self.channel), named(self.host))
    }

    fn message(&self) -> Durable {
        match self.host {
            "" => on(self.stream),
            host => about(host, "test"),
        }
    }
}

pub(super) struct World {
    pub(super) log: Log,
    limits: Limits,
    store: Option<Store>,
    /// Every message that must be delivered or lie within a gap.
    pub(super) sent: BTreeMap<u64, Key>,
    /// The text of each message that was replaced, as it is now.
    pub(super) replaced: BTreeMap<u64, String>,
    /// No message was removed, or published and never stored.
    pub(super) is_whole: bool,
    /// What was published before the last restart and never stored, up to these `seq`, of any chain: what the ring has
    /// of before precedes a loss.
    lost_before_start: [u64; Stream::COUNT],
    /// Of chains that continued while nobody could say after which message: a loss up to here may be reported, although
    /// nothing is lost.
    suspected: BTreeMap<Key, u64>,
}

#[derive(Default)]
struct Store {
    messages: BTreeMap<u64, (Key, StoredMessage)>,
    newest: [u64; Stream::COUNT],
    /// Of each chain the newest, and the retention floor.
    chains: BTreeMap<Key, (u64, u64)>,
    /// Messages up to here were published and never stored, of any chain.
    lost: [u64; Stream::COUNT],
    jumps: Vec<SequenceJump>,
    reserved: u64,
    /// Published, and not stored yet.
    pending: Vec<(Key, StoredMessage)>,
}

impl World {
    pub(super) fn new(frames_max: usize, has_store: bool) -> Self {
        let limits = Limits {
            frames_max,
            bytes_max: usize::MAX,
            bulk_bytes_max: usize::MAX,
            chains_max: CHAINS_MAX,
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
            replaced: BTreeMap::new(),
            is_whole: true,
            lost_before_start: [0; Stream::COUNT],
            suspected: BTreeMap::new(),
        }
    }

    /// Asks the store for the newest message of a chain that the log has forgotten.
    fn find_chain(&mut self, key: Key) {
        let (stream, chain) = (key.stream, key.chain());
        if self.log.is_unknown(stream, chain)
            && let Some(store) = &self.store
        {
            let newest = store.chains.get(&chain_key(key)).map_or(0, |it| it.0);
            let newest = newest.max(store.lost[stream.index()]);
            self.log.set_newest_of(stream, chain, newest);
        }
    }

    fn prepare(&mut self, key: Key) -> StoredMessage {
        let chain = key.chain();
        let message = key.message();
        let channel = chain.channel().and_then(ChannelName::new);
        let frame = self
            .log
            .prepare(&message, channel.as_ref(), &message.to_json());
        StoredMessage {
            position: frame.position(),
            channel: chain.channel().map(Into::into),
            host: chain.host().map(Into::into),
            json: frame.json().to_owned(),
        }
    }

    fn publish(&mut self, key: Key, message: &StoredMessage) {
        self.log.publish(message.position.seq);
        self.sent.insert(message.position.seq, key);
    }

    /// Stored, then published; returns its `seq`.
    pub(super) fn append(&mut self, key: Key) -> u64 {
        self.append_after(key, |_| {})
    }

    /// The same; `before` runs right before it is published, with its `seq`.
    pub(super) fn append_after(&mut self, key: Key, before: impl FnOnce(u64)) -> u64 {
        self.flush_pending();
        self.find_chain(key);
        let message = self.prepare(key);
        if let Some(store) = &mut self.store {
            store.insert(key, message.clone());
        }
        before(message.position.seq);
        self.publish(key, &message);
        message.position.seq
    }

    /// Published, while the store is unavailable.
    pub(super) fn append_unstored(&mut self, key: Key) {
        if self.has_no_pending() {
            // The batch whose commit fails.
            self.find_chain(key);
        }
        let is_unknown = self.log.is_unknown(key.stream, key.chain());
        let message = self.prepare(key);
        self.publish(key, &message);
        if is_unknown {
            self.suspected.insert(chain_key(key), message.position.prev);
        }
        if let Some(store) = &mut self.store {
            store.reserve(message.position.seq);
            store.pending.push((key, message));
        }
    }

    /// The store is available again.
    fn flush_pending(&mut self) {
        if let Some(store) = &mut self.store {
            for (key, message) in std::mem::take(&mut store.pending) {
                store.insert(key, message);
            }
        }
    }

    /// The pending messages exceed memory.
    pub(super) fn drop_pending(&mut self) {
        let Some(store) = &mut self.store else { return };
        for (_, message) in std::mem::take(&mut store.pending) {
            self.is_whole = false;
            let stream = message.position.stream.index();
            store.newest[stream] = message.position.seq;
            store.lost[stream] = message.position.seq;
        }
    }

    /// Retention removes a stream's oldest message.
    pub(super) fn expire(&mut self, stream: Stream) {
        let Some(store) = &mut self.store else { return };
        let mut messages = store.messages.iter();
        let oldest = messages.find(|(_, (key, _))| key.stream == stream);
        if let Some((seq, key)) = oldest.map(|(seq, (key, _))| (*seq, *key)) {
            store.messages.remove(&seq);
            store.chains.entry(chain_key(key)).or_default().1 = seq;
            self.is_whole = false;
        }
    }

    /// Replaces the text of a stored message, in the store and in the log; false if there is none.
    pub(super) fn replace(&mut self, place: usize, text: &str) -> bool {
        let Some(store) = &mut self.store else {
            return false;
        };
        let place = place.checked_rem(store.messages.len());
        let stored = place.and_then(|place| store.messages.iter_mut().nth(place));
        let Some((seq, (_, message))) = stored else {
            return false;
        };
        message.json = message.json.replacen("test", text, 1);
        self.log.replace(message);
        self.replaced.insert(*seq, message.json.clone());
        true
    }

    /// Restarts the server. An unclean stop interrupts a commit: the flag says whether it succeeded.
    pub(super) fn restart(&mut self, unclean: Option<(Stream, bool)>, refill: usize) {
        match unclean {
            None => self.flush_pending(),
            Some((stream, is_stored)) => {
                // What waits for the store is committed first.
                let is_stored = is_stored && self.has_no_pending();
                let key = Key::own(stream);
                self.find_chain(key);
                let message = self.prepare(key);
                if let Some(store) = self.store.as_mut().filter(|_| is_stored) {
                    self.sent.insert(message.position.seq, key);
                    store.insert(key, message);
                }
            }
        }
        let given = self.log.head();
        let Some(store) = &mut self.store else { return };
        let is_dirty = !std::mem::take(&mut store.pending).is_empty();
        self.is_whole &= !is_dirty;
        let head = match unclean {
            None => given,
            Some(_) => store.jump(is_dirty),
        };
        self.lost_before_start = store.lost;
        self.log = Log::resume(store.resumed(head), self.limits);
        let [newest, regular, bulk] = store.tail(refill);
        self.log.refill(&newest, &regular, &bulk);
    }

    pub(super) fn has_no_pending(&self) -> bool {
        self.store
            .as_ref()
            .is_none_or(|store| store.pending.is_empty())
    }

    pub(super) fn has_store(&self) -> bool {
        self.store.is_some()
    }

    /// A page of what may be seen, as the store's condition has it.
    pub(super) fn read(&self, request: &PageRequest, access: &Access) -> Page {
        self.store
            .as_ref()
            .map_or_else(Page::default, |store| store.read(request, access))
    }

    /// The floor of a scope: what it has up to there may be lost.
    pub(super) fn floor(&self, stream: Stream, scope: &Scope) -> u64 {
        let store = self.store.as_ref();
        let floor = store.map_or(0, |store| store.floor(stream, scope));
        let suspected = self.suspected.iter();
        let of_scope =
            suspected.filter(|(key, _)| key.stream == stream && scope.contains(key.chain()));
        of_scope.fold(floor, |floor, (_, seq)| floor.max(*seq))
    }

    /// The available messages of a stream's own chain, oldest first. Across a loss only the store's are: the ring may
    /// still have one from before it that retention has removed.
    pub(super) fn available(&self, stream: Stream) -> Vec<u64> {
        let lost = self.lost_before_start[stream.index()];
        let in_ring = self.log.newest_of(stream, Chain::Own);
        let in_ring = in_ring.map(|frame| frame.seq()).filter(|seq| *seq > lost);
        let stored = self.store.iter().flat_map(|store| &store.messages);
        let stored = stored
            .filter(|(_, (key, _))| *key == Key::own(stream))
            .map(|(seq, _)| *seq);
        let mut seqs: Vec<_> = in_ring.chain(stored).collect();
        seqs.sort_unstable();
        seqs.dedup();
        seqs
    }
}

/// Messages of one chain may differ in their hosts.
fn chain_key(key: Key) -> Key {
    Key {
        host: if key.channel.is_empty() { key.host } else { "" },
        ..key
    }
}

impl Store {
    fn reserve(&mut self, seq: u64) {
        self.reserved = self.reserved.max(seq.next_multiple_of(BLOCK));
    }

    fn insert(&mut self, key: Key, message: StoredMessage) {
        let position = message.position;
        self.reserve(position.seq);
        self.newest[position.stream.index()] = position.seq;
        self.chains.entry(chain_key(key)).or_default().0 = position.seq;
        self.messages.insert(position.seq, (key, message));
    }

    /// Skips the rest of the block, and one number more: the position of viewers that subscribe before
    /// the first new message. If published messages were not stored, those of all streams may be lost.
    fn jump(&mut self, is_dirty: bool) -> u64 {
        let after = self.newest.into_iter().max().unwrap_or(0);
        let up_to = self.reserved;
        self.jumps.push(SequenceJump { after, up_to });
        if is_dirty {
            self.newest = [up_to; Stream::COUNT];
            self.lost = [up_to; Stream::COUNT];
        }
        self.reserve(up_to + 1);
        up_to + 1
    }

    fn resumed(&self, head: u64) -> ResumeState {
        // As the server finds it: the newest stored one, unless a newer message of the stream is not stored.
        let own = Stream::ALL.map(|stream| {
            let newest = self.newest[stream.index()];
            let newest_first = self.messages.iter().rev();
            let mut of_stream = newest_first.filter(|(_, it)| it.0.stream == stream);
            let first = of_stream.next();
            if first.is_none_or(|(seq, _)| *seq < newest) {
                return newest;
            }
            let mut all = first.into_iter().chain(of_stream);
            let own = all.find(|(_, it)| chain_key(it.0) == Key::own(stream));
            own.map_or(newest, |(seq, _)| *seq)
        });
        ResumeState {
            epoch: "e".into(),
            head,
            newest: self.newest,
            newest_own: own,
            lost: self.lost,
            jumps: self.jumps.clone(),
        }
    }

    /// The newest messages of each stream that has none among the others, and the newest messages of streams that are
    /// not bulk, and of those that are.
    fn tail(&self, count: usize) -> [Vec<StoredMessage>; 3] {
        let of_class = |is_bulk| {
            let messages = self.messages.values();
            let all = messages.filter(|(key, _)| key.stream.definition().is_bulk == is_bulk);
            let all: Vec<_> = all.map(|(_, message)| message.clone()).collect();
            all[all.len().saturating_sub(count)..].to_vec()
        };
        let (regular, bulk) = (of_class(false), of_class(true));
        let is_in = |stream| {
            let mut in_ring = regular.iter().chain(&bulk);
            in_ring.any(|message| message.position.stream == stream)
        };
        let newest = Stream::PUBLIC.into_iter().filter(|stream| !is_in(*stream));
        let newest = newest.filter_map(|stream| {
            let mut newest_first = self.messages.values().rev();
            newest_first.find(|(key, _)| key.stream == stream)
        });
        let mut newest: Vec<_> = newest.map(|(_, message)| message.clone()).collect();
        newest.sort_by_key(|message| message.position.seq);
        [newest, regular, bulk]
    }

    fn floor(&self, stream: Stream, scope: &Scope) -> u64 {
        let of_stream = self.chains.iter().filter(|(key, _)| key.stream == stream);
        let of_scope = of_stream.filter(|(key, _)| scope.contains(key.chain()));
        let floors = of_scope.map(|(_, (_, floor))| *floor);
        floors.fold(self.lost[stream.index()], u64::max)
    }

    fn read(&self, request: &PageRequest, access: &Access) -> Page {
        let floors = request.scopes.iter();
        let floors = floors.map(|(stream, scope)| self.floor(*stream, scope));
        let floors = floors.collect();
        let scopes = request.scopes.iter();
        let stored = scopes
            .map(|(stream, _)| self.newest[stream.index()])
            .collect();
        if request.after >= request.until {
            return Page {
                floors,
                stored,
                ..Page::default()
            };
        }
        let wanted = self
            .messages
            .range(request.after + 1..=request.until)
            .map(|(_, (key, message))| (key, message))
            .filter(|(key, message)| {
                let seq = message.position.seq;
                access.allows(key.stream, key.chain().channel(), seq)
            })
            .filter(|(key, _)| {
                let mut scopes = request.scopes.iter();
                scopes.any(|(stream, scope)| *stream == key.stream && scope.contains(key.chain()))
            })
            .map(|(_, message)| message);
        let mut messages: Vec<_> = wanted.cloned().collect();
        if request.newest_first {
            messages.reverse();
        }
        let is_last = messages.len() <= PAGE_MESSAGES_MAX;
        messages.truncate(PAGE_MESSAGES_MAX);
        Page {
            messages,
            floors,
            stored,
            is_last,
        }
    }
}
