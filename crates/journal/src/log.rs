use crate::Frame;
use crate::chain::Chain;
use crate::chains::Chains;
use crate::filter::Facets;
use crate::ring::Ring;
use crate::scope::Scope;
use crate::stored::{ResumeState, SequenceJump, StoredMessage};
use protocol::{ChannelName, Durable, OwnHost, Position, Stream};
use std::collections::VecDeque;
use std::sync::Arc;

/// How much the ring holds. Beyond a limit the oldest frame is evicted: of bulk streams for theirs, and of all others
/// for theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In messages, for bulk streams and others alike; at least 1.
    pub frames_max: usize,
    /// In bytes of all encodings. The newest message stays whatever its size.
    pub bytes_max: usize,
    /// The same for bulk streams.
    pub bulk_bytes_max: usize,
    /// Chains of each stream of which the newest messages are known here; at least 4. Of others the store is asked.
    pub chains_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frames_max: 20_000,
            bytes_max: 8 << 20,
            bulk_bytes_max: 16 << 20,
            chains_max: 4_096,
        }
    }
}

/// The log itself: sequence numbers, chains and the ring. Pure; [`crate::Journal`] shares it.
#[derive(Debug)]
pub struct Log {
    epoch: Arc<str>,
    own: OwnHost,
    /// The newest published `seq`.
    head: u64,
    /// The newest assigned `seq`.
    assigned: u64,
    chains: Chains,
    /// Numbered and not yet published; in order.
    prepared: VecDeque<Arc<Frame>>,
    jumps: Vec<SequenceJump>,
    has_store: bool,
    pub(crate) ring: Ring,
}

impl Log {
    /// An empty log in memory only; `epoch` must never have been used before. The own host has its alias as
    /// its name; see [`Log::of_host`].
    pub fn new(epoch: &str, limits: Limits) -> Self {
        Self {
            has_store: false,
            ..Self::resume(ResumeState::beginning(epoch), limits)
        }
    }

    /// A log that continues a stored one. What the ring does not hold is requested from the store; see
    /// [`crate::PageRequest`].
    pub fn resume(from: ResumeState, limits: Limits) -> Self {
        let mut ring = Ring::new(limits, &from);
        for is_bulk in [false, true] {
            ring.filled(is_bulk, u64::MAX);
        }
        let chains = Chains::resume(&from, limits.chains_max);
        Self {
            epoch: from.epoch.into(),
            own: OwnHost::default(),
            head: from.head,
            assigned: from.head,
            chains,
            prepared: VecDeque::new(),
            jumps: from.jumps,
            has_store: true,
            ring,
        }
    }

    /// Sets the server's own host, before anything is appended.
    #[must_use]
    pub fn of_host(self, own: OwnHost) -> Self {
        Self { own, ..self }
    }

    /// The server's own host.
    pub fn own(&self) -> &OwnHost {
        &self.own
    }

    /// Fills the ring of a [resumed](Log::resume) log: `newest` are messages of streams that have none in the others;
    /// `regular` is everything from its first message on, of the streams that are not bulk, and `bulk` of those that
    /// are. Each in order, and before anything is appended.
    pub fn refill(
        &mut self,
        newest: &[StoredMessage],
        regular: &[StoredMessage],
        bulk: &[StoredMessage],
    ) {
        self.ring.clear();
        for message in newest {
            let frame = self.restore(message);
            self.ring.set_newest(&frame);
        }
        for (is_bulk, messages) in [(false, regular), (true, bulk)] {
            for message in messages {
                let frame = self.restore(message);
                self.ring.push(frame);
            }
            let first = messages
                .first()
                .map_or(u64::MAX, |first| first.position.seq);
            self.ring.filled(is_bulk, first);
        }
    }

    fn restore(&mut self, message: &StoredMessage) -> Arc<Frame> {
        let frame = Frame::stored(message, &self.own);
        let (chain, seq) = (frame.chain(), frame.seq());
        // That of the own chain is known, and may be higher than what is stored.
        if chain != Chain::Own {
            self.chains.restore(frame.stream(), chain, seq);
        }
        Arc::new(frame)
    }

