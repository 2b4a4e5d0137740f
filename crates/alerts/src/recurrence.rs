use crate::rule::{InvalidRule, invalid};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use protocol::alerting::{Repeat, Weekday};

/// The shortest and the longest maintenance window.
const LASTS_MIN_MS: i64 = 60_000;
const LASTS_MAX_MS: i64 = 7 * DAY_MS;

const DAY_MS: i64 = 86_400_000;

/// Within so many days there is a next opening: a week, the day that is not over, and one that a zone has left out.
const DAYS_AHEAD: i32 = 9;

/// Finds a time zone by its IANA name. Where its rules come from is not known here.
pub type Zones<'a> = &'a dyn Fn(&str) -> Option<TimeZone>;

/// When a maintenance window is open: days of the week, a time of day in a zone, and a duration.
///
/// It opens at the time that clocks of the zone show, and lasts as long as it says, whether clocks are changed meanwhile
/// or not. At a time that clocks skip, it opens as much later as they skip; at one that they show twice, it opens once, at
/// the first.
#[derive(Debug, Clone)]
pub struct Recurrence {
    /// From Monday on.
    days: [bool; 7],
    at: Time,
    zone: TimeZone,
    lasts_ms: i64,
}

/// One opening of a maintenance window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// When it opens.
    pub starts_ms: i64,
    /// When it closes: at this time it is not open any more.
    pub ends_ms: i64,
}

impl Recurrence {
    /// # Errors
    ///
    /// The first field that is not accepted.
    pub fn new(repeat: &Repeat, lasts_ms: i64, zones: Zones<'_>) -> Result<Self, InvalidRule> {
        let mut days = [false; 7];
        for day in &repeat.days {
            days[place(*day)] = true;
        }
        if repeat.days.is_empty() {
            return Err(invalid(
                "days",
                "name at least one, as in `[\"mon\", \"sat\"]`",
            ));
        }
        let at = time_of_day(&repeat.at)
            .ok_or_else(|| invalid("at", "write a time of day as in `02:00`"))?;
        let shown: String = repeat.zone.chars().take(40).collect();
        let zone = zones(&repeat.zone).ok_or_else(|| {
            invalid(
                "zone",
                format!("`{shown}` is not a known time zone: write its IANA name, as in `Europe/Berlin` or `UTC`"),
            )
        })?;
        if !(LASTS_MIN_MS..=LASTS_MAX_MS).contains(&lasts_ms) {
            return Err(invalid(
                "lasts",
                "a maintenance window lasts from `1m` to `7d`",
            ));
        }
        Ok(Self {
            days,
            at,
            zone,
            lasts_ms,
        })
    }

    /// The opening that a time lies in; of several, the one that ends last.
    pub fn is_open(&self, at_ms: i64) -> Option<Occurrence> {
        let today = self.day_of(at_ms)?;
        let days_back = (self.lasts_ms / DAY_MS) as i32 + 2;
        let mut openings = (-days_back..=1).filter_map(|days| self.opening(today, days));
        openings.rfind(|it| (it.starts_ms..it.ends_ms).contains(&at_ms))
    }

    /// The first opening after a time.
    pub fn next_open(&self, after_ms: i64) -> Option<Occurrence> {
        let today = self.day_of(after_ms)?;
        let mut openings = (-1..=DAYS_AHEAD).filter_map(|days| self.opening(today, days));
        openings.find(|it| it.starts_ms > after_ms)
    }

    /// The one that is open, or else the next one. Absent only at the end of time.
    pub fn current_or_next(&self, at_ms: i64) -> Option<Occurrence> {
        self.is_open(at_ms).or_else(|| self.next_open(at_ms))
    }

    fn day_of(&self, at_ms: i64) -> Option<Date> {
        let at = Timestamp::from_millisecond(at_ms).ok()?;
        Some(self.zone.to_datetime(at).date())
    }

    /// The opening so many days after a day, if it opens on that day.
    fn opening(&self, today: Date, days: i32) -> Option<Occurrence> {
        let day = today.checked_add(jiff::Span::new().days(days)).ok()?;
        let weekday = day.weekday().to_monday_zero_offset();
        if !self.days[weekday as usize] {
            return None;
        }
        // Of a time that does not exist, or exists twice, this is as in RFC 5545.
        let starts = self.zone.to_timestamp(day.to_datetime(self.at)).ok()?;
        let starts_ms = starts.as_millisecond();
        Some(Occurrence {
            starts_ms,
            ends_ms: starts_ms + self.lasts_ms,
        })
    }
}

