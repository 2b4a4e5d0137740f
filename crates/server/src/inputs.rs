//! What other programs report in formats of others: by HTTP (`http/inputs/`), scraped, or as datagrams. The formats
//! themselves are in the crate `ingest`; what becomes of points is decided by the intake.

pub(crate) mod commit;

mod intervals;

pub(crate) mod sources;

pub(crate) mod scrape;
pub(crate) mod statsd;

pub(crate) use commit::{Inputs, Outcome};
pub(crate) use intervals::Intervals;
pub(crate) use sources::Sources;
