//! Which lines are to be fetched to show a stretch of time. Pure.

use chart::Window;

/// Points over the width of a chart: more cannot be distinguished.
const POINTS: f64 = 400.0;

/// Nothing is sampled more often, in milliseconds.
const STEP_MS_MIN: f64 = 1_000.0;

/// Lines may be coarser than they should be by this factor before finer ones are asked for. Where
/// there is room for single samples nothing else will do: a mean beside a gauge that shows the
/// sample would be another truth.
const COARSE_MAX: f64 = 2.0;

/// Before and after what is seen, so much of it is fetched as well, so that moving a little needs
/// nothing.
const MARGIN_SHARE: f64 = 0.5;

/// Lines that follow the present are fetched again after so long, in milliseconds: each sample adds a point to
/// them.
const RENEW_MS: f64 = 600_000.0;

/// What arrived begins with a sample, and not with the moment before it, in milliseconds.
const SLACK_MS: f64 = 2_500.0;

/// What is seen, and what there is. Times are the server's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) window: Window,
    /// The oldest stored message.
    pub(crate) oldest_ms: f64,
    pub(crate) now_ms: f64,
    /// From here on every sample has arrived at this page.
    pub(crate) arrived_from_ms: f64,
    /// Whether the page shows the present, and not another moment.
    pub(crate) is_present: bool,
}

/// What lines are made of that were fetched.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Coverage {
    pub(crate) from_ms: f64,
    pub(crate) to_ms: f64,
    /// How fine they were to be: there may be nothing finer.
    pub(crate) step_ms: f64,
    /// Whether they follow the present.
    pub(crate) follows: bool,
}

/// A stretch to be fetched, in so many points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LineRequest {
    pub(crate) from_ms: f64,
    pub(crate) to_ms: f64,
    pub(crate) points: u32,
    /// Whether it extends to the present, and follows it.
    pub(crate) follows: bool,
}

impl LineRequest {
    pub(crate) fn coverage(&self) -> Coverage {
        Coverage {
            from_ms: self.from_ms,
            to_ms: self.to_ms,
            step_ms: (self.to_ms - self.from_ms) / f64::from((self.points - 1).max(1)),
            follows: self.follows,
        }
    }

