use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// Random numbers that are reproducible from a seed.
///
/// ChaCha8, unlike the smaller generators of `rand`, has stable output on all platforms and in all versions,
/// and any number of independent streams per seed.
pub(super) struct Random(ChaCha8Rng);

impl Random {
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Self(generator)
    }

    pub(super) fn within(&mut self, range: Range<f64>) -> f64 {
        self.0.random_range(range)
    }

    pub(super) fn whole(&mut self, range: Range<u32>) -> u32 {
        self.0.random_range(range)
    }

    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.0.random_range(0..items.len())]
    }
}
