use super::notes::sample_note;
use crate::kit::card::{card, hidden_unless};
use crate::kit::fixed::fixed;
use crate::kit::format;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::session::View;
use leptos::prelude::*;
use protocol::LoadAverage;

/// The load averages, on systems that keep them.
pub(crate) fn load(view: View) -> impl IntoView {
    let average = move |name: &'static str, pick: fn(&LoadAverage) -> f64| {
        let text = live(move || match view.sample(|sample| sample.load) {
            Some(load) => format::fixed(pick(&load), 2),
            None => format::ABSENT.into(),
        });
        view! {
            <div class=fixed("trio-part")>
                <dt>{name}</dt>
                <dd {..text_content(text)}></dd>
            </div>
        }
    };
    let content = view! {
        <dl class=fixed("trio")>
            {average("1 min", |load| load.one)} {average("5 min", |load| load.five)}
            {average("15 min", |load| load.fifteen)}
        </dl>
    };
    let card = card("load", "Load average", sample_note(view), content);
    hidden_unless(move || view.sample(|sample| sample.load).is_some(), card)
}
