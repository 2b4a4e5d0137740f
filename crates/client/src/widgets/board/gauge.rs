use super::figure::{parts, scale, severity, share, written};
use super::source::{Item, Source};
use crate::kit::format::ABSENT;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use leptos::prelude::*;

/// Two thirds of a circle around (50, 50), clockwise from the lower left.
const ARC: &str = "M13.6 71A42 42 0 1 1 86.4 71";

/// The same, around it, for the thresholds.
const RIM: &str = "M8.4 74A48 48 0 1 1 91.6 74";

/// A value on an arc from the lowest to the highest one.
pub(crate) fn gauge(source: &Source) -> Piece {
    let text = |write: fn(&Item, &Source) -> String, absent: &'static str| {
        let source = source.clone();
        live(move || {
            source.read(|items| match items.first() {
                Some(item) => write(item, &source),
                None => absent.to_owned(),
            })
        })
    };
    let number = text(
        |item, source| match item.value {
            Some(value) => parts(value, &item.unit, &source.options).0,
            None => ABSENT.into(),
        },
        ABSENT,
    );
    let unit = text(
        |item, source| {
            let value = item.value.unwrap_or_default();
            parts(value, &item.unit, &source.options).1
        },
        "",
    );
    let name = text(
        |item, source| match source.options.names.is_empty() {
            true => String::new(),
            false => source.name(item),
        },
        "",
    );
    let (low, high) = (
        text(|item, source| end(item, source, |(low, _)| low), ""),
        text(|item, source| end(item, source, |(_, high)| high), ""),
    );
    let filled = text(
        |item, source| {
            let share = item.value.map(|value| share(value, ends(item, source)));
            dash(0.0, share.unwrap_or(0.0))
        },
        "0 0 0 100",
    );
    let tone = text(|item, source| severity(item.value, &source.options), "");
    let warned = text(|item, source| zone(item, source, false), "0 0 0 100");
    let critical = text(|item, source| zone(item, source, true), "0 0 0 100");
    let content = view! {
        <div class="gauge" data-severity=tone>
            <svg class="gauge-dial" viewBox="0 0 100 76" aria-hidden="true">
                <path class="gauge-track" d=ARC></path>
                <path
                    class="gauge-fill"
                    d=ARC
                    pathLength="100"
                    stroke-dasharray=filled
                ></path>
                <path
                    class="gauge-rim"
                    data-severity="high"
                    d=RIM
                    pathLength="100"
                    stroke-dasharray=warned
                ></path>
                <path
                    class="gauge-rim"
                    data-severity="critical"
                    d=RIM
                    pathLength="100"
                    stroke-dasharray=critical
                ></path>
            </svg>
            <p class="gauge-figure" data-testid=[&source.id, "-value"].concat()>
                <span class="figure" {..text_content(number)}></span>
                " "
                <span class="figure-unit" {..text_content(unit)}></span>
            </p>
            <p class="gauge-name clip" {..text_content(name)}></p>
            <p class="gauge-ends">
                <span {..text_content(low)}></span>
                <span {..text_content(high)}></span>
            </p>
        </div>
    };
    source.card(().into_piece(), content.into_piece())
}

fn ends(item: &Item, source: &Source) -> (f64, f64) {
    let value = item.value.unwrap_or(0.0);
    scale(&source.options, &item.unit, value, value)
}

fn end(item: &Item, source: &Source, choose: fn((f64, f64)) -> f64) -> String {
    written(choose(ends(item, source)), &item.unit, &source.options)
}

/// The part of the rim where a value is a warning, or critical.
fn zone(item: &Item, source: &Source, is_critical: bool) -> String {
    let ends = ends(item, source);
    let mut thresholds = source.options.thresholds.iter().rev();
    let critical = thresholds.next().map_or(1.0, |it| share(*it, ends));
    match is_critical {
        true => dash(critical, 1.0),
        false => dash(
            thresholds.next().map_or(critical, |it| share(*it, ends)),
            critical,
        ),
    }
}

/// Dashes of a path of the length 100, of which the part between two shares is drawn.
fn dash(from: f64, to: f64) -> String {
    let tenths = |share: f64| (share * 1_000.0).round() as u32;
    let (from, to) = (tenths(from), tenths(to));
    let write = |tenths: u32| format!("{}.{}", tenths / 10, tenths % 10);
    let length = to.saturating_sub(from);
    ["0 ", &write(from), " ", &write(length), " 200"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_are_parts_of_a_hundred() {
        assert_eq!(dash(0.0, 0.4567), "0 0.0 45.7 200");
        assert_eq!(dash(0.75, 0.9), "0 75.0 15.0 200");
        assert_eq!(dash(1.0, 0.5), "0 100.0 0.0 200");
    }
}
