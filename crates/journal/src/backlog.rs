use crate::stored::{Page, PageRequest};
use crate::{Cursor, Frame, Log, ReadResult};
use protocol::{Gap, GapReason, OwnHost, Stream};
use std::collections::VecDeque;
use std::sync::Arc;

/// Older messages that precede a viewer's live ones: a cursor of its own, with an end.
///
/// What has left the ring is fetched from the store in pages, one at a time, so that
/// a viewer needs the memory of one page however much it catches up with.
#[derive(Debug)]
pub struct Backlog {
    cursor: Cursor,
    own: OwnHost,
    until: u64,
    /// Of each stream everything up to here was read, or lies within a reported gap.
    seen: [u64; Stream::COUNT],
    /// Each stream's last `seq` of the backlog, 0 if that is not known.
    newest: [u64; Stream::COUNT],
    /// The fetched messages that are not yet read, in order …
    page: VecDeque<Arc<Frame>>,
    /// … which are all there are up to here.
    page_until: Option<u64>,
    /// Each stream's last `seq` that had left the ring when the page was requested.
    lost: [u64; Stream::COUNT],
    /// The store failed: what the ring does not have is reported as a gap.
    skips_store: bool,
}

/// The end of a stream's backlog that neither the store nor the ring has.
struct Missing {
    stream: Stream,
    /// Its last available message.
    after: u64,
    last: u64,
}

/// How a backlog continues.
#[derive(Debug)]
pub enum BacklogStep {
    /// Send this; after gaps, read again.
    Send(ReadResult),
    /// Fetch this page from the store.
    Fetch(PageRequest),
    /// The backlog is complete.
    Done,
}

impl Backlog {
    pub(crate) fn new(
        mut cursor: Cursor,
        own: OwnHost,
        oldest: u64,
        until: u64,
        newest: [u64; Stream::COUNT],
    ) -> Self {
        cursor.move_to(oldest);
        let mut seen = [until; Stream::COUNT];
        for stream in cursor.streams().iter() {
            seen[stream.index()] = cursor.start_of(stream).unwrap_or(until);
        }
        Self {
            cursor,
            own,
            until,
            seen,
            newest,
            page: VecDeque::new(),
            page_until: None,
            lost: [0; Stream::COUNT],
            skips_store: false,
        }
    }

    /// The next step, with at most `frames_max` frames.
    pub fn read(&mut self, log: &Log, frames_max: usize) -> BacklogStep {
        if let Some(page_until) = self.page_until {
            return BacklogStep::Send(self.read_page(log, page_until, frames_max));
        }
        if self.cursor.position() >= self.until {
            return BacklogStep::Done;
        }
        if let Some(request) = self.request(log) {
            self.lost = Stream::ALL.map(|stream| log.ring.lost(stream));
            return BacklogStep::Fetch(request);
        }
        let result = log.read_until(&mut self.cursor, self.until, frames_max, 0);
        for frame in &result.frames {
            self.seen[frame.stream().index()] = frame.seq();
        }
        BacklogStep::Send(result)
    }

    /// Records that everything read up to `seq` was sent.
    pub fn advance_to(&mut self, seq: u64) {
        self.cursor.advance_to(seq);
        while self.page.pop_front_if(|frame| frame.seq() <= seq).is_some() {}
    }

    /// Takes a fetched page.
    pub fn add_page(&mut self, request: &PageRequest, page: &Page) {
        let frames = page.messages.iter();
        self.page = frames
            .map(|message| Arc::new(Frame::stored(message, &self.own)))
            .collect();
        let read_up_to = self.page.back().map_or(request.until, |last| last.seq());
        self.page_until = Some(if page.is_last {
            request.until
        } else {
            read_up_to
        });
    }

    /// The store failed: continues with what the ring has.
    pub fn skip_store(&mut self) {
        self.skips_store = true;
    }

    /// The next page of what has left the ring, if there is a store.
    fn request(&self, log: &Log) -> Option<PageRequest> {
        if !log.has_store() || self.skips_store {
            return None;
        }
        let lost = |stream: Stream| log.ring.lost(stream).min(self.until);
        let until = self
            .cursor
            .streams()
            .iter()
            .filter(|stream| lost(*stream) > self.position(*stream))
            .map(lost)
            .max()?;
        Some(PageRequest {
            streams: self.cursor.streams(),
            after: self.cursor.position(),
            until,
            newest_first: false,
        })
    }

