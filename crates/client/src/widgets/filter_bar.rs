use super::filter::Filter;
use super::list::{List, level_named};
use crate::store::View;
use leptos::prelude::*;

/// The field that `/` leads to.
pub(crate) const FILTER_ID: &str = "filter";

/// The least levels to choose from, and what they are called.
const LEVELS: [(&str, &str); 4] = [
    ("debug", "All levels"),
    ("info", "Info and up"),
    ("warning", "Warnings, errors"),
    ("error", "Errors"),
];

/// Choices of level and source, and a field for text. A browser must not fill in an earlier page's.
pub(super) fn filter_bar(view: View, list: List, filter: RwSignal<Filter>) -> AnyView {
    let sources = Memo::new(move |_| {
        view.read(list.part, |knowledge| {
            let entries = (list.feed)(knowledge).newest_first();
            let mut sources: Vec<_> = entries.map(|entry| entry.source.clone()).collect();
            sources.sort_unstable();
            sources.dedup();
            sources
        })
    });
    let levels = LEVELS.map(|(level, name)| option(level.into(), name.into()));
    let named = move || {
        let sources = sources.get().into_iter();
        sources
            .map(|source| option(source.clone(), source))
            .collect::<Vec<_>>()
    };
    view! {
        <div class="filters">
            {choice("filter-level", "Least level", Vec::from(levels).into_any(), move |level| {
                filter.update(|filter| filter.level = level_named(&level));
            })}
            {choice(
                "filter-source",
                "Source",
                view! { {option(String::new(), "All sources".into())} {named} }.into_any(),
                move |source| filter.update(|filter| filter.source = source),
            )}
            <input
                class="field"
                id=FILTER_ID
                type="search"
                data-testid="filter-text"
                placeholder="Filter ( / )"
                aria-label="Filter by text"
                autocomplete="off"
                on:input=move |event| {
                    filter.update(|filter| filter.text = event_target_value(&event));
                }
            />
        </div>
    }
    .into_any()
}

pub(super) fn option(value: String, name: String) -> AnyView {
    view! { <option value=value>{name}</option> }.into_any()
}

fn choice(
    test_id: &'static str,
    label: &'static str,
    options: AnyView,
    choose: impl Fn(String) + 'static,
) -> AnyView {
    view! {
        <select
            class="select"
            data-testid=test_id
            aria-label=label
            autocomplete="off"
            on:change=move |event| choose(event_target_value(&event))
        >
            {options}
        </select>
    }
    .into_any()
}
