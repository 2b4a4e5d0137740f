mod waiting;

use super::Sink;
use super::control::{self, ForAll};
use bytes::{Buf, Bytes};
use journal::{Batch, Cursor, Encoding, Frame, Journal};
use protocol::{Gap, ServerMessage, Subscribe, Subscribed};
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;
use waiting::{Asking, Item};

/// Frames read at a time for a viewer that is behind; also the most slices of one write.
const FRAMES_PER_WRITE_MAX: usize = 32;

/// Answers that may wait for a viewer's socket; with so many waiting, nothing more is read from it.
const ITEMS_MAX: usize = 64;

/// So many losses within [`GAPS_WITHIN_MS`] show that a viewer will never keep up.
const GAPS_MAX: usize = 3;
const GAPS_WITHIN_MS: u64 = 60_000;

/// Everything between the journal and one socket, guarded by one lock.
///
/// What a viewer is sent comes in this order: the rest of a frame that the socket took in part;
/// answers and the pasts that were asked for; the newest client count; the log from the cursor on.
/// Of the log nothing is kept here but the cursor and at most one frame that was begun.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Outbox {
    /// The sweep writes; otherwise the viewer's own task does. While swept, nothing waits here.
    swept: bool,
    closed: bool,
    encoding: Encoding,
    pub(crate) cursor: Cursor,
    unfinished: Bytes,
    items: VecDeque<Item>,
    client_count: Option<Bytes>,
    /// When the socket last took something while this viewer was behind.
    progress_ms: u64,
    gaps_ms: [u64; GAPS_MAX],
    asking: Asking,
}

/// How far a write got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Everything there is was written.
    Done,
    /// The socket takes no more for now.
    Full,
    /// There is more, but others want their turn.
    More,
    /// Nothing more can be written until the store has answered: see [`Outbox::ask`].
    Behind,
    /// The viewer lost messages three times in a minute.
    TooSlow,
}

/// A part of one write, and what is true once its first byte was taken.
struct Piece {
    bytes: Bytes,
    then: Then,
}

enum Then {
    /// It was the rest of a frame.
    Finished,
    /// It was the first of the items.
    Answered,
    /// It was the first control frame behind an item that waits for the store.
    Overtook,
    /// It was a frame of the past that is the first of the items.
    SentPast(u64),
    Counted,
    Sent(Arc<Frame>),
}

impl Outbox {
    pub(crate) fn new(encoding: Encoding, now_ms: u64) -> Self {
        Self {
            cursor: Cursor::default(),
            encoding,
            unfinished: Bytes::new(),
            items: VecDeque::new(),
            client_count: None,
            swept: false,
            closed: false,
            progress_ms: now_ms,
            gaps_ms: [0; GAPS_MAX],
            asking: Asking::Nothing,
        }
    }

    /// The form that this viewer's messages have.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Whether the sweep writes to this viewer.
    pub(crate) fn is_swept(&self) -> bool {
        self.swept
    }

    /// From when on the socket has taken nothing, for a viewer that is behind.
    pub(crate) fn stalled_since_ms(&self) -> Option<u64> {
        let waits = self.asking != Asking::Nothing && self.unfinished.is_empty();
        (!self.swept && !waits).then_some(self.progress_ms)
    }

    /// Whether so much waits that nothing more should be read from the viewer.
    pub(crate) fn is_crowded(&self) -> bool {
        self.items.len() >= ITEMS_MAX
    }

    /// Leaves writing to the viewer's own task.
    pub(crate) fn hand_over(&mut self, now_ms: u64) {
        if self.swept {
            self.swept = false;
            self.progress_ms = now_ms;
        }
    }

    /// Queues a message that has no place in the log.
    pub(crate) fn answer(&mut self, message: &ServerMessage) {
        self.tell(control::encode(self.encoding, message));
    }

    /// Queues a finished message that has no place in the log.
    pub(crate) fn tell(&mut self, frame: Bytes) {
        if !self.closed {
            self.items.push_back(Item::Answer(frame));
        }
    }

