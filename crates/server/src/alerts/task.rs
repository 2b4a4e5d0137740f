use super::documents::Kind;
use super::open_alerts::is_firing;
use super::service::{Alerts, ReceivedPoints, now_ms};
use protocol::{Alert, Durable, OwnHost, SeriesKey, Unit, points};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// What is due is applied so much later: a value of that very time may still be on its way.
const LATE_MS: i64 = 500;

/// A value that is older than this is not evaluated: it says nothing about now.
const VALUE_AGE_MAX_MS: i64 = 300_000;

/// How often the state is looked at when nothing is due.
const IDLE: Duration = Duration::from_secs(60);

/// How often a commit, or reading the state of before, is tried again.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// If the clock has moved by so much more or less than time has passed, it was set, or the machine slept.
const CLOCK_STEP_MS: i64 = 5_000;

/// So many messages are committed at once.
const COMMIT_MESSAGES_MAX: usize = 500;

impl Alerts {
    /// Evaluates until there are no more messages. `replayed` is set once the journal's samples are series.
    pub(crate) async fn run(
        self,
        mut messages: mpsc::Receiver<Vec<ReceivedPoints>>,
        mut replayed: watch::Receiver<bool>,
    ) {
        if replayed.wait_for(|replayed| *replayed).await.is_err() {
            return;
        }
        while let Err(error) = self.restore().await {
            tracing::warn!(%error, "The state of alerts could not be read; it is tried again.");
            *self.state() = super::service::State::default();
            tokio::time::sleep(RETRY_EVERY).await;
            if messages.is_closed() {
                return;
            }
        }
        let mut clock = ClockWatch::new(now_ms());
        loop {
            self.commit().await;
            let wait = self.wait();
            tokio::select! {
                received = messages.recv() => match received {
                    Some(batch) => {
                        let _evaluating = self.0.evaluating.lock().await;
                        self.evaluate(&batch, clock.look(now_ms()));
                    }
                    None => return,
                },
                () = tokio::time::sleep(wait) => {
                    let _evaluating = self.0.evaluating.lock().await;
                    self.evaluate(&[], clock.look(now_ms()));
                }
                () = self.0.changed.notified() => {}
            }
        }
    }

    /// Until something is due.
    fn wait(&self) -> Duration {
        let state = self.state();
        if !state.uncommitted.is_empty() {
            return RETRY_EVERY;
        }
        let due_ms = state.engine.deadline_ms();
        let wait_ms = due_ms.map(|due_ms| (due_ms + LATE_MS - now_ms()).max(10));
        wait_ms.map_or(IDLE, |wait_ms| {
            Duration::from_millis(wait_ms as u64).min(IDLE)
        })
    }

    fn evaluate(&self, messages: &[ReceivedPoints], was_set: bool) {
        let now_ms = now_ms();
        let mut state = self.state();
        let mut transitions = Vec::new();
        if was_set {
            tracing::info!("The clock was set, or the machine slept; rules wait anew.");
            state.engine.clock_was_set(now_ms);
        }
        for received in messages {
            each_point(received, self.own(), |series, unit, at_ms, value| {
                if now_ms - at_ms <= VALUE_AGE_MAX_MS {
                    let engine = &mut state.engine;
                    engine.value(series, unit, at_ms, value, &mut transitions);
                }
            });
        }
        state.engine.advance(now_ms - LATE_MS, &mut transitions);
        state.apply(transitions);
    }

    /// Commits what has happened, in order. What the store does not take now is committed later.
    pub(super) async fn commit(&self) {
        loop {
            let batch: Vec<Alert> = {
                let state = self.state();
                let first = state.uncommitted.iter().take(COMMIT_MESSAGES_MAX);
                first.cloned().collect()
            };
            if batch.is_empty() {
                return;
            }
            let messages = batch.iter().cloned().map(Durable::Alert).collect();
            if self.0.intake.commit(messages).await.is_err() {
                return;
            }
            self.state().uncommitted.drain(..batch.len());
            self.0.committed.send_modify(|count| *count += 1);
            for alert in &batch {
                self.remember(alert).await;
            }
        }
    }

    /// What is firing is a document, too, since the log expires. If it cannot be written, the log has it for weeks.
    async fn remember(&self, alert: &Alert) {
        let Some(id) = &alert.id else { return };
        let documents = &self.0.documents;
        let done = match is_firing(alert) {
            true => documents.put(Kind::Firing, id, alert).await,
            false => {
                let _ = documents.remove(Kind::Acknowledgement, id).await;
                documents.remove(Kind::Firing, id).await
            }
        };
        if let Err(error) = done {
            tracing::warn!(%error, "The state of an alert could not be stored beside the log.");
        }
    }
}

/// Calls `each` for each point of a message, with the newest name of the own host.
fn each_point(
    received: &ReceivedPoints,
    own: &OwnHost,
    mut each: impl FnMut(&SeriesKey, Option<&Unit>, i64, f64),
) {
    let Durable::Samples(samples) = &received.message else {
        for (point, unit) in points(&received.message) {
            let mut series = point.series;
            own.resolve_series(&mut series);
            let at_ms = point.timestamp.unix_ms();
            each(&series, unit.as_ref(), at_ms, point.value);
        }
        return;
    };
    if let Some(members) = &received.members {
        for (index, at_ms, value) in samples.set_values() {
            if let Some((series, unit)) = members.series(index) {
                each(series, unit, at_ms, value);
            }
        }
    }
    for extra in &samples.extra {
        let mut series = extra.series.key(samples.host.as_deref());
        own.resolve_series(&mut series);
        let unit = extra.series.unit();
        for (at_ms, value) in samples.extra_values(extra) {
            each(&series, unit.as_ref(), at_ms, value);
        }
    }
}

/// Finds out that the clock was set.
struct ClockWatch {
    wall_ms: i64,
    at: Instant,
}

impl ClockWatch {
    fn new(wall_ms: i64) -> Self {
        Self {
            wall_ms,
            at: Instant::now(),
        }
    }

    /// Whether the clock was set since the last call.
    fn look(&mut self, wall_ms: i64) -> bool {
        let passed_ms = self.at.elapsed().as_millis() as i64;
        let was_set = (wall_ms - self.wall_ms - passed_ms).abs() > CLOCK_STEP_MS;
        *self = Self::new(wall_ms);
        was_set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_moves_by_itself_was_set() {
        let mut clock = ClockWatch::new(0);
        tokio::time::advance(Duration::from_secs(100)).await;
        assert!(!clock.look(101_000));
        assert!(clock.look(110_000), "it went ahead");
        assert!(clock.look(20_000), "it went back");
        assert!(!clock.look(20_000));
    }
}
