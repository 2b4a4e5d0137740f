use super::dashboard::dashboard;
use crate::kit::browser::{self, on_system_theme};
use crate::kit::state::State;
use crate::kit::text::on_change;
use crate::model::Snapshot;
use crate::session::history::{self, Playback};
use crate::session::{self, Clock, PageState};
use crate::widgets::{
    Header, Liveness, Opened, Toolbar, header, help_place, listen_to_keys, notices, title, toasts,
    toolbar,
};
use leptos::prelude::*;

/// The page's body. The server renders it; in the browser it then connects.
pub(crate) fn app(snapshot: Snapshot) -> impl IntoView {
    let page = PageState::new(&snapshot);
    let keys_on = State::new(true);
    let opened = Opened::new();
    let (host, version) = (snapshot.host.clone(), snapshot.server_version.clone());
    follow_title(page, host.clone());
    Effect::new(move || {
        session::start(page, &snapshot);
        page.clock
            .set(Clock::local(page.server_now_ms(browser::monotonic_ms())));
        page.theme.set(browser::theme());
        page.notifier.recall();
        listen_to_keys(page, keys_on, opened);
        history::open_link(page);
        on_system_theme(move || page.theme.notify());
    });
    view! {
        <a class="skip-link" href="#content">
            "Skip to content"
        </a>
        {header(header_of(page), host)}
        {notices(page.shown, version)}
        {toolbar(toolbar_of(page))}
        {dashboard(page, opened)}
        {help_place(page.toasts, page.help, keys_on)}
        {toasts(page.toasts)}
    }
}

/// Shows in the tab, too, when the page is not live.
fn follow_title(page: PageState, host: String) {
    let liveness = header_of(page).liveness;
    on_change(move || {
        browser::set_title(&title(liveness, &host));
    });
}

fn header_of(page: PageState) -> Header {
    Header {
        host: page.host,
        hosts: page.hosts,
        shown: page.shown,
        statistics: page.statistics,
        liveness: Liveness {
            connection_status: page.connection_status,
            freshness: page.freshness,
            paused: page.paused,
            playback_state: page.playback_state,
            charts_held: page.charts_held,
            connection: page.connection,
        },
        theme: page.theme,
        help: page.help,
    }
}

fn toolbar_of(page: PageState) -> Toolbar {
    Toolbar {
        host: page.host,
        shown: page.shown,
        updates_per_second: page.updates_per_second,
        paused: page.paused,
        held_back: page.held_back,
        playback_state: page.playback_state,
        playback: Playback::new(page),
        preferences: page.preferences,
        connection: page.connection,
        notifier: page.notifier,
        clock: page.clock,
    }
}
