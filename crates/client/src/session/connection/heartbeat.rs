use protocol::{Ping, Pong};

/// How often the server is pinged, in milliseconds.
pub(super) const PING_EVERY_MS: f64 = 5_000.0;

/// A server that sends nothing for this long after a ping is dead, in milliseconds.
pub(super) const PONG_WITHIN_MS: f64 = 10_000.0;

/// A check that comes this much too late means that the page was suspended, in milliseconds. Browsers
/// let timers of hidden tabs fire once a minute, and those of frozen ones not at all.
const LATE_MS: f64 = 2_000.0;

/// Pings the server, and estimates its clock from the pong.
///
/// Over Server-Sent Events there are no pings, only a timeout for silence.
#[derive(Debug, Clone)]
pub(super) struct Heartbeat {
    id: u64,
    /// When the unanswered ping was sent.
    asked_at_ms: Option<f64>,
    ask_at_ms: f64,
    patience_ms: f64,
    /// Silence until then means that the server is dead.
    dead_at_ms: f64,
    received_at_ms: f64,
    /// Whether this silence was already explained by a suspended page.
    excused: bool,
}

/// What a check leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pulse {
    Fine,
    Ask(Ping),
    Dead,
}

/// What a [`Pong`] measures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Answer {
    pub(super) round_trip_ms: f64,
    /// The server's clock minus this page's monotonic one.
    pub(super) clock_offset_ms: f64,
}

impl Answer {
    /// The new estimate of the server's clock. The server may have read its clock at any time during the round
    /// trip: an estimate that is still possible stays, or ages and charts would jitter with every pong.
    pub(super) fn corrected(&self, estimated_offset_ms: f64) -> f64 {
        let away_ms = (estimated_offset_ms - self.clock_offset_ms).abs();
        if away_ms <= self.round_trip_ms / 2.0 {
            estimated_offset_ms
        } else {
            self.clock_offset_ms
        }
    }
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self {
            id: 0,
            asked_at_ms: None,
            ask_at_ms: f64::INFINITY,
            patience_ms: PONG_WITHIN_MS,
            dead_at_ms: f64::INFINITY,
            received_at_ms: 0.0,
            excused: false,
        }
    }
}

impl Heartbeat {
    /// On a new connection: older pings are void, and the next is due at once.
    pub(super) fn restart(&mut self, now_ms: f64) {
        *self = Self {
            id: self.id,
            ask_at_ms: now_ms,
            received_at_ms: now_ms,
            ..Self::default()
        };
    }

    /// On a new one-way connection, which is dead after so many milliseconds of silence.
    pub(super) fn listen(&mut self, patience_ms: f64, now_ms: f64) {
        *self = Self {
            id: self.id,
            patience_ms,
            dead_at_ms: now_ms + patience_ms,
            received_at_ms: now_ms,
            ..Self::default()
        };
    }

    /// The next ping is due at once.
    pub(super) fn ping_now(&mut self, now_ms: f64) {
        self.ask_at_ms = self.ask_at_ms.min(now_ms);
    }

    /// A message of any kind arrived: behind a long backlog, which delays the pong, the server is alive, too.
    pub(super) fn receive(&mut self, now_ms: f64) {
        self.received_at_ms = now_ms;
        self.excused = false;
    }

    /// Compares the clock with what is due.
    pub(super) fn check(&mut self, now_ms: f64) -> Pulse {
        if now_ms >= self.dead_at_ms {
            let late_ms = now_ms - self.dead_at_ms;
            self.dead_at_ms = self.dead_at_ms.max(self.received_at_ms + self.patience_ms);
            if now_ms < self.dead_at_ms {
                return Pulse::Fine;
            }
            if late_ms < LATE_MS || self.excused {
                return Pulse::Dead;
            }
            // The pong may have arrived unread while the page was suspended.
            self.excused = true;
            self.dead_at_ms = now_ms + self.patience_ms;
            if self.asked_at_ms.is_some() {
                return Pulse::Ask(self.ask(now_ms));
            }
        }
        if self.asked_at_ms.is_none() && now_ms >= self.ask_at_ms {
            return Pulse::Ask(self.ask(now_ms));
        }
        Pulse::Fine
    }

