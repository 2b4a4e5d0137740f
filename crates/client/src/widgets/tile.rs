use super::notes::sample_note;
use super::reading::{reading, reason};
use crate::kit::bar::bar;
use crate::kit::card::card;
use crate::kit::fixed::fixed;
use crate::kit::format;
use crate::kit::text::{live, when};
use crate::kit::text_content::text_content;
use crate::session::View;
use leptos::prelude::*;
use protocol::Metrics;

/// One figure in percent, large, with a bar and a line or two about it.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) test_id: &'static str,
    pub(super) percent: fn(&Metrics) -> Option<f64>,
    pub(super) details: fn(&Metrics) -> [String; 2],
    /// Another share in percent, which the last detail is about.
    pub(super) second: fn(&Metrics) -> Option<f64>,
}

pub(super) fn tile(view: View, tile: Tile) -> impl IntoView {
    let Tile {
        name,
        title,
        test_id,
        percent,
        second,
        ..
    } = tile;
    let content = view! {
        {reading(view, test_id, move |sample| percent(sample).map(format::percent))}
        {bar(move || view.sample(percent))}
        <div class=fixed("detail")>
            <p {..text_content(live(move || detail(view, tile, 0)))}></p>
            <p {..text_content(live(move || detail(view, tile, 1)))}></p>
        </div>
        <div hidden=when(move || view.sample(second).is_none())>
            {bar(move || view.sample(second))}
        </div>
    };
    card(name, title, sample_note(view), content)
}

fn detail(view: View, tile: Tile, index: usize) -> String {
    let text = view.sample(|sample| {
        (tile.percent)(sample)?;
        (tile.details)(sample).into_iter().nth(index)
    });
    match text {
        Some(text) => text,
        None if index == 0 => reason(view),
        None => String::new(),
    }
}
