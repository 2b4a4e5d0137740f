use super::list::{Handles, List, list};
use crate::kit::card::hidden_unless;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::model::Filter;
use crate::model::Part;
use leptos::prelude::*;
use protocol::Stream;

const LOGS: List = List {
    name: "logs",
    label: "Lines of logs, newest first",
    stream: Stream::Logs,
    part: Part::Logs,
    feed: |model| &model.logs,
    empty: "",
    item_test_id: "log-item",
};

/// The end of the logs, on servers that are sent any.
pub(crate) fn logs(title: &str, of: Handles, note: Signal<String>) -> Piece {
    let unfiltered = State::new(Filter::NONE);
    let none = || ().into_piece();
    let card = list(of, LOGS, title, note, none(), none(), unfiltered);
    hidden_unless(move || of.shown.has_any(Part::Logs), card)
}
