//! Signals of text, as widgets take them, and what is done when signals change.

use leptos::prelude::*;
use std::sync::Arc;

/// Text that changes. Every closure becomes the same type here: a signal of each would be compiled
/// anew.
pub(crate) fn live(read: impl Fn() -> String + Send + Sync + 'static) -> Signal<String> {
    derived(Box::new(read))
}

/// The same, which notifies only when it is another text: what stands in a field is set by nothing else, so that what is
/// being typed stays.
pub(crate) fn settled(text: Signal<String>) -> Signal<String> {
    Memo::new(move |_| text.get()).into()
}

fn derived(read: Box<dyn Fn() -> String + Send + Sync>) -> Signal<String> {
    Signal::derive(read)
}

/// Text that does not change, where others do.
pub(crate) fn still(text: &'static str) -> Signal<String> {
    Signal::stored(text.into())
}

/// Whether something holds, as [`live`] is text.
pub(crate) fn when(holds: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    derived_when(Box::new(holds))
}

fn derived_when(holds: Box<dyn Fn() -> bool + Send + Sync>) -> Signal<bool> {
    Signal::derive(holds)
}

/// A number that may be absent, and changes. No signal: of each type of these the browser loads kilobytes.
pub(crate) type Number = Arc<dyn Fn() -> Option<f64> + Send + Sync>;

/// As [`live`] is text.
pub(crate) fn number(read: impl Fn() -> Option<f64> + Send + Sync + 'static) -> Number {
    Arc::new(read)
}

/// Does something in the browser, and again when what it has read changes; one type, as [`live`].
pub(crate) fn on_change(run: impl Fn() + 'static) {
    effect(Box::new(run));
}

fn effect(run: Box<dyn Fn()>) {
    Effect::new(run);
}