    /// Queues a frame that is a sign of life and no message: it does not wait for the store.
    pub(crate) fn control(&mut self, frame: Bytes) {
        if !self.closed {
            self.items.push_back(Item::Control(frame));
        }
    }

    /// Queues the last frame of the connection, behind nothing but a frame that was begun.
    pub(crate) fn close(&mut self, frame: Bytes) {
        if !self.closed {
            self.items.clear();
            self.asking = Asking::Nothing;
            self.client_count = None;
            self.control(frame);
            self.closed = true;
            self.swept = false;
        }
    }

    /// The newest client count replaces one that was not sent yet.
    pub(crate) fn set_client_count(&mut self, frame: &ForAll) {
        if !self.closed {
            self.client_count = Some(frame.encoded(self.encoding).clone());
        }
    }

    /// Subscribes, and queues the answer, the gaps and the past.
    pub(crate) fn subscribe(
        &mut self,
        journal: &Journal,
        subscribe: &Subscribe,
        correlation_id: Option<String>,
    ) {
        let mut question = journal.subscribe(&mut self.cursor, subscribe);
        if question.ask().is_some() {
            let question = Box::new(question);
            self.items
                .push_back(Item::Question(question, correlation_id));
            return;
        }
        let items = self.answer_items(journal, question.answer(), correlation_id);
        self.items.extend(items);
    }

    /// Answers with the streams that are on.
    pub(crate) fn confirm(&mut self, journal: &Journal, correlation_id: Option<String>) {
        let subscribed = self.subscribed(journal, self.cursor.at(), None, correlation_id);
        self.answer(&subscribed);
    }

    fn subscribed(
        &self,
        journal: &Journal,
        head: u64,
        recovered: Option<bool>,
        correlation_id: Option<String>,
    ) -> ServerMessage {
        ServerMessage::Subscribed(Subscribed {
            streams: self.cursor.streams().iter().collect(),
            epoch: journal.epoch().to_string(),
            head,
            recovered,
            correlation_id,
        })
    }

    /// Writes a batch to a viewer that the sweep writes to. `chosen` is only for its memory.
    pub(crate) fn sweep(
        &mut self,
        sink: &impl Sink,
        journal: &Journal,
        batch: &Batch,
        now_ms: u64,
        chosen: &mut Vec<usize>,
    ) -> io::Result<Progress> {
        chosen.clear();
        // The sweeps before this one offered everything up to here, or passed by because nothing
        // of it was wanted.
        self.cursor.passed(batch.since);
        if !self.cursor.choose_from(batch, now_ms, chosen) {
            return Ok(Progress::More);
        }
        for chunk in chosen.chunks(FRAMES_PER_WRITE_MAX) {
            let frames = || chunk.iter().map(|place| &batch.frames[*place]);
            let mut slices = [IoSlice::new(&[]); FRAMES_PER_WRITE_MAX];
            for (slice, frame) in slices.iter_mut().zip(frames()) {
                *slice = IoSlice::new(journal.encoded(frame, self.encoding));
            }
            let mut written = write(sink, &slices[..chunk.len()])?;
            for frame in frames() {
                let bytes = journal.encoded(frame, self.encoding);
                if written == 0 {
                    return Ok(Progress::Full);
                }
                self.cursor.sent(frame, now_ms);
                self.cursor.passed(frame.seq());
                if written < bytes.len() {
                    self.unfinished = bytes.slice(written..);
                    return Ok(Progress::Full);
                }
                written -= bytes.len();
            }
        }
        self.cursor.passed(batch.head);
        Ok(Progress::Done)
    }

