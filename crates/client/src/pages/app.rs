use super::dashboard::dashboard;
use super::frame::page_frame;
use super::registry::{Deferred, deferred, fixed_rail_of};
use crate::kit::browser::{self, on_system_theme};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::on_change;
use crate::model::{PageKind, Snapshot};
use crate::session::history::{self, Playback};
use crate::session::{self, Clock, PageState};
use crate::widgets::{
    ChartContext, Charts, ConnectionState, Header, Liveness, Opened, Palette, Pause, Rail,
    Settings, SignedIn, header, help_place, history_buttons, listen_to_keys, notices,
    palette_place, player_place, rail, rooms_panel, time_bar, time_choice, title, toasts,
};
use leptos::prelude::*;
use std::sync::Arc;

/// The body of a page.
pub(crate) fn page(kind: PageKind, snapshot: Snapshot) -> Piece {
    match kind {
        PageKind::Dashboard | PageKind::Board => app(kind, snapshot).into_piece(),
        kind => page_frame(kind, snapshot.rights()),
    }
}

/// The dashboard, or a board in its frame. The server renders it; in the browser it then connects.
fn app(kind: PageKind, snapshot: Snapshot) -> impl IntoView {
    let page = PageState::new(&snapshot);
    let of = Frame {
        kind,
        ..Frame::new(&snapshot)
    };
    let (keys_on, opened, palette) = (of.keys_on, of.opened, of.palette);
    // A board has a title of its own.
    if kind == PageKind::Dashboard {
        follow_title(page, snapshot.host.clone());
    }
    Effect::new(move || {
        session::start(page, &snapshot);
        page.clock
            .set(Clock::local(page.server_now_ms(browser::monotonic_ms())));
        page.theme.set(browser::theme());
        page.notifier.recall();
        listen_to_keys(page, keys_on, opened, palette);
        history::open_link(page);
        on_system_theme(move || page.theme.notify());
        browser::when_idle(move || page.idle.set(true));
    });
    frame(page, of)
}

/// What the parts around the dashboard share.
pub(super) struct Frame {
    kind: PageKind,
    host: String,
    server_version: String,
    signed_in: SignedIn,
    keys_on: State<bool>,
    opened: Opened,
    palette: Palette,
}

impl Frame {
    pub(super) fn new(snapshot: &Snapshot) -> Self {
        Self {
            kind: PageKind::Dashboard,
            host: snapshot.host.clone(),
            server_version: snapshot.server_version.clone(),
            signed_in: SignedIn {
                account: snapshot.account.clone(),
                rights: snapshot.rights(),
            },
            keys_on: State::new(true),
            opened: Opened::new(),
            palette: Palette::new(snapshot.rights()),
        }
    }
}

/// The dashboard with everything around it, as a page's state has it.
pub(super) fn frame(page: PageState, of: Frame) -> impl IntoView {
    let Frame {
        kind,
        host,
        server_version: version,
        signed_in,
        keys_on,
        opened,
        palette,
    } = of;
    let charts = charts_of(page);
    let time = time_bar(
        charts,
        time_choice(charts, opened),
        history_buttons(charts, opened),
    );
    let fixed = fixed_rail_of(page.toasts, kind, signed_in);
    let skip = view! {
        <a class="skip-link" href="#content">
            "Skip to content"
        </a>
    };
    let settings = Arc::new(settings_of(page, keys_on));
    let connection = Arc::new(connection_of(page));
    let header = header(
        header_of(page, palette),
        host,
        time.into_piece(),
        player_place(charts, opened).into_piece(),
    );
    // A list of pieces, since a tuple would be compiled as another type.
    vec![
        skip.into_piece(),
        rail(rail_of(page, palette), fixed),
        deferred(page, Deferred::Settings(settings)),
        header,
        deferred(page, Deferred::Connection(connection)),
        notices(page.shown, page.connection_status, version).into_piece(),
        dashboard(kind, page, charts, opened),
        help_place(page.toasts, page.help, keys_on).into_piece(),
        palette_place(page, charts, opened, palette).into_piece(),
        rooms_panel(page.rooms, page.toasts, Some(page)),
        toasts(page.toasts).into_piece(),
    ]
}

/// Shows in the tab, too, when the page is not live.
fn follow_title(page: PageState, host: String) {
    let liveness = Liveness::of(page);
    on_change(move || {
        browser::set_title(&title(liveness, &host));
    });
}

pub(super) fn charts_of(page: PageState) -> Charts {
    Charts::new(ChartContext {
        shown: page.shown,
        host: page.host,
        freshness: page.freshness,
        paused: page.paused,
        held: page.charts_held,
        visible: page.visible,
        theme: page.theme,
        clock: page.clock,
        toasts: page.toasts,
        playback_state: page.playback_state,
        playback: Playback::new(page),
    })
}

fn rail_of(page: PageState, palette: Palette) -> Rail {
    Rail {
        hosts: page.hosts,
        theme: page.theme,
        help: page.help,
        rooms: page.rooms,
        palette,
    }
}

fn header_of(page: PageState, palette: Palette) -> Header {
    Header {
        host: page.host,
        hosts: page.hosts,
        liveness: Liveness::of(page),
        pause: Pause {
            paused: page.paused,
            held_back: page.held_back,
            playback_state: page.playback_state,
            playback: Playback::new(page),
        },
        palette,
    }
}

fn connection_of(page: PageState) -> ConnectionState {
    ConnectionState {
        host: page.host,
        shown: page.shown,
        connection_status: page.connection_status,
        transport: page.transport,
        statistics: page.statistics,
        updates_per_second: page.updates_per_second,
        clock: page.clock,
    }
}

fn settings_of(page: PageState, keys_on: State<bool>) -> Settings {
    Settings {
        shown: page.shown,
        preferences: page.preferences,
        connection: page.connection,
        notifier: page.notifier,
        theme: page.theme,
        keys_on,
        playback_state: page.playback_state,
        clock: page.clock,
        toasts: page.toasts,
    }
}
