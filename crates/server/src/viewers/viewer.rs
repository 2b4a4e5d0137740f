use super::Outbox;
use super::socket::Socket;
use super::wake::Wake;
use crate::accounts::{Ended, Grant};
use access::Access;
use accounts::Credential;
use journal::{Encoding, StreamSet};
use protocol::CloseCode;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// How a viewer's bytes leave.
#[derive(Debug)]
pub(crate) enum Transport {
    /// Written to a socket by the sweep or by the viewer's task.
    Socket(Socket),
    /// Pulled by a task that is woken for it. The handle aborts its connection if that is stuck: at once, or
    /// a moment after the server has started to stop.
    Task(Arc<Notify>),
}

/// A sweep reads only this many bytes of a viewer, from its start.
#[cfg(target_arch = "x86_64")]
const SWEPT_BYTES_MAX: usize = 256;

/// One viewer. There may be many thousands, so its size matters; the fields that a sweep reads come first.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Viewer {
    transport: Transport,
    /// The subscribed streams, readable without the lock.
    interest: AtomicU16,
    outbox: Mutex<Outbox>,
    pub(crate) id: u64,
    /// Wakes the viewer's own task, to which the outbox was handed over, or which is to close.
    pub(crate) wake: Wake,
    /// When something was last received, and when a ping was last sent.
    pub(crate) received_ms: AtomicU64,
    pub(crate) pinged_ms: AtomicU64,
    /// When a held message is due, as last registered with the shard.
    due_ms: AtomicU64,
    /// Why the task is to close, as a [`CloseReason`]; 0 for no reason.
    close_reason: AtomicU8,
    gone: AtomicBool,
    /// Ends with the credential that the viewer came with; absent for one that is closed at once.
    grant: Option<Arc<Grant>>,
}

impl Viewer {
    pub(crate) fn new(
        id: u64,
        transport: Transport,
        encoding: Encoding,
        (access, grant): (Access, Option<Arc<Grant>>),
        now_ms: u64,
    ) -> Self {
        Self {
            id,
            transport,
            outbox: Mutex::new(Outbox::new(encoding, access, now_ms)),
            wake: Wake::default(),
            interest: AtomicU16::new(0),
            received_ms: AtomicU64::new(now_ms),
            pinged_ms: AtomicU64::new(now_ms),
            due_ms: AtomicU64::new(0),
            close_reason: AtomicU8::new(0),
            gone: AtomicBool::new(false),
            grant,
        }
    }

    /// Closes the viewer if its credential has ceased to count.
    pub(crate) fn check_grant(&self) {
        let now_ms = || protocol::Timestamp::now().unix_ms();
        let ended = self.grant.as_ref().and_then(|grant| grant.ended(now_ms));
        match ended {
            None => {}
            Some(Ended::SignedOut) => self.request_close(CloseReason::NotSignedIn),
            Some(Ended::Forbidden) => self.request_close(CloseReason::Forbidden),
        }
    }

    /// What the viewer came with; absent for one that is closed at once.
    pub(crate) fn credential(&self) -> Option<&Credential> {
        self.grant.as_ref().map(|grant| grant.credential())
    }

    /// Prefetches what a visit will read. With an ordinary read, the next system call would wait for it.
    #[cfg(target_arch = "x86_64")]
    #[expect(
        unsafe_code,
        reason = "a prefetch reads nothing, and takes any address"
    )]
    pub(crate) fn prefetch(&self) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        const LINE_BYTES: usize = 64;
        let first = std::ptr::from_ref(self).cast::<i8>();
        for line in 0..size_of::<Self>().min(SWEPT_BYTES_MAX).div_ceil(LINE_BYTES) {
            // SAFETY: the address is within `self`, and the instruction is part of every x86-64.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(first.wrapping_add(line * LINE_BYTES)) };
        }
    }

    /// Other platforms have no stable prefetch.
    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) fn prefetch(&self) {}

    /// No code that may panic runs under this lock.
    pub(crate) fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn socket(&self) -> Option<&Socket> {
        match &self.transport {
            Transport::Socket(socket) => Some(socket),
            Transport::Task(_) => None,
        }
    }

    pub(crate) fn interest(&self) -> StreamSet {
        StreamSet::from_bits(self.interest.load(Ordering::Relaxed))
    }

    pub(crate) fn set_interest(&self, streams: StreamSet) {
        self.interest.store(streams.bits(), Ordering::Relaxed);
    }

    /// Sets when a held message is due; false if that was set already.
    pub(crate) fn set_due(&self, at_ms: u64) -> bool {
        self.due_ms.swap(at_ms, Ordering::Relaxed) != at_ms
    }

    pub(crate) fn due_ms(&self) -> u64 {
        self.due_ms.load(Ordering::Relaxed)
    }

    /// Asks the viewer's task to close; the first reason counts.
    pub(crate) fn request_close(&self, close_reason: CloseReason) {
        let _ = self.close_reason.compare_exchange(
            0,
            close_reason as u8,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
        self.wake.notify();
        if let (Transport::Task(abort), CloseReason::Stalled | CloseReason::Restart) =
            (&self.transport, close_reason)
        {
            abort.notify_one();
        }
    }

    pub(crate) fn close_reason(&self) -> Option<CloseReason> {
        let close_reason = self.close_reason.load(Ordering::Relaxed);
        CloseReason::ALL
            .into_iter()
            .find(|it| *it as u8 == close_reason)
    }

    /// Records that the task has ended; the sweep removes the viewer at its next round.
    pub(crate) fn set_gone(&self) {
        self.gone.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }
}

/// Why the server closes a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum CloseReason {
    Restart = 1,
    Silent,
    Stalled,
    TooSlow,
    TooMany,
    ForeignOrigin,
    NotSignedIn,
    Forbidden,
}

impl CloseReason {
    pub(crate) const ALL: [Self; 8] = [
        Self::Restart,
        Self::Silent,
        Self::Stalled,
        Self::TooSlow,
        Self::TooMany,
        Self::ForeignOrigin,
        Self::NotSignedIn,
        Self::Forbidden,
    ];

    /// The name of the reason in metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Restart => "restart",
            Self::Silent => "silent",
            Self::Stalled => "stalled",
            Self::TooSlow => "too_slow",
            Self::TooMany => "rate_limit",
            Self::ForeignOrigin => "origin",
            Self::NotSignedIn => "unauthorized",
            Self::Forbidden => "forbidden",
        }
    }

    /// Its place in [`Self::ALL`].
    pub(crate) fn index(self) -> usize {
        self as usize - 1
    }

    /// The close code, and a reason for people.
    pub(crate) fn close(self) -> (CloseCode, &'static str) {
        match self {
            Self::Restart => (CloseCode::GoingAway, "the server restarts; come back soon"),
            Self::Silent => (CloseCode::GoingAway, "no sign of life for two heartbeats"),
            Self::Stalled => (CloseCode::TooSlow, "nothing was read for 10 s"),
            Self::TooSlow => (CloseCode::TooSlow, "three gaps within a minute"),
            Self::TooMany => (CloseCode::TooManyMessages, "too many messages"),
            Self::ForeignOrigin => (
                CloseCode::Policy,
                "origin not allowed; name it in the setting `allowed_origins`",
            ),
            Self::NotSignedIn => (
                CloseCode::NotSignedIn,
                "sign in, or send an API token: as bearer, subprotocol or ticket",
            ),
            Self::Forbidden => (
                CloseCode::Forbidden,
                "your role or the scopes of the token do not allow this",
            ),
        }
    }
}
