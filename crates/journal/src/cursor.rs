mod batch;
mod read;

pub use batch::Batch;
pub use read::ReadResult;

use crate::chain::{ByChain, Chain};
use crate::filter::Filter;
use crate::scope::Scope;
use crate::throttle::Throttle;
use crate::{Frame, StreamSet};
use access::Access;
use protocol::{OwnHost, Stream, StreamOptions};
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
    from: [u64; Stream::PUBLIC_COUNT],
    /// Boxed, since most of the many viewers have neither filters nor intervals.
    details: Option<Box<Details>>,
}

#[derive(Debug, Clone, Default)]
struct Details {
    filters: [Option<Arc<Filter>>; Stream::PUBLIC_COUNT],
    throttles: [Option<Throttle>; Stream::PUBLIC_COUNT],
    /// Of the streams where some chains start later than others.
    starts: [Option<Box<Starts>>; Stream::PUBLIC_COUNT],
}

/// Messages up to these `seq` are skipped.
#[derive(Debug, Clone, Default)]
struct Starts {
    public: u64,
    chains: ByChain<u64>,
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
            details.starts[stream.index()] = None;
        }
    }

    /// Limits a stream to one message of each chain per interval; 0 lifts the limit.
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
        self.set_filter(stream, Filter::of(stream, options, own).map(Arc::new));
        self.set_interval(stream, options.interval_ms.unwrap_or(0));
    }

    pub(crate) fn set_filter(&mut self, stream: Stream, filter: Option<Arc<Filter>>) {
        if filter.is_some() || self.details.is_some() {
            self.details.get_or_insert_default().filters[stream.index()] = filter;
        }
    }

    /// Adds a stream, which starts after `from`.
    pub(crate) fn start(&mut self, stream: Stream, from: u64) {
        self.streams.insert(stream);
        self.from[stream.index()] = from;
    }

    /// Has one chain of a stream start after `from`, later than the stream itself.
    pub(crate) fn start_chain(&mut self, stream: Stream, chain: Chain<'_>, from: u64) {
        self.starts_mut(stream).chains.insert(chain, from);
    }

    /// Has a scope of a stream start after `from`, later than the stream itself.
    pub(crate) fn start_scope(&mut self, stream: Stream, scope: &Scope, from: u64) {
        match scope {
            Scope::Channel(channel) => self.start_chain(stream, Chain::Channel(channel), from),
            // Without a filter there is nothing else in the stream.
            Scope::Public(_) if self.filter(stream).is_none() => self.start(stream, from),
            Scope::Public(_) => self.starts_mut(stream).public = from,
        }
    }

    fn starts_mut(&mut self, stream: Stream) -> &mut Starts {
        let position = self.position;
        let details = self.details.get_or_insert_default();
        let starts = details.starts[stream.index()].get_or_insert_default();
        // Those that are passed skip nothing any more.
        starts.chains.retain(|_, from| *from > position);
        starts
    }

    /// The `seq` after which a scope is to be sent.
    pub(crate) fn position_of(&self, stream: Stream, scope: &Scope) -> u64 {
        let starts = self.details.as_ref();
        let starts = starts.and_then(|it| it.starts[stream.index()].as_ref());
        let start = match (starts, scope) {
            (None, _) => 0,
            (Some(starts), Scope::Public(_)) => starts.public,
            (Some(starts), Scope::Channel(channel)) => {
                let start = starts.chains.get(Chain::Channel(channel));
                start.copied().unwrap_or(0)
            }
        };
        self.position.max(self.from[stream.index()]).max(start)
    }

    pub(crate) fn filter(&self, stream: Stream) -> Option<&Arc<Filter>> {
        self.details.as_ref()?.filters[stream.index()].as_ref()
    }

    /// What is recovered together in a stream.
    pub(crate) fn scopes(&self, stream: Stream, access: &Access) -> Vec<Scope> {
        match self.filter(stream) {
            Some(filter) => filter.scopes(stream, access),
            None => vec![Scope::own()],
        }
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

    pub(crate) fn passes(&self, frame: &Frame, access: &Access) -> bool {
        let chain = frame.chain();
        let Some(details) = &self.details else {
            return chain == Chain::Own;
        };
        let (stream, seq) = (frame.stream(), frame.seq());
        let starts = details.starts[stream.index()].as_ref();
        let has_started = starts.is_none_or(|starts| {
            let public = if chain.is_public() { starts.public } else { 0 };
            let of_chain = starts.chains.get(chain).copied().unwrap_or(0);
            seq > public.max(of_chain)
        });
        has_started
            && match &details.filters[stream.index()] {
                Some(filter) => filter.passes(frame.facets(), stream, seq, access),
                None => chain == Chain::Own,
            }
    }

    fn wants(&self, frame: &Frame, access: &Access) -> bool {
        let (seq, stream) = (frame.seq(), frame.stream());
        self.streams.contains(stream)
            && seq > self.position
            && seq > self.from[stream.index()]
            && self.passes(frame, access)
    }

    /// Chooses what to send of frames that begin at or before the cursor, by their index: a sweep
    /// that cloned references would have all its threads write to the same frame's count.
    fn choose(
        &mut self,
        frames: &[Arc<Frame>],
        access: &Access,
        now_ms: u64,
        chosen: &mut Vec<usize>,
    ) {
        for (index, frame) in frames.iter().enumerate() {
            if !self.wants(frame, access) {
                continue;
            }
            match self.throttle_mut(frame.stream()) {
                Some(throttle) if !throttle.is_off() => {
                    throttle.hold(frame.chain(), frame.seq());
                }
                _ => chosen.push(index),
            }
        }
        if self.details.is_none() {
            return;
        }
        // A held message is sent if it is still the newest of its chain, in the order of the log.
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

    /// Records that this position was sent: that everything up to there was sent.
    pub fn position_sent(&mut self, seq: u64) {
        self.advance_to(seq);
        if let Some(stream) = self.streams.iter().next() {
            let from = &mut self.from[stream.index()];
            *from = seq.max(*from);
        }
    }

    /// The newest `seq` that the viewer received: of a message, a position, or the start of a stream.
    pub fn newest_sent(&self) -> u64 {
        self.from.into_iter().max().unwrap_or(0)
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
