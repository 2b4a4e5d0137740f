//! Integers as bits, each with an adaptive context for its position.

use super::range::{Bit, Decoder, Encoder};

/// Bit lengths 1 to 64.
const LENGTHS: usize = 64;
/// Neighbours are alike: the context of a length is the length of the number before, up to this one.
const LENGTH_BEFORE_MAX: usize = 16;
/// Of a longer number only so many bits have contexts; the others are noise.
const LEADING_BITS: u32 = 5;

/// Numbers of one kind: whether it is 0, then its length, then its bits below the leading one.
pub(super) struct Numbers {
    zero: [Bit; 8],
    lengths: Vec<[Bit; LENGTHS]>,
    /// For numbers of at most `depth` bits: a tree of contexts for each length.
    depth: u32,
    whole: Vec<Bit>,
    leading: Vec<[Bit; 1 << LEADING_BITS]>,
    /// Whether each of the last three was 0, newest lowest.
    zeros: usize,
    length_before: usize,
}

impl Numbers {
    /// Numbers of up to `depth` bits are learned exactly; of longer ones only the length is.
    pub(super) fn new(depth: u32) -> Self {
        Self {
            zero: [Bit::NEW; 8],
            lengths: vec![[Bit::NEW; LENGTHS]; LENGTH_BEFORE_MAX + 1],
            depth,
            whole: vec![Bit::NEW; 1 << depth],
            leading: vec![[Bit::NEW; 1 << LEADING_BITS]; LENGTHS + 1],
            zeros: 0,
            length_before: 0,
        }
    }

    pub(super) fn encode(&mut self, encoder: &mut Encoder, number: u64) {
        let length = u64::BITS - number.leading_zeros();
        encoder.bit(&mut self.zero[self.zeros], number != 0);
        if number != 0 {
            let contexts = &mut self.lengths[self.length_before.min(LENGTH_BEFORE_MAX)];
            tree_encode(encoder, contexts, u64::from(length) - 1, 6);
            let below = length - 1;
            if length <= self.depth {
                tree_encode(encoder, &mut self.whole[1 << below..], number, below);
            } else {
                let plain = below.saturating_sub(LEADING_BITS);
                let leading = &mut self.leading[length as usize];
                tree_encode(encoder, leading, number >> plain, below - plain);
                encoder.plain(number, plain);
            }
        }
        self.remember(length);
    }

    #[inline]
    pub(super) fn decode(&mut self, decoder: &mut Decoder<'_>) -> u64 {
        if !decoder.bit(&mut self.zero[self.zeros]) {
            self.remember(0);
            return 0;
        }
        let contexts = &mut self.lengths[self.length_before.min(LENGTH_BEFORE_MAX)];
        let below = tree_decode(decoder, contexts, 6) as u32;
        let number = if below < self.depth {
            let bits = tree_decode(decoder, &mut self.whole[1 << below..], below);
            1 << below | bits
        } else {
            let plain = below.saturating_sub(LEADING_BITS);
            let leading = &mut self.leading[below as usize + 1];
            let bits = tree_decode(decoder, leading, below - plain);
            1 << below | bits << plain | decoder.plain(plain)
        };
        self.remember(below + 1);
        number
    }

    fn remember(&mut self, length: u32) {
        self.zeros = (self.zeros << 1 | usize::from(length == 0)) & 7;
        self.length_before = length as usize;
    }
}

/// The lowest `count` bits of `number`, highest first, each in the context of those above it.
pub(super) fn tree_encode(encoder: &mut Encoder, contexts: &mut [Bit], number: u64, count: u32) {
    let mut node = 1;
    for place in (0..count).rev() {
        let bit = number >> place & 1 == 1;
        encoder.bit(&mut contexts[node], bit);
        node = node << 1 | usize::from(bit);
    }
}

#[inline]
pub(super) fn tree_decode(decoder: &mut Decoder<'_>, contexts: &mut [Bit], count: u32) -> u64 {
    let mut node = 1;
    for _ in 0..count {
        node = node << 1 | usize::from(decoder.bit(&mut contexts[node]));
    }
    (node - (1 << count)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(
            numbers in prop::collection::vec((any::<u64>(), 0_u32..64), 0..300),
            depth in 0_u32..13,
        ) {
            let numbers: Vec<u64> = numbers.iter().map(|(number, shift)| number >> shift).collect();
            let mut encoder = Encoder::new();
            let mut model = Numbers::new(depth);
            for &number in &numbers {
                model.encode(&mut encoder, number);
            }
            let bytes = encoder.finish();
            let mut decoder = Decoder::new(&bytes);
            let mut model = Numbers::new(depth);
            for &number in &numbers {
                prop_assert_eq!(model.decode(&mut decoder), number);
            }
        }
    }
}
