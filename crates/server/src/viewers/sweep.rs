use super::lag::HeadTimes;
use super::shard::{Due, Shard};
use super::slowest::Positions;
use super::socket::Direct;
use super::traffic::Tally;
use super::viewer::CloseReason;
use super::{Progress, Viewer};
use crate::clock::Clock;
use journal::{Batch, Journal, StreamSet};
use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::watch;

/// Viewers closed at a time when the server stops.
const CLOSES_PER_STEP: usize = 64;

/// How far the start of each sweep moves, so that no viewer is always last.
const FIRST_STRIDE: usize = 1_009;

/// How many viewers ahead of a visit memory is prefetched. Ten thousand viewers exceed the caches, and cache
/// misses would cost as much as all other code of a visit.
const PREFETCH_DISTANCE: usize = 8;

/// The longest interval between two checks for heartbeats, stalls and closed viewers.
const ROUND_EVERY: Duration = Duration::from_secs(1);

/// A viewer whose socket takes nothing for this long is closed.
const STALLED_MS_MAX: u64 = 10_000;

/// Writes to one shard's viewers whenever the head moves, on a thread of its own: a task would move to other
/// cores, away from the memory in their caches.
pub(crate) struct Sweep {
    shard: Arc<Shard>,
    journal: Journal,
    clock: Clock,
    heartbeat_ms: u64,
    viewers: Vec<Arc<Viewer>>,
    /// Everything up to this `seq` was offered to all swept viewers.
    swept: u64,
    /// Where the next sweep starts.
    first: usize,
    /// A reused allocation.
    chosen: Vec<usize>,
    head_times: HeadTimes,
    /// What this sweep has sent.
    tally: Tally,
}

impl Sweep {
    pub(crate) fn new(
        shard: Arc<Shard>,
        journal: Journal,
        clock: Clock,
        heartbeat_ms: u64,
    ) -> Self {
        let (viewers, chosen) = (Vec::new(), Vec::new());
        let swept = journal.head();
        Self {
            shard,
            journal,
            clock,
            heartbeat_ms,
            viewers,
            swept,
            first: 0,
            chosen,
            head_times: HeadTimes::default(),
            tally: Tally::default(),
        }
    }

