use super::figure::severity;
use super::source::Source;
use super::tick::ticking;
use crate::kit::bar::{Limits, bar};
use crate::kit::browser::{monotonic_ms, page_url, uri_component};
use crate::kit::card::card_titled;
use crate::kit::format;
use crate::kit::keyed::keyed;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, number, on_change, when};
use crate::kit::text_content::text_content;
use crate::model::{Freshness, Part};
use crate::session::{SeriesHandle, ShownModel};
use leptos::prelude::*;

/// Hosts at most; the model has no more.
const SHOWN_MAX: usize = 64;

/// Whether a host is silent is looked at so often, in milliseconds.
const LOOK_EVERY_MS: f64 = 2_000.0;

/// All hosts, and what is shown of each, both in percent.
#[derive(Clone, Copy)]
pub(crate) struct Fleet {
    /// Those that the server knows.
    pub(crate) hosts: State<Vec<String>>,
    pub(crate) cpu: SeriesHandle,
    pub(crate) memory: SeriesHandle,
}

/// A cell for each host: whether it reports, its CPU and its memory, and a link to its page.
pub(crate) fn hosts(source: &Source, fleet: Fleet) -> Piece {
    let shown = source.charts.context.shown;
    let names = State::new(Vec::new());
    let list = move || {
        let mut names = fleet.hosts.get();
        shown.read(Part::Samples, |model| {
            for host in model.catalog.hosts() {
                if !names.iter().any(|name| name == host) {
                    names.push(host.to_owned());
                }
            }
        });
        names.truncate(SHOWN_MAX);
        names
    };
    names.set(untrack(list));
    on_change(move || names.set_if_changed(list()));
    // Of the server's clock; unknown where the page is rendered, and nothing is silent there.
    let now_ms = State::new(None::<f64>);
    let ticks = ticking(LOOK_EVERY_MS, || 0.0);
    let moment = source.charts.context.playback_state.moment;
    on_change(move || {
        ticks.track();
        let at_ms = moment.get();
        now_ms.set(at_ms.or_else(|| Some(shown.server_now_ms(monotonic_ms()))));
    });
    let count = move || names.with(Vec::len) as u64;
    let all = All {
        fleet,
        shown,
        now_ms,
    };
    let summary = live(move || {
        let names = names.get();
        let mut silent = 0;
        for name in &names {
            silent += usize::from(state(all, name).0 != "up");
        }
        match (names.len(), silent) {
            (count, 0) => format!("{count} up"),
            (count, silent) => format!("{} up · {silent} not reporting", count - silent),
        }
    });
    let of = source.clone();
    let cell = move |place| cell(&of, all, names, place as usize);
    let none = when(move || count() == 0);
    let some = when(move || count() > 0);
    let content = view! {
        <div class="fit" hidden=none>
            <div class="fit-scroll" tabindex="0" role="group" aria-label=source.title.clone()>
                <ul class="host-grid" data-testid=[&source.id, "-hosts"].concat()>
                    {keyed(move || (0..count()).collect(), cell)}
                </ul>
            </div>
        </div>
        <p class="fit-empty" hidden=some>
            "No host reports yet. Start watchroom agent on a host."
        </p>
    };
    let title = Signal::stored(source.title.clone());
    let count = view! { <span class="card-count" {..text_content(summary)}></span> };
    card_titled(
        &source.id,
        title,
        source.note,
        view! { <div class="card-controls">{count}</div> }.into_piece(),
        content.into_piece(),
    )
}

/// What cells read.
#[derive(Clone, Copy)]
struct All {
    fleet: Fleet,
    shown: ShownModel,
    now_ms: State<Option<f64>>,
}

/// What the style sheet goes by, and what is said of a host.
fn state(all: All, name: &str) -> (&'static str, String) {
    let now_ms = all.now_ms.get();
    let newest = all.shown.read(Part::Samples, |model| model.newest(name));
    let now_ms = now_ms.or_else(|| newest.map(|newest| newest.at.unix_ms() as f64));
    match Freshness::of(newest, now_ms.unwrap_or(0.0)) {
        Freshness::Fresh => ("up", "up".to_owned()),
        Freshness::Stale { seconds } => ("silent", ["silent ", &format::age(seconds)].concat()),
        _ => ("unknown", "no data".to_owned()),
    }
}

fn cell(source: &Source, all: All, names: State<Vec<String>>, place: usize) -> Piece {
    let name = move || names.with(|names| names.get(place).cloned().unwrap_or_default());
    let address = State::new(None::<String>);
    on_change(move || {
        address.set(Some(
            [&page_url("/?host="), &*uri_component(&name())].concat(),
        ));
    });
    let figure = |of: SeriesHandle, what: &'static str| {
        let value = move || of.labelled(protocol::HOST_LABEL, &name());
        let options = source.options.clone();
        let tone = live(move || severity(value(), &options));
        let text = live(move || match value() {
            Some(value) => format::percent(value).joined(),
            None => format::ABSENT.into(),
        });
        let limits = Limits::of(&source.options.thresholds);
        view! {
            <span class="host-figure" data-severity=tone>
                <span class="host-term">{what}</span>
                <span class="host-value" {..text_content(text)}></span>
                {bar(number(value), limits)}
            </span>
        }
        .into_piece()
    };
    let kind = live(move || state(all, &name()).0.to_owned());
    let said = live(move || state(all, &name()).1);
    view! {
        <li>
            <a class="host-cell" href=move || address.get() data-state=kind data-testid="host">
                <span class="host-head">
                    <i class="host-dot" aria-hidden="true"></i>
                    <span class="host-name clip" {..text_content(live(name))}></span>
                    <span class="host-state" {..text_content(said)}></span>
                </span>
                {figure(all.fleet.cpu, "CPU")}
                {figure(all.fleet.memory, "Memory")}
            </a>
        </li>
    }
    .into_piece()
}
