use super::histogram::{Buckets, Histogram, Observed};
use super::{RejectedMessage, RejectedRequest};
use crate::viewers::CloseReason;
use collector::HostCounters;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store::Usage;

/// What is counted of rare things, and the newest of what others measure. A cheap, shared handle.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<Cells>);

struct Cells {
    started: SystemTime,
    rejected_requests: [AtomicU64; RejectedRequest::NAMES.len()],
    rejected_messages: [AtomicU64; RejectedMessage::NAMES.len()],
    responses: [AtomicU64; RESPONSE_CLASSES.len()],
    closed: [AtomicU64; CloseReason::ALL.len()],
    commits: Histogram,
    failed_commits: AtomicU64,
    uncommitted: AtomicU64,
    latest: Mutex<Latest>,
}

/// The first digits of statuses.
pub(super) const RESPONSE_CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// What is measured every now and then. Locked briefly, with no other lock taken under it.
#[derive(Default)]
struct Latest {
    usage: Option<(u64, u64)>,
    host: Option<HostCounters>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self(Arc::new(Cells {
            started: SystemTime::now(),
            rejected_requests: Default::default(),
            rejected_messages: Default::default(),
            responses: Default::default(),
            closed: Default::default(),
            commits: Histogram::default(),
            failed_commits: AtomicU64::new(0),
            uncommitted: AtomicU64::new(0),
            latest: Mutex::default(),
        }))
    }
}

impl Metrics {
    pub(crate) fn rejected_request(&self, why: RejectedRequest) {
        self.0.rejected_requests[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn rejected_messages(&self, why: RejectedMessage, count: u64) {
        self.0.rejected_messages[why as usize].fetch_add(count, Ordering::Relaxed);
    }

    /// A response of this status, from 100 to 599.
    pub(crate) fn responded(&self, status: u16) {
        if let Some(responses) = self
            .0
            .responses
            .get(usize::from(status / 100).wrapping_sub(1))
        {
            responses.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The server disconnected a viewer.
    pub(crate) fn closed(&self, why: CloseReason) {
        self.0.closed[why.index()].fetch_add(1, Ordering::Relaxed);
    }

    /// The store took a batch.
    pub(crate) fn committed(&self, took: Duration) {
        self.0.commits.observe(took);
    }

    /// The store did not take a batch, or not in time.
    pub(crate) fn commit_failed(&self) {
        self.0.failed_commits.fetch_add(1, Ordering::Relaxed);
    }

    /// How many published messages are not committed.
    pub(crate) fn set_uncommitted(&self, messages: usize) {
        self.0.uncommitted.store(messages as u64, Ordering::Relaxed);
    }

    pub(crate) fn set_usage(&self, usage: &Usage) {
        self.latest().usage = Some((usage.used_bytes, usage.disk_bytes));
    }

    pub(crate) fn set_host(&self, host: Option<HostCounters>) {
        self.latest().host = host;
    }

    /// When the server was started, in seconds since 1970.
    pub(crate) fn started_seconds(&self) -> f64 {
        let since = self.0.started.duration_since(UNIX_EPOCH);
        since.map_or(0.0, |since| since.as_secs_f64())
    }

    pub(super) fn counted<const N: usize>(&self, of: fn(&Self) -> &[AtomicU64; N]) -> [u64; N] {
        of(self).each_ref().map(|it| it.load(Ordering::Relaxed))
    }

    /// By the names of [`RejectedRequest`].
    pub(crate) fn requests_by_reason(&self) -> [u64; RejectedRequest::NAMES.len()] {
        self.counted(|it| &it.0.rejected_requests)
    }

    /// By the names of [`RejectedMessage`].
    pub(crate) fn messages_by_reason(&self) -> [u64; RejectedMessage::NAMES.len()] {
        self.counted(|it| &it.0.rejected_messages)
    }

    pub(super) fn responses_by_class(&self) -> [u64; RESPONSE_CLASSES.len()] {
        self.counted(|it| &it.0.responses)
    }

    pub(super) fn closed_by_reason(&self) -> [u64; CloseReason::ALL.len()] {
        self.counted(|it| &it.0.closed)
    }

    /// How long commits took, since the start.
    pub(crate) fn commit_buckets(&self) -> Buckets {
        self.commits().cumulative
    }

    pub(super) fn commits(&self) -> Observed {
        self.0.commits.observed()
    }

    pub(crate) fn failed_commits(&self) -> u64 {
        self.0.failed_commits.load(Ordering::Relaxed)
    }

    pub(crate) fn uncommitted(&self) -> u64 {
        self.0.uncommitted.load(Ordering::Relaxed)
    }

    /// The bytes in use, and those on disk; absent without a store.
    pub(crate) fn usage(&self) -> Option<(u64, u64)> {
        self.latest().usage
    }

    /// What the host's kernel counted, unless the host is simulated.
    pub(super) fn host(&self) -> Option<HostCounters> {
        self.latest().host.clone()
    }

    fn latest(&self) -> MutexGuard<'_, Latest> {
        self.0.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
