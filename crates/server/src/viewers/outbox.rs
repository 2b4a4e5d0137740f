mod ahead;
mod queue;

use super::Sink;
use super::control;
use super::topics::Topic;
use super::traffic::Tally;
use access::Access;
use ahead::{Ahead, Item, StoreRequest};
use bytes::{Buf, Bytes};
use journal::{Batch, Cursor, Encoding, Frame, Journal};
use protocol::{Gap, PositionUpdate, ServerMessage, Subscribe, Subscribed};
use std::io::{self, IoSlice};
use std::sync::Arc;

/// Frames read at a time from the log; also the most slices of one write.
const FRAMES_PER_WRITE_MAX: usize = 32;

/// Messages that may wait for a viewer's socket; beyond, nothing more is read from it.
const QUEUE_MAX: usize = 64;

/// A viewer that is sent nothing of the log for this long is sent its position, if that has moved.
const POSITION_EVERY_MS: u64 = 4_000;

/// A viewer with this many gaps within [`GAPS_WITHIN_MS`] is too slow.
const GAPS_MAX: usize = 3;
const GAPS_WITHIN_MS: u64 = 60_000;

/// Everything between the journal and one socket, guarded by one lock.
///
/// A viewer is sent, in this order: the rest of a frame that the socket took in part; answers and
/// backlogs; the newest messages of topics; the log from the cursor on. Of the log it holds only the cursor and
/// at most one partly written frame.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Outbox {
    /// Whether the sweep writes; otherwise the viewer's own task does. While swept, the queue is empty.
    swept: bool,
    closed: bool,
    encoding: Encoding,
    pub(crate) cursor: Cursor,
    access: Access,
    /// What is sent before the log. Boxed, since most of the many viewers have nothing there.
    ahead: Option<Box<Ahead>>,
    /// When the socket last took something while this viewer was not swept.
    progress_ms: u64,
    /// When a message of the log was last sent, or a position.
    sent_ms: u64,
    /// When the last gaps were sent, if ever.
    gaps_ms: Option<Box<[u64; GAPS_MAX]>>,
}

/// The result of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Everything was written.
    Done,
    /// The socket is full.
    Full,
    /// There is more to write after a yield to other tasks.
    More,
    /// Nothing more can be written before a page of the store: see [`Outbox::take_store_request`].
    WaitingForStore,
    /// The viewer has three gaps within a minute.
    TooSlow,
}

/// A part of one write.
struct Piece {
    bytes: Bytes,
    source: Source,
}

/// Where a piece comes from, which is updated once its first byte is written.
enum Source {
    /// The rest of a frame.
    Unfinished,
    /// The first item of the queue.
    Front,
    /// The first control frame, which overtakes an item that waits for the store.
    Control,
    /// A frame of the backlog at the front of the queue, and where the backlog advances to.
    Backlog(u64),
    /// The newest message of a topic.
    Topic(Topic),
    Live(Arc<Frame>),
}

impl Outbox {
    pub(crate) fn new(encoding: Encoding, access: Access, now_ms: u64) -> Self {
        Self {
            access,
            cursor: Cursor::default(),
            encoding,
            ahead: None,
            swept: false,
            closed: false,
            progress_ms: now_ms,
            sent_ms: now_ms,
            gaps_ms: None,
        }
    }

    /// What this viewer may see.
    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// The encoding of this viewer's messages.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Whether the sweep writes to this viewer.
    pub(crate) fn is_swept(&self) -> bool {
        self.swept
    }

    /// Since when the socket has taken nothing, unless the viewer is swept or waits for the store.
    pub(crate) fn stalled_since_ms(&self) -> Option<u64> {
        let waits = self.ahead.as_ref().is_some_and(|it| it.waits_for_store());
        (!self.swept && !waits).then_some(self.progress_ms)
    }

    /// Up to where this viewer was sent the log, while swept viewers were offered everything up to `swept`.
    pub(crate) fn position(&mut self, swept: u64) -> u64 {
        if self.swept {
            // Or a viewer of quiet streams would seem to be late as soon as its own task takes over.
            self.cursor.advance_to(swept);
        }
        let has_all = self.swept || self.closed || self.cursor.streams().is_empty();
        if has_all {
            swept
        } else {
            self.cursor.position()
        }
    }

    /// Whether so much is queued that nothing more should be read from the viewer.
    pub(crate) fn is_crowded(&self) -> bool {
        let queued = self.ahead.as_ref().map_or(0, |ahead| ahead.queue.len());
        queued >= QUEUE_MAX
    }

    /// Hands writing over to the viewer's own task.
    pub(crate) fn hand_over(&mut self, now_ms: u64) {
        if self.swept {
            self.swept = false;
            self.progress_ms = now_ms;
        }
    }

    /// Queues a message that has no position in the log.
    pub(crate) fn queue_message(&mut self, message: &ServerMessage) {
        self.queue_frame(control::encode(self.encoding, message));
    }

