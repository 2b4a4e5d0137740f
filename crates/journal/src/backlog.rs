use crate::scope::Scope;
use crate::stored::{Page, PageRequest};
use crate::{Cursor, Frame, Log, ReadResult};
use access::Access;
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
    scopes: Vec<ScopeState>,
    /// The fetched messages that are not yet read, in order …
    page: VecDeque<Arc<Frame>>,
    /// … which are all there are up to here.
    page_until: Option<u64>,
    /// The store failed: what the ring does not have is reported as a gap.
    skips_store: bool,
}

/// How far the backlog of a scope is.
#[derive(Debug)]
pub(crate) struct ScopeState {
    pub(crate) stream: Stream,
    pub(crate) scope: Scope,
    /// Everything up to here lies within a reported gap, or before the backlog.
    seen: u64,
    /// The last `seq` of the backlog, 0 if that is not known.
    newest: u64,
    /// The last `seq` that was known to have left the ring when the page was requested.
    known_lost: u64,
    /// The retention floor, as the page had it.
    floor: u64,
    /// Everything up to here was stored, or lies up to the floor.
    stored: u64,
}

impl ScopeState {
    pub(crate) fn new(stream: Stream, scope: Scope, from: u64, newest: u64) -> Self {
        Self {
            stream,
            scope,
            seen: from,
            newest,
            known_lost: 0,
            floor: 0,
            stored: 0,
        }
    }

    /// The newest position up to `seq` at which the viewer may see the scope.
    fn visible(&self, access: &Access, seq: u64) -> u64 {
        self.scope.newest_visible(self.stream, access, seq)
    }

    fn contains(&self, frame: &Frame) -> bool {
        self.stream == frame.stream() && self.scope.contains(frame.chain())
    }
}

