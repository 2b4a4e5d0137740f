use std::time::Duration;

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): a few
/// lines that make faults repeatable from one seed.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Once in so many times; never if `None`.
    pub(crate) fn one_in(&mut self, times: Option<u64>) -> bool {
        times.is_some_and(|times| self.below(times.max(1)) == 0)
    }

    /// Anything from nothing to twice the mean.
    pub(crate) fn around(&mut self, mean: Duration) -> Duration {
        Duration::from_micros(self.below(2 * mean.as_micros() as u64 + 1))
    }

    /// A key for masking a frame.
    pub(crate) fn mask(&mut self) -> [u8; 4] {
        (self.next() as u32).to_le_bytes()
    }
}
