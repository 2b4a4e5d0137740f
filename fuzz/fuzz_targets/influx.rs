//! Arbitrary bytes as line protocol of InfluxDB.

#![no_main]

#[expect(dead_code, reason = "each target uses one function")]
#[path = "../../crates/ingest/tests/replay/mod.rs"]
mod replay;

libfuzzer_sys::fuzz_target!(|data: &[u8]| replay::influx(data));
