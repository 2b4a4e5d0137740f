use serde::{Deserialize, Serialize};

/// So many messages wait at most. They are what is stored when the page is loaded again, too.
const PENDING_MAX: usize = 50;

/// What the user has said and the server has not acknowledged, in the order in which it was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outbox {
    pending: Vec<Pending>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    /// Identifies the message when it is sent again.
    pub(crate) id: String,
    pub(crate) room: String,
    pub(crate) text: String,
    /// When it was said, by the browser's clock.
    pub(crate) at_ms: i64,
    pub(crate) state: PendingState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PendingState {
    /// To be sent, now or when there is a connection.
    Waiting,
    Sending,
    /// Stored by the server; it has not arrived here yet.
    Sent,
    /// The server did not answer in time. It is sent again on request, or after the next connection; until then those
    /// of the same room that follow it wait.
    Unanswered,
    /// The server refuses it, with the reason. It is sent again on request only.
    Refused(String),
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Stored,
    /// It may work later: there is no connection, or the server is busy.
    Later,
    /// There was no answer for too long.
    Unanswered,
    Refused(String),
}

/// A message as it is stored when the page is loaded again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unsent {
    id: String,
    room: String,
    text: String,
    at_ms: i64,
    /// Why the server refuses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

impl Outcome {
    /// By the status of the response, none without one.
    pub(crate) fn of(status: Option<u16>, reason: &str) -> Self {
        match status {
            // Too early, too many, and whatever is wrong with the server itself.
            None | Some(408 | 425 | 429 | 500..) => Self::Later,
            Some(_) => Self::Refused(reason.to_owned()),
        }
    }
}

impl Outbox {
    pub(crate) fn push(&mut self, id: String, room: String, text: String, at_ms: i64) {
        self.pending.push(Pending {
            id,
            room,
            text,
            at_ms,
            state: PendingState::Waiting,
        });
    }

    /// Those of a room.
    pub(crate) fn of(&self, room: &str) -> impl Iterator<Item = &Pending> {
        self.pending
            .iter()
            .filter(move |pending| pending.room == room)
    }

    /// The next to be sent, if none is being sent: one after the other, so that they keep their order.
    pub(crate) fn next(&mut self) -> Option<Pending> {
        let is_busy = |pending: &Pending| pending.state == PendingState::Sending;
        if self.pending.iter().any(is_busy) {
            return None;
        }
        let place = self.sendable()?;
        let next = &mut self.pending[place];
        next.state = PendingState::Sending;
        Some(next.clone())
    }

    /// The oldest that waits, and not for another one.
    fn sendable(&self) -> Option<usize> {
        let mut places = 0..self.pending.len();
        places.find(|place| {
            let pending = &self.pending[*place];
            pending.state == PendingState::Waiting && !self.is_held(&pending.id)
        })
    }

    /// Whether a message waits for one of its room that was not answered.
    pub(crate) fn is_held(&self, id: &str) -> bool {
        let place = self.pending.iter().position(|pending| pending.id == id);
        let (before, rest) = self.pending.split_at(place.unwrap_or_default());
        let mut before = before.iter();
        rest.first().is_some_and(|pending| {
            before.any(|it| it.state == PendingState::Unanswered && it.room == pending.room)
        })
    }

    /// Takes in how the request about a message has ended.
    pub(crate) fn ended(&mut self, id: &str, outcome: Outcome) {
        let mut pending = self.pending.iter_mut();
        if let Some(pending) = pending.find(|pending| pending.id == id) {
            pending.state = match outcome {
                Outcome::Stored => PendingState::Sent,
                Outcome::Later => PendingState::Waiting,
                Outcome::Unanswered => PendingState::Unanswered,
                Outcome::Refused(reason) => PendingState::Refused(reason),
            };
        }
    }

    /// There is another connection: what was not answered is sent again.
    pub(crate) fn reconnected(&mut self) {
        for pending in &mut self.pending {
            if pending.state == PendingState::Unanswered {
                pending.state = PendingState::Waiting;
            }
        }
    }

    /// Sends a message again.
    pub(crate) fn retry(&mut self, id: &str) {
        self.ended(id, Outcome::Later);
    }

