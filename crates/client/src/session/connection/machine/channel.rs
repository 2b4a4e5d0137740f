//! Opening, losing and changing the channel.

use super::{Machine, OFFLINE_PROBE_MS, Phase};
use crate::session::connection::backoff;
use crate::session::connection::event::{Channel, Effect, OfflineReason};
use crate::session::connection::heartbeat::Pulse;
use crate::session::connection::route::Transport;
use protocol::{ClientMessage, CloseCode};

/// A connection that lived for so long was a success, in milliseconds; after a shorter one the backoff goes on.
const STEADY_AFTER_MS: f64 = 10_000.0;

impl Machine {
    pub(super) fn open(&mut self, now_ms: f64, effects: &mut Vec<Effect>) {
        self.route.begin(now_ms);
        self.open_channel(now_ms, effects);
    }

    pub(super) fn open_channel(&mut self, now_ms: f64, effects: &mut Vec<Effect>) {
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

    pub(super) fn wake(&mut self, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
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

    pub(super) fn check(&mut self, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
        match self.heartbeat.check(now_ms) {
            Pulse::Fine => {}
            Pulse::Ask(ping) => effects.push(Effect::Send(ClientMessage::Ping(ping).into())),
            Pulse::Dead => self.drop_channel(now_ms, random, effects),
        }
    }

    pub(super) fn reconnect_now(&mut self, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
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

    /// The page's clock stood still while the server's went on, and the connection may be gone.
    pub(super) fn slept(&mut self, ms: f64, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
        self.clock_offset_ms += ms;
        match (self.phase, self.route.trying()) {
            (Phase::Live { .. }, Transport::WebSocket) => {
                // A ping from before would be answered with an old time.
                self.heartbeat.restart(now_ms);
                self.check(now_ms, random, effects);
            }
            (Phase::Live { .. }, Transport::Sse) => self.reopen(now_ms, effects),
            _ => self.reconnect_now(now_ms, random, effects),
        }
    }

    /// Opens another channel, which does not count as a reconnect.
    fn reopen(&mut self, now_ms: f64, effects: &mut Vec<Effect>) {
        self.change_channel(effects);
        self.open(now_ms, effects);
    }

    pub(super) fn change_channel(&mut self, effects: &mut Vec<Effect>) {
        self.is_change = true;
        self.has_lived = false;
        effects.push(Effect::Close);
    }

    pub(super) fn closed(
        &mut self,
        code: u16,
        now_ms: f64,
        random: f64,
        effects: &mut Vec<Effect>,
    ) {
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

    pub(super) fn drop_channel(&mut self, now_ms: f64, random: f64, effects: &mut Vec<Effect>) {
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

    pub(super) fn go_offline(&mut self, now_ms: f64, effects: &mut Vec<Effect>) {
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
}
