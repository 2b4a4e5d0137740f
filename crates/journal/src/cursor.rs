mod batch;
mod read;

pub use batch::Batch;
pub use read::ReadResult;

use crate::filter::Filter;
use crate::throttle::Throttle;
use crate::{Frame, StreamSet};
use protocol::{OwnHost, Stream, StreamOptions};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A viewer's position in the log, and its subscription.
///
/// A cursor moves in two steps, because a socket may take less than it is offered: frames are
/// chosen first, and what was written is reported by [`Cursor::sent`] and [`Cursor::advance_to`].
#[derive(Debug, Clone, Default)]
pub struct Cursor {
    position: u64,
    streams: StreamSet,
    /// A stream's messages up to here are skipped.
    from: [u64; Stream::COUNT],
    /// Boxed, since most of the many viewers have neither filters nor intervals.
    details: Option<Box<Details>>,
}

#[derive(Debug, Clone, Default)]
struct Details {
    filters: [Option<Filter>; Stream::COUNT],
    throttles: [Option<Throttle>; Stream::COUNT],
    /// Messages of another host up to here are skipped.
    host_starts: [BTreeMap<Box<str>, u64>; Stream::COUNT],
}

impl Cursor {
    /// Every subscribed message up to this `seq` has been sent, or lies within a reported gap.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The subscribed streams.
    pub fn streams(&self) -> StreamSet {
        self.streams
    }

    /// Removes a stream.
    pub fn unsubscribe(&mut self, stream: Stream) {
        self.streams.remove(stream);
        if let Some(details) = &mut self.details {
            details.filters[stream.index()] = None;
            details.throttles[stream.index()] = None;
        }
    }

    /// Limits a stream to one message of each host per interval; 0 lifts the limit.
    pub fn set_interval(&mut self, stream: Stream, interval_ms: u64) {
        let throttle = match self.throttle(stream).cloned() {
            Some(before) => Some(before.with_interval(interval_ms)),
            None => (interval_ms > 0).then(|| Throttle::new(interval_ms)),
        };
        // A throttle without an interval is needed only while it still holds messages back.
        let throttle = throttle.filter(|it| !it.is_off() || it.due_at().is_some());
        if throttle.is_some() || self.details.is_some() {
            self.details.get_or_insert_default().throttles[stream.index()] = throttle;
        }
    }

    pub(crate) fn set_options(&mut self, stream: Stream, options: &StreamOptions, own: &OwnHost) {
        self.set_filter(stream, Filter::of(options, own));
        self.set_interval(stream, options.interval_ms.unwrap_or(0));
    }

    pub(crate) fn set_filter(&mut self, stream: Stream, filter: Option<Filter>) {
        if filter.is_some() || self.details.is_some() {
            self.details.get_or_insert_default().filters[stream.index()] = filter;
        }
    }

    /// Adds a stream, which starts after `from`.
    pub(crate) fn start(&mut self, stream: Stream, from: u64) {
        self.streams.insert(stream);
        self.from[stream.index()] = from;
    }

    /// Has one host's messages of a stream start after `from`, later than the stream itself.
    pub(crate) fn start_host(&mut self, stream: Stream, host: Box<str>, from: u64) {
        let details = self.details.get_or_insert_default();
        details.host_starts[stream.index()].insert(host, from);
    }

    /// The `seq` after which a subscribed stream starts.
    pub(crate) fn start_of(&self, stream: Stream) -> Option<u64> {
        self.streams
            .contains(stream)
            .then(|| self.from[stream.index()])
    }

    pub(crate) fn move_to(&mut self, position: u64) {
        self.position = position;
    }

    fn throttle(&self, stream: Stream) -> Option<&Throttle> {
        self.details.as_ref()?.throttles[stream.index()].as_ref()
    }

    fn throttle_mut(&mut self, stream: Stream) -> Option<&mut Throttle> {
        self.details.as_mut()?.throttles[stream.index()].as_mut()
    }

    pub(crate) fn is_throttled(&self, stream: Stream) -> bool {
        self.throttle(stream).is_some_and(|it| !it.is_off())
    }

    pub(crate) fn passes(&self, frame: &Frame) -> bool {
        let (stream, other_host) = (frame.stream().index(), frame.facets().other_host());
        let Some(details) = &self.details else {
            return other_host.is_none();
        };
        let start = details.host_starts[stream].get(other_host.unwrap_or_default());
        start.is_none_or(|start| frame.seq() > *start)
            && match &details.filters[stream] {
                Some(filter) => filter.passes(frame.facets()),
                None => other_host.is_none(),
            }
    }

    /// Whether messages of more than one host may pass.
    pub(crate) fn is_of_several_hosts(&self, stream: Stream) -> bool {
        let details = self.details.as_ref();
        let filter = details.and_then(|it| it.filters[stream.index()].as_ref());
        filter.is_some_and(Filter::is_of_several_hosts)
    }

    fn wants(&self, frame: &Frame) -> bool {
        let (seq, stream) = (frame.seq(), frame.stream());
        self.streams.contains(stream)
            && seq > self.position
            && seq > self.from[stream.index()]
            && self.passes(frame)
    }

    /// Chooses what to send of frames that begin at or before the cursor, by their index: a sweep
    /// that cloned references would have all its threads write to the same frame's count.
    fn choose(&mut self, frames: &[Arc<Frame>], now_ms: u64, chosen: &mut Vec<usize>) {
        for (index, frame) in frames.iter().enumerate() {
            if !self.wants(frame) {
                continue;
            }
            match self.throttle_mut(frame.stream()) {
                Some(throttle) if !throttle.is_off() => {
                    throttle.hold(frame.facets().other_host(), frame.seq());
                }
                _ => chosen.push(index),
            }
        }
        if self.details.is_none() {
            return;
        }
        // A held message is sent if it is still the newest of its host, in the order of the log.
        for stream in self.streams.iter() {
            for seq in self.due(stream, now_ms) {
                if let Some(index) = index_of(frames, seq) {
                    chosen.insert(chosen.partition_point(|before| *before < index), index);
                }
            }
        }
    }

    /// The held messages of a stream that may be sent now.
    fn due(&self, stream: Stream, now_ms: u64) -> impl Iterator<Item = u64> {
        self.throttle(stream)
            .into_iter()
            .flat_map(move |throttle| throttle.due(now_ms))
    }

    /// Records that at least a part of a chosen frame was written.
    pub fn sent(&mut self, frame: &Frame, now_ms: u64) {
        if let Some(throttle) = self.throttle_mut(frame.stream()) {
            throttle.sent(frame.seq(), now_ms);
            if throttle.is_off() {
                self.set_interval(frame.stream(), 0);
            }
        }
        let stream = frame.stream().index();
        self.from[stream] = self.from[stream].max(frame.seq());
    }

    /// Records that everything chosen up to `seq` was sent.
    pub fn advance_to(&mut self, seq: u64) {
        self.position = self.position.max(seq);
    }

    /// When the next held message may be sent, in the clock of `now_ms`.
    pub fn due_at(&self) -> Option<u64> {
        let throttles = self.details.as_ref()?.throttles.iter().flatten();
        throttles.filter_map(Throttle::due_at).min()
    }
}

fn index_of(frames: &[Arc<Frame>], seq: u64) -> Option<usize> {
    frames.binary_search_by_key(&seq, |frame| frame.seq()).ok()
}

#[cfg(test)]
mod tests;
