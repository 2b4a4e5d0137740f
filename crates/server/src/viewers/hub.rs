use super::Viewer;
use super::address_limits::AddressLimits;
use super::control::ForAll;
use super::shard::Shard;
use super::sweep::Sweep;
use super::translator::Translator;
use crate::clock::Clock;
use crate::reading::BacklogReader;
use crate::tasks::Tasks;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use journal::Journal;
use protocol::{ClientCount, Connection, ServerMessage, Stream, Subscribe};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

/// How often viewers are told how many they are, at most.
const CLIENT_COUNT_EVERY: Duration = Duration::from_millis(500);

/// A count that is never reached.
const UNEQUAL: usize = usize::MAX;

/// What viewers may cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HubLimits {
    /// Viewers in all. Beyond, an upgrade is answered by 503.
    pub(crate) viewers_max: usize,
    /// Viewers from one address, loopback exempt. Beyond, an upgrade is answered by 429.
    pub(crate) viewers_per_address_max: usize,
    /// Messages from one viewer in a second. Beyond, and beyond the burst, it is closed with 4029.
    pub(crate) messages_per_second: u32,
    pub(crate) messages_burst: u32,
    pub(crate) heartbeat_ms: u64,
}

/// Everyone who watches. Cheap to clone; every clone is the same hub.
#[derive(Clone)]
pub(crate) struct Hub {
    shared: Arc<Shared>,
}

struct Shared {
    journal: Journal,
    backlog_reader: BacklogReader,
    clock: Clock,
    limits: HubLimits,
    shards: Vec<Arc<Shard>>,
    count: Arc<AtomicUsize>,
    /// What everyone believes the count to be; [`UNEQUAL`] if they differ.
    told: AtomicUsize,
    count_changed: Notify,
    addresses: AddressLimits,
    next_id: AtomicU64,
    draining: AtomicBool,
}

/// Why someone may not watch now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("too many viewers")]
    Full,
    #[error("too many viewers from this address")]
    AddressFull,
    #[error("the server is stopping")]
    Draining,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self {
            Self::AddressFull => StatusCode::TOO_MANY_REQUESTS,
            Self::Full | Self::Draining => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, [(header::RETRY_AFTER, "5")], format!("{self}\n")).into_response()
    }
}

/// A viewer's place: counted while it exists.
pub(crate) struct Seat {
    hub: Hub,
    address: IpAddr,
    pub(crate) id: u64,
}

