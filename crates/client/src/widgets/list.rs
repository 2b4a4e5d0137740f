use super::clock_time;
use super::clock_time::clock_time;
use crate::kit::browser::{hand_focus, scroll_to_top, scroll_top};
use crate::kit::button::{Button, button};
use crate::kit::card::card_with;
use crate::kit::icon::{icon, level_path};
use crate::kit::keyed::keyed;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, when};
use crate::kit::text_content::{text_content, translatable};
use crate::kit::toasts::Toasts;
use crate::kit::{export, format, icon};
use crate::model::Filter;
use crate::model::{Entry, Feed, MissedSpan, Model, Part};
use crate::session::history::Playback;
use crate::session::{Clock, ShownModel};
use leptos::prelude::*;
use protocol::Stream;

/// From this length on a text is folded, in bytes: some four lines.
const FOLDED_BYTES: usize = 300;

/// Scrolled further than this, the newest is out of sight, in pixels.
const AWAY_PX: i32 = 24;

/// What lists read, and what they can have done.
#[derive(Clone, Copy)]
pub(crate) struct Handles {
    /// The host that the page shows.
    pub(crate) host: State<String>,
    pub(crate) shown: ShownModel,
    pub(crate) clock: State<Clock>,
    pub(crate) toasts: Toasts,
    pub(crate) playback: Playback,
}

/// A list of texts, newest first, that can be filtered: what happened, or the end of the logs.
#[derive(Clone, Copy)]
pub(super) struct List {
    pub(super) name: &'static str,
    /// What the scrolling part is called.
    pub(super) label: &'static str,
    pub(super) stream: Stream,
    pub(super) part: Part,
    pub(super) feed: fn(&Model) -> &Feed,
    pub(super) empty: &'static str,
    pub(super) item_test_id: &'static str,
}

impl List {
    /// The numbers of what passes the filter, newest first.
    fn ids(self, of: Handles, filter: State<Filter>) -> Vec<u64> {
        let filter = filter.get();
        of.shown.read(self.part, |model| {
            let entries = (self.feed)(model).newest_first();
            let passing = entries.filter(|entry| filter.passes(entry));
            passing.map(|entry| entry.id).collect()
        })
    }

    /// What passes the filter now, newest first.
    pub(super) fn entries(self, of: Handles, filter: State<Filter>) -> Vec<Entry> {
        let filter = filter.get_untracked();
        of.shown.read_untracked(|model| {
            (self.feed)(model)
                .newest_first()
                .filter(|entry| filter.passes(entry))
                .cloned()
                .collect()
        })
    }
}

pub(super) fn list(
    of: Handles,
    list: List,
    title: &str,
    note: Signal<String>,
    controls: Piece,
    filters: Piece,
    filter: State<Filter>,
) -> Piece {
    let away = State::new(false);
    let id = ["scroller-", list.name].concat();
    let scroller = id.clone();
    let seen = State::new(0);
    let look = move || {
        let top_px = scroll_top(&scroller);
        if top_px <= AWAY_PX || !away.get_untracked() {
            let newest = untrack(|| list.ids(of, filter)).first().copied();
            seen.set(newest.unwrap_or_default());
        }
        away.set_if_changed(top_px > AWAY_PX);
    };
    let scroller = id.clone();
    let show_newest = move || {
        scroll_to_top(&scroller);
        hand_focus(&scroller);
    };
    let new_entries = move || match away.get() {
        true => count_above(&list.ids(of, filter), seen.get()),
        false => 0,
    };
    let newest = Button {
        label: live(move || match new_entries() {
            0 => "Newest".to_owned(),
            count => [&format::grouped(count), " new"].concat(),
        }),
        ..Button::plain("jump", "Newest", icon::UP, "")
    };
    let empty = live(move || {
        let is_filtered = filter.with(|filter| *filter != Filter::NONE);
        let text = match is_filtered {
            true => "No matching entries",
            false if has_older(of, list) => "No new activity",
            false => list.empty,
        };
        text.to_owned()
    });
    // It scrolls, so it must be reachable by keyboard.
    let content = view! {
        {filters}
        <div class="feed-frame">
            <ol
                class="feed"
                data-testid=list.name
                tabindex="0"
                aria-label=list.label
                id=id
                on:scroll=move |_| look()
            >
                {keyed(move || list.ids(of, filter), move |id| item(of, list, id))}
                {older(of, list)}
            </ol>
            <p class="empty" {..translatable(empty)}></p>
            <div class="feed-jump" hidden=when(move || !away.get())>
                {button(newest, Box::new(show_newest))}
            </div>
        </div>
    };
    card_with(list.name, title, note, controls, content.into_piece())
}