    /// The message has arrived from the server, or the user gives it up.
    pub(crate) fn remove(&mut self, id: &str) {
        self.pending.retain(|pending| pending.id != id);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Whether something waits to be sent.
    pub(crate) fn is_waiting(&self) -> bool {
        self.sendable().is_some()
    }

    /// Whether no more messages can wait.
    pub(crate) fn is_full(&self) -> bool {
        self.pending.len() >= PENDING_MAX
    }

    /// What is stored of it.
    pub(crate) fn unsent(&self) -> Vec<Unsent> {
        let unsent = self.pending.iter();
        let unsent = unsent.filter(|pending| pending.state != PendingState::Sent);
        let unsent = unsent.map(|pending| Unsent {
            id: pending.id.clone(),
            room: pending.room.clone(),
            text: pending.text.clone(),
            at_ms: pending.at_ms,
            refused: match &pending.state {
                PendingState::Refused(why) => Some(why.clone()),
                _ => None,
            },
        });
        unsent.collect()
    }

    /// What was stored of it. What was on its way is sent again: with the same id it is said once.
    pub(crate) fn of_unsent(unsent: Vec<Unsent>) -> Self {
        let pending = unsent.into_iter().take(PENDING_MAX);
        let pending = pending.map(|unsent| Pending {
            id: unsent.id,
            room: unsent.room,
            text: unsent.text,
            at_ms: unsent.at_ms,
            state: match unsent.refused {
                Some(why) => PendingState::Refused(why),
                None => PendingState::Waiting,
            },
        });
        Self {
            pending: pending.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox() -> Outbox {
        let mut outbox = Outbox::default();
        outbox.push("a".into(), "r1".into(), "one".into(), 1);
        outbox.push("b".into(), "r1".into(), "two".into(), 2);
        outbox
    }

    #[test]
    fn messages_are_sent_in_order_one_after_the_other() {
        let mut outbox = outbox();
        assert_eq!(outbox.next().unwrap().id, "a");
        assert_eq!(outbox.next(), None, "`a` is on its way");
        outbox.ended("a", Outcome::Stored);
        assert_eq!(outbox.next().unwrap().id, "b");
        outbox.remove("a");
        outbox.ended("b", Outcome::Stored);
        outbox.remove("b");
        assert!(outbox.is_empty());
    }

    #[test]
    fn without_an_answer_the_same_message_is_sent_again() {
        let mut outbox = outbox();
        let first = outbox.next().unwrap();
        outbox.ended("a", Outcome::of(None, "no answer"));
        let again = outbox.next().unwrap();
        assert_eq!((first.id, first.text), (again.id, again.text));
        for busy in [429, 500, 503] {
            assert_eq!(Outcome::of(Some(busy), ""), Outcome::Later, "{busy}");
        }
    }

    #[test]
    fn one_that_is_not_answered_holds_up_its_room_only() {
        let mut outbox = outbox();
        outbox.push("c".into(), "r2".into(), "elsewhere".into(), 3);
        outbox.next();
        outbox.ended("a", Outcome::Unanswered);
        assert!(outbox.is_held("b") && !outbox.is_held("c") && !outbox.is_held("a"));
        assert_eq!(outbox.next().unwrap().id, "c");
        outbox.ended("c", Outcome::Stored);
        assert_eq!(outbox.next(), None, "`b` would overtake `a`");
        assert!(!outbox.is_waiting());
        outbox.reconnected();
        assert_eq!(outbox.next().unwrap().id, "a");
        outbox.ended("a", Outcome::Unanswered);
        outbox.retry("a");
        assert_eq!(outbox.next().unwrap().id, "a");
        outbox.ended("a", Outcome::Stored);
        assert_eq!(outbox.next().unwrap().id, "b");
    }

    #[test]
    fn what_is_not_stored_by_the_server_survives() {
        let mut outbox = outbox();
        outbox.push("c".into(), "r2".into(), "three".into(), 3);
        outbox.push("d".into(), "r2".into(), "four".into(), 4);
        outbox.next();
        outbox.ended("a", Outcome::Stored);
        outbox.next();
        outbox.ended("c", Outcome::Refused("archived".into()));
        let text = serde_json::to_string(&outbox.unsent()).unwrap();
        let mut restored = Outbox::of_unsent(serde_json::from_str(&text).unwrap());
        assert_eq!(restored.next().unwrap().id, "b", "it was on its way");
        restored.ended("b", Outcome::Stored);
        let refused = restored.of("r2").next().unwrap();
        assert_eq!(refused.state, PendingState::Refused("archived".into()));
        assert_eq!(restored.next().unwrap().text, "four");
    }

    #[test]
    fn it_is_bounded() {
        let mut outbox = Outbox::default();
        for number in 0..PENDING_MAX {
            assert!(!outbox.is_full(), "{number}");
            outbox.push(number.to_string(), "r1".into(), "a".into(), 1);
        }
        assert!(outbox.is_full());
    }

    #[test]
    fn a_refused_message_holds_up_no_other() {
        let mut outbox = outbox();
        outbox.next();
        outbox.ended("a", Outcome::of(Some(400), "too long"));
        let refused = outbox.of("r1").next().unwrap();
        assert_eq!(refused.state, PendingState::Refused("too long".into()));
        assert_eq!(outbox.next().unwrap().id, "b");
        outbox.ended("b", Outcome::Stored);
        assert!(!outbox.is_waiting());
        outbox.retry("a");
        assert_eq!(outbox.next().unwrap().id, "a");
        assert_eq!(outbox.of("r2").count(), 0);
    }
}
