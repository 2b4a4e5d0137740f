//! The page of the server: how Watchroom itself is doing.
//!
//! It is loaded together with the page of checks, and asks the API every two seconds.

mod history;
mod limits;
mod lists;
mod log_level;
mod now;

use super::account::section;
use super::polled::{self, Polled};
use crate::kit::browser::page_url;
use crate::kit::piece::{IntoPiece, Piece};
use crate::model::PageKind;
use leptos::prelude::*;
use protocol::server_info::ServerInfo;

/// How often it is asked for, in milliseconds.
const EVERY_MS: f64 = 2_000.0;

/// The most recent answer of the API.
type Server = Polled<ServerInfo>;

pub(super) fn content() -> Piece {
    let server = Server::new("server");
    polled::poll_every(EVERY_MS, move || server.reload());
    view! {
        {polled::connection(server)}
        {section("now", "Now", now::now(server))}
        {section("failing", "Failing", part(server, |it| it.failing, lists::failing))}
        {section("history", "Last hour", history::history(server))}
        {section("limits", "Limits", part(server, |it| it.limits, limits::limits))}
        {section("slowest", "Slowest viewers", part(server, |it| it.viewers.slowest, lists::slowest))}
        {section("rejected", "Rejected since the start", part(server, lists::rejected_of, lists::rejected))}
        {log_level::section_of()}
        <p class="account-note">
            <a href=page_url(PageKind::Sources.path())>"Sources"</a>
            ": programs that report to this server, and all series."
        </p>
    }
    .into_piece()
}

/// A part of the answer, shown again when it has changed; before the first answer that it is loaded.
fn part<T: Clone + PartialEq + Send + Sync + 'static>(
    server: Server,
    of: fn(ServerInfo) -> T,
    show: fn(T) -> Piece,
) -> Piece {
    let state = Memo::new(move |_| server.loaded().map(|loaded| loaded.map(of)));
    let view = move || polled::shown(state.get(), show);
    view.into_piece()
}
