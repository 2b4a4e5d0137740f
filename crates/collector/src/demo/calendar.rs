//! Hours, days and weeks of the simulated host. Its clock shows UTC, in seconds since the Unix epoch.

pub(super) const MINUTE_S: f64 = 60.0;
pub(super) const HOUR_S: f64 = 60.0 * MINUTE_S;
pub(super) const DAY_S: f64 = 24.0 * HOUR_S;
pub(super) const WEEK_S: f64 = 7.0 * DAY_S;

/// The first Monday.
const MONDAY_S: f64 = 4.0 * DAY_S;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// Of a day since the Unix epoch, which was a Thursday.
    pub(super) fn of(day: i64) -> Self {
        Self::ALL[(day + 3).rem_euclid(7) as usize]
    }

    /// Seconds from the beginning of a week to a time of this day.
    pub(super) const fn at(self, hour: u32, minute: u32) -> f64 {
        self as u32 as f64 * DAY_S + hour as f64 * HOUR_S + minute as f64 * MINUTE_S
    }
}

/// The day that a time is in, since the Unix epoch.
pub(super) fn day(at_s: f64) -> i64 {
    (at_s / DAY_S).floor() as i64
}

/// The hour that a time is in, since the Unix epoch.
pub(super) fn hour(at_s: f64) -> i64 {
    (at_s / HOUR_S).floor() as i64
}

/// The week that a day is in. Weeks begin on Monday.
pub(super) fn week(day: i64) -> i64 {
    (day + 3).div_euclid(7)
}

/// The first day of a week.
pub(super) fn monday(week: i64) -> i64 {
    7 * week - 3
}

/// Seconds since something that happens at this time of each week.
pub(super) fn since_weekly(at_s: f64, time_of_week_s: f64) -> f64 {
    (at_s - MONDAY_S - time_of_week_s).rem_euclid(WEEK_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_day_has_its_weekday() {
        // Tuesday, 2026-01-13, 03:12.
        let at_s = 1_768_273_920.0;
        assert_eq!(Weekday::of(day(at_s)), Weekday::Tuesday);
        assert_eq!(since_weekly(at_s, Weekday::Tuesday.at(3, 0)), 720.0);
        assert_eq!(
            since_weekly(at_s, Weekday::Tuesday.at(3, 13)),
            WEEK_S - 60.0
        );
        assert_eq!(week(day(at_s)), week(day(at_s) + 5), "Sunday ends a week");
        assert_eq!(week(day(at_s)) + 1, week(day(at_s) + 6));
        assert_eq!(monday(week(day(at_s))), day(at_s) - 1);
    }
}
