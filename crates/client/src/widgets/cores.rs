use super::chart::Charts;
use super::reading::reason;
use super::tile::tile;
use crate::kit::bar::{Limits, bars};
use crate::kit::format;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::live;
use crate::session::SeriesHandle;
use leptos::prelude::*;

/// The label that counts parts, and what one is called.
const PART: &str = "core";

/// More parts have no place of their own.
const PARTS_MAX: usize = 1_024;

/// The whole, and a small bar for each part; all in percent.
pub(crate) fn cores(
    (name, title): (&str, &str),
    whole: SeriesHandle,
    parts: SeriesHandle,
    limits: Limits,
    charts: Charts,
) -> Piece {
    let freshness = charts.context.freshness;
    let parts = move || placed(parts);
    let context = live(move || match whole.value() {
        Some(_) => described(&parts()),
        None => reason(freshness),
    });
    let title = Signal::stored(title.to_owned());
    let beside = bars(parts, limits).into_piece();
    tile((name, title), whole, beside, context, limits, charts)
}

/// How many there are, and how much the busiest of them is.
fn described(parts: &[Option<f64>]) -> String {
    let count = match parts.iter().flatten().count() {
        0 => return String::new(),
        1 => "1 core".into(),
        count => format!("{count} cores"),
    };
    let peak = parts.iter().copied().flatten().reduce(f64::max);
    let peak = format::percent(peak.unwrap_or_default()).joined();
    format!("{count} · peak {peak}")
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
