//! pcodec with its own choice of mode and differences, times and values apart.

use pco::ChunkConfig;
use pco::standalone::{simple_compress, simple_decompress};

pub(super) fn encode(times_ms: &[i64], values: &[f64]) -> Vec<u8> {
    let config = ChunkConfig::default();
    let times = simple_compress(times_ms, &config).expect("numbers");
    let values = simple_compress(values, &config).expect("numbers");
    let mut bytes = (times.len() as u32).to_le_bytes().to_vec();
    bytes.extend(times);
    bytes.extend(values);
    bytes
}

pub(super) fn decode(bytes: &[u8]) -> (Vec<i64>, Vec<f64>) {
    let (length, rest) = bytes.split_first_chunk().expect("our own bytes");
    let (times, values) = rest.split_at(u32::from_le_bytes(*length) as usize);
    (
        simple_decompress(times).expect("our own bytes"),
        simple_decompress(values).expect("our own bytes"),
    )
}
