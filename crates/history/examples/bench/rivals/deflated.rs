//! What a general compressor makes of small numbers, seven bits a byte.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::varints::{smallest, undo};

pub(super) fn encode(times_ms: &[i64], values: &[f64]) -> Vec<u8> {
    let (places, numbers) = smallest(times_ms, values);
    let mut bytes = vec![places];
    for mut number in numbers {
        while number >= 0x80 {
            bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
    }
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes).expect("memory");
    encoder.finish().expect("memory")
}

pub(super) fn decode(bytes: &[u8]) -> (Vec<i64>, Vec<f64>) {
    let mut inflated = Vec::new();
    DeflateDecoder::new(bytes)
        .read_to_end(&mut inflated)
        .expect("our own bytes");
    let mut numbers = Vec::new();
    let (mut number, mut shift) = (0, 0);
    for byte in &inflated[1..] {
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if *byte < 0x80 {
            numbers.push(number);
            (number, shift) = (0, 0);
        }
    }
    undo(&numbers, i32::from(inflated[0]))
}
