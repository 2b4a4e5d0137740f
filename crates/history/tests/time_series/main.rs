//! Samples in, chunks, answers out: what somebody who asks of the past would notice.

mod memory;
mod naive;
mod support;

mod asking;
mod backfill;
mod folding;
mod limits;
mod model;
mod recording;
