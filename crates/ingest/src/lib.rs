//! The formats in which other programs report metrics and logs: from bytes to points, with an error per line.
//!
//! Here live parsers and what they agree on: limits, units and kinds by name, histograms reduced to quantiles. Sockets,
//! HTTP, clocks and what becomes of a point never do. Nothing here allocates more than what was sent allows: lengths are
//! checked before memory is taken for them, and a body of more than [`POINTS_MAX`] points is refused.
//!
//! Start with [`Batch`], which all parsers return.

mod batch;
mod naming;

mod decompress;

mod histogram;

mod quoted;

pub mod exposition;
pub mod influx;

mod protobuf;

pub mod otlp;
pub mod remote_write;

pub mod statsd;

pub mod json;

pub use batch::{
    ALL_LABELS_MAX, Batch, BodyError, LABELS_MAX, POINTS_MAX, ParsedPoint, RECORDS_MAX,
    REJECTED_MAX, Reason, Rejected,
};
pub use decompress::{gunzip, unsnap};
pub use histogram::{Histogram, Reducer};
