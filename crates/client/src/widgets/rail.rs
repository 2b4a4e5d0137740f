use super::actions::{Palette, next_theme, toggle_help};
use super::header::brand;
use super::settings::SETTINGS_ID;
use crate::kit::browser::Theme;
use crate::kit::button::{Button, button, pressed};
use crate::kit::icon::{self, icon};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::model::{PageKind, Rights};
use crate::session::{ROOMS_BUTTON, RoomsPanel};
use leptos::prelude::*;

/// What the rail of the dashboard is made from.
#[derive(Clone, Copy)]
pub(crate) struct Rail {
    pub(crate) hosts: State<Vec<String>>,
    pub(crate) theme: State<Theme>,
    /// Whether the help sheet was opened.
    pub(crate) help: State<bool>,
    pub(crate) rooms: RoomsPanel,
    pub(crate) palette: Palette,
}

/// Who is signed in.
pub(crate) struct SignedIn {
    /// What the link to the account is called, if there is one.
    pub(crate) account: Option<String>,
    pub(crate) rights: Rights,
}

/// The rail of the dashboard: places, and below them what is about the page itself.
pub(crate) fn rail(of: Rail, signed_in: SignedIn) -> Piece {
    let item = |test_id, title, path, label| Button {
        class: "button rail-item",
        ..Button::plain(test_id, title, path, label)
    };
    let search = Button {
        class: "button rail-item rail-search",
        ..item(
            "palette-dock",
            "Search or run a command",
            icon::SEARCH,
            "Search",
        )
    };
    let mut places = vec![
        place(PageKind::Dashboard, true),
        place(PageKind::Alerts, false),
        rooms_button(of.rooms),
    ];
    if of.hosts.with_untracked(|hosts| hosts.len() > 1) {
        let hosts = item("hosts", "Show another host", icon::HOSTS, "Hosts");
        places.push(button(hosts, Box::new(move || of.palette.toggle(true))).into_piece());
    }
    places.push(button(search, Box::new(move || of.palette.toggle(false))).into_piece());
    let help = item("help", "Help and shortcuts (?)", icon::HELP, "Help");
    let ends = view! {
        {settings_button()}
        {button(help, Box::new(move || toggle_help(of.help)))}
        {theme_switch(of.theme)}
        {with_rights(PageKind::Dashboard, signed_in.rights)}
        {account(signed_in.account)}
    };
    frame(places, ends.into_piece())
}

/// The rail of a page of accounts.
pub(crate) fn account_rail(kind: PageKind, rights: Rights, rooms: RoomsPanel) -> Piece {
    let mut ends = with_rights(kind, rights);
    ends.push(place(PageKind::Account, kind == PageKind::Account));
    let mut places = vec![
        place(PageKind::Dashboard, false),
        place(PageKind::Alerts, kind == PageKind::Alerts),
        match kind {
            PageKind::Rooms => place(kind, true),
            _ => rooms_button(rooms),
        },
    ];
    // Few have checks, so the way to them is by the alerts.
    if matches!(kind, PageKind::Alerts | PageKind::Checks) {
        places.insert(2, place(PageKind::Checks, kind == PageKind::Checks));
    }
    frame(places, ends.into_piece())
}

fn frame(places: Vec<Piece>, ends: Piece) -> Piece {
    view! {
        <nav class="rail" aria-label="Places">
            {brand()} <div class="rail-part">{places}</div>
            <div class="rail-part rail-end">{ends}</div>
        </nav>
    }
    .into_piece()
}

/// What leads to a page, relative to the dashboard's address: the server does not know the site's.
fn place(kind: PageKind, is_current: bool) -> Piece {
    let (path, name) = match kind {
        PageKind::Dashboard => (icon::OVERVIEW, "Overview"),
        PageKind::Alerts => (icon::BELL, kind.title()),
        PageKind::Checks => (icon::CHECK, kind.title()),
        PageKind::Rooms => (icon::ROOMS, kind.title()),
        PageKind::Users => (icon::VIEWERS, kind.title()),
        PageKind::Server => (icon::STATISTICS, kind.title()),
        _ => (icon::USER, kind.title()),
    };
    view! {
        <a
            class="button rail-item"
            href=address(kind)
            title=name
            aria-current=is_current.then_some("page")
        >
            {icon(path)}
            <span class="button-label">{name}</span>
        </a>
    }
    .into_piece()
}

/// What leads to the pages that not everybody may see.
fn with_rights(kind: PageKind, rights: Rights) -> Vec<Piece> {
    let mut places = Vec::new();
    for (page, may) in [
        (PageKind::Server, rights.reads_server),
        (PageKind::Users, rights.manages_users),
    ] {
        if may || kind == page {
            places.push(place(page, kind == page));
        }
    }
    places
}

fn address(kind: PageKind) -> String {
    ["./", kind.path().trim_start_matches('/')].concat()
}

/// What leads to the user's account, or to the page where one signs in.
fn account(name: Option<String>) -> Piece {
    let Some(name) = name else {
        return ().into_piece();
    };
    view! {
        <a
            class="button rail-item"
            href=address(PageKind::Account)
            title="Account"
            data-testid="account-link"
        >
            {icon(icon::USER)}
            <span class="button-label" translate="no">{name}</span>
        </a>
    }
    .into_piece()
}

/// Opens the panel of rooms. How much in them is unread is added where they are loaded.
fn rooms_button(rooms: RoomsPanel) -> Piece {
    let what = Button {
        class: "button rail-item",
        pressed: pressed(move || rooms.open.get()),
        ..Button::plain(ROOMS_BUTTON, "Rooms (Shift R)", icon::ROOMS, "Rooms")
    };
    button(what, Box::new(move || rooms.toggle())).into_piece()
}

/// The browser opens the menu itself, without scripts.
fn settings_button() -> Piece {
    view! {
        <button
            class="button rail-item"
            type="button"
            title="Settings"
            popovertarget=SETTINGS_ID
            data-testid="settings-open"
        >
            {icon(icon::SETTINGS)}
            <span class="button-label">"Settings"</span>
        </button>
    }
    .into_piece()
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
        class: "button rail-item rail-bare",
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
