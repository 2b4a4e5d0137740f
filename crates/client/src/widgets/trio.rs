use super::notes::sample_note;
use crate::kit::card::{card, hidden_unless};
use crate::kit::format;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::model::Freshness;
use crate::session::Figures;
use leptos::prelude::*;

/// A few figures and what each is called; off the page where there are none.
pub(crate) fn trio(
    (name, title): (&str, &str),
    figures: Vec<(String, Figures)>,
    freshness: State<Freshness>,
) -> Piece {
    let first = figures.first().map(|(_, figures)| *figures);
    let mut parts: Vec<Piece> = Vec::new();
    for (term, figures) in figures {
        let text = live(move || match figures.value() {
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
