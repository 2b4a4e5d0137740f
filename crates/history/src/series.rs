//! What becomes a series, and what happens to its samples until they are in a chunk.
//!
//! `named.rs` says which figures of a message are series and what they are called, `catalogue.rs`
//! gives them numbers, `head.rs` keeps each series' newest samples, `window.rs` cuts time into chunks,
//! and `recorder.rs` is all of it together: messages in, chunks out. Nothing here awaits, reads a
//! clock or knows a database.

mod named;
mod round;

pub use named::{Figure, figures};