    /// The epoch of its positions.
    pub fn epoch(&self) -> &Arc<str> {
        &self.epoch
    }

    /// The newest published `seq`; 0 before the first message.
    pub fn head(&self) -> u64 {
        self.head
    }

    /// Whether a store may hold more than the ring.
    pub(crate) fn has_store(&self) -> bool {
        self.has_store
    }

    /// Whether a viewer at this position may have received messages that were never stored.
    pub(crate) fn is_in_jump(&self, seq: u64) -> bool {
        // No message has the `seq` after a jump: a viewer there has received nothing after the jump.
        let is_after_one = self.jumps.iter().any(|jump| jump.up_to + 1 == seq);
        !is_after_one && self.jumps.iter().any(|jump| jump.contains(seq))
    }

    /// Assigns a message of everyone's its position and publishes it, with everything prepared before. `json` is the
    /// message without its position.
    pub fn append(&mut self, message: &Durable, json: &str) {
        let frame = self.prepare(message, None, json);
        self.publish(frame.seq());
    }

    /// Assigns the message its `seq`, and its `prev` in its [chain](Chain). Without a channel it is everyone's.
    /// Viewers receive it once it is [published](Log::publish).
    pub fn prepare(
        &mut self,
        message: &Durable,
        channel: Option<&ChannelName>,
        json: &str,
    ) -> Arc<Frame> {
        self.assigned += 1;
        let stream = message.stream();
        let facets = Facets::of(message, channel.map(ChannelName::as_str), &self.own);
        let position = Position {
            seq: self.assigned,
            prev: self.chains.add(stream, facets.chain(), self.assigned),
            stream,
        };
        let frame = Arc::new(Frame::new(message, json, channel, facets, position));
        self.prepared.push_back(Arc::clone(&frame));
        frame
    }

    /// Whether the store has to be asked for the newest message of a chain before its next message is prepared.
    pub(crate) fn is_unknown(&self, stream: Stream, chain: Chain<'_>) -> bool {
        self.has_store && self.chains.is_unknown(stream, chain)
    }

    /// Continues a chain after this message, unless it has a later one.
    pub(crate) fn set_newest_of(&mut self, stream: Stream, chain: Chain<'_>, seq: u64) {
        self.chains.restore(stream, chain, seq);
    }

    /// Withdraws everything prepared and not published: the chains continue without it. Its sequence numbers
    /// are not assigned again, since the store may have stored it all the same.
    pub fn withdraw(&mut self) {
        while let Some(frame) = self.prepared.pop_back() {
            let prev = frame.position().prev;
            self.chains.remove(frame.stream(), frame.chain(), prev);
        }
    }

    /// Makes everything prepared up to this `seq` visible to viewers.
    pub fn publish(&mut self, up_to: u64) {
        let is_due = |frame: &mut Arc<Frame>| frame.seq() <= up_to;
        while let Some(frame) = self.prepared.pop_front_if(is_due) {
            self.head = frame.seq();
            self.ring.push(frame);
        }
    }

    /// Replaces the text of a published message, wherever it is in the ring: nobody who reads it later sees the former
    /// one. Its position, its channel and its host stay, so no chain changes. What the ring does not hold is left alone.
    pub fn replace(&mut self, message: &StoredMessage) {
        self.ring.replace(Frame::stored(message, &self.own));
    }

