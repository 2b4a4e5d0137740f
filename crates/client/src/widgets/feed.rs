use super::files::{File, save};
use super::filter_bar::filter_bar;
use super::list::{Handles, List, list};
use crate::kit::button::{Button, button};
use crate::kit::icon;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::model::Filter;
use crate::model::Part;
use leptos::prelude::*;
use protocol::Stream;

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
