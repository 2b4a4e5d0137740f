use super::list::{Handles, List};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::select::{Select, option, option_while, select};
use crate::kit::state::State;
use crate::kit::text::{live, on_change, when};
use crate::model::Filter;
use leptos::prelude::*;
use protocol::Level;

/// The field that `/` leads to.
pub(super) const FILTER_ID: &str = "filter";

/// The least levels to choose from, and what they are called.
const LEVELS: [[&str; 2]; 4] = [
    ["debug", "All levels"],
    ["info", "Info+"],
    ["warning", "Warnings+"],
    ["error", "Errors"],
];

/// Choices of level and source, and a field for text.
pub(super) fn filter_bar(of: Handles, list: List, filter: State<Filter>) -> impl IntoView {
    let mut level_options: Vec<Piece> = Vec::new();
    for [value, level_name] in LEVELS {
        let is_chosen = move || filter.with(|filter| filter.level.name() == value);
        level_options.push(option_while(value.into(), level_name, when(is_chosen)));
    }
    let levels = Select {
        test_id: "filter-level",
        label: "Level",
        options: level_options.into_piece(),
    };
    let sources = Select {
        test_id: "filter-source",
        label: "Source",
        options: source_options(of, list, filter),
    };
    let choose_level = move |name: String| {
        let named = Level::ALL.into_iter().find(|level| level.name() == name);
        filter.update(|filter| filter.level = named.unwrap_or(Level::Debug));
    };
    let choose_source = move |source| filter.update(|filter| filter.source = source);
    let text = live(move || filter.with(|filter| filter.text.clone()));
    view! {
        <div class="filters">
            {select(levels, Box::new(choose_level))} {select(sources, Box::new(choose_source))}
            <span class="filter-text">
                <input
                    class="field"
                    id=FILTER_ID
                    type="search"
                    data-testid="filter-text"
                    placeholder="Filter activity…"
                    aria-label="Filter by text"
                    autocomplete="off"
                    prop:value=text
                    on:input=move |event| {
                        filter.update(|filter| filter.text = event_target_value(&event));
                    }
                />
            </span>
        </div>
    }
}

/// Ends a source; the control character made for it.
const SEPARATOR: char = '\u{1f}';

/// Every source in the list, in order, behind an empty one that stands for all.
fn sources(of: Handles, list: List) -> String {
    let mut sources = vec![String::new()];
    of.shown.read(list.part, |model| {
        for entry in (list.feed)(model).newest_first() {
            if let Err(place) = sources.binary_search(&entry.source) {
                sources.insert(place, entry.source.clone());
            }
        }
    });
    let mut joined = String::new();
    for source in &sources {
        joined.push_str(source);
        joined.push(SEPARATOR);
    }
    joined
}

/// The options change only with the sources: the user may have the list open.
fn source_options(of: Handles, list: List, filter: State<Filter>) -> Piece {
    // No memo: it would be the only one, and the browser would load all that memos are made of.
    let known = State::new(untrack(|| sources(of, list)));
    on_change(move || known.set_if_changed(sources(of, list)));
    let chosen = State::new(String::new());
    on_change(move || chosen.set_if_changed(filter.with(|filter| filter.source.clone())));
    let options = move || {
        let (known, chosen) = (known.get(), chosen.get());
        let mut sources: Vec<_> = known.split_terminator(SEPARATOR).collect();
        if !sources.contains(&&*chosen) {
            // Nothing has come from there yet.
            sources.push(&chosen);
        }
        let mut options = Vec::new();
        for source in sources {
            let name = if source.is_empty() {
                "All sources"
            } else {
                source
            };
            options.push(option(source.into(), name.into(), source == chosen));
        }
        options
    };
    options.into_piece()
}
