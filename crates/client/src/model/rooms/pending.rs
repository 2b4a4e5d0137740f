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
    /// The server refuses it, with the reason. It is sent again on request only.
    Refused(String),
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Stored,
    /// It may work later: no answer, or the server is busy.
    Later,
    Refused(String),
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
        let mut pending = self.pending.iter_mut();
        let next = pending.find(|pending| pending.state == PendingState::Waiting)?;
        next.state = PendingState::Sending;
        Some(next.clone())
    }

    /// Takes in how the request about a message has ended.
    pub(crate) fn ended(&mut self, id: &str, outcome: Outcome) {
        let mut pending = self.pending.iter_mut();
        if let Some(pending) = pending.find(|pending| pending.id == id) {
            pending.state = match outcome {
                Outcome::Stored => PendingState::Sent,
                Outcome::Later => PendingState::Waiting,
                Outcome::Refused(reason) => PendingState::Refused(reason),
            };
        }
    }

    /// Sends a refused message again.
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
        let is_waiting = |pending: &Pending| pending.state == PendingState::Waiting;
        self.pending.iter().any(is_waiting)
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
