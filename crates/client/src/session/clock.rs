use crate::kit::browser::{self, Zone};
use chart::Hours;
use protocol::Timestamp;

const DAY_MS: i64 = 86_400_000;

/// How times are written: in which zone, and which day is today there. Other days are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    /// The zone that the viewer has chosen; the server, which does not know it, writes UTC.
    zone: Option<Zone>,
    hours: Hours,
    /// Days since 1970.
    today: i64,
}

impl Clock {
    pub(crate) fn utc(now_ms: f64) -> Self {
        Self {
            zone: None,
            hours: Hours::TwentyFour,
            today: day(now_ms, 0),
        }
    }

    pub(crate) fn local(now_ms: f64) -> Self {
        Self {
            zone: Some(browser::zone()),
            hours: browser::hours(),
            today: day(now_ms, local_offset(now_ms)),
        }
    }

    /// Minutes east of Greenwich at a time.
    pub(crate) fn offset(self, at_ms: f64) -> i32 {
        match self.zone {
            Some(_) => local_offset(at_ms),
            None => 0,
        }
    }

    /// The zone that the viewer has chosen; none until the page has started.
    pub(crate) fn chosen_zone(self) -> Option<Zone> {
        self.zone
    }

    pub(crate) fn hours(self) -> Hours {
        self.hours
    }

    /// Date and time to the second, without a zone.
    pub(crate) fn moment(self, at_ms: f64) -> String {
        chart::moment(at_ms, self.offset(at_ms), self.hours)
    }

    /// Date and time to the minute, without a zone.
    pub(crate) fn minute(self, at_ms: f64) -> String {
        chart::minute(at_ms, self.offset(at_ms), self.hours)
    }

    /// The time of day, with the date unless that is today.
    pub(crate) fn text(self, at_ms: f64) -> String {
        let offset = self.offset(at_ms);
        match day(at_ms, offset) == self.today {
            true => self.zoned(chart::clock(at_ms, offset, self.hours)),
            false => self.dated(at_ms),
        }
    }

    /// Date and time.
    pub(crate) fn dated(self, at_ms: f64) -> String {
        self.zoned(self.moment(at_ms))
    }

    /// The zone's name, as in `UTC+1`, unless times name it themselves.
    pub(crate) fn zone(self, at_ms: f64) -> String {
        if self.zone.is_none() {
            return String::new();
        }
        let minutes = self.offset(at_ms);
        let sign = if minutes < 0 { "−" } else { "+" };
        let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
        match minutes {
            0 => format!("UTC{sign}{hours}"),
            _ => format!("UTC{sign}{hours}:{minutes:02}"),
        }
    }

    fn zoned(self, mut text: String) -> String {
        if self.zone.is_none() {
            text.push_str(" UTC");
        }
        text
    }
}

/// Why nothing older is shown.
pub(crate) fn no_data_before(clock: Clock, oldest_ms: f64) -> String {
    ["No data before ", &clock.minute(oldest_ms)].concat()
}

fn local_offset(at_ms: f64) -> i32 {
    browser::offset_minutes(Timestamp::from_unix_ms(at_ms as i64))
}

fn day(at_ms: f64, offset_minutes: i32) -> i64 {
    (at_ms as i64 + i64::from(offset_minutes) * 60_000).div_euclid(DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_days_are_named() {
        let noon_ms = 1_768_478_400_000.0;
        let clock = Clock::utc(noon_ms);
        assert_eq!(clock.text(noon_ms), "12:00:00 UTC");
        assert_eq!(clock.text(noon_ms - 43_200_000.0), "00:00:00 UTC");
        assert_eq!(clock.text(noon_ms - 43_201_000.0), "14 Jan 23:59:59 UTC");
        assert_eq!(clock.text(noon_ms + 43_200_000.0), "16 Jan 00:00:00 UTC");
        assert_eq!(clock.dated(noon_ms), "15 Jan 12:00:00 UTC");
    }
}
