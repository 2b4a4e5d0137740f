//! What the ring knows of each chain of a stream.

use crate::Frame;
use crate::chain::{ByChain, Chain, oldest_quarter};
use crate::scope::{Hosts, Scope};
use crate::stored::ResumeState;
use protocol::Stream;
use std::sync::Arc;

/// The chains of one stream. Of those that it has no room for it is known only that they have nothing after a certain
/// `seq`; what they have before is then taken for lost, and the store has to be asked.
#[derive(Debug, Default)]
pub(super) struct Heads {
    chains: ByChain<Head>,
    /// No chain without an entry has a message after this one.
    forgotten: u64,
    /// The newest `seq` of all chains.
    pub(super) newest_seq: u64,
    /// Everything of everyone's chains after this `seq` is available.
    public_lost: u64,
    /// The newest message of them that is known to be lost.
    known_public_lost: u64,
    /// Messages up to here were published before a restart and never stored, whatever their chain.
    never_stored: u64,
    /// Frames of chains that were forgotten just now.
    pub(super) forgotten_frames: Vec<Arc<Frame>>,
}

#[derive(Debug, Default)]
struct Head {
    newest: Option<Arc<Frame>>,
    /// The newest `seq`, whether or not its frame was added.
    newest_seq: u64,
    /// The newest `seq` that was added, 0 for none.
    last_added: u64,
    /// Everything after this `seq` is available.
    lost: u64,
    /// The newest message that is known to be lost.
    known_lost: u64,
}

impl Head {
    fn lose(&mut self, seq: u64) {
        self.lost = self.lost.max(seq);
        self.known_lost = self.known_lost.max(seq);
    }
}

impl Heads {
    /// Of a stream that continues so.
    pub(super) fn resume(from: &ResumeState, stream: Stream) -> Self {
        let never_stored = from.lost[stream.index()];
        let newest_seq = from.newest[stream.index()].max(never_stored);
        let mut heads = Self {
            forgotten: newest_seq,
            newest_seq,
            never_stored,
            ..Self::default()
        };
        heads.chains.own_mut().newest_seq = from.newest_own[stream.index()].max(never_stored);
        heads
    }

    pub(super) fn newest(&self, chain: Chain<'_>) -> Option<&Arc<Frame>> {
        self.chains.get(chain)?.newest.as_ref()
    }

    pub(super) fn other_hosts(&self) -> impl Iterator<Item = (&str, &Arc<Frame>)> {
        let hosts = self.chains.hosts();
        hosts.filter_map(|(host, head)| Some((host, head.newest.as_ref()?)))
    }

    pub(super) fn all_newest(&self) -> impl Iterator<Item = &Arc<Frame>> {
        self.chains.values().filter_map(|head| head.newest.as_ref())
    }

    /// Makes room for a chain, by forgetting those with the oldest newest messages.
    pub(super) fn make_room(&mut self, chain: Chain<'_>, chains_max: usize) {
        if self.chains.others_len() < chains_max || self.chains.get(chain).is_some() {
            return;
        }
        let all = self.chains.values().skip(1).map(|head| head.newest_seq);
        let oldest = oldest_quarter(all.collect());
        let (forgotten, frames) = (&mut self.forgotten, &mut self.forgotten_frames);
        self.chains.retain(|_, head| {
            if head.newest_seq > oldest {
                return true;
            }
            *forgotten = (*forgotten).max(head.newest_seq);
            frames.extend(head.newest.take());
            false
        });
    }

    /// Adds the newest frame of its chain; returns the one before.
    pub(super) fn add(&mut self, frame: &Arc<Frame>) -> Option<Arc<Frame>> {
        let (seq, prev, chain) = (frame.seq(), frame.position().prev, frame.chain());
        self.newest_seq = self.newest_seq.max(seq);
        if self.chains.get(chain).is_none() {
            // Nothing before it is available, and its own `prev` is known exactly, unless it is 0.
            let head = Head {
                lost: if prev == 0 { self.forgotten } else { prev },
                known_lost: prev,
                last_added: prev,
                ..Head::default()
            };
            self.chains.insert(chain, head);
        }
        let head = self.chains.get_mut(chain)?;
        head.newest_seq = head.newest_seq.max(seq);
        let last_added = std::mem::replace(&mut head.last_added, seq);
        let replaced = head.newest.replace(Arc::clone(frame));
        if last_added != prev {
            // The message right before it was never added.
            self.lose(chain, prev);
        }
        replaced
    }

