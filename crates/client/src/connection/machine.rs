use super::backoff;
use super::chain::{Chain, Link};
use super::heartbeat::Heartbeat;
use super::statistics::{Missed, Statistics};
use protocol::{
    ClientMessage, CloseCode, Connection, Gap, GapReason, Position, Received, ServerMessage,
    Stream, StreamOptions, Subscribe, Subscribed,
};
use std::collections::VecDeque;

/// A connection that has not come about by then is given up, in milliseconds.
const CONNECT_WITHIN_MS: f64 = 10_000.0;

/// Only a connection that lived this long was a success; before, backoff goes on.
const STEADY_AFTER_MS: f64 = 10_000.0;

/// The browser's word that it is offline can be wrong (a server on this machine needs no network),
/// so now and then it is tried all the same.
const OFFLINE_PROBE_MS: f64 = 30_000.0;

/// A chain that breaks again this soon was not mended by resuming.
const BROKEN_AGAIN_WITHIN_MS: f64 = 60_000.0;

/// Beyond this the oldest message that waits for a connection is dropped.
const OUTBOX_MESSAGES_MAX: usize = 32;

/// The streams that the page shows, and how much of each it wants at first.
const STREAMS: [(Stream, u32); Stream::COUNT] = [
    (Stream::Metrics, 50),
    (Stream::Processes, 1),
    (Stream::Events, 50),
    (Stream::Data, 50),
    (Stream::Alerts, 50),
    (Stream::Logs, 50),
];

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    /// The page is ready.
    Start,
    /// The socket has a message.
    Text(String),
    /// The socket is closed, or could not be opened.
    Closed { code: u16 },
    /// The moment of [`Effect::WakeAt`] has come.
    Wake,
    /// The browser has a network again, or the tab is looked at again.
    Hurry,
    /// The browser has no network.
    Offline,
    /// The page wants to say something.
    Send(ClientMessage),
}

/// What is to be done about it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// Open a socket; there is none.
    Open,
    /// Drop the socket; nothing it still says matters.
    Close,
    Send(ClientMessage),
    /// Give this to the store.
    Deliver(Box<Received>),
    /// Come back at this time with [`Event::Wake`], instead of at the time said before.
    WakeAt(f64),
}

/// What the page says about the connection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Status {
    /// A socket is being opened, the first time or after `attempt` failures.
    Connecting {
        attempt: u32,
    },
    Live,
    /// The next attempt is at `retry_at_ms`.
    Waiting {
        retry_at_ms: f64,
        attempt: u32,
    },
    Offline(OfflineReason),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OfflineReason {
    /// The browser says so.
    NoNetwork,
    /// The server wants somebody to sign in.
    NotSignedIn,
    /// The server refuses whoever is signed in.
    Forbidden,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    Idle,
    /// Waiting for the greeting and then for the answer to `subscribe`.
    Opening {
        deadline_ms: f64,
    },
    Live {
        since_ms: f64,
    },
    Waiting {
        retry_at_ms: f64,
    },
    Offline {
        reason: OfflineReason,
        retry_at_ms: f64,
    },
}

/// The connection, as a pure function of what happens to it; DESIGN section 5 has the rules.
///
/// Time comes in as milliseconds of a monotonic clock, chance as a number within 0 and 1.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    phase: Phase,
    /// Failures since the connection was last steady.
    attempt: u32,
    epoch: String,
    /// The newest `seq` seen in any stream: where to resume.
    position: u64,
    chains: [Chain; Stream::COUNT],
    /// When a chain last broke; a second break soon after means that resuming does not help.
    broken_at_ms: Option<f64>,
    afresh: bool,
    has_lived: bool,
    heartbeat: Heartbeat,
    clock_offset_ms: f64,
    outbox: VecDeque<ClientMessage>,
    statistics: Statistics,
    wake_at_ms: f64,
}

impl Machine {
    /// Continues after the `position` in `epoch` that the server rendered the page at.
    pub(crate) fn new(epoch: String, position: u64, clock_offset_ms: f64) -> Self {
        Self {
            phase: Phase::Idle,
            attempt: 0,
            epoch,
            position,
            chains: [Chain::UNKNOWN; Stream::COUNT],
            broken_at_ms: None,
            afresh: false,
            has_lived: false,
            heartbeat: Heartbeat::default(),
            clock_offset_ms,
            outbox: VecDeque::new(),
            statistics: Statistics::default(),
            wake_at_ms: f64::INFINITY,
        }
    }

    /// Learns of a message that came with the page.
    pub(crate) fn saw(&mut self, position: Position) {
        self.chains[position.stream.index()].follow(position);
        self.position = self.position.max(position.seq);
    }

