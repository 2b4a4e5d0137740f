use super::notes::sample_note;
use super::reading::{reading, reason, space};
use crate::kit::bar::{Limits, bar};
use crate::kit::card::card_titled;
use crate::kit::format;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{Number, live, number, still, when};
use crate::kit::text_content::text_content;
use crate::model::Freshness;
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
    card: (&str, &str),
    share: Share,
    second: Option<(Share, String)>,
    limits: Limits,
    freshness: State<Freshness>,
) -> Piece {
    let details = [
        live(move || match share.percent.value() {
            Some(_) => share.space().unwrap_or_default(),
            None => reason(freshness),
        }),
        live({
            let second = second.clone();
            move || {
                let is_known = share.percent.value().is_some();
                let second = second.as_ref().filter(|_| is_known);
                second.map_or(String::new(), |(share, name)| described(share, name))
            }
        }),
    ];
    let second = number(move || second.as_ref()?.0.percent.value());
    let (name, title) = card;
    let title = Signal::stored(title.to_owned());
    tile(
        (name, title),
        share.percent,
        details,
        second,
        limits,
        freshness,
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
    freshness: State<Freshness>,
) -> Piece {
    let (name, kind) = card;
    let kind = kind.to_owned();
    let which = number_of_fullest(each.percent, label.clone());
    let space_of = label.clone();
    let details = [
        live(move || match (whole.value(), which.get()) {
            (Some(_), name) if !name.is_empty() => {
                let used = each.used.labelled(&space_of, &name);
                space(used, each.total.labelled(&space_of, &name)).unwrap_or_default()
            }
            (Some(_), _) => String::new(),
            (None, _) => reason(freshness),
        }),
        still(""),
    ];
    let title = live(move || match which.get() {
        which if which.is_empty() => kind.clone(),
        which => [&kind, " (", &which, ")"].concat(),
    });
    let none = number(|| None);
    tile((name, title), whole, details, none, limits, freshness)
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

fn tile(
    (name, title): (&str, Signal<String>),
    percent: SeriesHandle,
    [first, last]: [Signal<String>; 2],
    second: Number,
    limits: Limits,
    freshness: State<Freshness>,
) -> Piece {
    let of = Number::clone(&second);
    let hidden = when(move || of().is_none());
    let content = view! {
        {reading([name, "-value"].concat(), percent.number(), format::percent)}
        {bar(percent.number(), limits)}
        <div class="detail">
            <p {..text_content(first)}></p>
            <p {..text_content(last)}></p>
        </div>
        <div hidden=hidden>
            {bar(second, limits)}
        </div>
    };
    let note = sample_note(freshness);
    card_titled(name, title, note, ().into_piece(), content.into_piece())
}