    /// The viewer's position in a subscribed stream.
    fn position(&self, stream: Stream) -> u64 {
        let from = self.cursor.start_of(stream).unwrap_or(self.until);
        self.cursor.position().max(from)
    }

    fn read_page(&mut self, log: &Log, page_until: u64, frames_max: usize) -> ReadResult {
        let mut result = ReadResult {
            up_to: page_until,
            ..ReadResult::default()
        };
        // A quiet stream's newest is retained outside the ring, and may not be in the store yet.
        let retained = log
            .ring
            .after(self.cursor.position())
            .take_while(|frame| frame.seq() <= page_until)
            .filter(|frame| self.page.iter().all(|it| it.seq() != frame.seq()));
        let mut frames: Vec<_> = self.page.iter().chain(retained).cloned().collect();
        frames.sort_by_key(|frame| frame.seq());
        let missing = self.missing(log, page_until, &frames);
        for frame in frames {
            let stream = frame.stream();
            if !self.cursor.streams().contains(stream) || frame.seq() <= self.position(stream) {
                continue;
            }
            let is_whole = frame.position().prev <= self.seen[stream.index()];
            let is_full = result.frames.len() == frames_max;
            // A viewer that has a message must know of all gaps before it, in every stream.
            let follows_missing = missing.iter().any(|missing| missing.after < frame.seq());
            if is_full || ((!is_whole || follows_missing) && !result.frames.is_empty()) {
                result.up_to = result.frames.last().map_or(0, |last| last.seq());
                return result;
            }
            if follows_missing {
                result.gaps = self.report_missing(log, &missing, frame.seq());
                return result;
            }
            if !is_whole {
                result.gaps.push(self.report(stream, frame.seq()));
                return result;
            }
            self.seen[stream.index()] = frame.seq();
            if self.cursor.passes(&frame) {
                result.frames.push(frame);
            }
        }
        if let Some(last) = result.frames.last() {
            // What is missing at the end is reported after these are sent.
            result.up_to = last.seq();
            return result;
        }
        result.gaps = self.report_missing(log, &missing, u64::MAX);
        if result.gaps.is_empty() {
            self.page_until = None;
        }
        result
    }

    /// The missing ends of streams, up to the page's end.
    fn missing(&self, log: &Log, page_until: u64, frames: &[Arc<Frame>]) -> Vec<Missing> {
        let mut missing = Vec::new();
        for stream in self.cursor.streams().iter() {
            let of_stream = frames.iter().rev().find(|frame| frame.stream() == stream);
            let seen = self.seen[stream.index()];
            let after = of_stream.map_or(seen, |frame| frame.seq().max(seen));
            let known = [
                self.lost[stream.index()],
                log.ring.lost(stream),
                self.newest[stream.index()],
            ];
            let last = known.into_iter().filter(|seq| *seq <= page_until).max();
            if let Some(last) = last.filter(|last| *last > after) {
                missing.push(Missing {
                    stream,
                    after,
                    last,
                });
            }
        }
        missing
    }

    /// Reports what is missing that starts before `seq`.
    fn report_missing(&mut self, log: &Log, missing: &[Missing], seq: u64) -> Vec<Gap> {
        let mut gaps = Vec::new();
        for missing in missing.iter().filter(|missing| missing.after < seq) {
            let mut later = log.ring.after(missing.last);
            let next = later.find(|frame| frame.stream() == missing.stream);
            let before = next.map_or(u64::MAX, |frame| frame.seq());
            gaps.push(self.report(missing.stream, before.min(self.until + 1)));
        }
        gaps
    }

    fn report(&mut self, stream: Stream, before: u64) -> Gap {
        let after = std::mem::replace(&mut self.seen[stream.index()], before - 1);
        let reason = GapReason::Expired;
        Gap {
            stream,
            after: Some(after),
            before,
            reason,
        }
    }
}
