//! Values that are no decimals: the bits in which each differs from the one before it.

use super::bits::{tree_decode, tree_encode};
use super::range::{Bit, Decoder, Encoder};

const BYTES: usize = 8;

/// A tree for each byte of a float, highest first.
struct Bytes([Vec<Bit>; BYTES]);

impl Bytes {
    fn new() -> Self {
        Self(std::array::from_fn(|_| vec![Bit::NEW; 256]))
    }
}

pub(super) fn encode(encoder: &mut Encoder, values: &[f64]) {
    let mut bytes = Bytes::new();
    let mut before = 0;
    for value in values {
        let difference = value.to_bits() ^ before;
        for (contexts, byte) in bytes.0.iter_mut().zip(difference.to_be_bytes()) {
            tree_encode(encoder, contexts, u64::from(byte), 8);
        }
        before = value.to_bits();
    }
}

pub(super) fn decode(decoder: &mut Decoder<'_>, count: usize) -> Vec<f64> {
    let mut bytes = Bytes::new();
    let mut bits = 0;
    let mut values = Vec::with_capacity(count);
    for _ in 0..count {
        let mut difference = 0;
        for contexts in &mut bytes.0 {
            difference = difference << 8 | tree_decode(decoder, contexts, 8);
        }
        bits ^= difference;
        values.push(f64::from_bits(bits));
    }
    values
}
