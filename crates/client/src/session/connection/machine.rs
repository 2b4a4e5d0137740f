use super::backoff;
use super::event::{Channel, Effect, Event, OfflineReason, Status};
use super::heartbeat::{Heartbeat, Pulse};
use super::preferences::Preferences;
use super::route::{Route, Transport};
use super::sample_clock::SampleClock;
use super::statistics::Statistics;
use super::subscription::{Subscription, Verdict};
use crate::kit::json::Json;
use protocol::{
    ClientMessage, CloseCode, Connection, Position, Received, Request, ServerMessage, Stream,
};

/// Only a connection that lived this long was a success; before, backoff goes on.
const STEADY_AFTER_MS: f64 = 10_000.0;

/// The browser's word that it is offline can be wrong (a server on this machine needs no network),
/// so now and then it is tried all the same.
pub(super) const OFFLINE_PROBE_MS: f64 = 30_000.0;

/// Beyond this the oldest message that waits for a connection is dropped.
pub(super) const OUTBOX_MESSAGES_MAX: usize = 32;

/// The connection, as a pure function of what happens to it; DESIGN section 5 has the rules.
///
/// Time comes in as milliseconds of a monotonic clock, chance as a number within 0 and 1.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    phase: Phase,
    route: Route,
    subscription: Subscription,
    /// Failures since the connection was last steady.
    attempt: u32,
    /// It was given up for another one although nothing was wrong.
    is_change: bool,
    has_lived: bool,
    /// How long the server may be silent where it cannot be asked anything.
    patience_ms: f64,
    heartbeat: Heartbeat,
    clock_offset_ms: f64,
    sample_clock: SampleClock,
    outbox: Vec<ClientMessage>,
    /// When a message of each stream was last shown, for intervals that the server cannot keep.
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

    /// The page is about another host than the server's own.
    pub(crate) fn show_other_host(&mut self, host: String) {
        self.subscription.show_other_host(host);
    }

    /// Learns of a message that came with the page.
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

    /// Takes one step. What is to be done comes back in order.
    pub(crate) fn step(&mut self, event: Event, now_ms: f64, random: f64) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Start => self.open(now_ms, &mut effects),
            Event::Text(text) => self.receive(&text, now_ms, random, &mut effects),
            Event::Closed { code } => self.closed(code, now_ms, random, &mut effects),
            Event::Wake => {
                // The timer is spent, also if it fired a little early and nothing was due: Firefox
                // rounds the clock and the timer differently.
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
            Event::Follow { stream, on } => {
                let request = self.subscription.turn(stream, on);
                self.ask(request, now_ms, &mut effects);
            }
            Event::Pace {
                stream,
                interval_ms,
            } => {
                // Server-Sent Events come as they come; only what is shown of them changes.
                let request = self.subscription.pace(stream, interval_ms);
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

    fn open(&mut self, now_ms: f64, effects: &mut Vec<Effect>) {
        self.route.begin(now_ms);
        self.open_channel(now_ms, effects);
    }

    fn open_channel(&mut self, now_ms: f64, effects: &mut Vec<Effect>) {
        self.phase = Phase::Opening {
            deadline_ms: now_ms + self.route.connect_within_ms(),
            greeted: false,
        };
        effects.push(Effect::Open(match self.route.trying() {
            Transport::WebSocket => Channel::WebSocket,
            Transport::Sse => Channel::Sse {
                streams: self.subscription.stream_names(),
                host: self.subscription.other_host().map(str::to_owned),
                last_event_id: self.subscription.last_event_id(),
            },
        }));
    }

    fn wake(&mut self, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
        match self.phase {
            Phase::Opening { deadline_ms, .. } if now_ms >= deadline_ms => {
                self.drop_channel(now_ms, random, effects);
            }
            Phase::Live { .. } if now_ms >= self.route.retry_at_ms() => {
                self.reopen(now_ms, effects);
            }
            Phase::Live { .. } => self.check(now_ms, random, effects),
            Phase::Waiting { retry_at_ms } | Phase::Offline { retry_at_ms, .. }
                if now_ms >= retry_at_ms =>
            {
                self.open(now_ms, effects);
            }
            Phase::Idle | Phase::Opening { .. } | Phase::Waiting { .. } | Phase::Offline { .. } => {
            }
        }
    }

    fn check(&mut self, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
        match self.heartbeat.check(now_ms) {
            Pulse::Fine => {}
            Pulse::Ask(ping) => effects.push(Effect::Send(ClientMessage::Ping(ping).into())),
            Pulse::Dead => self.drop_channel(now_ms, random, effects),
        }
    }

    fn reconnect_now(&mut self, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
        match self.phase {
            Phase::Waiting { .. }
            | Phase::Offline {
                reason: OfflineReason::NoNetwork,
                ..
            } => self.open(now_ms, effects),
            Phase::Live { .. } if self.route.retries_now(now_ms) => self.reopen(now_ms, effects),
            Phase::Live { .. } if self.route.trying() == Transport::WebSocket => {
                self.heartbeat.ping_now(now_ms);
                self.check(now_ms, random, effects);
            }
            Phase::Idle | Phase::Opening { .. } | Phase::Live { .. } | Phase::Offline { .. } => {}
        }
    }

    /// The page's clock stood still, and the server's did not; nor does anybody know what became of
    /// the connection.
    fn slept(&mut self, ms: f64, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
        self.clock_offset_ms += ms;
        match (self.phase, self.route.trying()) {
            (Phase::Live { .. }, Transport::WebSocket) => {
                // An old question's answer would tell an old time.
                self.heartbeat.restart(now_ms);
                self.check(now_ms, random, effects);
            }
            (Phase::Live { .. }, Transport::Sse) => self.reopen(now_ms, effects),
            _ => self.reconnect_now(now_ms, random, effects),
        }
    }

    /// Connects anew although nothing is wrong, which is no reconnect that anybody asks about.
    fn reopen(&mut self, now_ms: f64, effects: &mut Vec<Effect>) {
        self.change_channel(effects);
        self.open(now_ms, effects);
    }

    fn change_channel(&mut self, effects: &mut Vec<Effect>) {
        self.is_change = true;
        self.has_lived = false;
        effects.push(Effect::Close);
    }

    fn send(&mut self, message: ClientMessage, effects: &mut Vec<Effect>) {
        match (self.phase, self.route.trying()) {
            (Phase::Live { .. }, Transport::WebSocket) => {
                effects.push(Effect::Send(message.into()));
            }
            // There is no way to say it, and what it would ask for comes anyway.
            (Phase::Live { .. }, Transport::Sse) => {}
            _ => {
                if self.outbox.len() == OUTBOX_MESSAGES_MAX {
                    self.outbox.remove(0);
                }
                self.outbox.push(message);
            }
        }
    }

    /// Tells a server that is there what has changed; one that is not is asked for it all later.
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

    fn closed(&mut self, code: u16, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
        if !CloseCode::is_final(code) {
            return self.lost(now_ms, random, effects);
        }
        let reason = if code == CloseCode::Forbidden as u16 {
            OfflineReason::Forbidden
        } else {
            OfflineReason::NotSignedIn
        };
        self.phase = Phase::Offline {
            reason,
            retry_at_ms: f64::INFINITY,
        };
    }

    fn drop_channel(&mut self, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
        effects.push(Effect::Close);
        self.lost(now_ms, random, effects);
    }

    fn lost(&mut self, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
        match self.phase {
            Phase::Opening { greeted: false, .. } if self.route.refused() => {
                return self.open_channel(now_ms, effects);
            }
            Phase::Live { since_ms } if now_ms - since_ms >= STEADY_AFTER_MS => self.attempt = 0,
            _ => {}
        }
        self.attempt += 1;
        self.is_change = false;
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
        self.heartbeat.receive(now_ms);
        let received = Received::read(&Json::new(text));
        if let Some(position) = received.position {
            match self.subscription.follow(position, now_ms) {
                Verdict::Show(missed) => {
                    if let Some(missed) = missed {
                        self.statistics.record_gap(missed);
                        effects.push(Effect::Missed(missed));
                    }
                }
                Verdict::Drop => return,
                Verdict::Broken => return self.drop_channel(now_ms, random, effects),
            }
            if !self.is_due(position.stream, now_ms) {
                return;
            }
        }
        match &received.message {
            Ok(ServerMessage::Connection(greeting)) => self.greeted(greeting, effects),
            Ok(ServerMessage::Subscribed(answer)) => {
                self.subscription.answered(answer);
                self.live(now_ms, random, effects);
            }
            Ok(ServerMessage::Gap(gap)) => {
                if let Some(missed) = self.subscription.gap(gap) {
                    self.statistics.record_gap(missed);
                    effects.push(Effect::Missed(missed));
                }
            }
            Ok(ServerMessage::Pong(pong)) => {
                if let Some(answer) = self.heartbeat.answer(pong, now_ms) {
                    self.statistics.round_trip_ms = Some(answer.round_trip_ms);
                    self.clock_offset_ms = answer.corrected(self.clock_offset_ms);
                }
            }
            Ok(ServerMessage::Metrics(sample)) if self.route.trying() == Transport::Sse => {
                let offset_ms = sample.timestamp.unix_ms() as f64 - now_ms;
                self.clock_offset_ms = self.sample_clock.correct(offset_ms, self.clock_offset_ms);
            }
            _ => {}
        }
        effects.push(Effect::Deliver(Box::new(received)));
    }

    /// Keeps the intervals that the server is not told of, as it would: each stream's newest.
    fn is_due(&mut self, stream: Stream, now_ms: f64) -> bool {
        let interval_ms = self.preferences().of(stream).interval_ms;
        if self.route.trying() == Transport::WebSocket || interval_ms == 0 {
            return true;
        }
        // Samples are not taken to the millisecond.
        const TOLERANCE_MS: f64 = 100.0;
        let shown_at_ms = &mut self.shown_at_ms[stream.index()];
        let is_due = now_ms - *shown_at_ms >= interval_ms as f64 - TOLERANCE_MS;
        if is_due {
            *shown_at_ms = now_ms;
        }
        is_due
    }

    fn greeted(&mut self, greeting: &Connection, effects: &mut Vec<Effect>) {
        if let Phase::Opening { greeted, .. } = &mut self.phase {
            *greeted = true;
        }
        self.route.greeted();
        match self.route.trying() {
            Transport::WebSocket => {
                let requests = self.subscription.greeted(greeting);
                effects.extend(requests.into_iter().map(Effect::Send));
            }
            Transport::Sse => {
                self.subscription.resumed(greeting);
                self.sample_clock = SampleClock::default();
                // Without samples there may be nothing to say for hours, and the server's comments
                // are not shown to pages.
                let samples = self.preferences().of(Stream::Metrics);
                self.patience_ms = match samples.on {
                    true => 2.0 * greeting.heartbeat_ms as f64,
                    false => f64::INFINITY,
                };
            }
        }
    }

    fn live(&mut self, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
        if matches!(self.phase, Phase::Live { .. }) {
            return;
        }
        self.phase = Phase::Live { since_ms: now_ms };
        self.is_change = false;
        self.statistics.reconnects += u64::from(self.has_lived);
        self.has_lived = true;
        match self.route.trying() {
            Transport::WebSocket => {
                self.heartbeat.restart(now_ms);
                self.check(now_ms, random, effects);
                let sent = self.outbox.drain(..);
                effects.extend(sent.map(|message| Effect::Send(message.into())));
            }
            Transport::Sse => {
                self.outbox.clear();
                self.statistics.round_trip_ms = None;
                self.heartbeat.listen(self.patience_ms, now_ms);
            }
        }
    }
}

#[cfg(test)]
mod tests;
