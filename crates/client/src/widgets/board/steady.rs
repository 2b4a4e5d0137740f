//! Lists that are sorted by values which change each second: sorted as often, they could not be read.

use crate::kit::browser::{Timer, monotonic_ms};
use crate::kit::state::State;
use crate::kit::text::on_change;
use leptos::prelude::*;
use std::sync::Arc;

/// From one sorting to the next at least, in milliseconds.
const SORTED_EVERY_MS: f64 = 2_000.0;

/// The keys of a list as they are sorted, at most each 2 s; at once when others are listed, or `again` fires.
pub(super) fn steady(
    sorted: impl Fn() -> Vec<u64> + Send + Sync + 'static,
    again: State<()>,
) -> State<Vec<u64>> {
    let sorted: Arc<dyn Fn() -> Vec<u64> + Send + Sync> = Arc::new(sorted);
    let order = State::new(untrack(|| sorted()));
    let sorted_ms = StoredValue::new_local(f64::NEG_INFINITY);
    let timer = StoredValue::new_local(None);
    let due = State::new(());
    on_change(move || {
        again.track();
        sorted_ms.set_value(f64::NEG_INFINITY);
        due.notify();
    });
    on_change(move || {
        due.track();
        let keys = sorted();
        let now_ms = monotonic_ms();
        let due_ms = sorted_ms.get_value() + SORTED_EVERY_MS;
        match order.with_untracked(|order| is_due(order, &keys, now_ms >= due_ms)) {
            true => {
                sorted_ms.set_value(now_ms);
                timer.set_value(None);
                order.set_if_changed(keys);
            }
            false if keys.is_empty() => {}
            // The last values of a list that does not change any more are sorted, too.
            false => timer.set_value(Timer::at(due_ms, move || due.notify())),
        }
    });
    order
}

/// Whether a list is to have another order: its members are others, or it is time.
fn is_due(shown: &[u64], sorted: &[u64], is_time: bool) -> bool {
    let is_other = shown.len() != sorted.len() || sorted.iter().any(|key| !shown.contains(key));
    is_other || is_time && shown != sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_sorted_anew_when_it_is_time_or_others_are_in_it() {
        assert!(!is_due(&[1, 2], &[2, 1], false));
        assert!(is_due(&[1, 2], &[2, 1], true));
        assert!(!is_due(&[1, 2], &[1, 2], true));
        assert!(is_due(&[1, 2], &[3, 1], false));
        assert!(is_due(&[1, 2], &[1], false));
    }
}
