use super::account::account_page;
use super::alerts::alerts_page;
use super::checks::checks_page;
use super::dashboard::dashboard;
use super::rooms::rooms_page;
use crate::kit::browser::{self, on_system_theme};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::on_change;
use crate::model::{PageKind, Snapshot};
use crate::session::history::{self, Playback};
use crate::session::{self, Clock, PageState};
use crate::widgets::{
    ChartContext, Charts, ConnectionState, Header, Liveness, Opened, Palette, Pause, Rail,
    Settings, SignedIn, connection, header, help_place, history_buttons, listen_to_keys, notices,
    palette_place, player_place, rail, rooms_panel, settings, time_bar, time_choice, title, toasts,
};
use leptos::prelude::*;

/// The body of a page.
pub(crate) fn page(kind: PageKind, snapshot: Snapshot) -> Piece {
    match kind {
        PageKind::Dashboard => app(snapshot).into_piece(),
        PageKind::Alerts => alerts_page(snapshot.rights()),
        PageKind::Checks | PageKind::Server | PageKind::Sources => {
            checks_page(kind, snapshot.rights())
        }
        PageKind::Rooms => rooms_page(snapshot.rights()),
        kind => account_page(kind, snapshot.rights()),
    }
}

/// The dashboard. The server renders it; in the browser it then connects.
fn app(snapshot: Snapshot) -> impl IntoView {
    let page = PageState::new(&snapshot);
    let of = Frame::new(&snapshot);
    let (keys_on, opened, palette) = (of.keys_on, of.opened, of.palette);
    follow_title(page, snapshot.host.clone());
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
    view! {
        <a class="skip-link" href="#content">
            "Skip to content"
        </a>
        {rail(rail_of(page, palette), signed_in)}
        {settings(settings_of(page, keys_on))}
        {header(
            header_of(page, palette),
            host,
            time.into_piece(),
            player_place(charts).into_piece(),
        )}
        {connection(connection_of(page))}
        {notices(page.shown, page.connection_status, version)}
        {dashboard(page, charts, opened)}
        {help_place(page.toasts, page.help, keys_on)}
        {palette_place(page, charts, opened, palette)}
        {rooms_panel(page.rooms, page.toasts, Some(page))}
        {toasts(page.toasts)}
    }
}

/// Shows in the tab, too, when the page is not live.
fn follow_title(page: PageState, host: String) {
    let liveness = liveness_of(page);
    on_change(move || {
        browser::set_title(&title(liveness, &host));
    });
}

fn charts_of(page: PageState) -> Charts {
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

fn liveness_of(page: PageState) -> Liveness {
    Liveness {
        connection_status: page.connection_status,
        freshness: page.freshness,
        paused: page.paused,
        playback_state: page.playback_state,
        charts_held: page.charts_held,
        connection: page.connection,
        clock: page.clock,
    }
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
        liveness: liveness_of(page),
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
        idle: page.idle,
    }
}
