//! What an outbox sends before live messages: answers, backlogs, and requests to the store that both
//! may need.

use super::ahead::{Ahead, Item, StoreRequest};
use super::{FRAMES_PER_WRITE_MAX, Outbox, Piece, Source};
use crate::viewers::control;
use crate::viewers::traffic::Tally;
use access::Access;
use journal::{BacklogStep, Encoding, Journal, Page, PageRequest, ReadResult, Recovery};
use protocol::{Gap, ServerMessage};

impl Outbox {
    /// The page to fetch from the store for this viewer, once; see [`Self::add_page`].
    pub(crate) fn take_store_request(&mut self, now_ms: u64) -> Option<PageRequest> {
        let ahead = self.ahead.as_mut()?;
        let StoreRequest::Pending(request) = &ahead.store_request else {
            return None;
        };
        let request = request.clone();
        ahead.store_request = StoreRequest::InFlight(request.clone());
        if let Some(Item::Plan(plan, _)) = ahead.queue.front_mut() {
            plan.requested(now_ms);
        }
        Some(request)
    }

    /// Takes the fetched page; `None` if the store failed.
    pub(crate) fn add_page(&mut self, page: Option<&Page>, now_ms: u64) {
        let Some(ahead) = &mut self.ahead else { return };
        let StoreRequest::InFlight(request) = std::mem::take(&mut ahead.store_request) else {
            return;
        };
        self.progress_ms = now_ms;
        match (ahead.queue.front_mut(), page) {
            (Some(Item::Plan(plan, _)), Some(page)) => plan.add_page(page, now_ms),
            (Some(Item::Plan(plan, _)), None) => plan.skip_store(),
            (Some(Item::Backlog(backlog)), Some(page)) => backlog.add_page(&request, page),
            (Some(Item::Backlog(backlog)), None) => backlog.skip_store(),
            // Closed meanwhile.
            (Some(Item::Message(_) | Item::Control(_)) | None, _) => {}
        }
    }

    /// The answer to a subscription, its gaps and its backlog, in order.
    pub(super) fn recovery_items(
        &self,
        journal: &Journal,
        recovery: Recovery,
        correlation_id: Option<String>,
        tally: &mut Tally,
    ) -> Vec<Item> {
        let (head, recovered) = (recovery.head, recovery.recovered);
        if let Some(recovered) = recovered {
            tally.resume(recovered);
        }
        let subscribed = self.subscribed(journal, head, recovered, correlation_id);
        let (epoch, seq) = (journal.epoch(), recovery.starts_at);
        let subscribed = control::encode_with_id(self.encoding, &subscribed, epoch, seq);
        let gaps = recovery.gaps.into_iter();
        let gaps = gaps.map(|gap| self.gap_item(gap, tally));
        let backlog = recovery.backlog.map(|it| Item::Backlog(Box::new(it)));
        [Item::Message(subscribed)]
            .into_iter()
            .chain(gaps)
            .chain(backlog)
            .collect()
    }

