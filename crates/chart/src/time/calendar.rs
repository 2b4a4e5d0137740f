//! Days of the proleptic Gregorian calendar, after Howard Hinnant's "chrono-Compatible Low-Level
//! Date Algorithms": years begin in March, so that the leap day is the last.

const DAYS_PER_ERA: i64 = 146_097;
const YEARS_PER_ERA: i64 = 400;

/// Months since the year 0, and the day of the month from 1, of a day since 1970.
pub(super) fn month_and_day(day: i64) -> (i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(DAYS_PER_ERA);
    let of_era = day.rem_euclid(DAYS_PER_ERA);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * from_march + 2) / 5 + 1;
    let months = (era * YEARS_PER_ERA + year) * 12 + from_march + 2;
    (months, of_month)
}

/// The day since 1970 on which a month since the year 0 begins.
pub(super) fn first_of_month(month: i64) -> i64 {
    let from_march = month - 2;
    let year = from_march.div_euclid(12);
    let era = year.div_euclid(YEARS_PER_ERA);
    let year = year.rem_euclid(YEARS_PER_ERA);
    let of_year = (153 * from_march.rem_euclid(12) + 2) / 5;
    era * DAYS_PER_ERA + year * 365 + year / 4 - year / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_dates() {
        for (day, year, month, of_month) in [
            (0, 1970, 1, 1),
            (-1, 1969, 12, 31),
            (19_782, 2024, 2, 29),
            (20_468, 2026, 1, 15),
            (-719_468, 0, 3, 1),
        ] {
            assert_eq!(
                month_and_day(day),
                (year * 12 + month - 1, of_month),
                "{day}"
            );
        }
    }

    #[test]
    fn months_begin_on_their_first() {
        for day in (-800_000..800_000).step_by(13) {
            let (month, of_month) = month_and_day(day);
            assert_eq!(first_of_month(month) + of_month - 1, day);
        }
    }
}
