use super::chart::Charts;
use super::reading::{reason, space};
use super::tile::tile;
use crate::kit::bar::{Limits, bar};
use crate::kit::format;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{Number, live, number, when};
use crate::kit::text_content::text_content;
use crate::session::SeriesHandle;
use leptos::prelude::*;

/// A share in percent, and the bytes that it is of.
#[derive(Clone, Copy)]
pub(crate) struct Share {
    pub(crate) percent: SeriesHandle,
    pub(crate) used: SeriesHandle,
    pub(crate) total: SeriesHandle,
}

impl Share {
    fn space(&self) -> Option<String> {
        space(self.used.value(), self.total.value())
    }
}

/// One share, large, with a bar; and a second one, small, if there is one, with what it is called.
pub(crate) fn stat(
    (name, title): (&str, &str),
    share: Share,
    second: Option<(Share, String)>,
    limits: Limits,
    charts: Charts,
) -> Piece {
    let freshness = charts.context.freshness;
    let context = live(move || match share.percent.value() {
        Some(_) => share.space().unwrap_or_default(),
        None => reason(freshness),
    });
    let of = second.clone();
    let percent = number(move || of.as_ref()?.0.percent.value());
    let text = live(move || {
        let is_known = share.percent.value().is_some();
        let second = second.as_ref().filter(|_| is_known);
        second.map_or(String::new(), |(share, name)| described(share, name))
    });
    let of = Number::clone(&percent);
    let beside = view! {
        <p {..text_content(text)}></p>
        <div hidden=when(move || of().is_none())>{bar(percent, limits)}</div>
    };
    let title = Signal::stored(title.to_owned());
    tile(
        (name, title),
        share.percent,
        beside.into_piece(),
        context,
        limits,
        charts,
    )
}

fn described(share: &Share, name: &str) -> String {
    match (share.percent.value(), share.space()) {
        (_, Some(space)) => format!("{name} {space}"),
        (Some(percent), None) => format!("{name} {}", format::percent(percent).joined()),
        (None, None) => format!("No {}", name.to_ascii_lowercase()),
    }
}

/// The largest of several shares: the one that will make trouble first. `whole` is as much as that, and a `label`
/// names it.
pub(crate) fn fullest(
    card: (&str, &str),
    whole: SeriesHandle,
    each: Share,
    label: String,
    limits: Limits,
    charts: Charts,
) -> Piece {
    let freshness = charts.context.freshness;
    let (name, kind) = card;
    let kind = kind.to_owned();
    let which = number_of_fullest(each.percent, label.clone());
    let space_of = label.clone();
    let context = live(move || match (whole.value(), which.get()) {
        (Some(_), name) if !name.is_empty() => {
            let used = each.used.labelled(&space_of, &name);
            space(used, each.total.labelled(&space_of, &name)).unwrap_or_default()
        }
        (Some(_), _) => String::new(),
        (None, _) => reason(freshness),
    });
    let title = live(move || match which.get() {
        which if which.is_empty() => kind.clone(),
        which => [&kind, " (", &which, ")"].concat(),
    });
    let beside = ().into_piece();
    tile((name, title), whole, beside, context, limits, charts)
}

/// The label's value of the largest.
fn number_of_fullest(percent: SeriesHandle, label: String) -> Signal<String> {
    live(move || {
        percent.read(|lines| {
            let mut fullest: Option<(f64, &str)> = None;
            for line in lines {
                let Some(value) = line.value else { continue };
                if fullest.is_none_or(|(most, _)| value >= most) {
                    fullest = Some((value, line.key.label(&label)));
                }
            }
            fullest.map_or(String::new(), |(_, name)| name.to_owned())
        })
    })
}
