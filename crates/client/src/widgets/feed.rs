use super::files::{File, save};
use super::filter_bar::filter_bar;
use super::list::{Handles, List, list};
use crate::kit::button::{Button, button};
use crate::kit::icon;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::on_change;
use crate::kit::toasts::Toasts;
use crate::model::Filter;
use crate::model::Part;
use crate::session::user_preferences::{self, Saver};
use leptos::prelude::*;
use protocol::account::{ActivityFilter, UserPreferences};
use protocol::{Level, Stream};

const FEED: List = List {
    name: "feed",
    label: "Activity, newest first",
    stream: Stream::Events,
    part: Part::Feed,
    feed: |model| &model.feed,
    empty: "No activity yet",
    item_test_id: "feed-item",
};

/// What happened, newest first.
pub(crate) fn feed(
    title: &str,
    of: Handles,
    clear: Box<dyn Fn() + Send>,
    note: Signal<String>,
) -> Piece {
    let filter = State::new(Filter::NONE);
    let save_csv = move || save(of.toasts, File::ListCsv(of, FEED, filter));
    let save_json = move || save(of.toasts, File::ListJson(of, FEED, filter));
    let controls = view! {
        <div class="card-controls">
            {button(
                Button::plain("feed-csv", "Download list as CSV", icon::SAVE, "CSV").small(),
                Box::new(save_csv),
            )}
            {button(
                Button::plain("feed-json", "Download list as JSON", icon::SAVE, "JSON").small(),
                Box::new(save_json),
            )}
            {button(
                Button::plain("clear", "Clear activity (Shift C)", icon::CLOSE, "Clear").small(),
                clear,
            )}
        </div>
    };
    keep_filter(of.toasts, filter);
    let filters = filter_bar(of, FEED, filter);
    list(
        of,
        FEED,
        title,
        note,
        controls.into_piece(),
        filters.into_piece(),
        filter,
    )
}

/// Filters as the user who is signed in has done in another browser, and stores what the user changes.
fn keep_filter(toasts: Toasts, filter: State<Filter>) {
    on_change(move || {
        let Some(stored) = user_preferences::stored() else {
            return;
        };
        if let Some(stored) = stored.filter {
            let level = stored.level.unwrap_or_default();
            let level = Level::ALL.into_iter().find(|it| it.name() == level);
            filter.set(Filter {
                level: level.unwrap_or(Level::Debug),
                source: stored.source.unwrap_or_default(),
                text: stored.text.unwrap_or_default(),
            });
        }
        Saver::new(toasts).follow(move || UserPreferences {
            filter: Some(filter.with(chosen)),
            ..UserPreferences::default()
        });
    });
}

fn chosen(filter: &Filter) -> ActivityFilter {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    ActivityFilter {
        level: Some(filter.level.name().to_owned()),
        source: text(&filter.source),
        text: text(&filter.text),
    }
}
