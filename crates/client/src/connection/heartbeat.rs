use protocol::{Ping, Pong};

/// How often the server is asked whether it is there, in milliseconds.
pub(super) const PING_EVERY_MS: f64 = 5_000.0;

/// A server that has not answered for this long is taken for gone, in milliseconds.
pub(super) const PONG_WITHIN_MS: f64 = 10_000.0;

/// Asks the server for a sign of life, and learns its clock from the answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Heartbeat {
    id: u64,
    /// When the unanswered question was sent.
    asked_at_ms: Option<f64>,
    ask_at_ms: f64,
}

/// What a [`Pong`] tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Answer {
    pub(super) round_trip_ms: f64,
    /// The server's clock minus this page's monotonic one.
    pub(super) clock_offset_ms: f64,
}

impl Heartbeat {
    /// On a new connection: old questions stay unanswered, and the next is due at once.
    pub(super) fn restart(&mut self, now_ms: f64) {
        self.asked_at_ms = None;
        self.ask_at_ms = now_ms;
    }

    /// Something may have happened meanwhile: the next question is due at once.
    pub(super) fn hurry(&mut self, now_ms: f64) {
        self.ask_at_ms = now_ms;
    }

    /// The question to send now, if one is due; one at a time.
    pub(super) fn ask(&mut self, now_ms: f64) -> Option<Ping> {
        if self.asked_at_ms.is_some() || now_ms < self.ask_at_ms {
            return None;
        }
        self.id += 1;
        self.asked_at_ms = Some(now_ms);
        self.ask_at_ms = now_ms + PING_EVERY_MS;
        Some(Ping { id: self.id })
    }

    pub(super) fn answer(&mut self, pong: &Pong, now_ms: f64) -> Option<Answer> {
        let asked_at_ms = self.asked_at_ms.filter(|_| pong.id == self.id)?;
        self.asked_at_ms = None;
        let round_trip_ms = now_ms - asked_at_ms;
        // The server read its clock somewhere on the way; half-way is the best guess.
        let half_way_ms = asked_at_ms + round_trip_ms / 2.0;
        Some(Answer {
            round_trip_ms,
            clock_offset_ms: pong.timestamp.unix_ms() as f64 - half_way_ms,
        })
    }

    pub(super) fn is_dead(&self, now_ms: f64) -> bool {
        self.asked_at_ms
            .is_some_and(|asked_at_ms| now_ms >= asked_at_ms + PONG_WITHIN_MS)
    }

    /// When to look again.
    pub(super) fn due_at_ms(&self) -> f64 {
        match self.asked_at_ms {
            Some(asked_at_ms) => asked_at_ms + PONG_WITHIN_MS,
            None => self.ask_at_ms,
        }
    }
}
