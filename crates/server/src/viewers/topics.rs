//! Latest values that are not in the log.
//!
//! A [`Topic`] has a message and the viewers that subscribed to it. When the message changes, they receive the
//! newest one, at most once an interval; what was replaced in the meantime is never sent. A viewer that cannot take
//! it yet remembers the topic, not the message, so its memory grows only with its subscriptions.
//!
//! Lock order: a viewer's outbox, then a topic, then the list of changed topics.

use super::control::Broadcast;
use super::socket::Direct;
use super::traffic::{Tally, Traffic};
use super::{Outbox, Progress, Viewer};
use crate::clock::Clock;
use access::Access;
use bytes::Bytes;
use journal::{Encoding, Journal};
use protocol::{ServerMessage, Stream};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// Topics at the same time. Beyond, none can be opened.
const TOPICS_MAX: usize = 4_096;

/// The messages of all topics, in all encodings, in bytes. Beyond, a topic keeps its older message.
const BYTES_MAX: usize = 4 << 20;

/// The shortest time between two deliveries, whatever the interval of a topic.
const TICK: Duration = Duration::from_millis(50);

/// All topics. A cheap, shared handle.
#[derive(Debug, Clone, Default)]
pub(crate) struct Topics(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    count: AtomicUsize,
    bytes: AtomicUsize,
    /// Topics whose message or subscribers have changed, each once.
    changed: Mutex<Vec<Topic>>,
    /// Wakes the thread that delivers them.
    wake: Notify,
    /// What that thread has sent.
    traffic: Traffic,
}

/// There are as many topics, or bytes of them, as there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are too many topics, or too many bytes of them")]
pub(crate) struct TopicsFull;

/// A message of which only the newest counts, and its subscribers. A cheap, shared handle; the topic ends with the
/// last.
#[derive(Debug, Clone)]
pub(crate) struct Topic(Arc<TopicState>);

/// Topics of which a subscriber receives at most one message an interval, all together. A cheap, shared handle.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pace(Arc<Mutex<HashMap<u64, Instant>>>);

/// What became of the message for one subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offered {
    Sent,
    /// It has just received a message of another topic.
    Later,
    Gone,
}

/// What is given to a subscriber that lacks the newest message; no message has this version.
const OUTDATED: u64 = u64::MAX;

#[derive(Debug)]
struct TopicState {
    topics: Topics,
    /// The shortest time between two deliveries to a subscriber.
    interval: Duration,
    /// The topics that count together.
    pace: Option<Pace>,
    /// Absent for everybody.
    channel: Option<(Stream, Box<str>)>,
    latest: Mutex<Latest>,
    /// Of the thread that delivers; weak, so that it closes no socket later.
    subscribers: Mutex<Vec<Weak<Viewer>>>,
}

#[derive(Debug, Default)]
struct Latest {
    message: Option<Broadcast>,
    /// Counts the changes of the message.
    version: u64,
    delivered_version: u64,
    delivered_at: Option<Instant>,
    /// Subscribers that are new or have to wait, each with the version that it was given.
    joined: Vec<(Weak<Viewer>, u64)>,
    /// Whether it is among the changed topics.
    is_listed: bool,
}

impl Topics {
    /// A topic without a message, whose subscribers receive at most one an `interval`.
    pub(crate) fn open(&self, interval: Duration) -> Result<Topic, TopicsFull> {
        self.open_with(interval, None, None)
    }

    /// The same for the members of a channel: subscribers that are none at the moment receive nothing. With others of
    /// the same pace it is not sent more often than by itself.
    pub(crate) fn open_in(
        &self,
        interval: Duration,
        channel: Option<(Stream, &str)>,
        pace: &Pace,
    ) -> Result<Topic, TopicsFull> {
        self.open_with(interval, channel, Some(pace.clone()))
    }

