/// Random numbers that are a function of a seed, a channel and a place, so that any moment can be
/// computed without the moments before it.
///
/// A sequential generator would need two weeks of steps to reach the present. Here live and historical
/// samples use the same function, in any order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise(u64);

impl Noise {
    pub(super) fn new(seed: u64) -> Self {
        Self(mixed(seed))
    }

    /// Evenly distributed from 0 to 1.
    pub(super) fn uniform(self, channel: u64, place: i64) -> f64 {
        let channel = channel.wrapping_mul(0xd1b5_4a32_d192_ed03);
        let bits = mixed(self.0 ^ mixed(place as u64 ^ channel));
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn within(self, channel: u64, place: i64, range: std::ops::Range<f64>) -> f64 {
        range.start + (range.end - range.start) * self.uniform(channel, place)
    }

    /// A value that varies around 0, within 2.5, and is uncorrelated after some times `memory_s`. Its
    /// standard deviation is about 0.8.
    pub(super) fn wander(self, channel: u64, at_s: f64, memory_s: f64) -> f64 {
        let fast = self.wave(channel << 1, at_s / (1.7 * memory_s));
        let slow = self.wave(channel << 1 | 1, at_s / (6.3 * memory_s));
        1.3 * fast + 1.2 * slow
    }

    /// Random values from -1 to 1 at whole numbers, interpolated smoothly (value noise).
    fn wave(self, channel: u64, place: f64) -> f64 {
        let whole = place.floor();
        let part = place - whole;
        let at = |place: i64| 2.0 * self.uniform(channel, place) - 1.0;
        let (one, other) = (at(whole as i64), at(whole as i64 + 1));
        one + (other - one) * part * part * (3.0 - 2.0 * part)
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
fn mixed(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_varies_within_its_range_and_continuously() {
        let noise = Noise::new(7);
        let values: Vec<f64> = (0..50_000)
            .map(|second| noise.wander(3, 1.7e9 + f64::from(second), 20.0))
            .collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>()
            / count;
        assert!(mean.abs() < 0.1, "{mean}");
        assert!((0.7..0.9).contains(&variance.sqrt()), "{}", variance.sqrt());
        assert!(values.iter().all(|value| value.abs() <= 2.5));
        let jump = values.windows(2).map(|two| (two[1] - two[0]).abs());
        assert!(jump.fold(0.0, f64::max) < 0.2);
    }

    #[test]
    fn channels_and_seeds_differ() {
        let values = [(1, 1), (1, 2), (2, 1)]
            .map(|(seed, channel)| Noise::new(seed).uniform(channel, 1_000_000));
        assert!(values[0] != values[1] && values[0] != values[2] && values[1] != values[2]);
    }
}
