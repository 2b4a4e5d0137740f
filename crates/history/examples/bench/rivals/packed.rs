//! Small numbers in blocks, each with as many bits a number as its largest needs.

use super::gorilla::{Reader, Writer};
use super::varints::{smallest, undo};

const BLOCK: usize = 64;

pub(super) fn encode(times_ms: &[i64], values: &[f64]) -> Vec<u8> {
    let (places, numbers) = smallest(times_ms, values);
    let mut writer = Writer::default();
    writer.put(u64::from(places), 8);
    writer.put(numbers.len() as u64, 32);
    for block in numbers.chunks(BLOCK) {
        let width = block.iter().map(|number| 64 - number.leading_zeros()).max();
        let width = width.unwrap_or(0);
        writer.put(u64::from(width), 7);
        for number in block {
            writer.put(*number, width);
        }
    }
    writer.finish()
}

pub(super) fn decode(bytes: &[u8]) -> (Vec<i64>, Vec<f64>) {
    let mut reader = Reader::new(bytes);
    let places = reader.take(8) as i32;
    let count = reader.take(32) as usize;
    let mut numbers = Vec::with_capacity(count);
    while numbers.len() < count {
        let width = reader.take(7) as u32;
        for _ in 0..BLOCK.min(count - numbers.len()) {
            numbers.push(reader.take(width));
        }
    }
    undo(&numbers, places)
}
