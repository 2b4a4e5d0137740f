use super::figure::{change, parts, severity};
use super::source::{Item, Source};
use crate::kit::format::{self, ABSENT};
use crate::kit::keyed::keyed;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, when};
use crate::kit::text_content::text_content;
use crate::widgets::chart::{Charts, Of, Plan, sparkline};
use chart::{Fit, Series, Window};
use leptos::prelude::*;

/// More cannot be read.
const SHOWN_MAX: usize = 24;

/// The value of each series, with its course and how it has changed since the beginning of the time range.
pub(crate) fn value(source: &Source) -> Piece {
    let of = source.clone();
    let keys = move || {
        of.read(|items| {
            let items = items.iter().take(SHOWN_MAX);
            items.map(|item| item.key).collect()
        })
    };
    let of = source.clone();
    let is_single = when(move || of.read(<[Item]>::len) == 1);
    let of = source.clone();
    let content = view! {
        <ul class="values" data-single=move || is_single.get().then_some("")>
            {keyed(keys, move |key| one(&of, key))}
        </ul>
    };
    source.card(().into_piece(), content.into_piece())
}

fn one(source: &Source, key: u64) -> Piece {
    let Some(first) = untrack(|| item(source, key)) else {
        return ().into_piece();
    };
    let text = |write| source.write(key, write);
    let number = text(|item, source| match item.value {
        Some(value) => parts(value, &item.unit, &source.options).0,
        None => ABSENT.into(),
    });
    let unit = text(|item, source| {
        let value = item.value.unwrap_or_default();
        parts(value, &item.unit, &source.options).1
    });
    let tone = text(|item, source| severity(item.value, &source.options));
    let name = text(|item, source| source.name(item));
    let of = source.clone();
    let changed = live(move || changed(&of, key).unwrap_or_default());
    let plan = Plan::sparkline(
        &[&source.id, "-line"].concat(),
        vec![Of {
            only: Some(first.id),
            ..Of::from(source.series[first.place])
        }],
        fit(source, &first),
    );
    view! {
        <li class="value" data-severity=tone data-testid="value">
            <p class="value-name clip" {..text_content(name)}></p>
            <p class="value-figure">
                <span class="figure" {..text_content(number)}></span>
                " "
                <span class="figure-unit" {..text_content(unit)}></span>
            </p>
            <p class="value-change clip" {..text_content(changed)}></p>
            {sparkline(source.charts, plan)}
        </li>
    }
    .into_piece()
}

fn item(source: &Source, key: u64) -> Option<Item> {
    source.read(|items| items.iter().find(|item| item.key == key).cloned())
}

fn fit(source: &Source, item: &Item) -> Fit {
    match (source.options.min, source.options.max) {
        (Some(min), Some(max)) => Fit::Fixed(min, max),
        _ if item.unit == "%" => Fit::Fixed(0.0, 100.0),
        (Some(_), None) => Fit::FromZero,
        (None, _) => Fit::Around,
    }
}

/// How much a value has changed, and since when.
fn changed(source: &Source, key: u64) -> Option<String> {
    let Charts { context, .. } = source.charts;
    let window = source.charts.described_window()?;
    let item = item(source, key)?;
    let value = item.value?;
    let before = source.series[item.place].read(|lines| {
        let line = lines.iter().find(|line| line.id == item.id)?;
        first_value(line.points(), window)
    });
    // Values of a stretch that does not reach back are compared to the first of them.
    let (at_ms, before) = before?;
    let newest_ms = context
        .playback_state
        .moment
        .get()
        .unwrap_or(window.to_ms());
    let seconds = ((newest_ms - at_ms) / 1_000.0).round();
    (seconds >= 1.0).then(|| {
        let by = change(value - before, &item.unit, &source.options);
        [&by, " in ", &format::age(seconds as u64)].concat()
    })
}

/// When a series first had a value within a window, and which.
fn first_value(series: &Series, window: Window) -> Option<(f64, f64)> {
    let mut samples = series.samples(series.visible(window));
    samples.find_map(|sample| Some((sample.at_ms, sample.value?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chart::Sample;

    #[test]
    fn a_change_begins_with_the_first_value_of_the_time_range() {
        let mut series = Series::new(10);
        for (at_ms, value) in [(1_000.0, Some(1.0)), (2_000.0, None), (3_000.0, Some(4.0))] {
            series.put(Sample {
                at_ms,
                interval_ms: 1_000,
                value,
            });
        }
        let first = |from_ms| first_value(&series, Window::new(from_ms, 9_000.0));
        assert_eq!(first(0.0), Some((1_000.0, 1.0)));
        assert_eq!(first(1_500.0), Some((3_000.0, 4.0)));
        assert_eq!(first(4_000.0), None);
    }
}