    fn open_with(
        &self,
        interval: Duration,
        channel: Option<(Stream, &str)>,
        pace: Option<Pace>,
    ) -> Result<Topic, TopicsFull> {
        if self.0.count.fetch_add(1, Ordering::Relaxed) >= TOPICS_MAX {
            self.0.count.fetch_sub(1, Ordering::Relaxed);
            return Err(TopicsFull);
        }
        Ok(Topic(Arc::new(TopicState {
            topics: self.clone(),
            interval,
            pace,
            channel: channel.map(|(stream, name)| (stream, name.into())),
            latest: Mutex::default(),
            subscribers: Mutex::default(),
        })))
    }

    /// What the thread that delivers has sent.
    pub(super) fn traffic(&self) -> &Traffic {
        &self.0.traffic
    }

    /// Delivers changed messages until the server stops. For a thread of its own: a topic may have thousands of
    /// subscribers.
    pub(crate) async fn run(self, journal: Journal, clock: Clock, mut stop: watch::Receiver<bool>) {
        let (mut waiting, mut tally) = (Vec::new(), Tally::default());
        while !*stop.borrow() {
            let due = waiting.iter().map(Topic::due).min();
            tokio::select! {
                () = self.0.wake.notified() => {}
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
                _ = stop.changed() => return,
            }
            waiting.append(&mut self.take_changed());
            let now = Instant::now();
            waiting.retain(|topic| {
                !topic.deliver(now, |viewer, outbox| {
                    send(viewer, outbox, &journal, clock.now_ms(), &mut tally);
                })
            });
            self.0.traffic.add(&mut tally);
            tokio::select! {
                () = tokio::time::sleep(TICK) => {}
                _ = stop.changed() => return,
            }
        }
    }

    fn take_changed(&self) -> Vec<Topic> {
        std::mem::take(&mut *self.changed())
    }

    fn changed(&self) -> MutexGuard<'_, Vec<Topic>> {
        self.0
            .changed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the bytes of a message, if there is room.
    fn replace_bytes(&self, before: usize, after: usize) -> Result<(), TopicsFull> {
        let replaced = |bytes: usize| Some(bytes - before + after).filter(|it| *it <= BYTES_MAX);
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        let replaced = self.0.bytes.fetch_update(set, fetch, replaced);
        replaced.map(drop).map_err(|_| TopicsFull)
    }
}

impl Topic {
    fn latest(&self) -> MutexGuard<'_, Latest> {
        self.0.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the message, which is made while no other can replace it; an equal one changes nothing.
    pub(crate) fn set(&self, message: impl FnOnce() -> ServerMessage) -> Result<(), TopicsFull> {
        let mut latest = self.latest();
        let message = Broadcast::new(&message());
        let before = latest.message.as_ref();
        if before.is_some_and(|before| before.is_equal(&message)) {
            return Ok(());
        }
        let before = before.map_or(0, Broadcast::bytes);
        self.0.topics.replace_bytes(before, message.bytes())?;
        latest.message = Some(message);
        latest.version += 1;
        self.list(&mut latest);
        Ok(())
    }

    /// Subscribes a viewer, which receives the present message right away.
    pub(crate) fn subscribe(&self, viewer: &Arc<Viewer>, outbox: &mut Outbox) {
        let mut latest = self.latest();
        let version = latest.version;
        latest.joined.push((Arc::downgrade(viewer), version));
        self.list(&mut latest);
        if latest.message.is_some() {
            outbox.offer(self);
        }
    }

    /// The newest message.
    pub(super) fn encoded(&self, encoding: Encoding) -> Bytes {
        let latest = self.latest();
        let message = latest.message.as_ref();
        message.map_or_else(Bytes::new, |message| message.encoded(encoding).clone())
    }

