//! The wire: every message between a Watchroom server and its viewers.
//!
//! Server and browser compile the same types, whose JSON `docs/protocol.md` describes. Nothing here does
//! I/O, reads a clock or depends on a transport.
//!
//! Start with [`ServerMessage`] and [`ClientMessage`]. [`Stream`] and [`Position`] order durable messages.
//! [`points()`] extracts the series of a message, and a [`Selector`] selects series.

mod named_enum;

mod stream;
mod timestamp;

mod metrics;
mod processes;

mod event;
mod membership;

mod labels;
mod series_key;
mod unit;

mod samples;

mod people;
mod room_message;

mod metric;
mod points;

mod rate;

mod fold;
mod selector;

mod own_host;

mod control;
mod position;
mod properties;
mod server_message;

mod received;

mod client_message;
mod request;

mod envelope;
mod metric_value;

mod close;

mod board;
mod board_message;
mod board_operation;
pub mod boards;

mod ingest;

pub mod account;
pub mod alerting;
pub mod api;
pub mod checks;
mod csv;
pub mod markdown;
pub mod rooms;
pub mod server_info;
pub mod source_info;
mod text;

pub use board::{Board, Item, Layout, Section, Variable, Widget, WidgetOptions, Widgets};
pub use board_message::{BoardAction, BoardMessage, BoardVisibility};
pub use board_operation::{BoardOperation, WidgetField};
pub use client_message::{
    ClientMessage, RequestMetrics, SetInterval, StreamOptions, Subscribe, Unsubscribe,
    sorted_streams,
};
pub use close::CloseCode;
pub use control::{
    ClientCount, Connection, Error, ErrorCode, Gap, GapReason, Ping, Pong, PositionUpdate,
    Subscribed,
};
pub use csv::{csv_text, push_csv_cell};
pub use envelope::{
    ENVELOPE_SUBPROTOCOL, Envelope, EnvelopedMessage, KeyMetrics, MetricsUpdate, Notification,
    PLAIN_SUBPROTOCOL,
};
pub use event::{Alert, AlertState, Data, Event, Level, Log};
pub use fold::{Fold, Folded, Operation};
pub use ingest::{IngestData, IngestEntry, IngestError, IngestText};
pub use labels::Labels;
pub use membership::{Membership, MembershipChange};
pub use metric::Metric;
pub use metric_value::MetricValue;
pub use metrics::{CORES_MAX, Disk, Interface, LoadAverage, METRICS, Memory, Metrics, Temperature};
pub use own_host::{OWN_HOST_ALIAS, OwnHost};
pub use people::{
    PERSON_NAME_CHARS_MAX, Person, PersonKind, PersonPresence, Place, Presence, PresenceState,
    SetPresence, SetTyping, Typing, is_person_name, is_time_range,
};
pub use points::{Point, points, values};
pub use position::{
    ChannelName, Position, is_channel_name, splice_position, splice_position_in, without_position,
};
pub use processes::{Process, Processes};
pub use properties::Properties;
pub use rate::{Count, rate};
pub use received::{Received, Source, UnreadableMessage};
pub use request::{InvalidRequest, Request};
pub use room_message::{RoomAction, RoomKind, RoomMessage};
pub use samples::{ExtraSeries, Samples, SeriesSet, SetSeries};
#[cfg(feature = "match")]
pub use selector::CompiledSelector;
pub use selector::{Comparison, InvalidSelector, Matcher, Selector};
pub use series_key::{HOST_LABEL, NAME_LABEL, SeriesKey};
pub use server_message::{Durable, ServerMessage};
pub use stream::{PageStream, Stream, StreamDefinition, UnknownStream};
pub use text::{is_blank, is_disruptive};
pub use timestamp::{InvalidTimestamp, Timestamp};
pub use unit::{Kind, Unit};

/// The version of this protocol, sent in [`Connection`]; it changes only when an old client would
/// misread a new server.
pub const PROTOCOL_VERSION: u32 = 1;

/// The largest message a client may send, after inflation; beyond it the connection is closed with
/// [`CloseCode::TooBig`].
pub const CLIENT_MESSAGE_BYTES_MAX: usize = 64 << 10;

/// The maximum of `last`, in messages of one stream.
pub const LAST_MAX: u32 = 10_000;

/// The shortest and the longest interval of a stream, in milliseconds.
pub const INTERVAL_MS_RANGE: std::ops::RangeInclusive<u64> = 100..=3_600_000;
