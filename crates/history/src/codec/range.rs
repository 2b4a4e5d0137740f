//! A binary range coder with adaptive probabilities.
//!
//! The interval arithmetic with its delayed carry is the one of LZMA (I. Pavlov, "LZMA specification",
//! 2015, section "Range coder"), after G. N. N. Martin, "Range encoding", 1979. Unlike there, a
//! probability learns fast at first and slowly later: a chunk is some hundred samples, too few for a
//! fixed rate.

/// The probability that the next bit of a context is 0, learned from the bits before.
#[derive(Clone, Copy)]
pub(super) struct Bit {
    /// In 1/65536.
    zero: u16,
    /// How often it was updated, up to the end of [`RATES`].
    seen: u16,
}

impl Bit {
    pub(super) const NEW: Self = Self {
        zero: 1 << 15,
        seen: 0,
    };

    fn learn(&mut self, bit: bool) {
        let rate = RATES[usize::from(self.seen)];
        let zero = u32::from(self.zero);
        let learnt = if bit {
            zero - ((zero * rate) >> 16)
        } else {
            zero + (((0x1_0000 - zero) * rate) >> 16)
        };
        self.zero = learnt.clamp(ZERO_MIN, 0x1_0000 - ZERO_MIN) as u16;
        self.seen = (self.seen + 1).min(RATES.len() as u16 - 1);
    }
}

/// The lowest probability, so that any bit can be written; the likeliest bit costs a thousandth of a bit.
const ZERO_MIN: u32 = 48;

/// In 1/65536, how far a probability moves towards the bit at the first, second … update.
const RATES: [u32; 96] = {
    let mut rates = [0; 96];
    let mut seen = 0;
    while seen < rates.len() {
        rates[seen] = 131_072 / (2 * seen as u32 + 3);
        seen += 1;
    }
    rates
};

/// Below this the interval is widened by a byte.
const RANGE_MIN: u32 = 1 << 24;

pub(super) struct Encoder {
    low: u64,
    range: u32,
    /// The last byte that a carry may still change, and how many 0xff follow it.
    cache: u8,
    pending: usize,
    bytes: Vec<u8>,
}

impl Encoder {
    pub(super) fn new() -> Self {
        Self {
            low: 0,
            range: u32::MAX,
            cache: 0,
            pending: 0,
            bytes: Vec::new(),
        }
    }

    pub(super) fn bit(&mut self, context: &mut Bit, bit: bool) {
        let bound = (self.range >> 16) * u32::from(context.zero);
        if bit {
            self.low += u64::from(bound);
            self.range -= bound;
        } else {
            self.range = bound;
        }
        context.learn(bit);
        while self.range < RANGE_MIN {
            self.range <<= 8;
            self.shift();
        }
    }

    /// The lowest `count` bits of `number` without a context, where they follow no pattern.
    pub(super) fn plain(&mut self, number: u64, count: u32) {
        for place in (0..count).rev() {
            self.range >>= 1;
            if number >> place & 1 == 1 {
                self.low += u64::from(self.range);
            }
            while self.range < RANGE_MIN {
                self.range <<= 8;
                self.shift();
            }
        }
    }

    fn shift(&mut self) {
        let carry = (self.low >> 32) as u8;
        if self.low < 0xff00_0000 || carry == 1 {
            self.bytes.push(self.cache.wrapping_add(carry));
            let ripple = 0xff_u8.wrapping_add(carry);
            self.bytes.extend((0..self.pending).map(|_| ripple));
            self.pending = 0;
            self.cache = (self.low >> 24) as u8;
        } else {
            self.pending += 1;
        }
        self.low = (self.low & 0x00ff_ffff) << 8;
    }

    /// The bytes written. The first is always 0 and is omitted, and so are zeros at the end: the decoder
    /// reads zeros beyond it.
    pub(super) fn finish(mut self) -> Vec<u8> {
        // The number within the interval with the most trailing zeros.
        let high = self.low + u64::from(self.range) - 1;
        for zeros in (0..32).rev() {
            let rounded = high >> zeros << zeros;
            if rounded >= self.low {
                self.low = rounded;
                break;
            }
        }
        for _ in 0..5 {
            self.shift();
        }
        while self.bytes.last() == Some(&0) {
            self.bytes.pop();
        }
        if !self.bytes.is_empty() {
            self.bytes.remove(0);
        }
        self.bytes
    }
}

pub(super) struct Decoder<'a> {
    code: u32,
    range: u32,
    bytes: &'a [u8],
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Self {
            code: 0,
            range: u32::MAX,
            bytes,
        };
        for _ in 0..4 {
            decoder.code = decoder.code << 8 | decoder.next();
        }
        decoder
    }

    #[inline]
    pub(super) fn bit(&mut self, context: &mut Bit) -> bool {
        let bound = (self.range >> 16) * u32::from(context.zero);
        let bit = self.code >= bound;
        if bit {
            self.code -= bound;
            self.range -= bound;
        } else {
            self.range = bound;
        }
        context.learn(bit);
        while self.range < RANGE_MIN {
            self.range <<= 8;
            self.code = self.code << 8 | self.next();
        }
        bit
    }

    pub(super) fn plain(&mut self, count: u32) -> u64 {
        let mut number = 0;
        for _ in 0..count {
            self.range >>= 1;
            let bit = self.code >= self.range;
            if bit {
                self.code -= self.range;
            }
            number = number << 1 | u64::from(bit);
            while self.range < RANGE_MIN {
                self.range <<= 8;
                self.code = self.code << 8 | self.next();
            }
        }
        number
    }

    #[inline]
    fn next(&mut self) -> u32 {
        let Some((first, rest)) = self.bytes.split_first() else {
            return 0;
        };
        self.bytes = rest;
        u32::from(*first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_come_back(bits in prop::collection::vec((0_usize..3, any::<bool>()), 0..600)) {
            let mut encoder = Encoder::new();
            let mut contexts = [Bit::NEW; 2];
            for &(context, bit) in &bits {
                match contexts.get_mut(context) {
                    Some(context) => encoder.bit(context, bit),
                    None => encoder.plain(u64::from(bit), 1),
                }
            }
            let bytes = encoder.finish();
            let mut decoder = Decoder::new(&bytes);
            let mut contexts = [Bit::NEW; 2];
            for &(context, bit) in &bits {
                let decoded = match contexts.get_mut(context) {
                    Some(context) => decoder.bit(context),
                    None => decoder.plain(1) == 1,
                };
                prop_assert_eq!(decoded, bit);
            }
        }
    }

    #[test]
    fn what_always_comes_costs_next_to_nothing() {
        let mut encoder = Encoder::new();
        let mut context = Bit::NEW;
        for _ in 0..10_000 {
            encoder.bit(&mut context, true);
        }
        assert!(encoder.finish().len() < 12);
    }
}