    /// Runs until the server stops; then closes all viewers, spread over a time, so that they do not reconnect
    /// all at once.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>, spread: Duration) {
        self.run_until_stopped(&mut stop).await;
        self.shard.state().ended = true;
        self.admit();
        // The last messages may have been published during the last sweep.
        self.sweep();
        let steps = self.viewers.len().div_ceil(CLOSES_PER_STEP);
        for step in self.viewers.chunks(CLOSES_PER_STEP) {
            for viewer in step {
                viewer.request_close(CloseReason::Restart);
            }
            tokio::time::sleep(spread / u32::try_from(steps).unwrap_or(u32::MAX)).await;
        }
    }

    async fn run_until_stopped(&mut self, stop: &mut watch::Receiver<bool>) {
        let shard = Arc::clone(&self.shard);
        let mut head = self.journal.watch();
        // At least twice per heartbeat, or a viewer would be closed before it was sent a ping.
        let heartbeat = Duration::from_millis(self.heartbeat_ms);
        let mut round = tokio::time::interval(ROUND_EVERY.min(heartbeat / 2));
        round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !*stop.borrow() {
            let due = self.next_due();
            tokio::select! {
                // In this order, so that no flood of messages delays a heartbeat or the stop.
                biased;
                stopped = stop.changed() => if stopped.is_err() { return },
                _ = round.tick() => self.check_all(),
                changed = head.changed() => if changed.is_err() { return },
                () = shard.changed.notified() => {}
                () = tokio::time::sleep_until(due.unwrap_or_else(tokio::time::Instant::now)),
                    if due.is_some() => {}
            }
            self.admit();
            self.wake_due();
            self.sweep();
        }
    }

    fn next_due(&self) -> Option<tokio::time::Instant> {
        let state = self.shard.state();
        state
            .dues
            .peek()
            .map(|Reverse(due)| self.clock.instant(due.at_ms))
    }

    /// Adds viewers that joined, and removes those that left.
    fn admit(&mut self) {
        let mut state = self.shard.state();
        let joined = std::mem::take(&mut state.joined);
        let left = std::mem::take(&mut state.left);
        let grants_ended = std::mem::take(&mut state.grants_ended);
        drop(state);
        for viewer in joined {
            // A recount without this viewer may have removed its streams.
            self.shard.add_interest(viewer.interest());
            // It subscribed before the last sweep, which did not include it.
            let mut outbox = viewer.outbox();
            if outbox.cursor.position() < self.swept && outbox.is_swept() {
                outbox.hand_over(self.clock.now_ms());
                viewer.wake.notify();
            }
            drop(outbox);
            self.viewers.push(viewer);
        }
        if grants_ended {
            self.viewers.iter().for_each(|viewer| viewer.check_grant());
        }
        // After those that joined, some of which may have left already.
        if left {
            self.viewers.retain(|viewer| !viewer.is_gone());
            self.viewers.shrink_to(self.viewers.len() * 2);
        }
    }

    /// Hands viewers with held messages due over to their own tasks.
    fn wake_due(&self) {
        let now_ms = self.clock.now_ms();
        let mut state = self.shard.state();
        let mut due = Vec::new();
        while state
            .dues
            .peek()
            .is_some_and(|Reverse(due)| due.at_ms <= now_ms)
        {
            due.extend(
                state
                    .dues
                    .pop()
                    .and_then(|Reverse(Due { viewer, .. })| viewer.upgrade()),
            );
        }
        drop(state);
        for viewer in due {
            viewer.outbox().hand_over(now_ms);
            viewer.wake.notify();
        }
    }

    fn sweep(&mut self) {
        let batch = self.journal.batch(self.swept);
        let is_wanted = self.shard.state().interest.intersects(batch.streams);
        self.swept = batch.head;
        if !is_wanted {
            return;
        }
        let viewers = std::mem::take(&mut self.viewers);
        let now_ms = self.clock.now_ms();
        let count = viewers.len();
        let first = self.first.min(count);
        let in_order = || viewers[first..].iter().chain(&viewers[..first]);
        let mut ahead = in_order().skip(PREFETCH_DISTANCE);
        for viewer in in_order() {
            if let Some(viewer) = ahead.next() {
                viewer.prefetch();
            }
            self.visit(viewer, &batch, now_ms);
        }
        self.first = (first + FIRST_STRIDE) % count.max(1);
        self.viewers = viewers;
        self.shard.traffic.add(&mut self.tally);
    }

    fn visit(&mut self, viewer: &Arc<Viewer>, batch: &Batch, now_ms: u64) {
        if !viewer.interest().intersects(batch.streams) {
            return;
        }
        let mut outbox = viewer.outbox();
        if !outbox.is_swept() {
            return;
        }
        let (journal, chosen, tally) = (&self.journal, &mut self.chosen, &mut self.tally);
        let progress = match viewer.socket() {
            None => Ok(Progress::More),
            Some(socket) => outbox.sweep(&Direct(socket), journal, batch, now_ms, chosen, tally),
        };
        match progress {
            Ok(Progress::Done) => {
                if let Some(at_ms) = outbox.cursor.due_at() {
                    self.shard.schedule(at_ms, viewer);
                }
            }
            // Its own task continues, or handles the same error.
            Ok(_) | Err(_) => {
                outbox.hand_over(now_ms);
                viewer.wake.notify();
            }
        }
    }

    /// Sends pings, closes silent and stalled viewers, and recounts the subscribed streams and how far the slowest
    /// viewer is behind.
    fn check_all(&mut self) {
        let now_ms = self.clock.now_ms();
        let changes = self.shard.state().interest_changes;
        let mut interest = StreamSet::EMPTY;
        // None of the viewers is behind the position from which it was swept.
        let mut slowest = self.swept;
        let mut positions = Positions::default();
        let viewers = std::mem::take(&mut self.viewers);
        for viewer in &viewers {
            interest = interest.iter().chain(viewer.interest().iter()).collect();
            let position = self.check(viewer, now_ms);
            slowest = slowest.min(position);
            if position < self.swept {
                positions.add(position, viewer);
            }
        }
        self.head_times.record(self.swept, now_ms);
        let times = &self.head_times;
        let slow = positions.slowest(self.swept, |it| times.behind_ms(it, now_ms));
        *self.shard.slowest() = slow;
        let behind_ms = times.behind_ms(slowest, now_ms);
        self.viewers = viewers;
        self.shard.traffic.set_lag(self.swept - slowest, behind_ms);
        let mut state = self.shard.state();
        if state.interest_changes == changes {
            state.interest = interest;
        }
        state.dues.retain(|Reverse(due)| {
            due.viewer
                .upgrade()
                .is_some_and(|viewer| viewer.due_ms() == due.at_ms)
        });
    }

    /// Returns up to where the viewer was sent the log.
    fn check(&self, viewer: &Viewer, now_ms: u64) -> u64 {
        viewer.check_grant();
        let received_ms = viewer.received_ms.load(Ordering::Relaxed);
        let silent_ms = now_ms.saturating_sub(received_ms);
        let mut outbox = viewer.outbox();
        let position = outbox.position(self.swept);
        if outbox.queue_position(self.swept, self.journal.epoch(), now_ms) {
            outbox.hand_over(now_ms);
            viewer.wake.notify();
        }
        let stalled = outbox
            .stalled_since_ms()
            .is_some_and(|since_ms| now_ms.saturating_sub(since_ms) > STALLED_MS_MAX);
        if stalled {
            viewer.request_close(CloseReason::Stalled);
        }
        if viewer.socket().is_none() {
            // Such a viewer cannot answer; its own task sends heartbeats, and a stall shows that it is gone.
            return position;
        }
        if silent_ms > 2 * self.heartbeat_ms {
            viewer.request_close(CloseReason::Silent);
            return position;
        }
        let pinged_ms = viewer.pinged_ms.load(Ordering::Relaxed);
        if now_ms.saturating_sub(pinged_ms.max(received_ms)) < self.heartbeat_ms {
            return position;
        }
        viewer.pinged_ms.store(now_ms, Ordering::Relaxed);
        outbox.queue_control(websocket::ping_frame(b""));
        if outbox.is_swept() {
            outbox.hand_over(now_ms);
            viewer.wake.notify();
        }
        position
    }
}

#[cfg(test)]
mod tests;
