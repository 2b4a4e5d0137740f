//! Minutes and hours: the extremes, the sum and the count of the samples in each.
//!
//! A bucket is always computed from everything in it, a minute from its samples and an hour from its
//! minutes, in order of time. So neither the order in which samples came matters, nor how often a chunk
//! was written. Nothing here knows where chunks are stored.

mod bucket;
mod buckets;

pub use bucket::Bucket;
pub use buckets::Buckets;