/// How many entries, newest first, are newer than one.
fn count_above(ids: &[u64], seen: u64) -> u64 {
    let mut count = 0;
    for id in ids {
        if *id <= seen {
            break;
        }
        count += 1;
    }
    count
}

/// Whether older entries may be stored.
fn has_older(of: Handles, list: List) -> bool {
    let is_all = of
        .shown
        .read(list.part, |model| (list.feed)(model).is_all());
    of.playback.has_store() && !is_all
}

/// What leads to older entries.
fn older(of: Handles, list: List) -> impl IntoView {
    let busy = State::new(false);
    let hidden = when(move || !has_older(of, list));
    let what = Button {
        label: live(move || match busy.get() {
            true => "Loading…".to_owned(),
            false => "Load older".to_owned(),
        }),
        ..Button::plain("older", "Load older entries", "", "").small()
    };
    let load = move || {
        if !busy.get_untracked() {
            of.playback.load_older(list.stream, list.part, busy);
        }
    };
    view! { <li class="feed-older" hidden=hidden>{button(what, Box::new(load))}</li> }
}

fn item(of: Handles, list: List, id: u64) -> Piece {
    let entry = of
        .shown
        .read_untracked(|model| (list.feed)(model).get(id).cloned());
    let Some(entry) = entry else {
        return ().into_piece();
    };
    let level = entry.level;
    let content = match entry.missed {
        Some(missed) => view! {
            <p
                class="feed-text"
                {..text_content(live(move || missed_text(of, missed)))}
            ></p>
        }
        .into_piece(),
        None => text(entry.text),
    };
    view! {
        <li class="feed-item" data-testid=list.item_test_id data-level=level.name()>
            {icon(level_path(level))} <span class="visually-hidden">{level.name()} ": "</span>
            {content}
            <p class="feed-meta">
                {clock_time(of.clock, entry.at)} " · " <span>{entry.source}</span>
            </p>
        </li>
    }
    .into_piece()
}

/// A long text shows its beginning, and the whole when it is opened.
fn text(text: String) -> Piece {
    if text.len() <= FOLDED_BYTES {
        return view! { <p class="feed-text">{text}</p> }.into_piece();
    }
    let beginning = text[..text.floor_char_boundary(FOLDED_BYTES)].to_owned();
    view! {
        <details class="feed-text">
            <summary>{beginning} "…"</summary>
            {text}
        </details>
    }
    .into_piece()
}

/// How many is only known if it is one: all streams share their numbers.
fn missed_text(of: Handles, missed: MissedSpan) -> String {
    let stream = missed.stream.name();
    let what = match missed.at_most {
        1 => format!("1 message of {stream} missed"),
        count => format!(
            "Up to {} messages of {stream} missed",
            format::grouped(count)
        ),
    };
    let until = clock_time::text(of.clock, missed.until);
    match missed.from {
        Some(from) => format!(
            "{what} from {} to {until}",
            clock_time::text(of.clock, from)
        ),
        None => format!("{what} before {until}"),
    }
}

/// The entries as records of time, level, source and message, oldest last.
pub(super) fn csv(of: Handles, entries: &[Entry]) -> String {
    let mut csv = String::new();
    export::csv_record(&mut csv, &["time", "level", "source", "message"]);
    for entry in entries {
        let [time, message] = record(of, entry);
        export::csv_record(
            &mut csv,
            &[&time, entry.level.name(), &entry.source, &message],
        );
    }
    csv
}

/// The same as a list of objects.
pub(super) fn json(of: Handles, entries: &[Entry]) -> String {
    let mut json = String::new();
    for entry in entries {
        let [time, message] = record(of, entry);
        let fields = [
            ("timestamp", &*time),
            ("level", entry.level.name()),
            ("source", &entry.source),
            ("message", &message),
        ];
        export::json_record(&mut json, &fields);
    }
    export::json_end(&mut json);
    json
}

fn record(of: Handles, entry: &Entry) -> [String; 2] {
    let message = match entry.missed {
        Some(missed) => missed_text(of, missed),
        None => entry.text.clone(),
    };
    [entry.at.to_string(), message]
}
