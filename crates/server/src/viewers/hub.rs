use super::address_limits::AddressLimits;
use super::shard::Shard;
use super::slowest::{SLOWEST_MAX, Slow};
use super::sweep::Sweep;
use super::topics::{Topic, Topics};
use super::traffic::{Tally, TrafficTotals};
use super::translator::Translator;
use super::{Outbox, Progress, Sink, Viewer};
use crate::accounts::LoginPolicy;
use crate::clock::Clock;
use crate::http::RequestOrigin;
use crate::metrics::{Metrics, RejectedRequest};
use crate::reading::BacklogReader;
use crate::rooms::{Rooms, WeakRooms};
use crate::tasks::Tasks;
use accounts::{Credential, Principal};
use axum::http::{Extensions, StatusCode, header};
use axum::response::{IntoResponse, Response};
use journal::Journal;
use protocol::{ClientCount, Connection, ServerMessage, Stream, Subscribe};
use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;

/// The shortest interval between two client counts.
const CLIENT_COUNT_EVERY: Duration = Duration::from_millis(500);

/// Limits of viewers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HubLimits {
    /// All viewers. Beyond, an upgrade is refused with 503.
    pub(crate) viewers_max: usize,
    /// Viewers of one address. Beyond, an upgrade is refused with 429.
    pub(crate) viewers_per_address_max: usize,
    /// Messages of one viewer per second. Beyond, and beyond the burst, it is closed with 4029.
    pub(crate) messages_per_second: u32,
    pub(crate) messages_burst: u32,
    pub(crate) heartbeat_ms: u64,
}

/// All viewers. A cheap, shared handle.
#[derive(Clone)]
pub(crate) struct Hub {
    shared: Arc<Shared>,
}

struct Shared {
    journal: Journal,
    backlog_reader: BacklogReader,
    clock: Clock,
    limits: RwLock<HubLimits>,
    shards: Vec<Arc<Shard>>,
    count: Arc<AtomicUsize>,
    /// Those of them that receive Server-Sent Events.
    events_count: AtomicUsize,
    /// Those of the latter that came over HTTP/2.
    http2_count: AtomicUsize,
    metrics: Metrics,
    topics: Topics,
    /// Set once, if there are rooms.
    rooms: OnceLock<WeakRooms>,
    /// The client count, to which every viewer is subscribed.
    count_topic: Topic,
    addresses: AddressLimits,
    /// Whose viewers they are, by the viewer's id; only of those that limits of an address apply to. Locked briefly,
    /// with no other lock taken under it.
    viewer_addresses: Mutex<HashMap<u64, IpAddr>>,
    /// Viewers without a credential, where the dashboard is public.
    public_count: AtomicUsize,
    next_id: AtomicU64,
    draining: AtomicBool,
}

/// Why a viewer is refused.
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
        let why = match self {
            Self::Full => RejectedRequest::Viewers,
            Self::AddressFull => RejectedRequest::ViewersOfAddress,
            Self::Draining => RejectedRequest::Stopping,
        };
        let headers = [(header::RETRY_AFTER, "5")];
        let mut response = (status, headers, format!("{self}\n")).into_response();
        response.extensions_mut().insert(why);
        response
    }
}

/// The place of a viewer within the limits, until it is dropped.
pub(crate) struct ViewerSlot {
    hub: Hub,
    counted: Counted,
    kind: TransportKind,
    pub(crate) id: u64,
}

/// As what a viewer counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    /// Absent if it is exempt from limits of an address.
    pub(crate) address: Option<IpAddr>,
    /// Whether it has no credential, where the dashboard is public. Together, these are at most half of the viewers.
    pub(crate) is_public: bool,
    /// Whether it came over HTTP/2.
    pub(crate) is_http2: bool,
}

impl Counted {
    /// The sender of a request.
    pub(crate) fn of(extensions: &Extensions, login: &LoginPolicy) -> Self {
        let principal = extensions.get::<Principal>();
        Self {
            address: RequestOrigin::of(extensions).limited_address(login),
            is_public: principal.is_some_and(|it| it.credential == Credential::Public),
            is_http2: false,
        }
    }
}

/// What a viewer is connected by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransportKind {
    WebSocket,
    Events,
}

impl TransportKind {
    pub(crate) const ALL: [Self; 2] = [Self::WebSocket, Self::Events];

    /// Its name in metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::Events => "sse",
        }
    }
}

impl ViewerSlot {
    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }
}

