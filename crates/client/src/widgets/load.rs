use super::card::{card, sample_note};
use super::disk::hidden_unless;
use super::reading::of_sample;
use crate::format;
use crate::store::View;
use leptos::prelude::*;

/// The load averages, on systems that keep them.
pub(crate) fn load(view: View) -> AnyView {
    let load = of_sample(view, |sample| sample.load);
    let average = move |name: &'static str, pick: fn(&protocol::LoadAverage) -> f64| {
        let text = move || match load.get() {
            Some(load) => format::fixed(pick(&load), 2),
            None => format::ABSENT.into(),
        };
        view! {
            <div class="trio-part">
                <dt>{name}</dt>
                <dd>{text}</dd>
            </div>
        }
    };
    let content = view! {
        <dl class="trio">
            {average("1 min", |load| load.one)} {average("5 min", |load| load.five)}
            {average("15 min", |load| load.fifteen)}
        </dl>
    };
    let card = card(
        "load",
        "Load average",
        sample_note(view),
        content.into_any(),
    );
    hidden_unless(move || load.with(Option::is_some), card)
}
