use crate::kit::browser::{Timer, monotonic_ms};
use crate::kit::state::State;
use crate::kit::text::on_change;
use leptos::prelude::*;

/// Fires again and again in the browser, at multiples of so many milliseconds of a clock that is `ahead_ms` ahead of the
/// page's.
pub(super) fn ticking(every_ms: f64, ahead_ms: impl Fn() -> f64 + Copy + 'static) -> State<u64> {
    let ticks = State::new(0);
    let timer = StoredValue::new_local(None);
    on_change(move || {
        ticks.track();
        let now_ms = monotonic_ms();
        let past_ms = (now_ms + ahead_ms()).rem_euclid(every_ms);
        let next_ms = now_ms + every_ms - past_ms;
        timer.set_value(Timer::at(next_ms, move || {
            ticks.update(|ticks| *ticks += 1);
        }));
    });
    ticks
}