    /// Queues an encoded message that has no position in the log.
    pub(crate) fn queue_frame(&mut self, frame: Bytes) {
        self.push(Item::Message(frame));
    }

    /// Queues a control frame, which does not wait for the store.
    pub(crate) fn queue_control(&mut self, frame: Bytes) {
        self.push(Item::Control(frame));
    }

    fn push(&mut self, item: Item) {
        if !self.closed {
            self.ahead().queue.push_back(item);
        }
    }

    fn ahead(&mut self) -> &mut Ahead {
        self.ahead.get_or_insert_default()
    }

    /// Queues the last frame of the connection, right after a partly written frame.
    pub(crate) fn close(&mut self, frame: Bytes) {
        if !self.closed {
            self.ahead().clear();
            self.queue_control(frame);
            self.closed = true;
            self.swept = false;
        }
    }

    /// Has the newest message of a topic be sent, if the viewer may see it.
    pub(crate) fn offer(&mut self, topic: &Topic) -> bool {
        let is_new = |ahead: &Ahead| !ahead.topics.iter().any(|other| other.is(topic));
        let is_visible = topic.is_visible_to(&self.access) && !self.closed;
        if is_visible && is_new(self.ahead()) {
            self.ahead().topics.push(topic.clone());
        }
        is_visible
    }

    /// Discards what of topics waits for the socket, and may no longer be seen.
    fn discard_topics(&mut self) {
        let Self { ahead, access, .. } = self;
        if let Some(ahead) = ahead {
            ahead.topics.retain(|topic| topic.is_visible_to(access));
        }
    }

    /// Subscribes, and queues the answer, the gaps and the backlog.
    pub(crate) fn subscribe(
        &mut self,
        journal: &Journal,
        subscribe: &Subscribe,
        correlation_id: Option<String>,
        tally: &mut Tally,
    ) {
        let mut plan = journal.subscribe(&mut self.cursor, &self.access, subscribe);
        if plan.request().is_some() {
            self.push(Item::Plan(Box::new(plan), correlation_id));
            return;
        }
        let items = self.recovery_items(journal, plan.finish(), correlation_id, tally);
        self.ahead().queue.extend(items);
    }

    /// Queues the position of a swept viewer that was offered everything up to `swept`, and whose filters have let
    /// nothing pass for a while. Returns whether there is anything to say.
    pub(crate) fn queue_position(&mut self, swept: u64, epoch: &str, now_ms: u64) -> bool {
        let is_quiet = now_ms.saturating_sub(self.sent_ms) >= POSITION_EVERY_MS;
        // A message that an interval holds back is before the position.
        let is_at_end = self.swept && self.cursor.due_at().is_none();
        let is_news = swept > self.cursor.newest_sent();
        if !is_quiet || !is_at_end || !is_news || self.cursor.streams().is_empty() {
            return false;
        }
        self.cursor.position_sent(swept);
        self.sent_ms = now_ms;
        let position = ServerMessage::PositionUpdate(PositionUpdate { seq: swept });
        let frame = control::encode_with_id(self.encoding, &position, epoch, swept);
        self.queue_frame(frame);
        true
    }

