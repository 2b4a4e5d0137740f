use super::card::hidden_unless;
use super::filter::Filter;
use super::list::{List, list};
use crate::piece::IntoPiece;
use crate::state::State;
use crate::store::{Part, View};
use leptos::prelude::*;
use protocol::Stream;

const LOGS: List = List {
    name: "logs",
    title: "Logs",
    label: "Lines of logs, newest first",
    stream: Stream::Logs,
    part: Part::Logs,
    feed: |knowledge| &knowledge.logs,
    empty: "",
    item_test_id: "log-item",
};

/// The end of the logs, on servers that are sent any.
pub(crate) fn logs(view: View) -> impl IntoView {
    let unfiltered = State::new(Filter::NONE);
    let card = list(view, LOGS, ().into_piece(), ().into_piece(), unfiltered);
    hidden_unless(
        move || view.read(Part::Logs, |knowledge| !knowledge.logs.is_empty()),
        card,
    )
}
