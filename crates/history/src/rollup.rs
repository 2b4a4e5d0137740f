//! Minutes and hours: the extremes, the sum and the number of the samples in each.
//!
//! A bucket is always computed anew from everything that is in it, a minute from its samples and an
//! hour from its minutes, in order of time. So it does not matter in which order samples came, or how
//! often a chunk was written. Nothing here knows where chunks are kept.

mod bucket;
mod buckets;

pub use bucket::Bucket;
pub use buckets::Buckets;