    /// Whether a viewer with this access may receive it now.
    pub(crate) fn is_visible_to(&self, access: &Access) -> bool {
        let channel = self.0.channel.as_ref();
        channel.is_none_or(|(stream, name)| access.is_member(*stream, name, u64::MAX))
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn list(&self, latest: &mut Latest) {
        if !latest.is_listed {
            latest.is_listed = true;
            self.0.topics.changed().push(self.clone());
            self.0.topics.0.wake.notify_one();
        }
    }

    /// When it may be delivered.
    fn due(&self) -> Instant {
        let delivered_at = self.latest().delivered_at;
        delivered_at.map_or_else(Instant::now, |at| at + self.0.interval)
    }

    /// Offers the newest message to the subscribers that lack it, and has `send` write it. False if it is to be
    /// called again later, at [`Topic::due`].
    fn deliver(&self, now: Instant, mut send: impl FnMut(&Arc<Viewer>, &mut Outbox)) -> bool {
        let mut subscribers = self
            .0
            .subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut latest = self.latest();
        let is_changed = latest.version != latest.delivered_version;
        let delivered_at = latest.delivered_at.filter(|_| is_changed);
        if delivered_at.is_some_and(|at| now < at + self.0.interval) {
            return false;
        }
        latest.is_listed = false;
        let joined = std::mem::take(&mut latest.joined);
        let version = latest.version;
        if is_changed {
            latest.delivered_version = version;
            latest.delivered_at = Some(now);
        }
        drop(latest);
        let mut pace = self
            .0
            .pace
            .as_ref()
            .map(|pace| pace.at(now, self.0.interval));
        let mut offer = |viewer: &Weak<Viewer>| {
            let Some(viewer) = viewer.upgrade() else {
                return Offered::Gone;
            };
            if pace
                .as_ref()
                .is_some_and(|pace| pace.contains_key(&viewer.id))
            {
                return Offered::Later;
            }
            let mut outbox = viewer.outbox();
            if outbox.offer(self)
                && let Some(pace) = &mut pace
            {
                pace.insert(viewer.id, now);
            }
            send(&viewer, &mut outbox);
            Offered::Sent
        };
        let mut waiting = Vec::new();
        if is_changed {
            subscribers.retain(|viewer| {
                let offered = offer(viewer);
                if offered == Offered::Later {
                    waiting.push((Weak::clone(viewer), OUTDATED));
                }
                offered == Offered::Sent
            });
        } else if subscribers.len() + joined.len() > subscribers.capacity() {
            subscribers.retain(|viewer| viewer.strong_count() > 0);
        }
        for (viewer, given) in joined {
            let offered = match given == version {
                true => Offered::Sent,
                false => offer(&viewer),
            };
            match offered {
                Offered::Sent => subscribers.push(viewer),
                Offered::Later => waiting.push((viewer, OUTDATED)),
                Offered::Gone => {}
            }
        }
        drop(pace);
        waiting.is_empty() || self.wait(waiting)
    }

    /// Has subscribers be offered the message later. True if the topic is among the changed ones again.
    fn wait(&self, waiting: Vec<(Weak<Viewer>, u64)>) -> bool {
        let mut latest = self.latest();
        latest.joined.extend(waiting);
        std::mem::replace(&mut latest.is_listed, true)
    }
}

impl Pace {
    /// Who has received a message within the interval.
    fn at(&self, now: Instant, interval: Duration) -> MutexGuard<'_, HashMap<u64, Instant>> {
        let mut received = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        received.retain(|_, at| now < *at + interval);
        received
    }
}

impl Drop for TopicState {
    fn drop(&mut self) {
        let latest = self
            .latest
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let bytes = latest.message.as_ref().map_or(0, Broadcast::bytes);
        self.topics.0.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.topics.0.count.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Writes what was offered, unless the viewer's own task does.
fn send(
    viewer: &Arc<Viewer>,
    outbox: &mut Outbox,
    journal: &Journal,
    now_ms: u64,
    tally: &mut Tally,
) {
    if !outbox.is_swept() {
        return;
    }
    let progress = match viewer.socket() {
        Some(socket) => outbox.drain(&Direct(socket), journal, now_ms, tally),
        None => Ok(Progress::More),
    };
    if !matches!(progress, Ok(Progress::Done)) {
        // Its own task continues, or handles the same error.
        outbox.hand_over(now_ms);
        viewer.wake.notify();
    }
}

#[cfg(test)]
mod tests;
