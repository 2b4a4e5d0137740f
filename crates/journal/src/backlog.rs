use crate::behind::{Ask, Page};
use crate::cursor::Reading;
use crate::{Cursor, Frame, Log};
use protocol::{Gap, GapReason, OwnHost, Stream};
use std::collections::VecDeque;
use std::sync::Arc;

/// Messages of the past that a viewer asked for: a cursor of its own, with an end.
///
/// What the ring no longer has is asked for in pages, one at a time, so that a viewer costs one page
/// whatever it catches up with.
#[derive(Debug)]
pub struct Backlog {
    cursor: Cursor,
    own: OwnHost,
    until: u64,
    /// Of each stream everything up to here was read, or named by a gap.
    seen: [u64; Stream::COUNT],
    /// Each stream's last number of it, 0 if that is not known.
    newest: [u64; Stream::COUNT],
    /// What was asked for and not yet read, in order …
    page: VecDeque<Arc<Frame>>,
    /// … which is all there is up to here.
    page_until: Option<u64>,
    /// The store did not answer: what the ring does not have is lost to this viewer.
    gave_up: bool,
}

/// The end of a stream's past that nobody has any more.
struct Missing {
    stream: Stream,
    /// Its last message that is there.
    after: u64,
    last: u64,
}

/// What a backlog goes on with.
#[derive(Debug)]
pub enum Step {
    /// This is to be sent; the gaps first, and then it is read again.
    Send(Reading),
    /// This is to be asked for.
    Ask(Ask),
    /// Nothing: it has come to its end.
    End,
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
            seen[stream.index()] = cursor.starts_at(stream).unwrap_or(until);
        }
        Self {
            cursor,
            own,
            until,
            seen,
            newest,
            page: VecDeque::new(),
            page_until: None,
            gave_up: false,
        }
    }

    /// What comes next, at most `frames_max` frames.
    pub fn read(&mut self, log: &Log, frames_max: usize) -> Step {
        if let Some(page_until) = self.page_until {
            return Step::Send(self.read_page(log, page_until, frames_max));
        }
        if self.cursor.at() >= self.until {
            return Step::End;
        }
        if let Some(ask) = self.ask(log) {
            return Step::Ask(ask);
        }
        let reading = log.read_until(&mut self.cursor, self.until, frames_max, 0);
        for frame in &reading.frames {
            self.seen[frame.stream().index()] = frame.seq();
        }
        Step::Send(reading)
    }

    /// Everything read up to `seq` has been sent.
    pub fn passed(&mut self, seq: u64) {
        self.cursor.passed(seq);
        while self.page.pop_front_if(|frame| frame.seq() <= seq).is_some() {}
    }

    /// Takes the answer to what was asked for.
    pub fn take(&mut self, ask: &Ask, page: &Page) {
        self.page = page
            .messages
            .iter()
            .map(|kept| Arc::new(Frame::kept(kept, &self.own)))
            .collect();
        let read_up_to = self.page.back().map_or(ask.until, |last| last.seq());
        self.page_until = Some(if page.is_last { ask.until } else { read_up_to });
    }

    /// What was asked for cannot be had: what the ring has must do.
    pub fn give_up(&mut self) {
        self.gave_up = true;
    }

    /// What the ring no longer has, if there is a store to ask.
    fn ask(&self, log: &Log) -> Option<Ask> {
        if !log.has_store() || self.gave_up {
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
        Some(Ask {
            streams: self.cursor.streams(),
            after: self.cursor.at(),
            until,
            newest_first: false,
        })
    }

    /// Where the viewer is in a stream that is on.
    fn position(&self, stream: Stream) -> u64 {
        let from = self.cursor.starts_at(stream).unwrap_or(self.until);
        self.cursor.at().max(from)
    }

    fn read_page(&mut self, log: &Log, page_until: u64, frames_max: usize) -> Reading {
        let mut reading = Reading {
            up_to: page_until,
            ..Reading::default()
        };
        // A quiet stream's newest is kept beside the ring, and may not have been written yet.
        let beside = log
            .ring
            .after(self.cursor.at())
            .take_while(|frame| frame.seq() <= page_until)
            .filter(|frame| self.page.iter().all(|it| it.seq() != frame.seq()));
        let mut frames: Vec<_> = self.page.iter().chain(beside).cloned().collect();
        frames.sort_by_key(|frame| frame.seq());
        let missing = self.missing(log, page_until, &frames);
        for frame in frames {
            let stream = frame.stream();
            if !self.cursor.streams().contains(stream) || frame.seq() <= self.position(stream) {
                continue;
            }
            let is_whole = frame.position().prev <= self.seen[stream.index()];
            let is_full = reading.frames.len() == frames_max;
            // Whoever has a message has heard of everything before it, in whatever stream.
            let is_behind = missing.iter().any(|missing| missing.after < frame.seq());
            if is_full || ((!is_whole || is_behind) && !reading.frames.is_empty()) {
                reading.up_to = reading.frames.last().map_or(0, |last| last.seq());
                return reading;
            }
            if is_behind {
                reading.gaps = self.lose_all(log, &missing, frame.seq());
                return reading;
            }
            if !is_whole {
                reading.gaps.push(self.lose(stream, frame.seq()));
                return reading;
            }
            self.seen[stream.index()] = frame.seq();
            if self.cursor.passes(&frame) {
                reading.frames.push(frame);
            }
        }
        if let Some(last) = reading.frames.last() {
            // What is missing at the end is named when these are on their way.
            reading.up_to = last.seq();
            return reading;
        }
        reading.gaps = self.lose_all(log, &missing, u64::MAX);
        if reading.gaps.is_empty() {
            self.page_until = None;
        }
        reading
    }

    /// The ends of streams, up to the page's end, that neither the store nor the ring has.
    fn missing(&self, log: &Log, page_until: u64, frames: &[Arc<Frame>]) -> Vec<Missing> {
        let mut missing = Vec::new();
        for stream in self.cursor.streams().iter() {
            let of_stream = frames.iter().rev().find(|frame| frame.stream() == stream);
            let seen = self.seen[stream.index()];
            let after = of_stream.map_or(seen, |frame| frame.seq().max(seen));
            let known = [log.ring.lost(stream), self.newest[stream.index()]];
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

    /// Names what is missing that begins before `seq`.
    fn lose_all(&mut self, log: &Log, missing: &[Missing], seq: u64) -> Vec<Gap> {
        let mut gaps = Vec::new();
        for missing in missing.iter().filter(|missing| missing.after < seq) {
            let mut later = log.ring.after(missing.last);
            let next = later.find(|frame| frame.stream() == missing.stream);
            let before = next.map_or(u64::MAX, |frame| frame.seq());
            gaps.push(self.lose(missing.stream, before.min(self.until + 1)));
        }
        gaps
    }

    fn lose(&mut self, stream: Stream, before: u64) -> Gap {
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
