//! Samples as bytes: what a chunk's `data` holds.
//!
//! A chunk is some columns over one column of times, coded together. Decimals become whole numbers
//! (`decimal.rs`), those the differences that are smallest (`values.rs`), times their distance from a
//! grid (`times.rs`), and all of them bits that an adaptive range coder squeezes (`range.rs`,
//! `bits.rs`). Encoding is lossless to the bit. Decoding any bytes ends with columns or an error, and
//! allocates for no more than [`SAMPLES_MAX`].
//!
//! Nothing here knows what is measured, or where chunks are stored. Start with `chunk.rs`.

mod chunk;
mod error;

mod times;

mod decimal;
mod raw;
mod values;

mod bits;
mod range;

mod varint;

pub use chunk::{SAMPLES_MAX, decode, encode};
pub use error::DecodeError;
