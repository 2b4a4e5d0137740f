use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
#[cfg(not(target_family = "wasm"))]
use std::time::SystemTime;

const MS_PER_DAY: i64 = 86_400_000;

/// A moment in UTC, to the millisecond; on the wire RFC 3339, as in `2026-01-15T10:30:00.123Z`.
///
/// Not from a date library, since the browser loads it: this is a fiftieth of such a library's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest moment that has a four-digit year: `0000-01-01T00:00:00.000Z`.
    pub const MIN: Self = Self(-62_167_219_200_000);
    /// The latest moment that has a four-digit year: `9999-12-31T23:59:59.999Z`.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// From milliseconds since the Unix epoch, clamped to [`Timestamp::MIN`] and
    /// [`Timestamp::MAX`], so that every timestamp can be written.
    pub fn from_unix_ms(unix_ms: i64) -> Self {
        Self(unix_ms.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// The current time. Browsers have another clock.
    #[cfg(not(target_family = "wasm"))]
    pub fn now() -> Self {
        let unix_ms = match SystemTime::UNIX_EPOCH.elapsed() {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        };
        Self::from_unix_ms(unix_ms)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// Year, month (1 to 12) and day (1 to 31).
    ///
    /// The calendar is computed in years that begin in March, so that a leap day is a year's last:
    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    pub fn date(self) -> (i64, u32, u32) {
        let days = self.0.div_euclid(MS_PER_DAY) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * march_month + 2) / 5 + 1) as u32;
        let month = if march_month < 10 {
            march_month + 3
        } else {
            march_month - 9
        } as u32;
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day)
    }

    /// Hour, minute, second and millisecond of the day in UTC.
    pub fn time(self) -> (u32, u32, u32, u32) {
        let ms = self.0.rem_euclid(MS_PER_DAY) as u32;
        (
            ms / 3_600_000,
            ms / 60_000 % 60,
            ms / 1_000 % 60,
            ms % 1_000,
        )
    }

    /// The inverse of [`Timestamp::date`], in days since the Unix epoch (`days_from_civil`).
    fn days(year: i64, month: u32, day: u32) -> i64 {
        let year = year - i64::from(month <= 2);
        let march_month = i64::from((month + 9) % 12);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * march_month + 2) / 5 + i64::from(day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        year.div_euclid(400) * 146_097 + day_of_era - 719_468
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let (hour, minute, second, ms) = self.time();
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z"
        )
    }
}

/// The text is not an RFC 3339 date and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 time such as 2026-01-15T10:30:00.123Z")]
pub struct InvalidTimestamp;

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Reads any RFC 3339 time (section 5.6): any number of decimals, of which three count, and
    /// any offset. A leap second is the second after it.
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        parse(text.as_bytes()).ok_or(InvalidTimestamp)
    }
}

fn parse(text: &[u8]) -> Option<Timestamp> {
    let year = digits(text, 0, 4)?;
    expect(text, 4, b"-")?;
    let month = digits(text, 5, 2)?;
    expect(text, 7, b"-")?;
    let day = digits(text, 8, 2)?;
    expect(text, 10, b"Tt ")?;
    let hour = digits(text, 11, 2)?;
    expect(text, 13, b":")?;
    let minute = digits(text, 14, 2)?;
    expect(text, 16, b":")?;
    let second = digits(text, 17, 2)?;

    let mut rest = text.get(19..)?;
    let mut ms: i64 = 0;
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = fraction
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if length == 0 {
            return None;
        }
        for digit in fraction[..length].iter().chain(b"00").take(3) {
            ms = ms * 10 + i64::from(digit - b'0');
        }
        rest = &fraction[length..];
    }
    let offset_minutes = match rest {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), offset @ ..] if offset.len() == 5 => {
            expect(offset, 2, b":")?;
            let (hours, minutes) = (digits(offset, 0, 2)?, digits(offset, 3, 2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let minutes = hours * 60 + minutes;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };

    if !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = Timestamp::days(year, month as u32, day as u32);
    let minutes = hour * 60 + minute - offset_minutes;
    let unix_ms = days * MS_PER_DAY + minutes * 60_000 + second * 1_000 + ms;
    // A day that the month does not have becomes another date.
    let same_day = Timestamp(days * MS_PER_DAY).date() == (year, month as u32, day as u32);
    let timestamp = Timestamp::from_unix_ms(unix_ms);
    (same_day && timestamp.0 == unix_ms).then_some(timestamp)
}

fn digits(text: &[u8], start: usize, length: usize) -> Option<i64> {
    text.get(start..start + length)?
        .iter()
        .try_fold(0, |number, byte| {
            byte.is_ascii_digit()
                .then(|| number * 10 + i64::from(byte - b'0'))
        })
}

fn expect(text: &[u8], at: usize, any_of: &[u8]) -> Option<()> {
    any_of.contains(text.get(at)?).then_some(())
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Timestamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an RFC 3339 time")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, unix_ms: impl Into<Option<i64>>) {
        let parsed = text.parse::<Timestamp>().ok().map(Timestamp::unix_ms);
        assert_eq!(parsed, unix_ms.into(), "{text}");
    }

    #[test]
    fn reads_rfc_3339() {
        check("1970-01-01T00:00:00Z", 0);
        check("2026-01-15T10:30:00.123Z", 1_768_473_000_123);
        check("2026-01-15T10:30:00.1Z", 1_768_473_000_100);
        check("2026-01-15T10:30:00.123987Z", 1_768_473_000_123);
        check("2026-01-15t12:30:00+02:00", 1_768_473_000_000);
        check("2026-01-15 05:00:00-05:30", 1_768_473_000_000);
        check("2024-02-29T00:00:00Z", 1_709_164_800_000);
        check("1969-12-31T23:59:59.999Z", -1);
        check("2016-12-31T23:59:60Z", 1_483_228_800_000);
    }

    #[test]
    fn rejects_invalid_times() {
        for text in [
            "",
            "2026-01-15",
            "2026-01-15T10:30:00",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-01-15T24:00:00Z",
            "2026-01-15T10:30:00.Z",
            "2026-01-15T10:30:00+2:00",
            "2026-01-15T10:30:00Zé",
            "0000-01-01T00:00:00+01:00",
        ] {
            check(text, None);
        }
    }

    proptest! {
        #[test]
        fn every_moment_round_trips(unix_ms in Timestamp::MIN.0..=Timestamp::MAX.0) {
            let timestamp = Timestamp::from_unix_ms(unix_ms);
            prop_assert_eq!(timestamp.to_string().parse(), Ok(timestamp));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<Timestamp>();
        }
    }
}