fn place(day: Weekday) -> usize {
    Weekday::ALL.iter().position(|it| *it == day).unwrap_or(0)
}

/// Reads `HH:MM`.
fn time_of_day(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<i8>().ok()).flatten()
    };
    Time::new(number(hour)?, number(minute)?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR_MS: i64 = 3_600_000;

    fn bundled(name: &str) -> Option<TimeZone> {
        jiff::tz::TimeZoneDatabase::bundled().get(name).ok()
    }

    fn repeat(days: &[Weekday], at: &str, zone: &str) -> Repeat {
        Repeat {
            days: days.to_vec(),
            at: at.to_owned(),
            zone: zone.to_owned(),
        }
    }

    fn berlin(days: &[Weekday], at: &str, lasts_ms: i64) -> Recurrence {
        Recurrence::new(&repeat(days, at, "Europe/Berlin"), lasts_ms, &bundled).unwrap()
    }

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn text(occurrence: Option<Occurrence>) -> Option<(String, String)> {
        let text = |at_ms| Timestamp::from_millisecond(at_ms).unwrap().to_string();
        occurrence.map(|it| (text(it.starts_ms), text(it.ends_ms)))
    }

    #[track_caller]
    fn check(occurrence: Option<Occurrence>, starts: &str, ends: &str) {
        assert_eq!(text(occurrence), Some((starts.into(), ends.into())));
    }

    #[test]
    fn a_window_is_open_from_its_start_up_to_its_end() {
        let it = berlin(&[Weekday::Monday, Weekday::Tuesday], "02:00", 2 * HOUR_MS);
        // 1 June 2026 is a Monday, and Berlin is two hours ahead.
        let (starts, ends) = ("2026-06-01T00:00:00Z", "2026-06-01T02:00:00Z");
        assert_eq!(it.is_open(ms(starts) - 1), None);
        check(it.is_open(ms(starts)), starts, ends);
        check(it.is_open(ms(ends) - 1), starts, ends);
        assert_eq!(it.is_open(ms(ends)), None);
        check(it.next_open(ms(starts) - 1), starts, ends);
        let next = ("2026-06-02T00:00:00Z", "2026-06-02T02:00:00Z");
        check(it.next_open(ms(starts)), next.0, next.1);
        check(
            it.next_open(ms(next.0)),
            "2026-06-08T00:00:00Z",
            "2026-06-08T02:00:00Z",
        );
        check(it.current_or_next(ms(starts) + 1), starts, ends);
        check(it.current_or_next(ms(ends)), next.0, next.1);
    }

    #[test]
    fn it_opens_when_clocks_of_its_zone_say_so_before_and_after_they_change() {
        let it = berlin(&[Weekday::Sunday], "10:00", HOUR_MS);
        for (after, starts, ends) in [
            // 29 March 2026, clocks go ahead; 25 October, back.
            (
                "2026-03-22T12:00:00Z",
                "2026-03-29T08:00:00Z",
                "2026-03-29T09:00:00Z",
            ),
            (
                "2026-03-15T12:00:00Z",
                "2026-03-22T09:00:00Z",
                "2026-03-22T10:00:00Z",
            ),
            (
                "2026-10-18T12:00:00Z",
                "2026-10-25T09:00:00Z",
                "2026-10-25T10:00:00Z",
            ),
            (
                "2026-10-11T12:00:00Z",
                "2026-10-18T08:00:00Z",
                "2026-10-18T09:00:00Z",
            ),
        ] {
            check(it.next_open(ms(after)), starts, ends);
        }
    }

    #[test]
    fn a_time_that_clocks_skip_is_later_and_one_that_they_show_twice_is_once() {
        let it = berlin(&[Weekday::Sunday], "02:30", 2 * HOUR_MS);
        // Clocks go from 02:00 to 03:00: it opens at 03:30, and lasts two hours.
        check(
            it.next_open(ms("2026-03-28T12:00:00Z")),
            "2026-03-29T01:30:00Z",
            "2026-03-29T03:30:00Z",
        );
        // Clocks go from 03:00 to 02:00: it opens at the first 02:30, and not again.
        let (starts, ends) = ("2026-10-25T00:30:00Z", "2026-10-25T02:30:00Z");
        check(it.next_open(ms("2026-10-24T12:00:00Z")), starts, ends);
        check(it.is_open(ms("2026-10-25T01:30:00Z")), starts, ends);
        check(
            it.next_open(ms(starts)),
            "2026-11-01T01:30:00Z",
            "2026-11-01T03:30:00Z",
        );
        // One that clocks change in lasts as long as any other.
        let it = berlin(&[Weekday::Saturday], "23:00", 6 * HOUR_MS);
        check(
            it.is_open(ms("2026-03-29T03:59:00Z")),
            "2026-03-28T22:00:00Z",
            "2026-03-29T04:00:00Z",
        );
    }

    #[test]
    fn it_crosses_midnight_and_the_end_of_the_week() {
        let it = berlin(&[Weekday::Sunday], "22:00", 4 * HOUR_MS);
        let (starts, ends) = ("2026-06-07T20:00:00Z", "2026-06-08T00:00:00Z");
        // 01:30 on Monday.
        check(it.is_open(ms("2026-06-07T23:30:00Z")), starts, ends);
        assert_eq!(it.is_open(ms(ends)), None);
        assert_eq!(it.is_open(ms("2026-06-06T21:00:00Z")), None, "a Saturday");
        // The longest one is always open, and the one that ends last is named.
        let it = berlin(&[Weekday::Monday, Weekday::Friday], "00:00", LASTS_MAX_MS);
        check(
            it.is_open(ms("2026-06-07T12:00:00Z")),
            "2026-06-04T22:00:00Z",
            "2026-06-11T22:00:00Z",
        );
    }

    #[test]
    fn a_mistake_names_its_field() {
        let check = |repeat: &Repeat, lasts_ms: i64, expected: &str| {
            let error = Recurrence::new(repeat, lasts_ms, &bundled).expect_err(expected);
            assert!(error.to_string().starts_with(expected), "{error}");
        };
        let days = [Weekday::Monday];
        check(&repeat(&[], "02:00", "UTC"), HOUR_MS, "`days`: ");
        for at in ["", "2:00", "24:00", "02:60", "02:00:00", "+2:00", "02.00"] {
            check(&repeat(&days, at, "UTC"), HOUR_MS, "`at`: ");
        }
        check(
            &repeat(&days, "02:00", "Europe/Berlinn"),
            HOUR_MS,
            "`zone`: `Europe/Berlinn` is not a known time zone",
        );
        check(&repeat(&days, "02:00", "UTC"), 0, "`lasts`: ");
        check(
            &repeat(&days, "02:00", "UTC"),
            LASTS_MAX_MS + 1,
            "`lasts`: ",
        );
    }

    proptest! {
        /// In every zone, the next opening is not open before, is open then, and is the first one.
        #[test]
        fn the_next_opening_is_the_first_one(
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"]),
            days in prop::collection::vec(prop::sample::select(Weekday::ALL.to_vec()), 1..4),
            (hour, minute) in (0..24, 0..60),
            lasts_ms in LASTS_MIN_MS..20 * HOUR_MS,
            after_ms in 1_262_304_000_000_i64..2_000_000_000_000,
        ) {
            let repeat = repeat(&days, &format!("{hour:02}:{minute:02}"), zone);
            let it = Recurrence::new(&repeat, lasts_ms, &bundled).unwrap();
            let next = it.next_open(after_ms).expect("there is always a next one");
            prop_assert!(next.starts_ms > after_ms);
            prop_assert!(next.starts_ms - after_ms <= 9 * DAY_MS);
            prop_assert_eq!(it.is_open(next.starts_ms), Some(next));
            // Nothing opens in between.
            let mut at_ms = after_ms + 1;
            while at_ms < next.starts_ms {
                if let Some(open) = it.is_open(at_ms) {
                    prop_assert!(open.starts_ms <= after_ms);
                }
                at_ms += lasts_ms.min(HOUR_MS);
            }
        }
    }
}
