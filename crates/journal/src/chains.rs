use crate::chain::{ByChain, Chain, oldest_quarter};
use crate::stored::ResumeState;
use protocol::Stream;

/// The newest assigned `seq` of each chain, for the `prev` of the next message.
///
/// A forgotten chain is asked from the store before its next message, see [`crate::Journal::unknown_chains`]. If that
/// does not answer, or there is none, its next `prev` is at least as high as the true one: a viewer may suspect a loss
/// where there is none, and never the reverse.
#[derive(Debug)]
pub(crate) struct Chains {
    streams: [StreamChains; Stream::COUNT],
    /// Beyond this many chains of one stream, those with the oldest newest messages are forgotten.
    chains_max: usize,
}

#[derive(Debug, Default)]
struct StreamChains {
    newest: ByChain<u64>,
    /// No chain without an entry has a message after this one.
    forgotten: u64,
    /// Messages up to here were lost, whatever their chain, so each chain continues after it.
    lost: u64,
}

impl Chains {
    /// Chains that continue after the newest `seq` of each stream about the own host; of other chains it is known
    /// that they have nothing after the stream's newest.
    pub(crate) fn resume(from: &ResumeState, chains_max: usize) -> Self {
        let streams = Stream::ALL.map(|stream| {
            let lost = from.lost[stream.index()];
            let mut chains = StreamChains {
                forgotten: from.newest[stream.index()].max(lost),
                lost,
                ..StreamChains::default()
            };
            *chains.newest.own_mut() = from.newest_own[stream.index()].max(lost);
            chains
        });
        Self {
            streams,
            chains_max,
        }
    }

    /// Adds a message; returns the one before it, 0 if there was none.
    pub(crate) fn add(&mut self, stream: Stream, chain: Chain<'_>, seq: u64) -> u64 {
        let of_stream = &mut self.streams[stream.index()];
        if let Some(newest) = of_stream.newest.get_mut(chain) {
            return std::mem::replace(newest, seq);
        }
        let prev = of_stream.forgotten;
        of_stream.insert(chain, seq, self.chains_max);
        prev
    }

    /// Whether the store has to be asked for a chain's newest message.
    pub(crate) fn is_unknown(&self, stream: Stream, chain: Chain<'_>) -> bool {
        let of_stream = &self.streams[stream.index()];
        of_stream.forgotten > 0 && of_stream.newest.get(chain).is_none()
    }

    /// Removes the newest message of its chain; `prev` is what [`Chains::add`] returned for it.
    pub(crate) fn remove(&mut self, stream: Stream, chain: Chain<'_>, prev: u64) {
        if let Some(newest) = self.streams[stream.index()].newest.get_mut(chain) {
            *newest = prev;
        }
    }

    /// Continues a chain after a stored message, unless it is known.
    pub(crate) fn restore(&mut self, stream: Stream, chain: Chain<'_>, seq: u64) {
        let of_stream = &mut self.streams[stream.index()];
        let seq = seq.max(of_stream.lost);
        match of_stream.newest.get_mut(chain) {
            Some(newest) => *newest = seq.max(*newest),
            None => of_stream.insert(chain, seq, self.chains_max),
        }
    }
}

impl StreamChains {
    fn insert(&mut self, chain: Chain<'_>, seq: u64, chains_max: usize) {
        if self.newest.others_len() >= chains_max {
            let all = self.newest.values().skip(1).copied().collect();
            let oldest = oldest_quarter(all);
            let forgotten = &mut self.forgotten;
            self.newest.retain(|_, newest| {
                let stays = *newest > oldest;
                if !stays {
                    *forgotten = (*forgotten).max(*newest);
                }
                stays
            });
        }
        self.newest.insert(chain, seq);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAINS_MAX: usize = 8;

    #[test]
    fn a_forgotten_chain_never_hides_a_loss() {
        let mut chains = Chains::resume(&ResumeState::beginning("e"), CHAINS_MAX);
        let name = |number: u64| format!("host-{number}");
        let hosts = CHAINS_MAX as u64 + 10;
        for seq in 1..=hosts {
            let chain = name(seq);
            let prev = chains.add(Stream::Data, Chain::Host(&chain), seq);
            assert!(prev < seq && (prev == 0 || seq > CHAINS_MAX as u64));
        }
        let (first, second, last) = (name(1), name(2), name(hosts));
        assert!(chains.is_unknown(Stream::Data, Chain::Host(&first)));
        assert!(chains.add(Stream::Data, Chain::Host(&first), hosts + 1) >= 1);
        assert_eq!(
            chains.add(Stream::Data, Chain::Host(&last), hosts + 2),
            hosts
        );
        chains.restore(Stream::Data, Chain::Host(&second), 2);
        assert_eq!(chains.add(Stream::Data, Chain::Host(&second), hosts + 3), 2);
        assert!(chains.streams[Stream::Data.index()].newest.others_len() <= CHAINS_MAX);
    }

    #[test]
    fn every_chain_continues_after_what_was_lost() {
        let mut from = ResumeState::beginning("e");
        let data = Stream::Data.index();
        (from.newest[data], from.newest_own[data], from.lost[data]) = (3, 1, 2);
        let mut chains = Chains::resume(&from, CHAINS_MAX);
        chains.restore(Stream::Data, Chain::Host("web-2"), 3);
        chains.restore(Stream::Data, Chain::Channel("r7"), 1);
        let mut add = |chain, seq| chains.add(Stream::Data, chain, seq);
        assert_eq!(add(Chain::Own, 4), 2);
        assert_eq!(add(Chain::Host("web-2"), 5), 3);
        assert_eq!(add(Chain::Channel("r7"), 6), 2);
    }
}
