//! The time range in the page's address, so that it survives a reload and can be shared: `?from=now-1h` while the
//! charts follow the newest samples, `?from=…&to=…` while they are held.

use crate::kit::browser::{RANGE_FROM, RANGE_TO, parameter, set_parameter};
use crate::kit::text::on_change;
use crate::widgets::chart::command::Command;
use crate::widgets::chart::group::{Charts, SPAN_MS, SPAN_MS_MIN};
use chart::Window;
use leptos::prelude::ReadValue;
use protocol::Timestamp;

/// What a range that follows the newest samples begins with.
const NOW: &str = "now-";

/// The units of a span with their lengths in milliseconds, longest first.
const UNITS: [(&str, u64); 4] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
];

/// A span is no longer than this, in milliseconds: some hundred years.
const SPAN_MS_MAX: u64 = 100 * 366 * UNITS[0].1;

impl Charts {
    /// Writes the range into the address from now on.
    pub(super) fn follow_range(self) {
        on_change(move || {
            self.described();
            self.write_range();
        });
    }

    /// Shows the range of the address, if that can be read.
    pub(super) fn open_range(self) {
        let from = parameter(RANGE_FROM).unwrap_or_default();
        let to = parameter(RANGE_TO).and_then(|to| to.parse::<Timestamp>().ok());
        if let Some(span_ms) = read_span(&from) {
            self.command(Command::Span(span_ms), None);
        } else if let Some((from, to)) = from.parse::<Timestamp>().ok().zip(to)
            && from < to
        {
            self.show(Window::new(from.unix_ms() as f64, to.unix_ms() as f64));
        }
    }

    fn write_range(self) {
        // In playback the address is a link to a moment, which the window follows.
        let playback = self.context.playback_state;
        if playback.target.with_untracked(Option::is_some) {
            return;
        }
        let group = self.group.read_value();
        let Some((window, _)) = group.described else {
            return;
        };
        let (from, to) = match group.viewport.is_following() {
            true if (window.span_ms() - SPAN_MS).abs() < 1.0 => (None, None),
            true => (Some(span_text(window.span_ms())), None),
            false => (
                Some(time_text(window.from_ms())),
                Some(time_text(window.to_ms())),
            ),
        };
        drop(group);
        let mut is_other = false;
        for (name, value) in [(RANGE_FROM, from), (RANGE_TO, to)] {
            if parameter(name) != value {
                set_parameter(name, value.as_deref());
                is_other = true;
            }
        }
        if is_other {
            self.context.held.notify();
        }
    }
}

fn time_text(at_ms: f64) -> String {
    Timestamp::from_unix_ms(at_ms as i64).to_string()
}

/// A span in the longest unit of which it is a multiple; none is shorter than a second.
fn span_text(span_ms: f64) -> String {
    let span_ms = span_ms as u64;
    let unit = UNITS
        .into_iter()
        .find(|(_, ms)| span_ms.is_multiple_of(*ms));
    let (unit, ms) = unit.unwrap_or(UNITS[3]);
    [NOW, &(span_ms / ms).to_string(), unit].concat()
}

/// The length of such a span in milliseconds.
fn read_span(text: &str) -> Option<f64> {
    let text = text.strip_prefix(NOW)?;
    let (unit, ms) = UNITS.into_iter().find(|(unit, _)| text.ends_with(unit))?;
    let count: u64 = text.strip_suffix(unit)?.parse().ok()?;
    let span_ms = count.checked_mul(ms)?;
    (SPAN_MS_MIN as u64..=SPAN_MS_MAX)
        .contains(&span_ms)
        .then_some(span_ms as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_they_are_written() {
        for (span_ms, text) in [
            (5_000.0, "now-5s"),
            (90_000.0, "now-90s"),
            (300_000.0, "now-5m"),
            (86_400_000.0, "now-1d"),
            (1_209_600_000.0, "now-14d"),
        ] {
            assert_eq!(span_text(span_ms), text);
            assert_eq!(read_span(text), Some(span_ms));
        }
    }

    #[test]
    fn other_texts_are_no_spans() {
        for text in [
            "",
            "now",
            "now-",
            "now-h",
            "now-0h",
            "now-1s",
            "now-1x",
            "1h",
            "now--1h",
            "now-99999999999999999999d",
            "now-99999999999d",
        ] {
            assert_eq!(read_span(text), None, "{text}");
        }
    }
}