    fn ask(&mut self, now_ms: f64) -> Ping {
        self.id += 1;
        self.asked_at_ms = Some(now_ms);
        self.ask_at_ms = now_ms + PING_EVERY_MS;
        self.dead_at_ms = now_ms + self.patience_ms;
        Ping { id: Some(self.id) }
    }

    pub(super) fn answer(&mut self, pong: &Pong, now_ms: f64) -> Option<Answer> {
        let asked_at_ms = self.asked_at_ms.filter(|_| pong.id == Some(self.id))?;
        self.asked_at_ms = None;
        self.dead_at_ms = f64::INFINITY;
        let round_trip_ms = now_ms - asked_at_ms;
        // The server read its clock during the round trip; half-way is the best estimate.
        let half_way_ms = asked_at_ms + round_trip_ms / 2.0;
        Some(Answer {
            round_trip_ms,
            clock_offset_ms: pong.timestamp.unix_ms() as f64 - half_way_ms,
        })
    }

    /// When to check again.
    pub(super) fn due_at_ms(&self) -> f64 {
        match self.asked_at_ms {
            Some(_) => self.dead_at_ms,
            None => self.ask_at_ms.min(self.dead_at_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Timestamp;

    fn asking() -> Heartbeat {
        let mut heartbeat = Heartbeat::default();
        heartbeat.restart(0.0);
        assert_eq!(heartbeat.check(0.0), Pulse::Ask(Ping { id: Some(1) }));
        heartbeat
    }

    #[test]
    fn an_estimate_stays_while_it_is_possible() {
        let answer = |round_trip_ms| Answer {
            round_trip_ms,
            clock_offset_ms: 1_000.0,
        };
        assert_eq!(answer(0.0).corrected(990.0), 1_000.0);
        assert_eq!(answer(19.0).corrected(990.0), 1_000.0);
        assert_eq!(answer(20.0).corrected(990.0), 990.0);
        assert_eq!(answer(40.0).corrected(1_015.0), 1_015.0);
    }

    #[test]
    fn a_silent_server_is_dead_in_time() {
        let mut heartbeat = asking();
        assert_eq!(heartbeat.due_at_ms(), 10_000.0);
        assert_eq!(heartbeat.check(9_999.0), Pulse::Fine);
        assert_eq!(heartbeat.check(10_001.0), Pulse::Dead);
    }

    #[test]
    fn a_suspended_page_pings_once_more() {
        let mut heartbeat = asking();
        assert_eq!(heartbeat.check(60_000.0), Pulse::Ask(Ping { id: Some(2) }));
        let late = Pong {
            id: Some(1),
            timestamp: Timestamp::from_unix_ms(0),
            correlation_id: None,
        };
        assert_eq!(heartbeat.answer(&late, 60_001.0), None);
        heartbeat.receive(60_001.0);
        let pong = Pong {
            id: Some(2),
            ..late
        };
        assert!(heartbeat.answer(&pong, 60_002.0).is_some());
        assert_eq!(heartbeat.check(120_000.0), Pulse::Ask(Ping { id: Some(3) }));
    }

    #[test]
    fn a_dead_server_is_found_by_late_looks_too() {
        let mut heartbeat = asking();
        assert_eq!(heartbeat.check(60_000.0), Pulse::Ask(Ping { id: Some(2) }));
        assert_eq!(heartbeat.check(120_000.0), Pulse::Dead);
    }

    #[test]
    fn whatever_is_heard_is_a_sign_of_life() {
        let mut heartbeat = asking();
        heartbeat.receive(9_000.0);
        assert_eq!(heartbeat.check(10_000.0), Pulse::Fine);
        assert_eq!(heartbeat.due_at_ms(), 19_000.0);
        assert_eq!(heartbeat.check(19_000.0), Pulse::Dead);
    }

    #[test]
    fn where_nothing_can_be_asked_silence_is_waited_out() {
        let mut heartbeat = Heartbeat::default();
        heartbeat.listen(30_000.0, 0.0);
        heartbeat.receive(20_000.0);
        assert_eq!(heartbeat.check(30_000.0), Pulse::Fine);
        assert_eq!(heartbeat.due_at_ms(), 50_000.0);
        assert_eq!(heartbeat.check(50_000.0), Pulse::Dead);
    }
}
