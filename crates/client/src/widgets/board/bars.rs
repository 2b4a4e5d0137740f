use super::figure::{scale, severity, share, written};
use super::source::{Item, Source};
use super::steady::steady;
use crate::kit::bar::within;
use crate::kit::format::ABSENT;
use crate::kit::keyed::keyed;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, when};
use crate::kit::text_content::text_content;
use leptos::prelude::*;

/// Of more series the largest are shown.
const SHOWN_MAX: usize = 20;

/// The largest of the series, each with a bar behind its name.
pub(crate) fn bars(source: &Source) -> Piece {
    let of = source.clone();
    let order = steady(move || of.read(largest), State::new(()));
    let of = source.clone();
    let more = live(move || {
        let count = of.read(<[Item]>::len);
        format!("The largest {SHOWN_MAX} of {count}")
    });
    let of = source.clone();
    let is_all = when(move || of.read(<[Item]>::len) <= SHOWN_MAX);
    let of = source.clone();
    let content = view! {
        <div class="fit-scroll" tabindex="0" role="group" aria-label=source.title.clone()>
            <ol class="bar-list" data-testid=[&source.id, "-bars"].concat()>
                {keyed(move || order.get(), move |key| one(&of, key))}
            </ol>
            <p class="fit-note" {..text_content(more)} hidden=is_all></p>
        </div>
    };
    source.card(().into_piece(), content.into_piece())
}

/// The keys of the largest, the largest first; equal ones by their order.
fn largest(items: &[Item]) -> Vec<u64> {
    let mut sorted: Vec<&Item> = items.iter().collect();
    let size = |item: &Item| item.value.unwrap_or(f64::NEG_INFINITY);
    sorted.sort_by(|one, other| size(other).total_cmp(&size(one)));
    let sorted = sorted.into_iter().take(SHOWN_MAX);
    sorted.map(|item| item.key).collect()
}

fn one(source: &Source, key: u64) -> Piece {
    let text = |write| source.write(key, write);
    let name = text(|item, source| source.name(item));
    let value = text(|item, source| match item.value {
        Some(value) => written(value, &item.unit, &source.options),
        None => ABSENT.into(),
    });
    let tone = text(|item, source| severity(item.value, &source.options));
    let width = text(|item, source| {
        let highest = source.read(|all| all.iter().filter_map(|it| it.value).fold(0.0, f64::max));
        let ends = match (source.options.max, &*item.unit) {
            (None, unit) if unit != "%" && highest > 0.0 => (0.0, highest),
            _ => scale(&source.options, &item.unit, 0.0, highest),
        };
        let share = item.value.map_or(0.0, |value| share(value, ends));
        within(share * 100.0).to_string()
    });
    view! {
        <li class="bar-item" data-severity=tone data-testid="bar">
            <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
                <rect height="1" width=width></rect>
            </svg>
            <span class="bar-name clip" {..text_content(name)}></span>
            <span class="bar-value" {..text_content(value)}></span>
        </li>
    }
    .into_piece()
}

#[cfg(test)]
mod tests {
    use super::super::source::test_support::item;
    use super::*;

    #[test]
    fn the_largest_is_first_and_the_order_of_equal_ones_stays() {
        let items = [
            item("a q n=1", 0, 1.0),
            item("a q n=2", 0, 3.0),
            item("a q n=3", 0, 1.0),
            Item {
                value: None,
                ..item("a q n=4", 0, 0.0)
            },
        ];
        let place = |key: u64| items.iter().position(|it| it.key == key).unwrap();
        let places: Vec<_> = largest(&items).into_iter().map(place).collect();
        assert_eq!(places, [1, 0, 2, 3]);
        let many: Vec<_> = (0..30)
            .map(|n| item(&format!("a q n={n}"), 0, 1.0))
            .collect();
        assert_eq!(largest(&many).len(), SHOWN_MAX);
    }
}
