use super::actions::Palette;
use super::badge::{Liveness, badge, retry};
use super::pause::{Pause, pause};
use crate::kit::browser::open_host;
use crate::kit::button::{Button, button};
use crate::kit::icon::{self, icon};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::select::{Select, option, select};
use crate::kit::state::State;
use crate::kit::text_content::text_content;
use leptos::prelude::*;

/// So much of a long name's end is always seen.
const HOST_END_BYTES: usize = 12;

/// What the header is made from.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    /// The host that the page shows.
    pub(crate) host: State<String>,
    pub(crate) hosts: State<Vec<String>>,
    pub(crate) liveness: Liveness,
    pub(crate) pause: Pause,
    pub(crate) palette: Palette,
}

/// The bar that stays in sight: the host, the `time` that is shown, and whether the page is live. `name` is the
/// server's; `player` is a row of its own below, in playback.
pub(crate) fn header(of: Header, name: String, time: Piece, player: Piece) -> Piece {
    let search = Button {
        class: "button search",
        ..Button::plain(
            "palette-open",
            "Search or run a command (Ctrl K)",
            icon::SEARCH,
            "Search",
        )
    };
    view! {
        <header class="header">
            <div class="host-switch">
                {host_name(name)} {host_choice(of)}
            </div>
            {retry(of.liveness)}
            {button(search, Box::new(move || of.palette.toggle(false)))} {time} {pause(of.pause)}
            {badge(of.liveness)} {player}
        </header>
    }
    .into_piece()
}

/// The header of a page without a rail.
pub(crate) fn plain_header(brand: Piece) -> Piece {
    view! { <header class="header header-plain">{brand}</header> }.into_piece()
}

/// The host's name; where it is too long, its middle is left out, since names differ at both ends.
fn host_name(name: String) -> impl IntoView {
    let end = name.len().saturating_sub(HOST_END_BYTES);
    let (start, end) = name.split_at(name.floor_char_boundary(end));
    let (start, end) = (start.to_owned(), end.to_owned());
    view! {
        <h1 class="host" translate="no" title=name>
            <span class="host-start" {..text_content(Signal::stored(start))}></span>
            <span class="host-end" {..text_content(Signal::stored(end))}></span>
        </h1>
    }
}

/// The choice of the host that the page shows, where there are several: it lies over the name, unseen.
fn host_choice(of: Header) -> Piece {
    let hosts = of.hosts.get_untracked();
    if hosts.len() < 2 {
        return ().into_piece();
    }
    let shown = of.host.get_untracked();
    let mut choices = Vec::new();
    for name in hosts {
        let is_shown = name == shown;
        choices.push(option(name.clone(), name, is_shown));
    }
    let hosts = Select {
        test_id: "host-choice",
        label: "Host",
        options: choices.into_piece(),
    };
    let choose = Box::new(|name: String| open_host(&name));
    view! {
        {icon(icon::OPEN)}
        {select(hosts, choose)}
    }
    .into_piece()
}
