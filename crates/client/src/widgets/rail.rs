use super::actions::{Palette, next_theme, toggle_help};
use super::settings::SETTINGS_ID;
use crate::kit::browser::Theme;
use crate::kit::button::{Button, button, pressed};
use crate::kit::icon::{self, icon};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::model::PageKind;
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

/// What of a rail never changes. The server renders it, so the browser has no code for it at first.
#[derive(Clone)]
pub(crate) enum FixedRail {
    /// The product's mark and name.
    Brand,
    /// Links to pages, as on this one.
    Places(PageKind),
    /// Links to accounts, as on this page.
    Accounts(PageKind, SignedIn),
}

/// Who is signed in.
#[derive(Clone)]
pub(crate) struct SignedIn {
    /// What the link to the account is called on the dashboard, if there is one.
    pub(crate) account: Option<String>,
    pub(crate) manages_users: bool,
}

impl FixedRail {
    /// Links to accounts, if there are any.
    pub(crate) fn accounts(kind: PageKind, signed_in: SignedIn) -> Option<Self> {
        let has_links =
            kind != PageKind::Dashboard || signed_in.manages_users || signed_in.account.is_some();
        has_links.then_some(Self::Accounts(kind, signed_in))
    }
}

/// Makes a fixed part.
pub(crate) fn fixed_rail(part: &FixedRail) -> Piece {
    match part {
        FixedRail::Brand => brand(),
        FixedRail::Places(kind) => places(*kind),
        FixedRail::Accounts(kind, signed_in) => accounts(*kind, signed_in.clone()),
    }
}

/// A rail's [`FixedRail`], as pieces.
pub(crate) struct FixedPieces {
    pub(crate) brand: Piece,
    pub(crate) places: Piece,
    pub(crate) accounts: Piece,
}

/// The rail of the dashboard: places, and below them what is about the page itself.
pub(crate) fn rail(of: Rail, fixed: FixedPieces) -> Piece {
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
    let mut places = vec![fixed.places, rooms_button(of.rooms)];
    if of.hosts.with_untracked(|hosts| hosts.len() > 1) {
        let hosts = item("hosts", "Show another host", icon::HOSTS, "Hosts");
        places.push(button(hosts, Box::new(move || of.palette.toggle(true))).into_piece());
    }
    places.push(button(search, Box::new(move || of.palette.toggle(false))).into_piece());
    let help = item("help", "Help and shortcuts (?)", icon::HELP, "Help");
    let ends = vec![
        settings_button(),
        button(help, Box::new(move || toggle_help(of.help))).into_piece(),
        theme_switch(of.theme),
        fixed.accounts,
    ];
    frame(fixed.brand, places, ends)
}

/// The rail of another page.
pub(crate) fn page_rail(kind: PageKind, rooms: RoomsPanel, fixed: FixedPieces) -> Piece {
    let mut places = vec![fixed.places];
    if kind != PageKind::Rooms {
        places.push(rooms_button(rooms));
    }
    frame(fixed.brand, places, vec![fixed.accounts])
}

fn frame(brand: Piece, places: Vec<Piece>, ends: Vec<Piece>) -> Piece {
    view! {
        <nav class="rail" aria-label="Places">
            {brand} <div class="rail-part">{places}</div>
            <div class="rail-part rail-end">{ends}</div>
        </nav>
    }
    .into_piece()
}

/// Links to pages. On most pages a button opens rooms beside them.
fn places(current: PageKind) -> Piece {
    let mut links = Vec::new();
    for kind in [
        PageKind::Dashboard,
        PageKind::Alerts,
        PageKind::Checks,
        PageKind::Rooms,
    ] {
        let is_there = match kind {
            // Few have checks, so the way to them is by the alerts.
            PageKind::Checks => matches!(current, PageKind::Alerts | PageKind::Checks),
            PageKind::Rooms => current == kind,
            _ => true,
        };
        if is_there {
            links.push(place(kind, kind == current));
        }
    }
    links.into_piece()
}

/// Links to the users, for those who manage them, and to one's own account.
fn accounts(current: PageKind, signed_in: SignedIn) -> Piece {
    let is_users = current == PageKind::Users;
    let mut links = Vec::new();
    if is_users || signed_in.manages_users {
        links.push(place(PageKind::Users, is_users));
    }
    match current {
        PageKind::Dashboard => links.push(account(signed_in.account)),
        _ => links.push(place(PageKind::Account, current == PageKind::Account)),
    }
    links.into_piece()
}

/// What leads to a page, relative to the dashboard's address: the server does not know the site's.
fn place(kind: PageKind, is_current: bool) -> Piece {
    let name = match kind {
        PageKind::Dashboard => "Overview",
        _ => kind.title(),
    };
    view! {
        <a
            class="button rail-item"
            href=address(kind)
            title=name
            aria-current=is_current.then_some("page")
        >
            {icon(kind.icon())}
            <span class="button-label">{name}</span>
        </a>
    }
    .into_piece()
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

/// The product's mark and name.
fn brand() -> Piece {
    view! {
        <p class="brand">
            <svg class="brand-mark" viewBox="0 0 24 24" aria-hidden="true">
                <rect class="brand-tile" width="24" height="24" rx="6"></rect>
                <path class="brand-pulse" d="M4 13h4l2.5-7 4 12 2.5-5h3"></path>
            </svg>
            <span class="brand-name" translate="no">"Watchroom"</span>
        </p>
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

fn theme_switch(theme: State<Theme>) -> Piece {
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
    button(switch, Box::new(move || next_theme(theme))).into_piece()
}

/// A half moon for dark, a sun for light, a half disc for the system's choice.
fn shape(theme: Theme) -> &'static str {
    match theme {
        Theme::System => icon::HALF_DISC,
        Theme::Light => icon::SUN,
        Theme::Dark => icon::MOON,
    }
}
