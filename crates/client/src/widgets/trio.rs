use super::notes::sample_note;
use crate::kit::card::{card, hidden_unless};
use crate::kit::format;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::model::Freshness;
use crate::session::SeriesHandle;
use leptos::prelude::*;

/// A few values with their names; hidden where there are none.
pub(crate) fn trio(
    (name, title): (&str, &str),
    series: Vec<(String, SeriesHandle)>,
    freshness: State<Freshness>,
) -> Piece {
    let first = series.first().map(|(_, series)| *series);
    let mut parts: Vec<Piece> = Vec::new();
    for (term, series) in series {
        let text = live(move || match series.value() {
            Some(value) => format::fixed(value, 2),
            None => format::ABSENT.into(),
        });
        let part = view! {
            <div class="trio-part">
                <dt>{term}</dt>
                <dd {..text_content(text)}></dd>
            </div>
        };
        parts.push(part.into_piece());
    }
    let content = view! { <dl class="trio">{parts}</dl> };
    let card = card(name, title, sample_note(freshness), content);
    hidden_unless(
        move || first.is_some_and(|first| first.value().is_some()),
        card,
    )
}
