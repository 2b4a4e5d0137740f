use super::calendar::{first_of_month, month_and_day};
use super::{DAY_MS, Hours};

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// The first Monday after 1970 began on a Thursday.
const MONDAY: i64 = 4;

/// The distance between ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Milliseconds of a day.
    Clock(i64),
    /// Days; those of weeks begin on Monday (ISO 8601).
    Days(i64),
    /// Months; years are twelve of them.
    Months(i64),
}

/// All of them, ascending.
pub(super) static STEPS: [Step; 37] = [
    Step::Clock(SECOND_MS),
    Step::Clock(2 * SECOND_MS),
    Step::Clock(5 * SECOND_MS),
    Step::Clock(10 * SECOND_MS),
    Step::Clock(15 * SECOND_MS),
    Step::Clock(30 * SECOND_MS),
    Step::Clock(MINUTE_MS),
    Step::Clock(2 * MINUTE_MS),
    Step::Clock(5 * MINUTE_MS),
    Step::Clock(10 * MINUTE_MS),
    Step::Clock(15 * MINUTE_MS),
    Step::Clock(30 * MINUTE_MS),
    Step::Clock(HOUR_MS),
    Step::Clock(2 * HOUR_MS),
    Step::Clock(3 * HOUR_MS),
    Step::Clock(6 * HOUR_MS),
    Step::Clock(12 * HOUR_MS),
    Step::Days(1),
    Step::Days(2),
    Step::Days(4),
    Step::Days(7),
    Step::Days(14),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(2 * 12),
    Step::Months(5 * 12),
    Step::Months(10 * 12),
    Step::Months(20 * 12),
    Step::Months(50 * 12),
    Step::Months(100 * 12),
    Step::Months(1_000 * 12),
    Step::Months(10_000 * 12),
    Step::Months(100_000 * 12),
    Step::Months(1_000_000 * 12),
];

impl Step {
    /// Its least length.
    pub(super) fn least_ms(self) -> i64 {
        match self {
            Self::Clock(ms) => ms,
            Self::Days(days) => days * DAY_MS,
            Self::Months(months) => months * 28 * DAY_MS,
        }
    }

    /// The characters of its longest label.
    pub(super) fn label_chars(self, hours: Hours) -> usize {
        match (self, hours) {
            (Self::Clock(..MINUTE_MS), Hours::TwentyFour) => 8,
            (Self::Clock(..MINUTE_MS), Hours::Twelve) => 11,
            (Self::Clock(_), Hours::Twelve) => 8,
            (Self::Clock(_) | Self::Days(_), _) => 6,
            (Self::Months(_), _) => 4,
        }
    }

    /// The first round local time not before `local_ms`.
    pub(super) fn from(self, local_ms: i64) -> i64 {
        match self {
            Self::Clock(ms) => round_up(local_ms, ms),
            Self::Days(days) => {
                let day = round_up(local_ms, DAY_MS) / DAY_MS;
                (round_up(day - MONDAY, days) + MONDAY) * DAY_MS
            }
            Self::Months(months) => {
                let day = round_up(local_ms, DAY_MS) / DAY_MS;
                let (month, of_month) = month_and_day(day);
                let month = if of_month == 1 { month } else { month + 1 };
                first_of_month(round_up(month, months)) * DAY_MS
            }
        }
    }
}

fn round_up(value: i64, step: i64) -> i64 {
    -(-value).div_euclid(step) * step
}
