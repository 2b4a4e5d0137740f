//! Second differences of times in four sizes, and values by the bits that changed: T. Pelkonen et al.,
//! "Gorilla: A fast, scalable, in-memory time series database", VLDB 2015, section 4.1; times in
//! milliseconds with wider sizes, since there they are seconds.

use super::varints::{unzigzag, zigzag};

#[derive(Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    bits: u32,
}

impl Writer {
    pub(super) fn put(&mut self, number: u64, count: u32) {
        for place in (0..count).rev() {
            if self.bits.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let bit = (number >> place & 1) as u8;
            *self.bytes.last_mut().expect("just pushed") |= bit << (7 - self.bits % 8);
            self.bits += 1;
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn take(&mut self, count: u32) -> u64 {
        let mut number = 0;
        for _ in 0..count {
            let bit = self.bytes[self.at / 8] >> (7 - self.at % 8) & 1;
            number = number << 1 | u64::from(bit);
            self.at += 1;
        }
        number
    }
}

/// How many bits a second difference takes behind so many ones and a zero.
const SIZES: [u32; 5] = [0, 4, 8, 12, 64];

pub(super) fn encode(times_ms: &[i64], values: &[f64]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.put(times_ms.len() as u64, 16);
    let (mut before, mut step) = (0, 0);
    let (mut bits_before, mut leading, mut trailing) = (0_u64, 64, 0);
    for (&time_ms, &value) in times_ms.iter().zip(values) {
        let distance = time_ms - before;
        let change = zigzag(distance - step);
        (before, step) = (time_ms, distance);
        let size = SIZES
            .iter()
            .position(|&size| size == 64 || change >> size == 0);
        let size = size.expect("64 bits hold it");
        for _ in 0..size {
            writer.put(1, 1);
        }
        if SIZES[size] < 64 {
            writer.put(0, 1);
        }
        writer.put(change, SIZES[size]);

        let changed = value.to_bits() ^ bits_before;
        bits_before = value.to_bits();
        if changed == 0 {
            writer.put(0, 1);
            continue;
        }
        let (before, behind) = (changed.leading_zeros().min(31), changed.trailing_zeros());
        if before >= leading && behind >= trailing {
            writer.put(0b10, 2);
        } else {
            (leading, trailing) = (before, behind);
            writer.put(0b11, 2);
            writer.put(u64::from(leading), 5);
            writer.put(u64::from(63 - leading - trailing), 6);
        }
        writer.put(changed >> trailing, 64 - leading - trailing);
    }
    writer.finish()
}

pub(super) fn decode(bytes: &[u8]) -> (Vec<i64>, Vec<f64>) {
    let mut reader = Reader::new(bytes);
    let count = reader.take(16) as usize;
    let (mut times_ms, mut values) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut time_ms, mut step, mut bits) = (0, 0, 0);
    let (mut leading, mut trailing) = (0, 0);
    for _ in 0..count {
        let mut size = 0;
        while SIZES[size] < 64 && reader.take(1) == 1 {
            size += 1;
        }
        step += unzigzag(reader.take(SIZES[size]));
        time_ms += step;
        times_ms.push(time_ms);
        if reader.take(1) == 1 {
            if reader.take(1) == 1 {
                leading = reader.take(5) as u32;
                trailing = 63 - leading - reader.take(6) as u32;
            }
            bits ^= reader.take(64 - leading - trailing) << trailing;
        }
        values.push(f64::from_bits(bits));
    }
    (times_ms, values)
}
