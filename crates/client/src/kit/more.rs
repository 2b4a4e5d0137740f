use super::button::{Button, button};
use super::state::State;
use super::text::{live, when};
use leptos::prelude::*;

/// Shows the beginning of a long list, and all of it on request. `count` is its length.
#[derive(Clone, Copy)]
pub(crate) struct More<C> {
    all: State<bool>,
    count: C,
    max: usize,
}

impl<C: Fn() -> usize + Copy + Send + Sync + 'static> More<C> {
    pub(crate) fn new(count: C, max: usize) -> Self {
        Self {
            all: State::new(false),
            count,
            max,
        }
    }

    /// How many are shown.
    pub(crate) fn limit(&self) -> usize {
        if self.all.get() { usize::MAX } else { self.max }
    }

    /// The switch below the list, if it is needed.
    pub(crate) fn switch(self) -> impl IntoView + use<C> {
        let Self { all, count, max } = self;
        let label = live(move || match all.get() {
            true => "Show fewer".to_owned(),
            false => format!("Show all {}", count()),
        });
        switch(all, label, when(move || count() <= max))
    }
}

/// The same for every list, so that it is compiled once.
fn switch(all: State<bool>, label: Signal<String>, hidden: Signal<bool>) -> impl IntoView {
    let what = Button {
        label,
        ..Button::plain("more", "Show more or fewer", "", "").small()
    };
    let toggle = move || all.update(|all| *all = !*all);
    view! { <div hidden=hidden>{button(what, Box::new(toggle))}</div> }
}
