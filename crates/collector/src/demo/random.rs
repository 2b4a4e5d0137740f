use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// Random numbers that a seed repeats.
///
/// ChaCha8 rather than the smaller generators of `rand`: its output is promised to stay the same on
/// every platform and in every version, and one seed has as many independent streams as are wanted.
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

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.0.random::<f64>() < probability
    }

    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.0.random_range(0..items.len())]
    }

    /// Bell-shaped around 0 with a deviation of 1, and never beyond 3.5: a sum of uniform numbers
    /// (Irwin and Hall) comes close enough, and has no tail that would need clamping.
    fn bell(&mut self) -> f64 {
        let sum: f64 = (0..4).map(|_| self.0.random::<f64>()).sum();
        (sum - 2.0) * 3.0_f64.sqrt()
    }
}

/// A figure that wanders around 0 and is drawn back to it (an Ornstein-Uhlenbeck process).
pub(super) struct Walk {
    value: f64,
    /// Its standard deviation in the long run.
    spread: f64,
    /// How long it remembers.
    memory_s: f64,
}

impl Walk {
    pub(super) fn new(spread: f64, memory_s: f64) -> Self {
        Self {
            value: 0.0,
            spread,
            memory_s,
        }
    }

    /// Exact for any step, so that a late tick looks like several on time.
    pub(super) fn step(&mut self, random: &mut Random, elapsed_s: f64) -> f64 {
        let kept = (-elapsed_s / self.memory_s).exp();
        let noise = self.spread * (1.0 - kept * kept).sqrt();
        self.value = self.value * kept + noise * random.bell();
        self.value
    }

    pub(super) fn value(&self) -> f64 {
        self.value
    }
}

/// How far something that follows a target with a time constant comes in a step.
pub(super) fn follow(value: &mut f64, target: f64, elapsed_s: f64, constant_s: f64) {
    *value += (target - *value) * (1.0 - (-elapsed_s / constant_s).exp());
}
