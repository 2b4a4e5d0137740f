use super::calendar::month_and_day;
use super::step::Step;
use super::{DAY_MS, Hours};
use crate::values::push_digits;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The label of a tick: no more than distinguishes it from its neighbours, and the date at midnight.
pub(super) fn label(local_ms: i64, step: Step, hours: Hours) -> String {
    let mut text = String::new();
    let midnight = local_ms.rem_euclid(DAY_MS) == 0;
    match step {
        Step::Clock(step_ms) if !midnight => {
            push_clock(&mut text, local_ms, step_ms < 60_000, hours);
        }
        Step::Clock(_) | Step::Days(_) => push_day(&mut text, local_ms),
        Step::Months(months) => {
            let (month, _) = month_and_day(local_ms.div_euclid(DAY_MS));
            match month.rem_euclid(12) {
                of_year @ 1.. if months < 12 => text.push_str(MONTHS[of_year as usize]),
                _ => push_year(&mut text, month),
            }
        }
    }
    text
}

/// The time of day, as in `10:30:05`, or `10:30:05 AM`.
#[must_use]
pub fn clock(at_ms: f64, offset_minutes: i32, hours: Hours) -> String {
    let mut text = String::new();
    push_clock(&mut text, local(at_ms, offset_minutes), true, hours);
    text
}

/// Day and time, as in `15 Jan 10:30:05`.
#[must_use]
pub fn moment(at_ms: f64, offset_minutes: i32, hours: Hours) -> String {
    day_and_clock(at_ms, offset_minutes, true, hours)
}

/// Day and time without seconds, as in `15 Jan 10:30`.
#[must_use]
pub fn minute(at_ms: f64, offset_minutes: i32, hours: Hours) -> String {
    day_and_clock(at_ms, offset_minutes, false, hours)
}

fn day_and_clock(at_ms: f64, offset_minutes: i32, seconds: bool, hours: Hours) -> String {
    let mut text = String::new();
    let local_ms = local(at_ms, offset_minutes);
    push_day(&mut text, local_ms);
    text.push(' ');
    push_clock(&mut text, local_ms, seconds, hours);
    text
}

/// UTC as machines read it (RFC 3339), as in `2026-01-15T10:30:05.123Z`.
#[must_use]
pub fn iso(at_ms: f64) -> String {
    let mut text = String::new();
    let at_ms = local(at_ms, 0);
    let (month, of_month) = month_and_day(at_ms.div_euclid(DAY_MS));
    push_year(&mut text, month);
    text.push('-');
    push_digits(&mut text, month.rem_euclid(12) as u64 + 1, 2);
    text.push('-');
    push_digits(&mut text, of_month as u64, 2);
    text.push('T');
    push_clock(&mut text, at_ms, true, Hours::TwentyFour);
    text.push('.');
    push_digits(&mut text, at_ms.rem_euclid(1_000) as u64, 3);
    text.push('Z');
    text
}

pub(in crate::time) fn local(at_ms: f64, offset_minutes: i32) -> i64 {
    (at_ms as i64).saturating_add(i64::from(offset_minutes) * 60_000)
}

fn push_clock(text: &mut String, local_ms: i64, seconds: bool, hours: Hours) {
    let second = local_ms.rem_euclid(DAY_MS) as u64 / 1_000;
    let hour = second / 3_600;
    match hours {
        Hours::TwentyFour => push_digits(text, hour, 2),
        Hours::Twelve => push_digits(text, (hour + 11) % 12 + 1, 1),
    }
    text.push(':');
    push_digits(text, second / 60 % 60, 2);
    if seconds {
        text.push(':');
        push_digits(text, second % 60, 2);
    }
    if hours == Hours::Twelve {
        text.push_str(if hour < 12 { " AM" } else { " PM" });
    }
}

fn push_day(text: &mut String, local_ms: i64) {
    let (month, of_month) = month_and_day(local_ms.div_euclid(DAY_MS));
    push_digits(text, of_month as u64, 1);
    text.push(' ');
    text.push_str(MONTHS[month.rem_euclid(12) as usize]);
}

fn push_year(text: &mut String, month: i64) {
    let year = month.div_euclid(12);
    if year < 0 {
        text.push('-');
    }
    push_digits(text, year.unsigned_abs(), 4);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_at_the_viewers_place() {
        let at_ms = 1_768_519_805_123.0;
        assert_eq!(iso(at_ms), "2026-01-15T23:30:05.123Z");
        let hours = Hours::TwentyFour;
        assert_eq!(clock(at_ms, 60, hours), "00:30:05");
        assert_eq!(moment(at_ms, 60, hours), "16 Jan 00:30:05");
        assert_eq!(minute(at_ms, 60, hours), "16 Jan 00:30");
        assert_eq!(moment(at_ms, -330, hours), "15 Jan 18:00:05");
        let hours = Hours::Twelve;
        assert_eq!(clock(at_ms, 60, hours), "12:30:05 AM");
        assert_eq!(moment(at_ms, -330, hours), "15 Jan 6:00:05 PM");
        assert_eq!(minute(at_ms, -690, hours), "15 Jan 12:00 PM");
        assert_eq!(iso(-1.0), "1969-12-31T23:59:59.999Z");
    }
}