    /// Writes everything that waits and then the log, until the socket is full or nothing is left;
    /// with nothing left, the sweep takes over.
    pub(crate) fn drain(
        &mut self,
        sink: &impl Sink,
        journal: &Journal,
        now_ms: u64,
    ) -> io::Result<Progress> {
        // A turn that others wait for ends after so many writes.
        const WRITES_MAX: usize = 16;
        for _ in 0..WRITES_MAX {
            let mut pieces = self.waiting_pieces(journal);
            let mut up_to = None;
            if self.items.is_empty() && !self.closed {
                let room = FRAMES_PER_WRITE_MAX.saturating_sub(pieces.len()).max(1);
                let reading = journal.read(&mut self.cursor, room, now_ms);
                if !reading.gaps.is_empty() {
                    if self.note_gap(now_ms) {
                        return Ok(Progress::TooSlow);
                    }
                    self.tell_gaps(reading.gaps);
                    continue;
                }
                up_to = Some(reading.up_to);
                pieces.extend(reading.frames.into_iter().map(|frame| Piece {
                    bytes: journal.encoded(&frame, self.encoding).clone(),
                    then: Then::Sent(frame),
                }));
            }
            let is_idle = pieces.is_empty();
            if !self.write_pieces(sink, pieces, now_ms)? {
                self.swept = false;
                return Ok(Progress::Full);
            }
            match up_to {
                Some(up_to) => {
                    self.cursor.passed(up_to);
                    if up_to >= journal.head() {
                        self.swept = true;
                        return Ok(Progress::Done);
                    }
                }
                None if self.closed && self.items.is_empty() => return Ok(Progress::Done),
                None if is_idle && self.asking != Asking::Nothing => {
                    self.swept = false;
                    return Ok(Progress::Behind);
                }
                None => {}
            }
        }
        self.swept = false;
        Ok(Progress::More)
    }

    /// True if all of it was taken.
    fn write_pieces(
        &mut self,
        sink: &impl Sink,
        pieces: Vec<Piece>,
        now_ms: u64,
    ) -> io::Result<bool> {
        if pieces.is_empty() {
            return Ok(true);
        }
        let slices: Vec<_> = pieces
            .iter()
            .map(|piece| IoSlice::new(&piece.bytes))
            .collect();
        let mut written = write(sink, &slices)?;
        if written > 0 {
            self.progress_ms = now_ms;
        }
        for mut piece in pieces {
            if written == 0 {
                return Ok(false);
            }
            let taken = written.min(piece.bytes.len());
            written -= taken;
            piece.bytes.advance(taken);
            self.settle(piece.then, now_ms);
            if !piece.bytes.is_empty() {
                self.unfinished = piece.bytes;
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn settle(&mut self, then: Then, now_ms: u64) {
        match then {
            Then::Finished => self.unfinished = Bytes::new(),
            Then::Answered => {
                self.items.pop_front();
            }
            Then::Overtook => {
                let mut items = self.items.iter();
                if let Some(place) = items.position(|item| matches!(item, Item::Control(_))) {
                    self.items.remove(place);
                }
            }
            Then::SentPast(seq) => {
                if let Some(Item::Past(past)) = self.items.front_mut() {
                    past.passed(seq);
                }
            }
            Then::Counted => self.client_count = None,
            Then::Sent(frame) => {
                self.cursor.sent(&frame, now_ms);
                self.cursor.passed(frame.seq());
            }
        }
    }

    fn tell_gaps(&mut self, gaps: Vec<Gap>) {
        let gaps: Vec<_> = gaps.into_iter().map(|gap| self.gap_item(gap)).collect();
        self.items.extend(gaps);
    }

    /// True if the viewer has lost messages too often.
    fn note_gap(&mut self, now_ms: u64) -> bool {
        let oldest = self.gaps_ms[1];
        self.gaps_ms.rotate_left(1);
        self.gaps_ms[GAPS_MAX - 1] = now_ms.max(1);
        oldest != 0 && now_ms.saturating_sub(oldest) < GAPS_WITHIN_MS
    }
}

/// A full socket has written nothing; that is no error.
fn write(sink: &impl Sink, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    match sink.try_write(slices) {
        Ok(0) if slices.iter().any(|slice| !slice.is_empty()) => {
            Err(io::ErrorKind::WriteZero.into())
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        result => result,
    }
}

#[cfg(test)]
mod tests;
