use super::bar::severity;
use super::card::{card, hidden_unless, sample_note};
use super::more::More;
use crate::store::View;
use leptos::prelude::*;
use protocol::Metrics;

/// So many lines are shown at first.
const ROWS_SHOWN: usize = 6;

/// One line of a list, with a bar where there is something to fill.
#[derive(Clone, PartialEq)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) percent: Option<f64>,
    pub(super) details: [String; 2],
}

/// A list that is on the page only where the host has any of it.
pub(super) fn rows(
    view: View,
    name: &'static str,
    title: &'static str,
    read: fn(&Metrics) -> Vec<Row>,
) -> impl IntoView {
    let rows = move || view.sample(|sample| Some(read(sample))).unwrap_or_default();
    let count = move || rows().len();
    let bounds = More::new(count, ROWS_SHOWN);
    let lines = move || {
        let shown = rows().into_iter().take(bounds.limit());
        shown.map(row).collect::<Vec<_>>()
    };
    let content = view! {
        <ul class="rows">{lines}</ul>
        {bounds.switch()}
    };
    let card = card(name, title, sample_note(view), content);
    hidden_unless(move || count() > 0, card)
}

fn row(row: Row) -> impl IntoView {
    let [detail, more] = row.details;
    let severity = severity(row.percent);
    let has_bar = row.percent.is_some();
    let width = row.percent.unwrap_or(0.0).clamp(0.0, 100.0).round() as u32;
    view! {
        <li class="row">
            <span class="row-name clip">{row.name}</span>
            <span class="row-value">{row.value}</span>
            <svg
                class="bar"
                viewBox="0 0 100 1"
                preserveAspectRatio="none"
                aria-hidden="true"
                data-severity=severity
                hidden=!has_bar
            >
                <rect class="bar-fill" height="1" width=width.to_string()></rect>
            </svg>
            <span class="row-detail">{detail}</span>
            <span class="row-detail row-end">{more}</span>
        </li>
    }
}
