//! Arbitrary bytes as a stored chunk.

#![no_main]

#[path = "../../crates/history/tests/replay/mod.rs"]
mod replay;

libfuzzer_sys::fuzz_target!(|data: &[u8]| replay::chunk(data));
