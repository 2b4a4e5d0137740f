use super::notes::sample_note;
use super::reading::{reading, reason};
use crate::kit::bar::{Limits, bars};
use crate::kit::card::card;
use crate::kit::format;
use crate::kit::gauge::gauge;
use crate::kit::piece::Piece;
use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::model::Freshness;
use crate::session::SeriesHandle;
use leptos::prelude::*;

/// The label that counts parts, and what one is called.
const PART: &str = "core";

/// More parts have no place of their own.
const PARTS_MAX: usize = 1_024;

/// A dial of the whole, and a small bar for each part; all in percent.
pub(crate) fn dial(
    (name, title): (&str, &str),
    whole: SeriesHandle,
    parts: SeriesHandle,
    limits: Limits,
    freshness: State<Freshness>,
) -> Piece {
    let parts = move || placed(parts);
    let busiest = live(move || {
        let busiest = parts().into_iter().flatten().reduce(f64::max);
        busiest.map_or(String::new(), |percent| {
            format!("peak core {}", format::percent(percent).joined())
        })
    });
    let count = live(move || match whole.value() {
        Some(_) => count(&parts()),
        None => reason(freshness),
    });
    let content = view! {
        <div class="cpu-parts">
            <div class="dial">
                {gauge(whole.number(), limits)}
                {reading([name, "-value"].concat(), whole.number(), format::percent)}
            </div>
            <div class="cores">
                {bars(parts, limits)}
                <div class="detail">
                    <p {..text_content(count)}></p>
                    <p {..text_content(busiest)}></p>
                </div>
            </div>
        </div>
    };
    card(name, title, sample_note(freshness), content)
}

/// The parts at the places of their numbers; those that are offline leave theirs empty.
fn placed(parts: SeriesHandle) -> Vec<Option<f64>> {
    parts.read(|lines| {
        let mut placed = Vec::with_capacity(lines.len());
        for line in lines {
            let place = line.key.label(PART).parse::<u64>();
            let place = place.map_or(PARTS_MAX, |place| place as usize);
            if place >= PARTS_MAX {
                continue;
            }
            if line.value.is_some() && placed.len() <= place {
                placed.resize(place + 1, None);
            }
            if let Some(at) = placed.get_mut(place) {
                *at = line.value;
            }
        }
        placed
    })
}

fn count(parts: &[Option<f64>]) -> String {
    match parts.iter().flatten().count() {
        0 => String::new(),
        1 => "1 core".into(),
        count => format!("{count} cores"),
    }
}
