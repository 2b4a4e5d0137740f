use super::control::ForAll;
use super::shard::{Due, Shard};
use super::viewer::{Direct, Ending};
use super::{Progress, Viewer};
use crate::clock::Clock;
use journal::{Batch, Journal, StreamSet};
use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::watch;

/// Viewers sent away at a time when the server stops.
const ENDINGS_PER_TURN: usize = 64;

/// How far on the next sweep starts, so that nobody is always last.
const FIRST_STRIDE: usize = 1_009;

/// How far ahead of a visit a viewer's memory is asked for. Ten thousand viewers fit in no cache, and
/// waiting for one after the other would cost as much as everything else that is ours.
const LOOK_AHEAD: usize = 8;

/// How often everyone is looked after at least: signs of life, stalls, who is gone.
const ROUND_EVERY: Duration = Duration::from_secs(1);

/// A viewer whose socket takes nothing for so long is dropped.
const STALLED_MS_MAX: u64 = 10_000;

/// Goes over one shard's viewers whenever the head moves, on a thread of its own: a task that yields
/// would go on on another core each time, far from the memory it had just fetched.
pub(crate) struct Sweep {
    shard: Arc<Shard>,
    journal: Journal,
    clock: Clock,
    heartbeat_ms: u64,
    viewers: Vec<Arc<Viewer>>,
    /// Everything up to here was offered to everyone that is swept.
    swept: u64,
    /// Where the next sweep starts.
    first: usize,
    /// Only for its memory, from one viewer to the next.
    chosen: Vec<usize>,
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
        }
    }

    /// Runs until the server ends; then tells everyone, spread over a time, so that they do not come
    /// back all at once.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>, spread: Duration) {
        self.go_over(&mut stop).await;
        self.shard.notes().ended = true;
        self.admit();
        let turns = self.viewers.len().div_ceil(ENDINGS_PER_TURN);
        for turn in self.viewers.chunks(ENDINGS_PER_TURN) {
            for viewer in turn {
                viewer.end(Ending::Restart);
            }
            tokio::time::sleep(spread / u32::try_from(turns).unwrap_or(u32::MAX)).await;
        }
    }

    async fn go_over(&mut self, stop: &mut watch::Receiver<bool>) {
        let shard = Arc::clone(&self.shard);
        let mut head = self.journal.watch();
        // Twice in a heartbeat, or a viewer would be dropped before it was ever asked.
        let heartbeat = Duration::from_millis(self.heartbeat_ms);
        let mut round = tokio::time::interval(ROUND_EVERY.min(heartbeat / 2));
        round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !*stop.borrow() {
            let due = self.next_due();
            tokio::select! {
                // In this order, so that no rush of messages keeps a heartbeat or the end waiting.
                biased;
                stopped = stop.changed() => if stopped.is_err() { return },
                _ = round.tick() => self.look_after(),
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
        let notes = self.shard.notes();
        notes
            .dues
            .peek()
            .map(|Reverse(due)| self.clock.instant(due.at_ms))
    }

    /// Takes in who joined, and forgets who left.
    fn admit(&mut self) {
        let mut notes = self.shard.notes();
        let joined = std::mem::take(&mut notes.joined);
        let left = std::mem::take(&mut notes.left);
        drop(notes);
        for viewer in joined {
            // What it wants may have been noted before a tally that it was not part of.
            self.shard.add_interest(viewer.interest());
            // It subscribed before the last sweep, but was not in it.
            let mut outbox = viewer.outbox();
            if outbox.cursor.position() < self.swept && outbox.is_swept() {
                outbox.hand_over(self.clock.now_ms());
                viewer.wake.notify_one();
            }
            drop(outbox);
            self.viewers.push(viewer);
        }
        // After those who joined: some may have left already.
        if left {
            self.viewers.retain(|viewer| !viewer.is_gone());
            self.viewers.shrink_to(self.viewers.len() * 2);
        }
    }

    /// Hands viewers whose interval has passed to their own tasks, which read what was held back.
    fn wake_due(&self) {
        let now_ms = self.clock.now_ms();
        let mut notes = self.shard.notes();
        let mut due = Vec::new();
        while notes
            .dues
            .peek()
            .is_some_and(|Reverse(due)| due.at_ms <= now_ms)
        {
            due.extend(
                notes
                    .dues
                    .pop()
                    .and_then(|Reverse(Due { viewer, .. })| viewer.upgrade()),
            );
        }
        drop(notes);
        for viewer in due {
            viewer.outbox().hand_over(now_ms);
            viewer.wake.notify_one();
        }
    }

    fn sweep(&mut self) {
        let batch = self.journal.batch(self.swept);
        let (wanted, client_count) = {
            let mut notes = self.shard.notes();
            (
                notes.interest.intersects(batch.streams),
                notes.client_count.take(),
            )
        };
        self.swept = batch.head;
        if !wanted && client_count.is_none() {
            return;
        }
        let viewers = std::mem::take(&mut self.viewers);
        let now_ms = self.clock.now_ms();
        let count = viewers.len();
        let first = self.first.min(count);
        let in_turn = || viewers[first..].iter().chain(&viewers[..first]);
        let mut ahead = in_turn().skip(LOOK_AHEAD);
        for viewer in in_turn() {
            if let Some(viewer) = ahead.next() {
                viewer.look_ahead();
            }
            self.visit(viewer, &batch, client_count.as_ref(), now_ms);
        }
        self.first = (first + FIRST_STRIDE) % count.max(1);
        self.viewers = viewers;
    }

    fn visit(
        &mut self,
        viewer: &Arc<Viewer>,
        batch: &Batch,
        client_count: Option<&ForAll>,
        now_ms: u64,
    ) {
        if client_count.is_none() && !viewer.interest().intersects(batch.streams) {
            return;
        }
        let mut outbox = viewer.outbox();
        if let Some(frame) = client_count {
            outbox.set_client_count(frame);
        }
        if !outbox.is_swept() {
            return;
        }
        let progress = match (viewer.socket(), client_count) {
            (None, _) => Ok(Progress::More),
            (Some(socket), None) => outbox.sweep(
                &Direct(socket),
                &self.journal,
                batch,
                now_ms,
                &mut self.chosen,
            ),
            (Some(socket), Some(_)) => outbox.drain(&Direct(socket), &self.journal, now_ms),
        };
        match progress {
            Ok(Progress::Done) => {
                if let Some(at_ms) = outbox.cursor.due_at() {
                    self.shard.note_due(at_ms, viewer);
                }
            }
            // Its own task goes on, or finds the same error and deals with it.
            Ok(_) | Err(_) => {
                outbox.hand_over(now_ms);
                viewer.wake.notify_one();
            }
        }
    }

    /// Asks for signs of life, drops the dead and the stalled, and tallies what is wanted.
    fn look_after(&mut self) {
        let now_ms = self.clock.now_ms();
        let changes = self.shard.notes().interest_changes;
        let mut interest = StreamSet::EMPTY;
        let viewers = std::mem::take(&mut self.viewers);
        for viewer in &viewers {
            interest = interest.iter().chain(viewer.interest().iter()).collect();
            self.look_after_one(viewer, now_ms);
        }
        self.viewers = viewers;
        let mut notes = self.shard.notes();
        if notes.interest_changes == changes {
            notes.interest = interest;
        }
        notes.dues.retain(|Reverse(due)| {
            due.viewer
                .upgrade()
                .is_some_and(|viewer| viewer.noted_due_ms() == due.at_ms)
        });
    }

    fn look_after_one(&self, viewer: &Viewer, now_ms: u64) {
        let heard_ms = viewer.heard_ms.load(Ordering::Relaxed);
        let silent_ms = now_ms.saturating_sub(heard_ms);
        let mut outbox = viewer.outbox();
        let stalled = outbox
            .stalled_since_ms()
            .is_some_and(|since_ms| now_ms.saturating_sub(since_ms) > STALLED_MS_MAX);
        if stalled {
            viewer.end(Ending::Stalled);
        }
        if viewer.socket().is_none() {
            // It cannot answer; its own task sends signs of life, and a stall shows its end.
            return;
        }
        if silent_ms > 2 * self.heartbeat_ms {
            viewer.end(Ending::Silent);
            return;
        }
        let pinged_ms = viewer.pinged_ms.load(Ordering::Relaxed);
        if now_ms.saturating_sub(pinged_ms.max(heard_ms)) < self.heartbeat_ms {
            return;
        }
        viewer.pinged_ms.store(now_ms, Ordering::Relaxed);
        outbox.queue_control(websocket::ping_frame(b""));
        if outbox.is_swept() {
            outbox.hand_over(now_ms);
            viewer.wake.notify_one();
        }
    }
}

#[cfg(test)]
mod tests;