    /// Whether there is room for single samples.
    pub(crate) fn is_finest(&self) -> bool {
        self.coverage().step_ms <= STEP_MS_MIN
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Need {
    Nothing,
    /// What has arrived is enough.
    Arrived,
    Fetch(LineRequest),
}

pub(crate) fn need(seen: &Seen, coverage: Option<&Coverage>) -> Need {
    let from_ms = seen.window.from_ms().max(seen.oldest_ms);
    let to_ms = seen.window.to_ms().min(seen.now_ms);
    if to_ms <= from_ms {
        return Need::Nothing;
    }
    if seen.is_present && from_ms >= seen.arrived_from_ms - SLACK_MS {
        return match coverage {
            None => Need::Nothing,
            Some(_) => Need::Arrived,
        };
    }
    let span_ms = seen.window.span_ms();
    let step_ms = (span_ms / POINTS).max(STEP_MS_MIN);
    if coverage.is_some_and(|it| it.is_enough(seen.now_ms, from_ms, to_ms, step_ms)) {
        return Need::Nothing;
    }
    let margin_ms = span_ms * MARGIN_SHARE;
    let from_ms = (from_ms - margin_ms).max(seen.oldest_ms).floor();
    let to_ms = (to_ms + margin_ms).min(seen.now_ms).ceil();
    Need::Fetch(LineRequest {
        from_ms,
        to_ms,
        // The server cuts points at multiples of their length, so that one more than fits is needed:
        // a stretch begins within a point and ends within another.
        points: ((to_ms - from_ms) / step_ms).ceil() as u32 + 1,
        follows: seen.is_present && to_ms >= seen.now_ms,
    })
}

impl Coverage {
    fn is_enough(&self, now_ms: f64, from_ms: f64, to_ms: f64, step_ms: f64) -> bool {
        let reaches = match self.follows {
            true => now_ms - self.to_ms < RENEW_MS,
            false => to_ms <= self.to_ms + SLACK_MS,
        };
        let step_ms_max = match step_ms <= STEP_MS_MIN {
            true => STEP_MS_MIN,
            false => step_ms * COARSE_MAX,
        };
        reaches && from_ms >= self.from_ms - SLACK_MS && self.step_ms <= step_ms_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: f64 = 3_600_000.0;
    const DAY_MS: f64 = 24.0 * HOUR_MS;
    const NOW_MS: f64 = 20.0 * DAY_MS;

    fn seen(from_ms: f64, to_ms: f64) -> Seen {
        Seen {
            window: Window::new(from_ms, to_ms),
            oldest_ms: NOW_MS - 14.0 * DAY_MS,
            now_ms: NOW_MS,
            arrived_from_ms: NOW_MS - 60_000.0,
            is_present: true,
        }
    }

    fn asked(need: Need) -> LineRequest {
        match need {
            Need::Fetch(request) => request,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_arrived_needs_nothing() {
        let near = seen(NOW_MS - 62_000.0, NOW_MS);
        assert_eq!(need(&near, None), Need::Nothing);
        let week = asked(need(&seen(NOW_MS - 7.0 * DAY_MS, NOW_MS), None)).coverage();
        assert_eq!(need(&near, Some(&week)), Need::Arrived);
    }

    #[test]
    fn a_day_is_asked_for_with_a_margin_and_goes_on() {
        let day = seen(NOW_MS - DAY_MS, NOW_MS);
        let request = asked(need(&day, None));
        assert_eq!(request.from_ms, NOW_MS - 1.5 * DAY_MS);
        assert_eq!(request.to_ms, NOW_MS);
        assert_eq!(request.points, 601);
        assert!(request.follows);
        let coverage = request.coverage();
        assert_eq!(need(&day, Some(&coverage)), Need::Nothing);
        let later = |ms| Seen {
            now_ms: NOW_MS + ms,
            ..seen(NOW_MS + ms - DAY_MS, NOW_MS + ms)
        };
        assert_eq!(need(&later(300_000.0), Some(&coverage)), Need::Nothing);
        asked(need(&later(700_000.0), Some(&coverage)));
    }

    #[test]
    fn what_is_looked_at_closely_is_fetched_finely() {
        let day = asked(need(&seen(NOW_MS - DAY_MS, NOW_MS), None)).coverage();
        let from_ms = NOW_MS - 10.0 * HOUR_MS;
        let half = seen(from_ms, from_ms + 13.0 * HOUR_MS);
        assert_eq!(need(&half, Some(&day)), Need::Nothing);
        let close = seen(from_ms, from_ms + 300_000.0);
        let request = asked(need(&close, Some(&day)));
        assert_eq!(
            request.points, 601,
            "one a second, and there is nothing finer"
        );
        assert!(!request.follows);
        let closest = seen(from_ms, from_ms + 10_000.0);
        assert_eq!(need(&closest, Some(&request.coverage())), Need::Nothing);
    }

    #[test]
    fn every_sample_is_asked_for_where_there_is_room() {
        for (minutes, is_every) in [(1.0, true), (5.0, true), (6.0, true), (10.0, false)] {
            let to_ms = NOW_MS - HOUR_MS + 0.5;
            let request = asked(need(&seen(to_ms - minutes * 60_000.0, to_ms), None));
            // As the server cuts them.
            let pieces = f64::from(request.points - 1);
            let step_ms = ((request.to_ms - request.from_ms) / pieces / 1_000.0).ceil() * 1_000.0;
            assert_eq!(step_ms <= 1_000.0, is_every, "{minutes} min");
        }
    }

    #[test]
    fn means_are_not_enough_where_single_samples_fit() {
        let (from_ms, to_ms) = (NOW_MS - 2.0 * HOUR_MS, NOW_MS - HOUR_MS);
        let ten = asked(need(&seen(to_ms - 600_000.0, to_ms), None)).coverage();
        let five = seen(to_ms - 300_000.0, to_ms);
        asked(need(&five, Some(&ten)));
        let hour = asked(need(&seen(from_ms, to_ms), None)).coverage();
        assert_eq!(
            need(&seen(from_ms + 600_000.0, to_ms), Some(&hour)),
            Need::Nothing
        );
    }

    #[test]
    fn nobody_asks_for_what_was_never_written_down() {
        let before = seen(NOW_MS - 30.0 * DAY_MS, NOW_MS - 15.0 * DAY_MS);
        assert_eq!(need(&before, None), Need::Nothing);
        let across = asked(need(&seen(NOW_MS - 20.0 * DAY_MS, NOW_MS), None));
        assert_eq!(across.from_ms, NOW_MS - 14.0 * DAY_MS);
    }

    #[test]
    fn another_moment_is_not_shown_from_what_arrived() {
        let then = Seen {
            is_present: false,
            ..seen(NOW_MS - 30_000.0, NOW_MS)
        };
        let request = asked(need(&then, None));
        assert!(!request.follows);
        assert_eq!(need(&then, Some(&request.coverage())), Need::Nothing);
    }
}
