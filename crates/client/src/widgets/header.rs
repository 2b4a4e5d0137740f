use super::actions::{next_theme, toggle_help};
use super::badge::{Liveness, badge};
use super::connection::round_trip;
use crate::kit::browser::{Theme, open_host};
use crate::kit::button::{Button, button};
use crate::kit::fact::fact;
use crate::kit::icon::icon;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::select::{Select, option, select};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::kit::{format, icon};
use crate::model::Part;
use crate::session::ShownModel;
use crate::session::connection::Statistics;
use leptos::prelude::*;
use protocol::SeriesKey;

/// So much of a long name's end is always seen.
const HOST_END_BYTES: usize = 12;

/// What the header is made from.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    /// The host that the page shows.
    pub(crate) host: State<String>,
    pub(crate) hosts: State<Vec<String>>,
    pub(crate) shown: ShownModel,
    pub(crate) statistics: State<Statistics>,
    pub(crate) liveness: Liveness,
    pub(crate) theme: State<Theme>,
    /// Whether the help sheet was opened.
    pub(crate) help: State<bool>,
}

/// The host, whether the page is live, and the count of viewers. `name` is the server's.
pub(crate) fn header(of: Header, name: String) -> impl IntoView {
    let uptime = live(move || uptime(of).map_or(format::ABSENT.into(), format::duration));
    let round_trip = live(move || of.statistics.with(round_trip));
    let help = Button::plain("help", "Help and shortcuts (?)", icon::HELP, "Help").bare();
    view! {
        <header class="header">
            <p class="brand">
                <svg class="brand-mark" viewBox="0 0 24 24" aria-hidden="true">
                    <rect class="brand-tile" width="24" height="24" rx="6"></rect>
                    <path class="brand-pulse" d="M4 13h4l2.5-7 4 12 2.5-5h3"></path>
                </svg>
                <span class="brand-name" translate="no">"Watchroom"</span>
            </p>
            {host_name(name)}
            {host_choice(of)} {badge(of.liveness)} <dl class="facts">
                {fact("Uptime", Some("uptime"), uptime)}
                {fact("Latency", Some("round-trip"), round_trip)}
            </dl> {viewers(of.shown)} {theme_switch(of.theme)}
            {button(help, Box::new(move || toggle_help(of.help)))}
        </header>
    }
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

fn uptime(of: Header) -> Option<u64> {
    let host = of.host.get();
    of.shown.read(Part::Samples, |model| {
        let uptime = SeriesKey::new(host, "uptime", []);
        model
            .catalog
            .find_value(&uptime)
            .map(|seconds| seconds as u64)
    })
}

/// The choice of the host that the page shows, where there are several.
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
    select(hosts, Box::new(|name: String| open_host(&name))).into_piece()
}

fn viewers(shown: ShownModel) -> impl IntoView {
    let count =
        live(move || format::grouped(shown.read(Part::Server, |model| model.server.viewers)));
    view! {
        <p class="viewers" title="Viewers connected now">
            {icon(icon::VIEWERS)} <span
                class="slot"
                data-testid="client-count"
                {..text_content(count)}
            ></span> <span class="visually-hidden">" viewers"</span>
        </p>
    }
}

fn theme_switch(theme: State<Theme>) -> impl IntoView {
    let label = live(move || match theme.get() {
        Theme::System => "Theme: System".to_owned(),
        Theme::Light => "Theme: Light".to_owned(),
        Theme::Dark => "Theme: Dark".to_owned(),
    });
    let switch = Button {
        label,
        icon: live(move || shape(theme.get()).to_owned()),
        ..Button::plain("theme", "Change the theme (t)", "", "")
    };
    button(switch, Box::new(move || next_theme(theme)))
}

/// A half moon for dark, a sun for light, a half disc for the system's choice.
fn shape(theme: Theme) -> &'static str {
    match theme {
        Theme::System => icon::HALF_DISC,
        Theme::Light => icon::SUN,
        Theme::Dark => icon::MOON,
    }
}
