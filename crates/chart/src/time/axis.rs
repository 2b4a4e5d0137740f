use super::label::label;
use super::step::{STEPS, Step};
use super::{DAY_MS, Hours, Offset};
use crate::Window;
use crate::values::Tick;

/// Between two labels, in characters.
const LABEL_GAP_CHARS: usize = 2;

/// Ticks at most; it also bounds an offset that makes no sense.
const TICKS_MAX: usize = 100;

/// Clocks change twice a year; an offset that changes more often than this makes no sense.
const CHANGES_MAX: usize = 200;

/// The ticks of a stretch of time over `width` pixels, at the closest step whose labels have room
/// where a character takes `char_width`.
///
/// Where clocks are changed, ticks stay on round local times: an hour that is skipped has none, one
/// that is repeated has them twice, unless the step is longer than an hour.
#[must_use]
pub fn time_ticks(
    window: Window,
    width: f64,
    char_width: f64,
    offset: Offset<'_>,
    hours: Hours,
) -> Vec<Tick> {
    let step = step(window, width, char_width, hours);
    let walk = Walk {
        step,
        offset,
        hours,
        at_ms: window.from_ms().ceil() as i64,
        until_ms: window.to_ms().floor() as i64,
        shown_ms: i64::MIN,
        changes_left: CHANGES_MAX,
    };
    walk.take(TICKS_MAX).collect()
}

fn step(window: Window, width: f64, char_width: f64, hours: Hours) -> Step {
    let ms_per_pixel = window.span_ms() / width.max(1.0);
    let has_room = |step: &Step| {
        let chars = step.label_chars(hours) + LABEL_GAP_CHARS;
        step.least_ms() as f64 >= chars as f64 * char_width * ms_per_pixel
    };
    let [.., longest] = &STEPS;
    *STEPS.iter().find(|step| has_room(step)).unwrap_or(longest)
}

/// Goes from tick to tick.
struct Walk<'a> {
    step: Step,
    offset: Offset<'a>,
    hours: Hours,
    /// Where the next tick may stand.
    at_ms: i64,
    until_ms: i64,
    /// The local time of the last tick.
    shown_ms: i64,
    changes_left: usize,
}

impl Walk<'_> {
    fn offset_ms(&self, at_ms: i64) -> i64 {
        // No zone is farther than a day from UTC; a wrong offset must not overflow.
        let minutes = (self.offset)(at_ms as f64).clamp(-1_440, 1_440);
        i64::from(minutes) * 60_000
    }

    /// The first time with another offset than at `before_ms`, up to which it changes by `after_ms`.
    fn change(&self, mut before_ms: i64, mut after_ms: i64) -> i64 {
        let offset_ms = self.offset_ms(before_ms);
        while after_ms - before_ms > 1 {
            let middle_ms = before_ms + (after_ms - before_ms) / 2;
            if self.offset_ms(middle_ms) == offset_ms {
                before_ms = middle_ms;
            } else {
                after_ms = middle_ms;
            }
        }
        after_ms
    }

    /// The next round local time, even if it was just shown before the clocks were set back.
    fn advance(&mut self) -> Option<(i64, i64)> {
        while self.at_ms <= self.until_ms && self.changes_left > 0 {
            let offset_ms = self.offset_ms(self.at_ms);
            let local_ms = self.step.from(self.at_ms + offset_ms);
            let tick_ms = local_ms - offset_ms;
            if self.offset_ms(tick_ms) == offset_ms {
                self.at_ms = tick_ms + 1;
                return (tick_ms <= self.until_ms).then_some((tick_ms, local_ms));
            }
            self.changes_left -= 1;
            let change_ms = self.change(self.at_ms, tick_ms);
            self.at_ms = change_ms;
            let skipped = local_ms < change_ms + self.offset_ms(change_ms);
            if skipped && !matches!(self.step, Step::Clock(_)) && change_ms <= self.until_ms {
                // Midnight was skipped: the day begins with the change.
                return Some((change_ms, local_ms));
            }
        }
        None
    }
}

impl Iterator for Walk<'_> {
    type Item = Tick;

    fn next(&mut self) -> Option<Tick> {
        loop {
            let (at_ms, local_ms) = self.advance()?;
            let repeated = local_ms <= self.shown_ms;
            if repeated && self.step.least_ms() > DAY_MS / 24 {
                continue;
            }
            self.shown_ms = local_ms;
            return Some(Tick {
                at: at_ms as f64,
                text: label(local_ms, self.step, self.hours),
            });
        }
    }
}

#[cfg(test)]
mod tests;
