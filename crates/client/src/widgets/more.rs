use super::button::{Button, button};
use crate::state::State;
use crate::text::{live, when};
use leptos::prelude::*;

/// Shows the first of a long list, or all of it when that is asked for.
#[derive(Clone, Copy)]
pub(super) struct More {
    all: State<bool>,
    /// How many are there.
    count: Signal<usize>,
    max: usize,
}

impl More {
    pub(super) fn new(count: Signal<usize>, max: usize) -> Self {
        Self {
            all: State::new(false),
            count,
            max,
        }
    }

    /// How many are shown.
    pub(super) fn limit(self) -> usize {
        if self.all.get() { usize::MAX } else { self.max }
    }
}

/// The switch below the list, if it is needed.
pub(super) fn more(more: More) -> impl IntoView {
    let label = move || match more.all.get() {
        true => "Show fewer".to_owned(),
        false => format!("Show all {}", more.count.get()),
    };
    let what = Button {
        label: live(label),
        ..Button::plain("more", "Show the whole list, or its beginning", "", "").small()
    };
    let toggle = move || {
        let all = more.all.get_untracked();
        more.all.set(!all);
    };
    view! {
        <div hidden=when(move || more.count.get() <= more.max)>
            {button(what, Box::new(toggle))}
        </div>
    }
}
