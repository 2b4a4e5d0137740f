use super::files::{File, save};
use super::filter_bar::filter_bar;
use super::list::{List, list};
use crate::kit::button::{Button, button};
use crate::kit::fixed::fixed;
use crate::kit::icon;
use crate::kit::piece::IntoPiece;
use crate::kit::state::State;
use crate::model::Filter;
use crate::model::Part;
use crate::session::View;
use leptos::prelude::*;
use protocol::Stream;

const FEED: List = List {
    name: "feed",
    title: "Activity",
    label: "Activity, newest first",
    stream: Stream::Events,
    part: Part::Feed,
    feed: |knowledge| &knowledge.feed,
    empty: "Nothing has happened yet.",
    item_test_id: "feed-item",
};

/// What happened, newest first.
pub(crate) fn feed(view: View) -> impl IntoView {
    let filter = State::new(Filter::NONE);
    let save_csv = move || save(view, File::ListCsv(FEED, filter));
    let save_json = move || save(view, File::ListJson(FEED, filter));
    let controls = view! {
        <div class=fixed("card-controls")>
            {button(
                Button::plain("feed-csv", "Save what is listed as CSV", icon::SAVE, "CSV").small(),
                Box::new(save_csv),
            )}
            {button(
                Button::plain("feed-json", "Save what is listed as JSON", icon::SAVE, "JSON").small(),
                Box::new(save_json),
            )}
            {button(
                Button::plain("clear", "Empty the feed (c)", icon::CLOSE, "Clear").small(),
                Box::new(move || view.clear_feed()),
            )}
        </div>
    };
    let filters = filter_bar(view, FEED, filter);
    list(
        view,
        FEED,
        controls.into_piece(),
        filters.into_piece(),
        filter,
    )
}