    /// Queues an answer with the subscribed streams.
    pub(crate) fn confirm(&mut self, journal: &Journal, correlation_id: Option<String>) {
        let subscribed = self.subscribed(journal, self.cursor.position(), None, correlation_id);
        self.queue_message(&subscribed);
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

    /// Writes a batch to a swept viewer. `chosen` is a reused allocation.
    pub(crate) fn sweep(
        &mut self,
        sink: &impl Sink,
        journal: &Journal,
        batch: &Batch,
        now_ms: u64,
        chosen: &mut Vec<usize>,
        tally: &mut Tally,
    ) -> io::Result<Progress> {
        chosen.clear();
        // Earlier sweeps offered everything up to here, or skipped batches without subscribed streams.
        self.cursor.advance_to(batch.since);
        if !self.cursor.choose_from(batch, &self.access, now_ms, chosen) {
            return Ok(Progress::More);
        }
        for chunk in chosen.chunks(FRAMES_PER_WRITE_MAX) {
            let frames = || chunk.iter().map(|place| &batch.frames[*place]);
            let mut slices = [IoSlice::new(&[]); FRAMES_PER_WRITE_MAX];
            for (slice, frame) in slices.iter_mut().zip(frames()) {
                *slice = IoSlice::new(journal.encoded(frame, self.encoding));
            }
            let mut written = write(sink, &slices[..chunk.len()])?;
            tally.bytes += written as u64;
            for frame in frames() {
                let bytes = journal.encoded(frame, self.encoding);
                if written == 0 {
                    return Ok(Progress::Full);
                }
                tally.messages += 1;
                self.cursor.sent(frame, now_ms);
                self.sent_ms = now_ms;
                self.cursor.advance_to(frame.seq());
                if written < bytes.len() {
                    self.ahead().unfinished = bytes.slice(written..);
                    return Ok(Progress::Full);
                }
                written -= bytes.len();
            }
        }
        self.cursor.advance_to(batch.head);
        if !chosen.is_empty() && sink.has_unsent() {
            return Ok(Progress::Full);
        }
        Ok(Progress::Done)
    }

    /// Writes the queue and then the log, until the socket is full or nothing is left; then the sweep
    /// takes over.
    pub(crate) fn drain(
        &mut self,
        sink: &impl Sink,
        journal: &Journal,
        now_ms: u64,
        tally: &mut Tally,
    ) -> io::Result<Progress> {
        // Other tasks of the thread wait meanwhile.
        const WRITES_MAX: usize = 16;
        if sink.flush()? {
            self.progress_ms = now_ms;
        }
        if sink.has_unsent() {
            self.swept = false;
            return Ok(Progress::Full);
        }
        for _ in 0..WRITES_MAX {
            self.discard_topics();
            let mut pieces = self.queued_pieces(journal, tally);
            let mut up_to = None;
            if self.is_queue_empty() && !self.closed {
                let room = FRAMES_PER_WRITE_MAX.saturating_sub(pieces.len()).max(1);
                let reading = journal.read(&mut self.cursor, &self.access, room, now_ms);
                if !reading.gaps.is_empty() {
                    if self.record_gap(now_ms) {
                        return Ok(Progress::TooSlow);
                    }
                    self.queue_gaps(reading.gaps, tally);
                    continue;
                }
                up_to = Some(reading.up_to);
                pieces.extend(reading.frames.into_iter().map(|frame| Piece {
                    bytes: journal.encoded(&frame, self.encoding).clone(),
                    source: Source::Live(frame),
                }));
            }
            let is_idle = pieces.is_empty();
            if !self.write_pieces(sink, pieces, now_ms, tally)? || sink.has_unsent() {
                self.swept = false;
                return Ok(Progress::Full);
            }
            match up_to {
                Some(up_to) => {
                    self.cursor.advance_to(up_to);
                    if up_to >= journal.head() && !self.has_topics() {
                        self.swept = true;
                        self.ahead = None;
                        return Ok(Progress::Done);
                    }
                }
                None if self.closed && self.is_queue_empty() => return Ok(Progress::Done),
                None if is_idle && self.has_store_request() => {
                    self.swept = false;
                    return Ok(Progress::WaitingForStore);
                }
                None => {}
            }
        }
        self.swept = false;
        Ok(Progress::More)
    }

    /// True if the socket took all of it.
    fn write_pieces(
        &mut self,
        sink: &impl Sink,
        pieces: Vec<Piece>,
        now_ms: u64,
        tally: &mut Tally,
    ) -> io::Result<bool> {
        if pieces.is_empty() {
            return Ok(true);
        }
        let slices: Vec<_> = pieces
            .iter()
            .map(|piece| IoSlice::new(&piece.bytes))
            .collect();
        let mut written = write(sink, &slices)?;
        tally.bytes += written as u64;
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
            let is_of_log = matches!(piece.source, Source::Live(_) | Source::Backlog(_));
            tally.messages += u64::from(is_of_log);
            self.mark_written(piece.source, now_ms);
            if !piece.bytes.is_empty() {
                self.ahead().unfinished = piece.bytes;
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn mark_written(&mut self, source: Source, now_ms: u64) {
        match source {
            Source::Unfinished => self.ahead().unfinished = Bytes::new(),
            Source::Front => {
                self.ahead().queue.pop_front();
            }
            Source::Control => self.ahead().remove_control(),
            Source::Backlog(seq) => self.ahead().advance_backlog(seq),
            Source::Topic(topic) => self.ahead().topics.retain(|other| !other.is(&topic)),
            Source::Live(frame) => {
                self.cursor.sent(&frame, now_ms);
                self.sent_ms = now_ms;
                self.cursor.advance_to(frame.seq());
            }
        }
    }

    fn is_queue_empty(&self) -> bool {
        self.ahead.as_ref().is_none_or(|it| it.queue.is_empty())
    }

    fn has_topics(&self) -> bool {
        self.ahead.as_ref().is_some_and(|it| !it.topics.is_empty())
    }

    fn has_store_request(&self) -> bool {
        let ahead = self.ahead.as_ref();
        ahead.is_some_and(|it| it.store_request != StoreRequest::None)
    }

    fn queue_gaps(&mut self, gaps: Vec<Gap>, tally: &mut Tally) {
        let gaps = gaps.into_iter().map(|gap| self.gap_item(gap, tally));
        let gaps: Vec<_> = gaps.collect();
        self.ahead().queue.extend(gaps);
    }

    /// Records a gap; true if the viewer has too many.
    fn record_gap(&mut self, now_ms: u64) -> bool {
        let gaps_ms = self.gaps_ms.get_or_insert_default();
        let oldest = gaps_ms[1];
        gaps_ms.rotate_left(1);
        gaps_ms[GAPS_MAX - 1] = now_ms.max(1);
        oldest != 0 && now_ms.saturating_sub(oldest) < GAPS_WITHIN_MS
    }
}

/// Returns 0 for a full socket.
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
