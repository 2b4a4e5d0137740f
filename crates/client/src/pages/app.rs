use super::dashboard::dashboard;
use crate::kit::browser::{self, on_system_theme};
use crate::kit::state::State;
use crate::model::Snapshot;
use crate::session::past::{self, Playback};
use crate::session::{self, View};
use crate::widgets::{
    Header, Liveness, Toolbar, header, help_place, listen_to_keys, notices, toasts, toolbar,
};
use leptos::prelude::*;

/// The page's body. The server renders it; in the browser it then connects.
pub(crate) fn app(snapshot: Snapshot) -> impl IntoView {
    let view = View::new(&snapshot);
    let keys_on = State::new(true);
    let (host, version) = (snapshot.host.clone(), snapshot.server_version.clone());
    Effect::new(move || {
        session::start(view, &snapshot);
        view.local_times.set(true);
        view.theme.set(browser::theme());
        view.attention.recall();
        listen_to_keys(view, keys_on);
        past::open_link(view);
        on_system_theme(move || view.theme.notify());
    });
    view! {
        <a class="skip-link" href="#content">
            "Skip to content"
        </a>
        {header(header_of(view), host)}
        {notices(view.shown, version)}
        {toolbar(toolbar_of(view))}
        {dashboard(view)}
        {help_place(view.toasts, view.help, keys_on)}
        {toasts(view.toasts)}
    }
}

fn header_of(view: View) -> Header {
    Header {
        host: view.host,
        hosts: view.hosts,
        shown: view.shown,
        statistics: view.statistics,
        liveness: Liveness {
            link: view.link,
            freshness: view.freshness,
            paused: view.paused,
            past: view.past,
        },
        theme: view.theme,
        help: view.help,
    }
}

fn toolbar_of(view: View) -> Toolbar {
    Toolbar {
        host: view.host,
        shown: view.shown,
        updates_per_second: view.updates_per_second,
        paused: view.paused,
        held_back: view.held_back,
        past: view.past,
        playback: Playback::new(view),
        preferences: view.preferences,
        connection: view.connection,
        attention: view.attention,
        local_times: view.local_times,
        toasts: view.toasts,
    }
}