/// Messages of a scope that neither the store nor the ring has.
struct Missing {
    /// The scope's index.
    scope: usize,
    /// Its last available message before.
    after: u64,
    /// The last one that may be missing.
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
        scopes: Vec<ScopeState>,
    ) -> Self {
        cursor.move_to(oldest);
        Self {
            cursor,
            own,
            until,
            scopes,
            page: VecDeque::new(),
            page_until: None,
            skips_store: false,
        }
    }

    /// The next step, with at most `frames_max` frames.
    pub fn read(&mut self, log: &Log, access: &Access, frames_max: usize) -> BacklogStep {
        if let Some(page_until) = self.page_until {
            return BacklogStep::Send(self.read_page(log, access, page_until, frames_max));
        }
        if self.cursor.position() >= self.until {
            return BacklogStep::Done;
        }
        if let Some(request) = self.request(log, access) {
            for state in &mut self.scopes {
                state.known_lost = log.ring.known_lost(state.stream, &state.scope);
            }
            return BacklogStep::Fetch(request);
        }
        let result = log.read_until(&mut self.cursor, access, self.until, frames_max, 0);
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
        for (index, state) in self.scopes.iter_mut().enumerate() {
            state.floor = page.floor(index);
            state.stored = page.stored(index);
        }
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
    fn request(&self, log: &Log, access: &Access) -> Option<PageRequest> {
        if !log.has_store() || self.skips_store {
            return None;
        }
        let lost = |state: &ScopeState| {
            let lost = log.ring.lost(state.stream, &state.scope);
            state.visible(access, lost.min(self.until))
        };
        let until = self
            .scopes
            .iter()
            .filter(|state| lost(state) > self.position(state))
            .map(lost)
            .max()?;
        let scopes = self.scopes.iter();
        Some(PageRequest {
            scopes: scopes
                .map(|state| (state.stream, state.scope.clone()))
                .collect(),
            after: self.cursor.position(),
            until,
            newest_first: false,
        })
    }

    /// The viewer's position in a scope.
    fn position(&self, of: &ScopeState) -> u64 {
        self.cursor.position_of(of.stream, &of.scope)
    }

    fn read_page(
        &mut self,
        log: &Log,
        access: &Access,
        page_until: u64,
        frames_max: usize,
    ) -> ReadResult {
        let mut result = ReadResult {
            up_to: page_until,
            ..ReadResult::default()
        };
        // A quiet chain's newest is retained outside the ring, and may not be in the store yet.
        let in_ring = log
            .ring
            .after(self.cursor.position())
            .take_while(|frame| frame.seq() <= page_until)
            .filter(|frame| self.page.iter().all(|it| it.seq() != frame.seq()));
        let mut frames: Vec<_> = self.page.iter().chain(in_ring).cloned().collect();
        frames.sort_by_key(|frame| frame.seq());
        let missing = self.missing(log, access, page_until, &frames);
        for frame in frames {
            let index = self.scopes.iter().position(|state| state.contains(&frame));
            let Some(index) = index else { continue };
            if frame.seq() <= self.position(&self.scopes[index]) {
                continue;
            }
            let is_full = result.frames.len() == frames_max;
            // A viewer that has a message must know of all gaps before it, in every scope.
            let follows_missing = missing.iter().any(|missing| missing.after < frame.seq());
            if is_full || (follows_missing && !result.frames.is_empty()) {
                result.up_to = result.frames.last().map_or(0, |last| last.seq());
                return result;
            }
            if follows_missing {
                result.gaps = self.report_missing(log, access, &missing, frame.seq());
                return result;
            }
            if self.cursor.passes(&frame, access) {
                result.frames.push(frame);
            }
        }
        if let Some(last) = result.frames.last() {
            // What is missing at the end is reported after these are sent.
            result.up_to = last.seq();
            return result;
        }
        result.gaps = self.report_missing(log, access, &missing, u64::MAX);
        if result.gaps.is_empty() {
            self.page_until = None;
        }
        result
    }

    /// What is missing of each scope, up to the page's end.
    fn missing(
        &self,
        log: &Log,
        access: &Access,
        page_until: u64,
        frames: &[Arc<Frame>],
    ) -> Vec<Missing> {
        let mut missing = Vec::new();
        for (index, state) in self.scopes.iter().enumerate() {
            let seen = state.seen.max(self.position(state));
            // What the store has lost may still be in the ring.
            let lost = log.ring.lost(state.stream, &state.scope);
            let expired = state.visible(access, state.floor.min(lost).min(page_until));
            if expired > seen {
                missing.push(Missing {
                    scope: index,
                    after: seen,
                    last: expired,
                });
            }
            let of_scope = frames.iter().rev().find(|frame| state.contains(frame));
            let after = of_scope.map_or(seen, |frame| frame.seq().max(seen));
            // A message that was published and is not stored yet may have left the ring.
            let known = [
                state.known_lost,
                log.ring.known_lost(state.stream, &state.scope),
                state.newest,
            ];
            let last = known.into_iter().filter(|seq| *seq <= page_until).max();
            let last = last.filter(|last| *last > state.stored);
            let last = last.map(|last| state.visible(access, last));
            if let Some(last) = last.filter(|last| *last > after.max(expired)) {
                missing.push(Missing {
                    scope: index,
                    after,
                    last,
                });
            }
        }
        missing
    }

    /// Reports what is missing that starts before `seq`.
    fn report_missing(
        &mut self,
        log: &Log,
        access: &Access,
        missing: &[Missing],
        seq: u64,
    ) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = Vec::new();
        for missing in missing.iter().filter(|missing| missing.after < seq) {
            let state = &self.scopes[missing.scope];
            let in_page = self.page.iter();
            let next = in_page
                .chain(log.ring.after(missing.last))
                .filter(|frame| frame.seq() > missing.last && state.contains(frame))
                .filter(|it| access.allows(state.stream, it.chain().channel(), it.seq()))
                .map(|frame| frame.seq())
                .min();
            let before = next.unwrap_or(u64::MAX).min(self.until + 1);
            let position = self.position(&self.scopes[missing.scope]);
            let state = &mut self.scopes[missing.scope];
            let after = std::mem::replace(&mut state.seen, before - 1).max(position);
            gaps.push(Gap {
                stream: state.stream,
                channel: state.scope.channel().map(str::to_owned),
                after: Some(after),
                before,
                reason: GapReason::Expired,
            });
        }
        gaps
    }
}