    /// What must be sent before live messages.
    pub(super) fn queued_pieces(&mut self, journal: &Journal, tally: &mut Tally) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let Some(ahead) = &self.ahead else {
            return pieces;
        };
        if !ahead.unfinished.is_empty() {
            pieces.push(Piece {
                bytes: ahead.unfinished.clone(),
                source: Source::Unfinished,
            });
        }
        let access = self.access.clone();
        while let Some(step) = self.ahead().next_step(journal, &access) {
            match step {
                BacklogStep::Fetch(request) => {
                    let ahead = self.ahead();
                    if ahead.store_request == StoreRequest::None {
                        ahead.store_request = StoreRequest::Pending(request);
                    }
                    pieces.extend(ahead.control_pieces());
                    return pieces;
                }
                BacklogStep::Done => self.finish_front(journal, tally),
                BacklogStep::Send(result) if !result.gaps.is_empty() => {
                    // The rest of the backlog is read again after them.
                    for gap in result.gaps.into_iter().rev() {
                        let gap = self.gap_item(gap, tally);
                        self.ahead().queue.push_front(gap);
                    }
                    break;
                }
                BacklogStep::Send(result) if result.frames.is_empty() => {
                    self.ahead().advance_backlog(result.up_to);
                }
                BacklogStep::Send(result) => {
                    pieces.extend(backlog_pieces(journal, &result, self.encoding));
                    return pieces;
                }
            }
        }
        let encoding = self.encoding;
        pieces.extend(self.ahead().message_pieces(encoding));
        pieces
    }

    /// Removes a complete backlog, or replaces a complete plan by its result.
    fn finish_front(&mut self, journal: &Journal, tally: &mut Tally) {
        if let Some(Item::Plan(mut plan, correlation_id)) = self.ahead().queue.pop_front() {
            let items = self.recovery_items(journal, plan.finish(), correlation_id, tally);
            for item in items.into_iter().rev() {
                self.ahead().queue.push_front(item);
            }
        }
    }

    pub(super) fn gap_item(&self, gap: Gap, tally: &mut Tally) -> Item {
        tally.gap(gap.reason);
        Item::Message(control::encode(self.encoding, &ServerMessage::Gap(gap)))
    }
}

fn backlog_pieces<'a>(
    journal: &'a Journal,
    result: &'a ReadResult,
    encoding: Encoding,
) -> impl Iterator<Item = Piece> + use<'a> {
    let last = result.frames.len() - 1;
    result.frames.iter().enumerate().map(move |(index, frame)| {
        let up_to = if index == last {
            result.up_to
        } else {
            frame.seq()
        };
        Piece {
            bytes: journal.encoded(frame, encoding).clone(),
            source: Source::Backlog(up_to),
        }
    })
}

impl Ahead {
    /// The next step of a plan or backlog at the front.
    fn next_step(&mut self, journal: &Journal, access: &Access) -> Option<BacklogStep> {
        match self.queue.front_mut()? {
            Item::Plan(plan, _) => {
                let request = plan.request();
                Some(request.map_or(BacklogStep::Done, BacklogStep::Fetch))
            }
            Item::Backlog(backlog) => {
                Some(journal.read_backlog(backlog, access, FRAMES_PER_WRITE_MAX))
            }
            Item::Message(_) | Item::Control(_) => None,
        }
    }

    /// The messages at the front, and those of topics.
    fn message_pieces(&self, encoding: Encoding) -> Vec<Piece> {
        let messages = self.queue.iter().map_while(|item| match item {
            Item::Message(bytes) | Item::Control(bytes) => Some(Piece {
                bytes: bytes.clone(),
                source: Source::Front,
            }),
            Item::Plan(..) | Item::Backlog(_) => None,
        });
        let mut pieces: Vec<_> = messages.take(FRAMES_PER_WRITE_MAX - 2).collect();
        // Nothing else may come between an answer and the backlog that it announces.
        let mut items = self.queue.iter();
        let has_backlog = items.any(|item| matches!(item, Item::Plan(..) | Item::Backlog(_)));
        if !has_backlog {
            let room = FRAMES_PER_WRITE_MAX - 1 - pieces.len();
            pieces.extend(self.topics.iter().take(room).map(|topic| Piece {
                bytes: topic.encoded(encoding),
                source: Source::Topic(topic.clone()),
            }));
        }
        pieces
    }

    /// Control frames, which do not wait for the store.
    fn control_pieces(&self) -> impl Iterator<Item = Piece> {
        let frames = self.queue.iter().filter_map(|item| match item {
            Item::Control(bytes) => Some(Piece {
                bytes: bytes.clone(),
                source: Source::Control,
            }),
            Item::Message(_) | Item::Plan(..) | Item::Backlog(_) => None,
        });
        frames.take(FRAMES_PER_WRITE_MAX - 2)
    }
}
