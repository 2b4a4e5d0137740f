/// A float has nearly sixteen, and adding up some thousands of them leaves thirteen.
const DIGITS: f64 = 12.0;
/// Smaller values are shown without decimals.
const DECIMALS_MAX: f64 = 30.0;

/// Statistics of consecutive samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// The lowest.
    pub min: f64,
    /// The highest.
    pub max: f64,
    /// To about thirteen digits.
    pub sum: f64,
    /// How many; never 0.
    pub count: u64,
}

impl Bucket {
    /// Of one sample.
    pub fn of(value: f64) -> Self {
        Self {
            min: value,
            max: value,
            sum: value,
            count: 1,
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            sum: self.sum + other.sum,
            count: self.count + other.count,
        }
    }

    /// The mean, within the extremes even where the sum was rounded.
    pub fn avg(self) -> f64 {
        (self.sum / self.count as f64).max(self.min).min(self.max)
    }

    /// Rounds the sum: tenths that were added as floats become tenths again (3.3000000000000003 is
    /// 3.3), which takes a third of the bytes. The error is less than a trillionth of what was added.
    pub(super) fn tidied(self) -> Self {
        let added_up = self.min.abs().max(self.max.abs()) * self.count as f64;
        let decimals = DIGITS - added_up.log10().floor();
        if !(1.0..=DECIMALS_MAX).contains(&decimals) {
            return self;
        }
        let text = format!("{:.*}", decimals as usize, self.sum);
        // A formatted number parses. Adding zero turns -0.0 into 0.0.
        let sum = text.parse().map_or(self.sum, |sum: f64| sum + 0.0);
        Self { sum, ..self }
    }
}
