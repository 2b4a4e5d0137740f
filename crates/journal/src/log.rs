use crate::Frame;
use crate::ring::Ring;
use protocol::{Durable, Position, Stream};
use std::sync::Arc;

/// How much the ring keeps. Beyond either limit the oldest frame leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In messages; at least 1.
    pub frames_max: usize,
    /// In bytes, all encodings counted. The newest message is kept whatever its size.
    pub bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frames_max: 20_000,
            bytes_max: 8 << 20,
        }
    }
}

/// The log itself: numbers, chains and the ring. Pure; [`crate::Journal`] shares it.
#[derive(Debug)]
pub struct Log {
    epoch: Arc<str>,
    head: u64,
    pub(crate) ring: Ring,
}

impl Log {
    /// An empty log; `epoch` must never have been used before.
    pub fn new(epoch: &str, limits: Limits) -> Self {
        Self {
            epoch: epoch.into(),
            head: 0,
            ring: Ring::new(limits),
        }
    }

    /// What positions are relative to.
    pub fn epoch(&self) -> &Arc<str> {
        &self.epoch
    }

    /// The newest `seq`; 0 before the first message.
    pub fn head(&self) -> u64 {
        self.head
    }

    /// Gives the message its number and its place in its stream's chain. `json` is the message
    /// without its position.
    pub fn append(&mut self, message: &Durable, json: &str) {
        self.head += 1;
        let stream = message.stream();
        let position = Position {
            seq: self.head,
            prev: self.ring.newest_seq(stream),
            stream,
        };
        self.ring
            .push(Arc::new(Frame::new(message, json, position)));
    }

    /// The newest message of a stream.
    pub fn newest(&self, stream: Stream) -> Option<&Arc<Frame>> {
        self.ring.newest(stream)
    }

    /// The newest messages of a stream, newest first, as far as the ring reaches.
    pub fn newest_of(&self, stream: Stream) -> impl Iterator<Item = &Arc<Frame>> {
        let newest = self.ring.newest(stream);
        let rest = self.ring.iter().rev().filter(move |frame| {
            frame.stream() == stream && newest.is_none_or(|newest| frame.seq() < newest.seq())
        });
        newest.into_iter().chain(rest)
    }

    /// How many messages and bytes the ring holds.
    pub fn fill(&self) -> (usize, usize) {
        (self.ring.len(), self.ring.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{append, data, event};
    use protocol::Level;

    fn log(frames_max: usize, bytes_max: usize) -> Log {
        Log::new(
            "e",
            Limits {
                frames_max,
                bytes_max,
            },
        )
    }

    fn seqs<'a>(frames: impl Iterator<Item = &'a Arc<Frame>>) -> Vec<u64> {
        frames.map(|frame| frame.seq()).collect()
    }

    #[test]
    fn each_stream_has_its_chain_in_one_order() {
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
    fn the_oldest_leave_and_a_quiet_streams_newest_stays() {
        let mut log = log(3, usize::MAX);
        append(&mut log, &event(Level::Info, "quiet"));
        for _ in 0..5 {
            append(&mut log, &data("busy"));
        }
        assert_eq!(seqs(log.ring.after(0)), [1, 4, 5, 6]);
        assert_eq!(
            (log.ring.lost(Stream::Events), log.ring.lost(Stream::Data)),
            (0, 3)
        );
        append(&mut log, &event(Level::Info, "again"));
        assert_eq!(seqs(log.ring.after(0)), [5, 6, 7]);
        assert_eq!(log.ring.lost(Stream::Events), 1);
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
        let newest = Arc::clone(log.newest(Stream::Data).unwrap());
        newest.sse().set(bytes::Bytes::from(vec![0; 2500])).unwrap();
        log.ring.count(&newest);
        assert!(
            log.fill().0 < frames,
            "the new encoding took the room of old frames"
        );
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
        assert_eq!(seqs(log.newest_of(Stream::Data).take(2)), [7, 6]);
        assert_eq!(seqs(log.newest_of(Stream::Events)), [1]);
        assert_eq!(seqs(log.newest_of(Stream::Logs)), [0_u64; 0]);
    }
}
