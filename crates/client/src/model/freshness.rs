use super::tracks::Moment;

/// A sample older than this many of its intervals is stale.
const INTERVALS_MAX: f64 = 2.5;

/// How old what the page shows is, by the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// There is nothing yet.
    Empty,
    Fresh,
    Stale {
        seconds: u64,
    },
    /// The viewer switched samples off.
    Off,
    /// At the moment that is shown there was none.
    Unsampled,
}

impl Freshness {
    pub(crate) fn of(newest: Option<Moment>, server_now_ms: f64) -> Self {
        let Some(newest) = newest else {
            return Self::Empty;
        };
        let age_ms = server_now_ms - newest.at.unix_ms() as f64;
        if age_ms > newest.interval_ms as f64 * INTERVALS_MAX {
            Self::Stale {
                seconds: (age_ms / 1_000.0) as u64,
            }
        } else {
            Self::Fresh
        }
    }

    /// How old it was at another moment.
    pub(crate) fn then(newest: Option<Moment>, at_ms: f64) -> Self {
        match Self::of(newest, at_ms) {
            Self::Empty => Self::Unsampled,
            known => known,
        }
    }

    /// What the style sheet goes by.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Fresh => "fresh",
            Self::Stale { .. } => "stale",
            Self::Off => "off",
            Self::Unsampled => "unsampled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Timestamp;

    #[test]
    fn a_sample_is_stale_after_two_and_a_half_intervals() {
        let newest = Moment {
            at: Timestamp::from_unix_ms(10_000),
            interval_ms: 1_000,
        };
        let at = |now_ms| Freshness::of(Some(newest), now_ms);
        assert_eq!(at(12_500.0), Freshness::Fresh);
        assert_eq!(at(12_501.0), Freshness::Stale { seconds: 2 });
        assert_eq!(at(0.0), Freshness::Fresh, "a clock that was set back");
        assert_eq!(Freshness::of(None, 0.0), Freshness::Empty);
    }
}