    /// Replaces the newest frame of a chain by one of the same position.
    pub(super) fn replace(&mut self, frame: &Arc<Frame>) {
        let head = self.chains.get_mut(frame.chain());
        let newest = head.and_then(|head| head.newest.as_mut());
        if let Some(newest) = newest.filter(|newest| newest.is_same_message(frame)) {
            *newest = Arc::clone(frame);
        }
    }

    pub(super) fn lose(&mut self, chain: Chain<'_>, seq: u64) {
        if let Some(head) = self.chains.get_mut(chain) {
            head.lose(seq);
        }
        if chain.is_public() {
            self.public_lost = self.public_lost.max(seq);
            self.known_public_lost = self.known_public_lost.max(seq);
        }
    }

    /// Takes nothing for lost, before frames are added to an empty ring.
    pub(super) fn clear(&mut self) {
        let own = self.chains.own_mut();
        (own.lost, own.known_lost) = (0, 0);
        (self.public_lost, self.known_public_lost) = (0, 0);
    }

    /// Everything from `first` on was added that there is; returns up to where something may be lost.
    pub(super) fn filled(&mut self, first: u64) -> u64 {
        // A chain without an entry has nothing from there on, except for what was never stored.
        let lost = self.never_stored;
        self.forgotten = self.forgotten.min(first.saturating_sub(1)).max(lost);
        self.chains.retain(|_, head| {
            head.newest_seq = head.newest_seq.max(lost);
            head.lose(lost);
            true
        });
        self.chains.own_mut().lose(lost);
        self.known_public_lost = self.known_public_lost.max(lost);
        let own = self.chains.own();
        if own.last_added < own.newest_seq {
            self.lose(Chain::Own, own.newest_seq);
        }
        self.public_lost = self.public_lost.max(self.forgotten);
        self.forgotten
    }

    pub(super) fn newest_seq_of(&self, scope: &Scope) -> u64 {
        let newest = |chain| self.chains.get(chain).map_or(0, |head| head.newest_seq);
        match scope {
            Scope::Channel(channel) => newest(Chain::Channel(channel)),
            Scope::Public(Hosts::All) => {
                let all = self.chains.public().map(|head| head.newest_seq);
                all.max().unwrap_or(0)
            }
            Scope::Public(Hosts::Some { own, others }) => {
                let own = if *own { newest(Chain::Own) } else { 0 };
                let others = others.iter().map(|host| newest(Chain::Host(host)));
                others.fold(own, u64::max)
            }
        }
    }

    pub(super) fn lost_of(&self, scope: &Scope) -> u64 {
        self.of_scope(scope, |head| head.lost, self.forgotten, self.public_lost)
    }

    pub(super) fn known_lost_of(&self, scope: &Scope) -> u64 {
        let unknown = self.never_stored;
        self.of_scope(
            scope,
            |head| head.known_lost,
            unknown,
            self.known_public_lost,
        )
    }

    fn of_scope(&self, scope: &Scope, of: impl Fn(&Head) -> u64, unknown: u64, of_all: u64) -> u64 {
        let of_chain = |chain| self.chains.get(chain).map_or(unknown, &of);
        match scope {
            Scope::Channel(channel) => of_chain(Chain::Channel(channel)),
            Scope::Public(Hosts::All) => of_all,
            Scope::Public(Hosts::Some { own, others }) => {
                let own = if *own { of_chain(Chain::Own) } else { 0 };
                let others = others.iter().map(|host| of_chain(Chain::Host(host)));
                others.fold(own, u64::max)
            }
        }
    }
}
