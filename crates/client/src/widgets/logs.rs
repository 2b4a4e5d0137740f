use super::list::{List, list};
use crate::kit::card::hidden_unless;
use crate::kit::piece::IntoPiece;
use crate::kit::state::State;
use crate::model::Filter;
use crate::model::Part;
use crate::session::View;
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
