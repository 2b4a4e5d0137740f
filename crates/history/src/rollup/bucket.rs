/// A float has nearly sixteen, and adding up some thousands of them leaves thirteen.
const DIGITS: f64 = 12.0;
/// What is smaller than this shows no decimals to anybody.
const DECIMALS_MAX: f64 = 30.0;

/// What is known of some samples that are next to each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// The lowest.
    pub min: f64,
    /// The highest.
    pub max: f64,
    /// All of them added up, to thirteen digits or so.
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

    /// As it is kept: tenths that were added up as floats are tenths again (3.3000000000000003 is
    /// 3.3), which takes a third of the bytes. What is rounded away is less than a trillionth of what
    /// was added up.
    pub(super) fn tidied(self) -> Self {
        let added_up = self.min.abs().max(self.max.abs()) * self.count as f64;
        let decimals = DIGITS - added_up.log10().floor();
        if !(1.0..=DECIMALS_MAX).contains(&decimals) {
            return self;
        }
        let text = format!("{:.*}", decimals as usize, self.sum);
        // A text that was written as a number is one. Adding zero turns -0.0 into 0.0.
        let sum = text.parse().map_or(self.sum, |sum: f64| sum + 0.0);
        Self { sum, ..self }
    }
}
