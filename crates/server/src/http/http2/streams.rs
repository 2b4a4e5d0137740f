use super::super::ResponseAbort;
use super::super::accept::LAST_WRITE_TIME_MAX;
use super::super::connection_limits::ConnectionSlot;
use super::unsent::Unsent;
use hyper::rt::Executor;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

tokio::task_local! {
    /// A stream is one task, from its request to the end of its response.
    static CURRENT: CurrentStream;
}

/// What a request and its response share with the task of their stream.
#[derive(Clone, Default)]
pub(super) struct CurrentStream {
    pub(super) unsent: Arc<Unsent>,
    pub(super) abort: ResponseAbort,
    /// Whether it is within the limits of connections.
    pub(super) has_place: bool,
}

impl CurrentStream {
    /// The stream of this task; elsewhere one without a place.
    pub(super) fn get() -> Self {
        CURRENT.try_get().unwrap_or_default()
    }
}

/// The streams of one connection, which hyper has this start. Each is ended by itself if its client takes nothing of its
/// response. A cheap, shared handle.
#[derive(Clone)]
pub(super) struct Streams(Arc<Parts>);

struct Parts {
    /// The connection's own place within the limits, while no stream has it.
    place: Mutex<Option<ConnectionSlot>>,
    acquire: Box<dyn Fn() -> Option<ConnectionSlot> + Send + Sync>,
    open: watch::Sender<usize>,
    stop: watch::Receiver<bool>,
}

/// A stream, until it is dropped. It counts as a connection: over HTTP/1.1 it would be one.
struct OpenStream {
    streams: Streams,
    place: Option<ConnectionSlot>,
    /// Whether the server was stopping already: then it is refused, and nothing waits for it.
    is_late: bool,
}

impl Streams {
    /// Those of a connection with this place, which acquires others for all streams but one.
    pub(super) fn new(
        place: ConnectionSlot,
        acquire: impl Fn() -> Option<ConnectionSlot> + Send + Sync + 'static,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self(Arc::new(Parts {
            place: Mutex::new(Some(place)),
            acquire: Box::new(acquire),
            open: watch::Sender::new(0),
            stop,
        }))
    }

    fn place(&self) -> MutexGuard<'_, Option<ConnectionSlot>> {
        self.0.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> OpenStream {
        let is_late = *self.0.stop.borrow();
        let mut place = None;
        if !is_late {
            place = self.place().take().or_else(|| (self.0.acquire)());
            self.0.open.send_modify(|open| *open += 1);
        }
        OpenStream {
            streams: self.clone(),
            place,
            is_late,
        }
    }

    /// Waits until there was no stream for this long.
    pub(super) async fn idle(&self, time: Duration) {
        let mut open = self.0.open.subscribe();
        loop {
            let is_idle = *open.borrow_and_update() == 0;
            let change = open.changed();
            // The sender is never dropped before this.
            let _ = match is_idle {
                true => match tokio::time::timeout(time, change).await {
                    Ok(changed) => changed,
                    Err(_) => return,
                },
                false => change.await,
            };
        }
    }

    /// Waits until the response is to be cut off, which a stop delays: what was written is on its way.
    async fn aborted(&self, abort: &ResponseAbort) {
        abort.0.notified().await;
        if *self.0.stop.borrow() {
            tokio::time::sleep(LAST_WRITE_TIME_MAX).await;
        }
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut own = self.streams.place();
        if own.is_none() {
            *own = self.place.take();
        }
        drop(own);
        if !self.is_late {
            self.streams.0.open.send_modify(|open| *open -= 1);
        }
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        let open = self.open();
        let current = CurrentStream {
            has_place: open.place.is_some(),
            ..CurrentStream::default()
        };
        let CurrentStream { unsent, abort, .. } = current.clone();
        tokio::spawn(CURRENT.scope(current, async move {
            // Dropped before its end, a stream is reset, and what h2 has of its response is discarded.
            tokio::select! {
                // In this order, since only the stream adds to what is unsent.
                biased;
                () = stream => {}
                () = unsent.stuck() => tracing::debug!("A client takes nothing of a response."),
                () = open.streams.aborted(&abort) => {}
            }
        }));
    }
}

#[cfg(test)]
mod tests;
