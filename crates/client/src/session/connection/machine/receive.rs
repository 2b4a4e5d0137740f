//! What a message changes.

use super::{Machine, Phase};
use crate::kit::json::Json;
use crate::session::connection::event::Effect;
use crate::session::connection::route::Transport;
use crate::session::connection::sample_clock::SampleClock;
use crate::session::connection::subscription::Verdict;
use protocol::{Connection, Received, ServerMessage, Stream};

impl Machine {
    pub(super) fn receive(
        &mut self,
        text: &str,
        now_ms: f64,
        random: f64,
        effects: &mut Vec<Effect>,
    ) {
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
            // The part of the page that shows this stream requests its messages anew.
            Ok(ServerMessage::Gap(gap)) if gap.stream.definition().on_page.is_none() => {
                return effects.push(Effect::Unread(text.to_owned()));
            }
            Ok(ServerMessage::Gap(gap)) => {
                if let Some(missed) = self.subscription.gap(gap) {
                    self.statistics.record_gap(missed);
                    effects.push(Effect::Missed(missed));
                }
            }
            Ok(ServerMessage::PositionUpdate(reached)) => self.subscription.reached(reached.seq),
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
            Err(_) => return effects.push(Effect::Unread(text.to_owned())),
            _ => {}
        }
        effects.push(Effect::Deliver(Box::new(received)));
    }

    /// Applies the intervals that Server-Sent Events do not have.
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
                // Without samples there may be no message for hours, and pages do not see the
                // server's comments.
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