    pub(crate) fn status(&self) -> Status {
        let attempt = self.attempt;
        match self.phase {
            Phase::Idle | Phase::Opening { .. } => Status::Connecting { attempt },
            Phase::Live { .. } => Status::Live,
            Phase::Waiting { retry_at_ms } => Status::Waiting {
                retry_at_ms,
                attempt,
            },
            Phase::Offline { reason, .. } => Status::Offline(reason),
        }
    }

    pub(crate) fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// The server's clock minus the one that `now_ms` is read from.
    pub(crate) fn clock_offset_ms(&self) -> f64 {
        self.clock_offset_ms
    }

    /// Takes one step. What is to be done comes back in order.
    pub(crate) fn step(&mut self, event: Event, now_ms: f64, random: f64) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Start => self.open(now_ms, &mut effects),
            Event::Text(text) => self.receive(&text, now_ms, random, &mut effects),
            Event::Closed { code } => self.closed(code, now_ms, random),
            Event::Wake => self.wake(now_ms, random, &mut effects),
            Event::Hurry => self.hurry(now_ms, &mut effects),
            Event::Offline => self.go_offline(now_ms, &mut effects),
            Event::Send(message) => self.send(message, &mut effects),
        }
        let wake_at_ms = self.next_wake_ms();
        if wake_at_ms != self.wake_at_ms {
            self.wake_at_ms = wake_at_ms;
            effects.push(Effect::WakeAt(wake_at_ms));
        }
        effects
    }

    fn next_wake_ms(&self) -> f64 {
        match self.phase {
            Phase::Idle => f64::INFINITY,
            Phase::Opening { deadline_ms } => deadline_ms,
            Phase::Live { .. } => self.heartbeat.due_at_ms(),
            Phase::Waiting { retry_at_ms } | Phase::Offline { retry_at_ms, .. } => retry_at_ms,
        }
    }

    fn open(&mut self, now_ms: f64, effects: &mut Vec<Effect>) {
        self.phase = Phase::Opening {
            deadline_ms: now_ms + CONNECT_WITHIN_MS,
        };
        effects.push(Effect::Open);
    }

    fn wake(&mut self, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
        match self.phase {
            Phase::Opening { deadline_ms } if now_ms >= deadline_ms => {
                self.drop_socket(now_ms, random, effects);
            }
            Phase::Live { .. } if self.heartbeat.is_dead(now_ms) => {
                self.drop_socket(now_ms, random, effects);
            }
            Phase::Live { .. } => self.ask(now_ms, effects),
            Phase::Waiting { retry_at_ms } | Phase::Offline { retry_at_ms, .. }
                if now_ms >= retry_at_ms =>
            {
                self.open(now_ms, effects);
            }
            Phase::Idle | Phase::Opening { .. } | Phase::Waiting { .. } | Phase::Offline { .. } => {
            }
        }
    }

    fn hurry(&mut self, now_ms: f64, effects: &mut Vec<Effect>) {
        match self.phase {
            Phase::Waiting { .. }
            | Phase::Offline {
                reason: OfflineReason::NoNetwork,
                ..
            } => self.open(now_ms, effects),
            Phase::Live { .. } => {
                self.heartbeat.hurry(now_ms);
                self.ask(now_ms, effects);
            }
            Phase::Idle | Phase::Opening { .. } | Phase::Offline { .. } => {}
        }
    }

    fn ask(&mut self, now_ms: f64, effects: &mut Vec<Effect>) {
        if let Some(ping) = self.heartbeat.ask(now_ms) {
            effects.push(Effect::Send(ClientMessage::Ping(ping)));
        }
    }

    fn send(&mut self, message: ClientMessage, effects: &mut Vec<Effect>) {
        if matches!(self.phase, Phase::Live { .. }) {
            effects.push(Effect::Send(message));
            return;
        }
        if self.outbox.len() == OUTBOX_MESSAGES_MAX {
            self.outbox.pop_front();
        }
        self.outbox.push_back(message);
    }

    fn closed(&mut self, code: u16, now_ms: f64, random: f64) {
        if CloseCode::is_final(code) {
            let reason = if code == CloseCode::Forbidden as u16 {
                OfflineReason::Forbidden
            } else {
                OfflineReason::NotSignedIn
            };
            self.phase = Phase::Offline {
                reason,
                retry_at_ms: f64::INFINITY,
            };
        } else {
            self.wait(now_ms, random);
        }
    }

    fn drop_socket(&mut self, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
        effects.push(Effect::Close);
        self.wait(now_ms, random);
    }

    fn wait(&mut self, now_ms: f64, random: f64) {
        if let Phase::Live { since_ms } = self.phase
            && now_ms - since_ms >= STEADY_AFTER_MS
        {
            self.attempt = 0;
        }
        self.attempt += 1;
        self.phase = Phase::Waiting {
            retry_at_ms: now_ms + backoff::wait_ms(self.attempt, random),
        };
    }

    fn go_offline(&mut self, now_ms: f64, effects: &mut Vec<Effect>) {
        match self.phase {
            Phase::Idle | Phase::Offline { .. } => return,
            Phase::Opening { .. } | Phase::Live { .. } => effects.push(Effect::Close),
            Phase::Waiting { .. } => {}
        }
        self.phase = Phase::Offline {
            reason: OfflineReason::NoNetwork,
            retry_at_ms: now_ms + OFFLINE_PROBE_MS,
        };
    }

    fn receive(&mut self, text: &str, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
        self.statistics.messages += 1;
        self.statistics.bytes += text.len() as u64;
        let received = Received::parse(text);
        if let Some(position) = received.position {
            match self.chains[position.stream.index()].follow(position) {
                Link::Next => self.position = self.position.max(position.seq),
                Link::Duplicate => return,
                Link::Broken => return self.broken(position, now_ms, random, effects),
            }
        }
        match &received.message {
            Ok(ServerMessage::Connection(connection)) => self.greeted(connection, effects),
            Ok(ServerMessage::Subscribed(answer)) => self.subscribed(answer, now_ms, effects),
            Ok(ServerMessage::Gap(gap)) => self.gap(gap),
            Ok(ServerMessage::Pong(pong)) => {
                if let Some(answer) = self.heartbeat.answer(pong, now_ms) {
                    self.statistics.round_trip_ms = Some(answer.round_trip_ms);
                    self.clock_offset_ms = answer.clock_offset_ms;
                }
            }
            _ => {}
        }
        effects.push(Effect::Deliver(Box::new(received)));
    }

    fn greeted(&mut self, connection: &Connection, effects: &mut Vec<Effect>) {
        let (epoch, after) = if self.afresh {
            (None, None)
        } else {
            (Some(self.epoch.clone()), Some(self.position))
        };
        if connection.epoch != self.epoch {
            self.epoch.clone_from(&connection.epoch);
            self.position = 0;
            self.chains = [Chain::UNKNOWN; Stream::COUNT];
        }
        for chain in &mut self.chains {
            if self.afresh {
                chain.restart();
            } else {
                chain.resume(self.position);
            }
        }
        let streams = STREAMS.map(|(stream, last)| {
            let options = StreamOptions {
                last: Some(last),
                ..StreamOptions::default()
            };
            (stream, options)
        });
        effects.push(Effect::Send(ClientMessage::Subscribe(Subscribe {
            streams: streams.into(),
            epoch,
            after,
        })));
    }

    fn subscribed(&mut self, answer: &Subscribed, now_ms: f64, effects: &mut Vec<Effect>) {
        if answer.recovered == Some(false) {
            // What could not be recovered starts with its newest, behind a gap that names the rest;
            // of a stream without either, nothing is known.
            for chain in &mut self.chains {
                if chain.seen() == 0 {
                    chain.restart();
                }
            }
        }
        if matches!(self.phase, Phase::Live { .. }) {
            return;
        }
        self.phase = Phase::Live { since_ms: now_ms };
        self.afresh = false;
        self.statistics.reconnects += u64::from(self.has_lived);
        self.has_lived = true;
        self.heartbeat.restart(now_ms);
        self.ask(now_ms, effects);
        effects.extend(self.outbox.drain(..).map(Effect::Send));
    }

    fn gap(&mut self, gap: &Gap) {
        self.chains[gap.stream.index()].jump(gap.before);
        // Another epoch is another history: nothing of this one was lost.
        if gap.reason != GapReason::Epoch {
            self.statistics.record_gap(Missed {
                stream: gap.stream,
                after: gap.after.unwrap_or(0),
                before: gap.before,
            });
        }
    }

    fn broken(&mut self, at: Position, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
        let again = self
            .broken_at_ms
            .is_some_and(|broken_at_ms| now_ms - broken_at_ms < BROKEN_AGAIN_WITHIN_MS);
        let seen = self.chains[at.stream.index()].seen();
        if again {
            self.afresh = true;
            self.statistics.record_gap(Missed {
                stream: at.stream,
                after: seen,
                before: at.seq,
            });
        } else if seen > 0 {
            // Other streams may be ahead of what is missing; what they repeat is ignored.
            self.position = self.position.min(seen);
        }
        self.broken_at_ms = Some(now_ms);
        self.drop_socket(now_ms, random, effects);
    }
}

#[cfg(test)]
mod tests;
