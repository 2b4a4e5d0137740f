use protocol::Person;
use serde::{Deserialize, Serialize};

/// So many messages wait at most. They are what is stored when the page is loaded again, too.
const PENDING_MAX: usize = 50;

/// A message that the server fails to take so often is shown as not sent.
const FAILURES_MAX: u32 = 5;

const UNANSWERED: &str = "no answer from the server";

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
    /// Who says it: a guest may have taken another name since.
    pub(crate) author: Person,
    pub(crate) text: String,
    /// When it was said, by the browser's clock.
    pub(crate) at_ms: i64,
    pub(crate) state: PendingState,
    /// How often the server has failed to take it.
    failures: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PendingState {
    /// To be sent, now or when there is a connection.
    Waiting,
    Sending,
    /// To be sent again in a moment; until then those of the same room that follow it wait.
    Delayed,
    /// Stored by the server; it has not arrived here yet.
    Sent,
    /// The server did not answer in time, or has failed too often, with the reason. It is sent again on request, or after
    /// the next connection; until then those of the same room that follow it wait.
    Failed(String),
    /// The server refuses it, with the reason. It is sent again on request only.
    Refused(String),
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Stored,
    /// It may work later: there is no connection, or too much was sent at once.
    Later,
    /// The server has failed, with the reason.
    Broken(String),
    /// There was no answer for too long.
    Unanswered,
    Refused(String),
}

/// A message as it is stored when the page is loaded again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unsent {
    id: String,
    room: String,
    author: Person,
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
            None | Some(408 | 425 | 429) => Self::Later,
            Some(500..) => Self::Broken(reason.to_owned()),
            Some(_) => Self::Refused(reason.to_owned()),
        }
    }
}

impl Pending {
    /// It is sent next, as if for the first time.
    fn wait(&mut self) {
        self.state = PendingState::Waiting;
        self.failures = 0;
    }
}

impl Outbox {
    pub(crate) fn push(
        &mut self,
        id: String,
        room: String,
        author: Person,
        text: String,
        at_ms: i64,
    ) {
        self.pending.push(Pending {
            id,
            room,
            author,
            text,
            at_ms,
            state: PendingState::Waiting,
            failures: 0,
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

    /// Whether a message waits for one of its room that was not sent.
    pub(crate) fn is_held(&self, id: &str) -> bool {
        let place = self.pending.iter().position(|pending| pending.id == id);
        let (before, rest) = self.pending.split_at(place.unwrap_or_default());
        let mut before = before.iter();
        rest.first().is_some_and(|pending| {
            before.any(|it| {
                let is_held = matches!(it.state, PendingState::Delayed | PendingState::Failed(_));
                is_held && it.room == pending.room
            })
        })
    }

    /// Takes in how the request about a message has ended.
    pub(crate) fn ended(&mut self, id: &str, outcome: Outcome) {
        let mut pending = self.pending.iter_mut();
        if let Some(pending) = pending.find(|pending| pending.id == id) {
            pending.failures += u32::from(matches!(outcome, Outcome::Broken(_)));
            pending.state = match outcome {
                Outcome::Stored => PendingState::Sent,
                Outcome::Broken(reason) if pending.failures >= FAILURES_MAX => {
                    PendingState::Failed(reason)
                }
                Outcome::Later | Outcome::Broken(_) => PendingState::Delayed,
                Outcome::Unanswered => PendingState::Failed(UNANSWERED.to_owned()),
                Outcome::Refused(reason) => PendingState::Refused(reason),
            };
        }
    }

    /// What was delayed is sent again.
    pub(crate) fn resume(&mut self) {
        for pending in &mut self.pending {
            if pending.state == PendingState::Delayed {
                pending.state = PendingState::Waiting;
            }
        }
    }

    /// There is another connection: what was not sent is sent again.
    pub(crate) fn reconnected(&mut self) {
        for pending in &mut self.pending {
            if matches!(
                pending.state,
                PendingState::Delayed | PendingState::Failed(_)
            ) {
                pending.wait();
            }
        }
    }

    /// Sends a message again.
    pub(crate) fn retry(&mut self, id: &str) {
        let mut pending = self.pending.iter_mut();
        if let Some(pending) = pending.find(|pending| pending.id == id) {
            pending.wait();
        }
    }

    /// The message has arrived from the server, or the user gives it up.
    pub(crate) fn remove(&mut self, id: &str) {
        self.pending.retain(|pending| pending.id != id);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Whether something may be sent now.
    pub(crate) fn is_waiting(&self) -> bool {
        self.sendable().is_some()
    }

    /// Whether something is to be sent in a moment.
    pub(crate) fn is_delayed(&self) -> bool {
        let mut pending = self.pending.iter();
        pending.any(|pending| pending.state == PendingState::Delayed)
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
            author: pending.author.clone(),
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
            author: unsent.author,
            text: unsent.text,
            at_ms: unsent.at_ms,
            state: match unsent.refused {
                Some(why) => PendingState::Refused(why),
                None => PendingState::Waiting,
            },
            failures: 0,
        });
        Self {
            pending: pending.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::PersonKind;

    fn push(outbox: &mut Outbox, id: &str, room: &str, text: &str) {
        let author = Person {
            id: "g:ada".into(),
            name: "Ada".into(),
            kind: PersonKind::Guest,
        };
        outbox.push(id.into(), room.into(), author, text.into(), 1);
    }

    fn outbox() -> Outbox {
        let mut outbox = Outbox::default();
        push(&mut outbox, "a", "r1", "one");
        push(&mut outbox, "b", "r1", "two");
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
        assert_eq!(outbox.next(), None, "not at once");
        outbox.resume();
        let again = outbox.next().unwrap();
        assert_eq!((first.id, first.text), (again.id, again.text));
        assert_eq!(Outcome::of(Some(429), ""), Outcome::Later);
    }

    #[test]
    fn one_that_the_server_fails_to_take_holds_up_its_room_only_and_not_for_ever() {
        let mut outbox = outbox();
        push(&mut outbox, "c", "r2", "elsewhere");
        for _ in 1..FAILURES_MAX {
            assert_eq!(outbox.next().unwrap().id, "a");
            outbox.ended("a", Outcome::of(Some(503), "busy"));
            assert!(outbox.is_delayed());
            if outbox.is_waiting() {
                assert_eq!(outbox.next().unwrap().id, "c");
                outbox.ended("c", Outcome::Stored);
            }
            outbox.resume();
        }
        outbox.next();
        outbox.ended("a", Outcome::of(Some(500), "broken"));
        let first = outbox.of("r1").next().unwrap();
        assert_eq!(first.state, PendingState::Failed("broken".into()));
        assert!(outbox.is_held("b") && !outbox.is_delayed() && !outbox.is_waiting());
        outbox.retry("a");
        outbox.next();
        outbox.ended("a", Outcome::of(Some(500), "broken"));
        assert!(outbox.is_delayed(), "it is tried as often again");
        outbox.remove("a");
        assert_eq!(outbox.next().unwrap().id, "b");
    }

    #[test]
    fn one_that_is_not_answered_holds_up_its_room_only() {
        let mut outbox = outbox();
        push(&mut outbox, "c", "r2", "elsewhere");
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
        push(&mut outbox, "c", "r2", "three");
        push(&mut outbox, "d", "r2", "four");
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
            push(&mut outbox, &number.to_string(), "r1", "a");
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
