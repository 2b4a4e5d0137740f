//! An arbitrary byte stream from a client, split arbitrarily.

#![no_main]

#[expect(dead_code, reason = "the other target uses the rest")]
#[path = "../../crates/websocket/tests/replay/mod.rs"]
mod replay;

libfuzzer_sys::fuzz_target!(|data: &[u8]| replay::frame_parser(data));
