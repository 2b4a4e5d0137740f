/// So many samples must agree before a clock is taken to have been set back.
const SAMPLES: usize = 10;

/// Samples whose delays differ by less than this came as they were taken, in milliseconds: those of a backlog
/// come all at once.
const AGREE_MS: f64 = 1_000.0;

/// Estimates the server's clock from samples, where there are no pongs.
///
/// No sample comes from the future, so the one with the least delay gives the best estimate; unless several
/// agree that the server's clock was set back.
#[derive(Debug, Clone, Default)]
pub(super) struct SampleClock {
    /// Of the newest samples: their time minus that of this page when they came, in milliseconds.
    offsets_ms: Vec<f64>,
}

impl SampleClock {
    /// The new estimate after a sample with this offset.
    pub(super) fn correct(&mut self, offset_ms: f64, estimated_offset_ms: f64) -> f64 {
        if self.offsets_ms.len() == SAMPLES {
            self.offsets_ms.remove(0);
        }
        self.offsets_ms.push(offset_ms);
        let (mut low_ms, mut high_ms) = (offset_ms, offset_ms);
        for other_ms in &self.offsets_ms {
            low_ms = low_ms.min(*other_ms);
            high_ms = high_ms.max(*other_ms);
        }
        match self.offsets_ms.len() == SAMPLES && high_ms - low_ms < AGREE_MS {
            true => high_ms,
            false => estimated_offset_ms.max(offset_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(clock: &mut SampleClock, offsets_ms: impl Iterator<Item = f64>, first: f64) -> f64 {
        offsets_ms.fold(first, |estimate_ms, offset_ms| {
            clock.correct(offset_ms, estimate_ms)
        })
    }

    #[test]
    fn the_least_delay_counts() {
        let mut clock = SampleClock::default();
        let late = [-40.0, -300.0, -20.0, -80.0].into_iter();
        assert_eq!(estimate(&mut clock, late, -5_000.0), -20.0);
    }

    #[test]
    fn a_backlog_does_not_change_the_estimate() {
        let mut clock = SampleClock::default();
        let backlog = (0..50).map(|second| f64::from(second) * 1_000.0 - 80_000.0);
        assert_eq!(estimate(&mut clock, backlog, -20.0), -20.0);
    }

    #[test]
    fn a_clock_that_was_set_back_is_followed() {
        let mut clock = SampleClock::default();
        let after = (0..10).map(|number| -600_000.0 - f64::from(number % 3));
        assert_eq!(estimate(&mut clock, after, -20.0), -600_000.0);
    }
}