impl Hub {
    pub(crate) fn new(
        journal: Journal,
        backlog_reader: BacklogReader,
        clock: Clock,
        limits: HubLimits,
        shards: usize,
    ) -> Self {
        let count = Arc::new(AtomicUsize::new(0));
        journal.set_translator(Translator::new(Arc::clone(&count)));
        let shared = Shared {
            journal,
            backlog_reader,
            clock,
            limits,
            shards: (0..shards.max(1)).map(|_| Arc::default()).collect(),
            count,
            told: AtomicUsize::new(0),
            count_changed: Notify::new(),
            addresses: AddressLimits::default(),
            next_id: AtomicU64::new(1),
            draining: AtomicBool::new(false),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Starts one sweep a shard and whoever tells the count.
    pub(crate) fn start(&self, tasks: &mut Tasks, stop: &watch::Receiver<bool>, spread: Duration) {
        for shard in &self.shared.shards {
            let sweep = Sweep::new(
                Arc::clone(shard),
                self.journal().clone(),
                self.clock(),
                self.shared.limits.heartbeat_ms,
            );
            let (runtime, stop) = (Handle::current(), stop.clone());
            tasks.spawn_thread("sweep", move || runtime.block_on(sweep.run(stop, spread)));
        }
        tasks.spawn("client count", self.clone().tell_client_count(stop.clone()));
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    /// Reads messages that have left the journal's ring.
    pub(crate) fn backlog_reader(&self) -> &BacklogReader {
        &self.shared.backlog_reader
    }

    pub(crate) fn clock(&self) -> Clock {
        self.shared.clock
    }

    pub(crate) fn limits(&self) -> &HubLimits {
        &self.shared.limits
    }

    pub(crate) fn shard(&self, id: u64) -> &Arc<Shard> {
        let shards = &self.shared.shards;
        &shards[id as usize % shards.len()]
    }

    /// How many watch.
    pub(crate) fn count(&self) -> usize {
        self.shared.count.load(Ordering::Relaxed)
    }

    /// Whether anyone wants the stream, as of the last second.
    pub(crate) fn is_watched(&self, stream: Stream) -> bool {
        self.shared
            .shards
            .iter()
            .any(|shard| shard.notes().interest.contains(stream))
    }

    /// Sends a viewer its first messages: the greeting, and the client count as a message of its own.
    ///
    /// The count's last change may have gone to everyone while this viewer was counted, but its
    /// handshake was still under way.
    pub(crate) fn greet(&self, viewer: &Viewer) {
        // Under the lock, so that no older count can come behind this one for good.
        let mut outbox = viewer.outbox();
        let count = self.count();
        outbox.queue_message(&self.greeting(viewer.id, count));
        outbox.set_client_count(&client_count(count));
    }

    fn greeting(&self, id: u64, count: usize) -> ServerMessage {
        let (shared, journal) = (&self.shared, self.journal());
        if shared.told.load(Ordering::Relaxed) != count {
            // The count may fall back to what the others were told, which this viewer was not.
            shared.told.store(UNEQUAL, Ordering::Relaxed);
            shared.count_changed.notify_one();
        }
        ServerMessage::Connection(Connection {
            message: "Connected to Watchroom".into(),
            client_id: format!("c-{id:x}"),
            client_count: count as u64,
            epoch: journal.epoch().to_string(),
            head: journal.head(),
            protocol: protocol::PROTOCOL_VERSION,
            server_version: crate::VERSION.into(),
            heartbeat_ms: self.limits().heartbeat_ms,
        })
    }

    /// Subscribes a viewer; the past that is asked for is on its way when this returns.
    pub(crate) fn subscribe(
        &self,
        viewer: &Viewer,
        subscribe: &Subscribe,
        correlation_id: Option<String>,
    ) {
        let mut outbox = viewer.outbox();
        outbox.subscribe(self.journal(), subscribe, correlation_id);
        let streams = outbox.cursor.streams();
        viewer.set_interest(streams);
        outbox.hand_over(self.clock().now_ms());
        drop(outbox);
        self.shard(viewer.id).add_interest(streams);
    }

    /// Takes a seat, if there is one.
    pub(crate) fn enter(&self, address: IpAddr) -> Result<Seat, Refusal> {
        let shared = &self.shared;
        if shared.draining.load(Ordering::Relaxed) {
            return Err(Refusal::Draining);
        }
        if !shared
            .addresses
            .enter(address, shared.limits.viewers_per_address_max)
        {
            return Err(Refusal::AddressFull);
        }
        let seat = Seat {
            hub: self.clone(),
            address,
            id: shared.next_id.fetch_add(1, Ordering::Relaxed),
        };
        // The seat is there, so that leaving it undoes all of this.
        let before = shared.count.fetch_add(1, Ordering::Relaxed);
        shared.count_changed.notify_one();
        if before >= shared.limits.viewers_max {
            return Err(Refusal::Full);
        }
        Ok(seat)
    }

    /// Lets nobody in any more; then the sweeps may be stopped, which send everyone away.
    pub(crate) fn close(&self) {
        self.shared.draining.store(true, Ordering::Relaxed);
    }

    /// Waits until everyone has left.
    pub(crate) async fn emptied(&self) {
        let mut look = tokio::time::interval(Duration::from_millis(20));
        while self.count() > 0 {
            look.tick().await;
        }
    }

    /// Viewers come and go without entering the journal: only the newest count is ever told.
    async fn tell_client_count(self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = self.shared.count_changed.notified() => {}
                _ = stop.changed() => return,
            }
            let count = self.count();
            if self.shared.told.swap(count, Ordering::Relaxed) != count {
                for shard in &self.shared.shards {
                    shard.set_client_count(client_count(count));
                }
            }
            tokio::select! {
                () = tokio::time::sleep(CLIENT_COUNT_EVERY) => {}
                _ = stop.changed() => return,
            }
        }
    }
}

fn client_count(count: usize) -> ForAll {
    ForAll::new(&ServerMessage::ClientCount(ClientCount {
        count: count as u64,
    }))
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.shared.addresses.leave(self.address);
        self.hub.shared.count.fetch_sub(1, Ordering::Relaxed);
        self.hub.shared.count_changed.notify_one();
    }
}
