//! Arbitrary bytes as a request of Prometheus remote write.

#![no_main]

#[expect(dead_code, reason = "each target uses one function")]
#[path = "../../crates/ingest/tests/replay/mod.rs"]
mod replay;

libfuzzer_sys::fuzz_target!(|data: &[u8]| replay::remote_write(data));
