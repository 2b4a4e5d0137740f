//! The connection, as a pure function of what happens to it.

mod channel;
mod receive;

use super::event::{Effect, Event, OfflineReason, Status};
use super::heartbeat::Heartbeat;
use super::preferences::Preferences;
use super::route::{Route, Transport};
use super::sample_clock::SampleClock;
use super::statistics::Statistics;
use super::subscription::Subscription;
use protocol::{ClientMessage, Position, Request, Stream};

/// A browser may report that it is offline although the server is reachable (on this machine, for instance), so
/// it is tried every so often, in milliseconds.
pub(super) const OFFLINE_PROBE_MS: f64 = 30_000.0;

/// Messages that wait for a connection at most; the oldest is dropped.
pub(super) const OUTBOX_MESSAGES_MAX: usize = 32;

/// Times are milliseconds of a monotonic clock, `random` is within 0 and 1.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    phase: Phase,
    route: Route,
    subscription: Subscription,
    /// Failures since the connection was last steady.
    attempt: u32,
    /// The channel was closed to open another one, not because it failed.
    is_change: bool,
    has_lived: bool,
    /// How long Server-Sent Events may be silent.
    patience_ms: f64,
    heartbeat: Heartbeat,
    clock_offset_ms: f64,
    sample_clock: SampleClock,
    outbox: Vec<ClientMessage>,
    /// When a message of each stream was last shown: over Server-Sent Events, intervals are applied here.
    shown_at_ms: [f64; Stream::COUNT],
    statistics: Statistics,
    wake_at_ms: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    Idle,
    /// Waiting for the greeting and then for the answer to `subscribe`.
    Opening {
        deadline_ms: f64,
        greeted: bool,
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

impl Machine {
    /// Continues after the `position` in `epoch` that the server rendered the page at.
    pub(crate) fn new(epoch: String, position: u64, clock_offset_ms: f64) -> Self {
        Self {
            phase: Phase::Idle,
            route: Route::new(),
            subscription: Subscription::new(epoch, position),
            attempt: 0,
            is_change: false,
            has_lived: false,
            patience_ms: f64::INFINITY,
            heartbeat: Heartbeat::default(),
            clock_offset_ms,
            sample_clock: SampleClock::default(),
            outbox: Vec::new(),
            shown_at_ms: [f64::NEG_INFINITY; Stream::COUNT],
            statistics: Statistics::default(),
            wake_at_ms: f64::INFINITY,
        }
    }

    /// Shows another host than the server's own.
    pub(crate) fn show_other_host(&mut self, host: String) {
        self.subscription.show_other_host(host);
    }

    /// Subscribes to one stream alone, on a page that shows no host.
    pub(crate) fn follow_only(&mut self, stream: Stream) {
        self.subscription.follow_only(stream);
    }

    /// Takes a message that came with the page as seen.
    pub(crate) fn saw(&mut self, position: Position) {
        self.subscription.saw(position);
    }

    pub(crate) fn status(&self) -> Status {
        let attempt = match self.is_change {
            true => 0,
            false => self.attempt,
        };
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

    /// The transport that last worked.
    pub(crate) fn transport(&self) -> Transport {
        self.route.works()
    }

    pub(crate) fn preferences(&self) -> Preferences {
        self.subscription.preferences()
    }

    pub(crate) fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// The server's clock minus the one that `now_ms` is read from.
    pub(crate) fn clock_offset_ms(&self) -> f64 {
        self.clock_offset_ms
    }

    /// Takes one step. Returns what is to be done, in order.
    pub(crate) fn step(&mut self, event: Event, now_ms: f64, random: f64) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Start => self.open(now_ms, &mut effects),
            Event::Text(text) => self.receive(&text, now_ms, random, &mut effects),
            Event::Closed { code } => self.closed(code, now_ms, random, &mut effects),
            Event::Wake => {
                // The timer is spent, even if it fired early and nothing was due: Firefox rounds
                // clock and timers differently.
                self.wake_at_ms = f64::INFINITY;
                self.wake(now_ms, random, &mut effects);
            }
            Event::ReconnectNow => self.reconnect_now(now_ms, random, &mut effects),
            Event::Slept { ms } => self.slept(ms, now_ms, random, &mut effects),
            Event::Offline => self.go_offline(now_ms, &mut effects),
            Event::Send(mut message) => {
                if let ClientMessage::RequestMetrics(request) = &mut message {
                    request.host = self.subscription.other_host().map(str::to_owned);
                }
                self.send(message, &mut effects);
            }
            Event::SetOn { stream, on } => {
                let request = self.subscription.set_on(stream, on);
                self.ask(request, now_ms, &mut effects);
            }
            Event::SetInterval {
                stream,
                interval_ms,
            } => {
                // Server-Sent Events come at the server's pace; the interval is applied to what is shown.
                let request = self.subscription.set_interval(stream, interval_ms);
                if self.route.trying() == Transport::WebSocket {
                    self.ask(request, now_ms, &mut effects);
                }
            }
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
            Phase::Opening { deadline_ms, .. } => deadline_ms,
            Phase::Live { .. } => self.heartbeat.due_at_ms().min(self.route.retry_at_ms()),
            Phase::Waiting { retry_at_ms } | Phase::Offline { retry_at_ms, .. } => retry_at_ms,
        }
    }

    fn send(&mut self, message: ClientMessage, effects: &mut Vec<Effect>) {
        match (self.phase, self.route.trying()) {
            (Phase::Live { .. }, Transport::WebSocket) => {
                effects.push(Effect::Send(message.into()));
            }
            // Server-Sent Events go one way only, and a sample comes anyway.
            (Phase::Live { .. }, Transport::Sse) => {}
            _ => {
                if self.outbox.len() == OUTBOX_MESSAGES_MAX {
                    self.outbox.remove(0);
                }
                self.outbox.push(message);
            }
        }
    }

    /// Sends what has changed to a connected server; any other gets it with the next subscription.
    fn ask(&mut self, request: Option<Request>, now_ms: f64, effects: &mut Vec<Effect>) {
        let Some(request) = request else {
            return;
        };
        let greeted = match self.phase {
            Phase::Live { .. } => true,
            Phase::Opening { greeted, .. } => greeted,
            Phase::Idle | Phase::Waiting { .. } | Phase::Offline { .. } => return,
        };
        match self.route.trying() {
            Transport::WebSocket if greeted => effects.push(Effect::Send(request)),
            Transport::WebSocket => {}
            Transport::Sse => {
                self.change_channel(effects);
                self.open_channel(now_ms, effects);
            }
        }
    }
}

#[cfg(test)]
mod tests;