impl Hub {
    pub(crate) fn new(
        journal: Journal,
        backlog_reader: BacklogReader,
        clock: Clock,
        limits: HubLimits,
        shards: usize,
        metrics: Metrics,
    ) -> Self {
        let count = Arc::new(AtomicUsize::new(0));
        journal.set_translator(Translator::new(Arc::clone(&count)));
        let topics = Topics::default();
        let count_topic = topics
            .open(CLIENT_COUNT_EVERY)
            .expect("the first topic is within the limit");
        let shared = Shared {
            journal,
            backlog_reader,
            clock,
            limits: RwLock::new(limits),
            shards: (0..shards.max(1)).map(|_| Arc::default()).collect(),
            count,
            events_count: AtomicUsize::new(0),
            http2_count: AtomicUsize::new(0),
            metrics,
            topics,
            rooms: OnceLock::new(),
            count_topic,
            addresses: AddressLimits::default(),
            viewer_addresses: Mutex::default(),
            public_count: AtomicUsize::new(0),
            next_id: AtomicU64::new(1),
            draining: AtomicBool::new(false),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Starts one sweep for each shard, and the delivery of topics.
    pub(crate) fn start(&self, tasks: &mut Tasks, stop: &watch::Receiver<bool>, spread: Duration) {
        for shard in &self.shared.shards {
            let sweep = Sweep::new(
                Arc::clone(shard),
                self.journal().clone(),
                self.clock(),
                self.limits().heartbeat_ms,
            );
            let (runtime, stop) = (Handle::current(), stop.clone());
            tasks.spawn_thread("sweep", move || runtime.block_on(sweep.run(stop, spread)));
        }
        let topics = self.shared.topics.clone();
        let delivery = topics.run(self.journal().clone(), self.clock(), stop.clone());
        let runtime = Handle::current();
        tasks.spawn_thread("topics", move || runtime.block_on(delivery));
    }

    /// What is sent to viewers and is not in the log.
    pub(crate) fn topics(&self) -> &Topics {
        &self.shared.topics
    }

    /// Has viewers say where they are.
    pub(crate) fn set_rooms(&self, rooms: &Rooms) {
        // Set once; there is one server.
        let _ = self.shared.rooms.set(rooms.downgrade());
    }

    /// The rooms; absent without a store.
    pub(crate) fn rooms(&self) -> Option<Rooms> {
        self.shared.rooms.get()?.upgrade()
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

    pub(crate) fn limits(&self) -> HubLimits {
        *self
            .shared
            .limits
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies other limits, except the heartbeat, which viewers were told.
    pub(crate) fn set_limits(&self, limits: HubLimits) {
        let mut current = self
            .shared
            .limits
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let heartbeat_ms = current.heartbeat_ms;
        *current = HubLimits {
            heartbeat_ms,
            ..limits
        };
    }

    pub(crate) fn shard(&self, id: u64) -> &Arc<Shard> {
        let shards = &self.shared.shards;
        &shards[id as usize % shards.len()]
    }

    /// The number of viewers.
    pub(crate) fn count(&self) -> usize {
        self.shared.count.load(Ordering::Relaxed)
    }

    /// The number of viewers by transport.
    pub(crate) fn count_of(&self, kind: TransportKind) -> usize {
        let events = self.shared.events_count.load(Ordering::Relaxed);
        match kind {
            TransportKind::Events => events,
            TransportKind::WebSocket => self.count().saturating_sub(events),
        }
    }

    /// The number of viewers over HTTP/2.
    pub(crate) fn http2_count(&self) -> usize {
        self.shared.http2_count.load(Ordering::Relaxed)
    }

    /// The viewers that were behind the most at the last check, the slowest first.
    pub(crate) fn slowest(&self) -> Vec<Slow> {
        let shards = self.shared.shards.iter();
        let mut all: Vec<Slow> = shards.flat_map(|it| it.slowest().0.clone()).collect();
        all.sort_by_key(|it| std::cmp::Reverse(it.behind_messages));
        all.truncate(SLOWEST_MAX);
        all
    }

    /// The client of a viewer, if limits of an address apply to it.
    pub(crate) fn viewer_address(&self, id: u64) -> Option<IpAddr> {
        self.shared.viewer_addresses().get(&id).copied()
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// What all viewers were sent.
    pub(crate) fn traffic(&self) -> TrafficTotals {
        let mut totals = TrafficTotals::default();
        for shard in &self.shared.shards {
            shard.traffic.add_to(&mut totals);
        }
        self.shared.topics.traffic().add_to(&mut totals);
        totals
    }

    /// Writes to a viewer from its own task: see [`Outbox::drain`].
    pub(crate) fn drain(
        &self,
        viewer_id: u64,
        outbox: &mut Outbox,
        sink: &impl Sink,
    ) -> io::Result<Progress> {
        let mut tally = Tally::default();
        let progress = outbox.drain(sink, self.journal(), self.clock().now_ms(), &mut tally);
        self.shard(viewer_id).traffic.add(&mut tally);
        progress
    }

    /// Whether a viewer is subscribed to the stream, as of the last second.
    pub(crate) fn is_watched(&self, stream: Stream) -> bool {
        self.shared
            .shards
            .iter()
            .any(|shard| shard.state().interest.contains(stream))
    }

    /// Sends a viewer its first messages: `connection`, and the client count.
    pub(crate) fn greet(&self, viewer: &Arc<Viewer>) {
        // Under the lock, so that no older count follows this one.
        let mut outbox = viewer.outbox();
        let count = self.update_count();
        outbox.queue_message(&self.greeting(viewer.id, count));
        self.shared.count_topic.subscribe(viewer, &mut outbox);
    }

    /// Updates the topic of the client count; returns the count.
    fn update_count(&self) -> usize {
        let mut count = 0;
        let updated = self.shared.count_topic.set(|| {
            count = self.count();
            ServerMessage::ClientCount(ClientCount {
                count: count as u64,
            })
        });
        if let Err(error) = updated {
            tracing::debug!(%error, "The client count is not sent.");
        }
        count
    }

    fn greeting(&self, id: u64, count: usize) -> ServerMessage {
        let journal = self.journal();
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

    /// Subscribes a viewer, and hands its backlog over to its task.
    pub(crate) fn subscribe(
        &self,
        viewer: &Viewer,
        subscribe: &Subscribe,
        correlation_id: Option<String>,
    ) {
        let mut outbox = viewer.outbox();
        let mut tally = Tally::default();
        outbox.subscribe(self.journal(), subscribe, correlation_id, &mut tally);
        let streams = outbox.cursor.streams();
        viewer.set_interest(streams);
        outbox.hand_over(self.clock().now_ms());
        drop(outbox);
        let shard = self.shard(viewer.id);
        shard.add_interest(streams);
        shard.traffic.add(&mut tally);
    }

    /// Closes the viewers whose credential has ceased to count.
    pub(crate) fn check_grants(&self) {
        self.shared
            .shards
            .iter()
            .for_each(|shard| shard.check_grants());
    }

    /// Takes a slot for a viewer.
    pub(crate) fn admit(
        &self,
        counted: Counted,
        kind: TransportKind,
    ) -> Result<ViewerSlot, Refusal> {
        let (shared, limits) = (&self.shared, self.limits());
        if shared.draining.load(Ordering::Relaxed) {
            return Err(Refusal::Draining);
        }
        let per_address_max = limits.viewers_per_address_max;
        if let Some(address) = counted.address
            && !shared.addresses.acquire(address, per_address_max)
        {
            return Err(Refusal::AddressFull);
        }
        let slot = ViewerSlot {
            hub: self.clone(),
            counted,
            kind,
            id: shared.next_id.fetch_add(1, Ordering::Relaxed),
        };
        // From here on, dropping the slot undoes all of this.
        let before = shared.count.fetch_add(1, Ordering::Relaxed);
        let public_before = match counted.is_public {
            true => shared.public_count.fetch_add(1, Ordering::Relaxed),
            false => 0,
        };
        if kind == TransportKind::Events {
            shared.events_count.fetch_add(1, Ordering::Relaxed);
        }
        if counted.is_http2 {
            shared.http2_count.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(address) = counted.address {
            shared.viewer_addresses().insert(slot.id, address);
        }
        self.update_count();
        if before >= limits.viewers_max || public_before >= limits.viewers_max.div_ceil(2) {
            return Err(Refusal::Full);
        }
        Ok(slot)
    }

    /// Refuses further viewers; then the sweeps can be stopped, which close all viewers.
    pub(crate) fn close(&self) {
        self.shared.draining.store(true, Ordering::Relaxed);
    }

    /// Waits until all viewers have left.
    pub(crate) async fn emptied(&self) {
        let mut look = tokio::time::interval(Duration::from_millis(20));
        while self.count() > 0 {
            look.tick().await;
        }
    }
}

impl Shared {
    fn viewer_addresses(&self) -> MutexGuard<'_, HashMap<u64, IpAddr>> {
        let addresses = self.viewer_addresses.lock();
        addresses.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ViewerSlot {
    fn drop(&mut self) {
        let shared = &self.hub.shared;
        if let Some(address) = self.counted.address {
            shared.addresses.release(address);
            shared.viewer_addresses().remove(&self.id);
        }
        if self.counted.is_http2 {
            shared.http2_count.fetch_sub(1, Ordering::Relaxed);
        }
        if self.counted.is_public {
            shared.public_count.fetch_sub(1, Ordering::Relaxed);
        }
        if self.kind == TransportKind::Events {
            shared.events_count.fetch_sub(1, Ordering::Relaxed);
        }
        shared.count.fetch_sub(1, Ordering::Relaxed);
        self.hub.update_count();
    }
}
