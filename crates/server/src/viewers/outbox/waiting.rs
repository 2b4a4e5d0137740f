//! What waits in an outbox beside the log: answers, the pasts that were asked for, and what the store
//! must be asked before either.

use super::{FRAMES_PER_WRITE_MAX, Outbox, Piece, Then};
use crate::viewers::control;
use bytes::Bytes;
use journal::{Answer, Ask, Backlog, Journal, Page, Question, Step};
use protocol::{Gap, ServerMessage};

#[derive(Debug)]
pub(super) enum Item {
    /// Keeps its place: an answer that comes behind a past shows the past's end.
    Answer(Bytes),
    /// May overtake what waits for the store.
    Control(Bytes),
    /// A subscription that the store must be asked about, and the name of its request.
    Question(Box<Question>, Option<String>),
    Past(Box<Backlog>),
}

/// What the first item needs of the store. It is then all that waits: the socket has room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asking {
    Nothing,
    /// This, and nobody has asked yet.
    For(Ask),
    /// This, and the answer is on its way.
    Asked(Ask),
}

impl Outbox {
    /// What must be read from the store for this viewer, once: the answer is to be
    /// [given](Self::give).
    pub(crate) fn ask(&mut self) -> Option<Ask> {
        let Asking::For(ask) = self.asking else {
            return None;
        };
        self.asking = Asking::Asked(ask);
        Some(ask)
    }

    /// What the store answered; `None` if it did not.
    pub(crate) fn give(&mut self, page: Option<&Page>, now_ms: u64) {
        let Asking::Asked(ask) = std::mem::replace(&mut self.asking, Asking::Nothing) else {
            return;
        };
        self.progress_ms = now_ms;
        match (self.items.front_mut(), page) {
            (Some(Item::Question(question, _)), Some(page)) => question.take(page),
            (Some(Item::Question(question, _)), None) => question.give_up(),
            (Some(Item::Past(past)), Some(page)) => past.take(&ask, page),
            (Some(Item::Past(past)), None) => past.give_up(),
            // Closed meanwhile.
            (Some(Item::Answer(_) | Item::Control(_)) | None, _) => {}
        }
    }

    /// What a subscription is answered with, in order.
    pub(super) fn answer_items(
        &self,
        journal: &Journal,
        answer: Answer,
        correlation_id: Option<String>,
    ) -> Vec<Item> {
        let subscribed = self.subscribed(journal, answer.head, answer.recovered, correlation_id);
        let (epoch, seq) = (journal.epoch(), answer.starts_at);
        let subscribed = control::encode_with_id(self.encoding, &subscribed, epoch, seq);
        let gaps = answer.gaps.into_iter().map(|gap| self.gap_item(gap));
        let past = answer.backlog.map(|past| Item::Past(Box::new(past)));
        [Item::Answer(subscribed)]
            .into_iter()
            .chain(gaps)
            .chain(past)
            .collect()
    }

    /// What must go before the log may. A past that has come to its end is dropped.
    pub(super) fn waiting_pieces(&mut self, journal: &Journal) -> Vec<Piece> {
        let mut pieces = Vec::new();
        if !self.unfinished.is_empty() {
            pieces.push(Piece {
                bytes: self.unfinished.clone(),
                then: Then::Finished,
            });
        }
        loop {
            let asked = match self.items.front_mut() {
                Some(Item::Question(question, _)) => question.ask().map_or(Step::End, Step::Ask),
                Some(Item::Past(past)) => journal.read_backlog(past, FRAMES_PER_WRITE_MAX),
                Some(Item::Answer(_) | Item::Control(_)) | None => break,
            };
            let reading = match asked {
                Step::Ask(ask) => {
                    if self.asking == Asking::Nothing {
                        self.asking = Asking::For(ask);
                    }
                    pieces.extend(self.overtaking_pieces());
                    return pieces;
                }
                Step::End => {
                    if let Some(Item::Question(mut question, correlation_id)) =
                        self.items.pop_front()
                    {
                        let items = self.answer_items(journal, question.answer(), correlation_id);
                        items
                            .into_iter()
                            .rev()
                            .for_each(|item| self.items.push_front(item));
                    }
                    continue;
                }
                Step::Send(reading) => reading,
            };
            let Some(Item::Past(past)) = self.items.front_mut() else {
                break;
            };
            if !reading.gaps.is_empty() {
                // In front of the rest of this past, which is read again behind them.
                for gap in reading.gaps.into_iter().rev() {
                    let gap = self.gap_item(gap);
                    self.items.push_front(gap);
                }
                break;
            }
            if reading.frames.is_empty() {
                past.passed(reading.up_to);
                continue;
            }
            let encoding = self.encoding;
            let last = reading.frames.len() - 1;
            pieces.extend(reading.frames.iter().enumerate().map(|(place, frame)| {
                let passed = if place == last {
                    reading.up_to
                } else {
                    frame.seq()
                };
                let bytes = journal.encoded(frame, encoding).clone();
                Piece {
                    bytes,
                    then: Then::SentPast(passed),
                }
            }));
            return pieces;
        }
        let answers = self.items.iter().map_while(|item| match item {
            Item::Answer(bytes) | Item::Control(bytes) => Some(Piece {
                bytes: bytes.clone(),
                then: Then::Answered,
            }),
            Item::Question(..) | Item::Past(_) => None,
        });
        pieces.extend(answers.take(FRAMES_PER_WRITE_MAX - 2));
        // Between the answer and the past that it announces nothing else may come.
        let mut items = self.items.iter();
        let past_waits = items.any(|item| matches!(item, Item::Question(..) | Item::Past(_)));
        if let Some(bytes) = self.client_count.as_ref().filter(|_| !past_waits) {
            pieces.push(Piece {
                bytes: bytes.clone(),
                then: Then::Counted,
            });
        }
        pieces
    }

    /// What need not wait for the store.
    fn overtaking_pieces(&self) -> impl Iterator<Item = Piece> {
        let answers = self.items.iter().filter_map(|item| match item {
            Item::Control(bytes) => Some(Piece {
                bytes: bytes.clone(),
                then: Then::Overtook,
            }),
            Item::Answer(_) | Item::Question(..) | Item::Past(_) => None,
        });
        answers.take(FRAMES_PER_WRITE_MAX - 2)
    }

    pub(super) fn gap_item(&self, gap: Gap) -> Item {
        Item::Answer(control::encode(self.encoding, &ServerMessage::Gap(gap)))
    }
}
