use super::Outbox;
use journal::{Encoding, StreamSet};
use protocol::CloseCode;
use socket2::SockRef;
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// Where a viewer's bytes go: takes what it can without waiting, or says `WouldBlock`.
pub(crate) trait Sink {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize>;
}

/// As the viewer's own task writes: when the socket is full, the runtime learns of it and can wait.
impl Sink for TcpStream {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.try_write_vectored(slices)
    }
}

/// As a sweep writes: straight to the system. The runtime's record of the socket would be one more
/// piece of memory to fetch for each viewer, and the socket nearly always has room.
pub(crate) struct Direct<'a>(pub(crate) &'a TcpStream);

impl Sink for Direct<'_> {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let socket = SockRef::from(self.0);
        match slices {
            [slice] => socket.send(slice),
            slices => socket.send_vectored(slices),
        }
    }
}

/// How a viewer's bytes leave.
#[derive(Debug)]
pub(crate) enum Transport {
    /// Straight to a socket that is the viewer's alone, by the sweep or by the viewer's task.
    Socket(TcpStream),
    /// Through a task that must be woken for it. If it is stuck, this cuts its connection: at once,
    /// or a moment after the server has begun to stop.
    Task(Arc<Notify>),
}

/// What a sweep reads of a viewer lies within so many bytes from its start.
#[cfg(target_arch = "x86_64")]
const SWEPT_BYTES_MAX: usize = 256;

/// One viewer. There may be many thousands: what is here is what each costs. In this order, so that
/// what a sweep reads lies together.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Viewer {
    transport: Transport,
    /// The streams that are on, to be read without the lock.
    interest: AtomicU8,
    outbox: Mutex<Outbox>,
    pub(crate) id: u64,
    /// Wakes the viewer's own task: the outbox was handed over to it, or it is to close.
    pub(crate) wake: Notify,
    /// When the peer was last heard, and when it was last asked for a sign of life.
    pub(crate) heard_ms: AtomicU64,
    pub(crate) pinged_ms: AtomicU64,
    /// When a message that an interval holds back is due, as was last noted with the shard.
    due_ms: AtomicU64,
    /// Why the task is to end, as an [`Ending`]; 0 for no reason.
    ending: AtomicU8,
    gone: AtomicBool,
}

impl Viewer {
    pub(crate) fn new(id: u64, transport: Transport, encoding: Encoding, now_ms: u64) -> Self {
        Self {
            id,
            transport,
            outbox: Mutex::new(Outbox::new(encoding, now_ms)),
            wake: Notify::new(),
            interest: AtomicU8::new(0),
            heard_ms: AtomicU64::new(now_ms),
            pinged_ms: AtomicU64::new(now_ms),
            due_ms: AtomicU64::new(0),
            ending: AtomicU8::new(0),
            gone: AtomicBool::new(false),
        }
    }

    /// Begins to fetch what a visit will read. An ordinary read would not do: the next system call
    /// waits for every read before it, but not for prefetches.
    #[cfg(target_arch = "x86_64")]
    #[expect(
        unsafe_code,
        reason = "a prefetch reads nothing, and takes any address"
    )]
    pub(crate) fn look_ahead(&self) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        const LINE_BYTES: usize = 64;
        let first = std::ptr::from_ref(self).cast::<i8>();
        for line in 0..size_of::<Self>().min(SWEPT_BYTES_MAX).div_ceil(LINE_BYTES) {
            // SAFETY: the address is within `self`, and the instruction is part of every x86-64.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(first.wrapping_add(line * LINE_BYTES)) };
        }
    }

    /// Elsewhere there is no stable way to ask for memory ahead.
    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) fn look_ahead(&self) {}

    /// Nothing that may panic runs under this lock; should it have, the connection is dropped soon.
    pub(crate) fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn socket(&self) -> Option<&TcpStream> {
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

    /// Notes when a held message is due; false if that was noted already.
    pub(crate) fn note_due(&self, at_ms: u64) -> bool {
        self.due_ms.swap(at_ms, Ordering::Relaxed) != at_ms
    }

    pub(crate) fn noted_due_ms(&self) -> u64 {
        self.due_ms.load(Ordering::Relaxed)
    }

    /// Asks the viewer's task to end; the first reason counts.
    pub(crate) fn end(&self, ending: Ending) {
        let _ = self
            .ending
            .compare_exchange(0, ending as u8, Ordering::Relaxed, Ordering::Relaxed);
        self.wake.notify_one();
        if let (Transport::Task(cut), Ending::Stalled | Ending::Restart) = (&self.transport, ending)
        {
            cut.notify_one();
        }
    }

    pub(crate) fn ending(&self) -> Option<Ending> {
        let ending = self.ending.load(Ordering::Relaxed);
        Ending::ALL.into_iter().find(|it| *it as u8 == ending)
    }

    /// The task has ended; the sweep forgets the viewer when it next comes by.
    pub(crate) fn set_gone(&self) {
        self.gone.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }
}

/// Why the server ends a connection on its own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Ending {
    Restart = 1,
    Silent,
    Stalled,
    TooSlow,
    TooMany,
    ForeignOrigin,
}

impl Ending {
    const ALL: [Self; 6] = [
        Self::Restart,
        Self::Silent,
        Self::Stalled,
        Self::TooSlow,
        Self::TooMany,
        Self::ForeignOrigin,
    ];

    /// The close code and, for people, its reason.
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
        }
    }
}