    /// The messages of a chain in the ring, newest first, also those from before messages that a crash has lost.
    pub(crate) fn newest_of<'a>(
        &'a self,
        stream: Stream,
        chain: Chain<'a>,
    ) -> impl Iterator<Item = &'a Arc<Frame>> {
        // Often only one is wanted, which needs no search.
        let newest = self.ring.newest(stream, chain);
        let before = newest.map_or(0, |frame| frame.seq());
        let of_chain = self.ring.newest_first(stream);
        let of_chain = of_chain.filter(move |frame| frame.seq() < before && frame.chain() == chain);
        newest.into_iter().chain(of_chain)
    }

    /// The messages of a scope in the ring, newest first, up to the first loss.
    pub(crate) fn newest_of_scope<'a>(
        &'a self,
        stream: Stream,
        scope: &'a Scope,
    ) -> impl Iterator<Item = &'a Arc<Frame>> {
        let lost = self.ring.lost(stream, scope);
        let newest_first = self.ring.newest_first(stream);
        newest_first.filter(move |frame| frame.seq() > lost && scope.contains(frame.chain()))
    }

    /// The other hosts that messages of a stream were about, by name.
    pub fn other_hosts(&self, stream: Stream) -> impl Iterator<Item = (&str, &Arc<Frame>)> {
        self.ring.other_hosts(stream)
    }

    /// How many messages and bytes the ring holds.
    pub fn fill(&self) -> (usize, usize) {
        (self.ring.len(), self.ring.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::Hosts;
    use crate::test_support::{about, append, data, event};
    use protocol::Level;

    fn log(frames_max: usize, bytes_max: usize) -> Log {
        Log::new(
            "e",
            Limits {
                frames_max,
                bytes_max,
                bulk_bytes_max: bytes_max,
                ..Limits::default()
            },
        )
    }

    fn newest_of(log: &Log, stream: Stream) -> Vec<u64> {
        seqs(log.ring.newest_first(stream))
    }

    fn lost(log: &Log, stream: Stream) -> u64 {
        log.ring.lost(stream, &Scope::own())
    }

    fn seqs<'a>(frames: impl Iterator<Item = &'a Arc<Frame>>) -> Vec<u64> {
        frames.map(|frame| frame.seq()).collect()
    }

    #[test]
    fn each_stream_has_its_own_chain() {
        let mut log = log(10, usize::MAX);
        for message in [
            data("a"),
            event(Level::Info, "x"),
            data("b"),
            event(Level::Info, "y"),
        ] {
            append(&mut log, &message);
        }
        let chain: Vec<_> = log
            .ring
            .after(0)
            .map(|frame| (frame.seq(), frame.position().prev, frame.stream()))
            .collect();
        let (data, events) = (Stream::Data, Stream::Events);
        assert_eq!(
            chain,
            [(1, 0, data), (2, 0, events), (3, 1, data), (4, 2, events)]
        );
    }

    #[test]
    fn each_other_host_has_a_chain_of_its_own() {
        let own = OwnHost::renamed("web-1", ["old".to_owned()]);
        let mut log = log(10, usize::MAX).of_host(own);
        for host in ["web-1", "web-2", "", "web-3", "local", "web-2", "old"] {
            append(&mut log, &about(host, "a"));
        }
        let chained: Vec<_> = log
            .ring
            .after(0)
            .map(|frame| serde_json::from_str::<Chained>(frame.json()).unwrap().prev)
            .collect();
        assert_eq!(chained, [0, 0, 1, 0, 3, 2, 5]);
        let in_log: Vec<_> = log.ring.after(0).map(|it| it.position().prev).collect();
        assert_eq!(in_log, chained);
    }

    #[test]
    fn a_channel_is_a_chain_whatever_its_host() {
        let mut log = log(10, usize::MAX);
        for (host, channel) in [
            ("", Some("r7")),
            ("", None),
            ("web-2", Some("r7")),
            ("web-2", None),
            ("", Some("r8")),
            ("", Some("r7")),
        ] {
            let message = about(host, "a");
            let channel = channel.and_then(ChannelName::new);
            let frame = log.prepare(&message, channel.as_ref(), &message.to_json());
            log.publish(frame.seq());
        }
        let chained: Vec<_> = log.ring.after(0).map(|it| it.position().prev).collect();
        assert_eq!(chained, [0, 0, 1, 0, 0, 3]);
        let first = log.ring.after(0).next().unwrap().json();
        assert!(first.contains(r#""stream":"data","channel":"r7","timestamp""#));
    }

    /// Another text for a message of the log.
    fn rewritten(frame: &Frame, label: &str) -> StoredMessage {
        StoredMessage {
            position: frame.position(),
            channel: frame.chain().channel().map(Into::into),
            host: None,
            json: frame
                .json()
                .replace(r#""label":"a""#, &format!(r#""label":"{label}""#)),
        }
    }

    #[test]
    fn a_replaced_message_is_the_new_one_everywhere_and_in_the_same_chain() {
        let mut log = log(3, usize::MAX);
        let r7 = ChannelName::new("r7");
        let append_in = |log: &mut Log, channel: Option<&ChannelName>| {
            let message = data("a");
            let frame = log.prepare(&message, channel, &message.to_json());
            log.publish(frame.seq());
            frame
        };
        let quiet = append_in(&mut log, r7.as_ref());
        let frames: Vec<_> = (0..4).map(|_| append_in(&mut log, None)).collect();
        // One has left the ring and is the newest of its chain, one is in the ring, one is both.
        for frame in [&quiet, &frames[2], &frames[3]] {
            log.replace(&rewritten(frame, "b"));
        }
        let texts: Vec<_> = log.ring.after(0).map(|it| it.json().to_owned()).collect();
        let has_new = texts.iter().map(|it| it.contains(r#""label":"b""#));
        assert_eq!(has_new.collect::<Vec<_>>(), [true, false, true, true]);
        let newest = |chain| log.newest_of(Stream::Data, chain).next().unwrap().json();
        assert!(newest(Chain::Own).contains(r#""label":"b""#));
        assert!(newest(Chain::Channel("r7")).contains(r#""label":"b""#));
        let chained: Vec<_> = log.ring.after(0).map(|it| it.position()).collect();
        let before = [&quiet, &frames[1], &frames[2], &frames[3]].map(|it| it.position());
        assert_eq!(chained, before);
        append_in(&mut log, None);
        assert_eq!(
            log.ring
                .newest(Stream::Data, Chain::Own)
                .unwrap()
                .position()
                .prev,
            5
        );
    }

    #[test]
    fn only_the_same_message_is_replaced() {
        let mut log = log(3, usize::MAX);
        append(&mut log, &data("a"));
        let frame = Arc::clone(log.ring.after(0).next().unwrap());
        let same = rewritten(&frame, "b");
        let elsewhere = StoredMessage {
            channel: Some("r7".into()),
            ..same.clone()
        };
        let mut unknown = same.clone();
        unknown.position.seq = 7;
        for message in [elsewhere, unknown] {
            log.replace(&message);
            assert!(Arc::ptr_eq(log.ring.after(0).next().unwrap(), &frame));
        }
        log.replace(&same);
        assert!(!Arc::ptr_eq(log.ring.after(0).next().unwrap(), &frame));
    }

    #[test]
    fn encodings_of_a_replaced_frame_do_not_count() {
        let mut log = log(3, usize::MAX);
        append(&mut log, &data("a"));
        let former = Arc::clone(log.ring.after(0).next().unwrap());
        former.sse().set(bytes::Bytes::from(vec![0; 500])).unwrap();
        log.ring.count(&former);
        let before = log.fill().1;
        log.replace(&rewritten(&former, "b"));
        assert_eq!(log.fill().1, before - 500);
        former
            .deflated()
            .set(bytes::Bytes::from(vec![0; 500]))
            .unwrap();
        log.ring.count(&former);
        assert_eq!(log.fill().1, before - 500);
    }

    #[derive(serde::Deserialize)]
    struct Chained {
        prev: u64,
    }

    #[test]
    fn the_chains_continue_without_what_is_withdrawn() {
        let mut log = log(10, usize::MAX);
        let hosts = ["", "web-2"];
        for host in hosts {
            append(&mut log, &about(host, "a"));
        }
        for host in ["", "web-2", "web-2", "web-3"] {
            let message = about(host, "withdrawn");
            log.prepare(&message, None, &message.to_json());
        }
        log.withdraw();
        for host in ["", "web-2", "web-3"] {
            append(&mut log, &about(host, "b"));
        }
        assert_eq!(seqs(log.ring.after(0)), [1, 2, 7, 8, 9]);
        let chained: Vec<_> = log.ring.after(0).map(|it| it.position().prev).collect();
        assert_eq!(chained, [0, 0, 1, 2, 0]);
    }

    #[test]
    fn each_hosts_newest_stays() {
        let mut log = log(3, usize::MAX);
        for host in ["", "web-2", "web-3"] {
            append(&mut log, &about(host, "a"));
        }
        for _ in 0..5 {
            append(&mut log, &event(Level::Info, "busy"));
        }
        assert_eq!(seqs(log.ring.after(0)), [1, 2, 3, 6, 7, 8]);
        let all = Scope::Public(Hosts::All);
        assert_eq!(log.ring.lost(Stream::Data, &all), 0);
        assert_eq!(newest_of(&log, Stream::Data), [3, 2, 1]);
        append(&mut log, &about("web-2", "a"));
        assert_eq!(
            log.ring.lost(Stream::Data, &all),
            2,
            "its newest is another one"
        );
        assert_eq!(lost(&log, Stream::Data), 0, "the own host has lost nothing");
        let newest = |chain| seqs(log.newest_of(Stream::Data, chain));
        assert_eq!(newest(Chain::Host("web-2")), [9]);
        assert_eq!(newest(Chain::Host("web-3")), [3]);
        assert_eq!(newest(Chain::Own), [1]);
        let hosts: Vec<_> = log.other_hosts(Stream::Data).map(|it| it.0).collect();
        assert_eq!(hosts, ["web-2", "web-3"]);
    }

    #[test]
    fn the_oldest_are_evicted_and_a_quiet_streams_newest_stays() {
        let mut log = log(3, usize::MAX);
        append(&mut log, &event(Level::Info, "quiet"));
        for _ in 0..5 {
            append(&mut log, &data("busy"));
        }
        assert_eq!(seqs(log.ring.after(0)), [1, 4, 5, 6]);
        assert_eq!(
            (lost(&log, Stream::Events), lost(&log, Stream::Data)),
            (0, 3)
        );
        append(&mut log, &event(Level::Info, "again"));
        assert_eq!(seqs(log.ring.after(0)), [5, 6, 7]);
        assert_eq!(lost(&log, Stream::Events), 1);
    }

    #[test]
    fn bytes_are_bounded_and_later_encodings_count() {
        let mut log = log(100, 3000);
        for _ in 0..20 {
            append(&mut log, &data("a"));
        }
        let (frames, bytes) = log.fill();
        assert!(
            bytes <= 3000 && frames > 1 && frames < 20,
            "{frames} frames, {bytes} bytes"
        );
        let newest = Arc::clone(log.ring.newest(Stream::Data, Chain::Own).unwrap());
        newest.sse().set(bytes::Bytes::from(vec![0; 2500])).unwrap();
        log.ring.count(&newest);
        assert!(log.fill().0 < frames, "the new encoding evicts old frames");
        let oversized = 5000;
        newest
            .deflated()
            .set(bytes::Bytes::from(vec![0; oversized]))
            .unwrap();
        log.ring.count(&newest);
        assert_eq!(log.fill().0, 1, "the newest stays, whatever its size");
    }

    #[test]
    fn newest_of_a_stream_counts_back_from_the_head() {
        let mut log = log(4, usize::MAX);
        append(&mut log, &event(Level::Info, "quiet"));
        for _ in 0..6 {
            append(&mut log, &data("busy"));
        }
        assert_eq!(newest_of(&log, Stream::Data)[..2], [7, 6]);
        assert_eq!(newest_of(&log, Stream::Events), [1]);
        assert_eq!(newest_of(&log, Stream::Logs), [0_u64; 0]);
    }
}
