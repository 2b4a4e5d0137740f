use super::dashboard::dashboard;
use crate::kit::browser::{self, monotonic_ms, on_system_theme};
use crate::kit::state::State;
use crate::model::Snapshot;
use crate::session::{self, View, past};
use crate::widgets::{header, help_place, listen_to_keys, notices, toasts, toolbar};
use leptos::prelude::*;
use protocol::Level;

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
        open_host(view);
        past::open_link(view);
        on_system_theme(move || view.theme.notify());
    });
    view! {
        <a class="skip-link" href="#content">
            "Skip to content"
        </a>
        {header(view, host)}
        {notices(view, version)}
        {toolbar(view)}
        {dashboard(view)}
        {help_place(view, keys_on)}
        {toasts(view)}
    }
}

/// The page was opened by a link to a host.
fn open_host(view: View) {
    let Some(host) = browser::linked_host() else {
        return;
    };
    let is_known = view.hosts.with_untracked(|hosts| hosts.contains(&host));
    match is_known {
        true => view.show_host(host, monotonic_ms()),
        false => {
            let text = ["There is no host called ", &host].concat();
            view.toasts.show(Level::Warning, text, monotonic_ms());
        }
    }
}
