use crate::Snapshot;
use crate::browser::{self, on_system_theme};
use crate::connection::Remote;
use crate::pages::dashboard;
use crate::session;
use crate::store::View;
use crate::widgets::{header, notices, statistics, toolbar};
use leptos::prelude::*;

/// The page's body. The server renders it; in the browser it then connects.
pub(crate) fn app(snapshot: Snapshot) -> impl IntoView {
    let view = View::new(&snapshot);
    let remote = Remote::new();
    let (host, version) = (snapshot.host.clone(), snapshot.server_version.clone());
    Effect::new(move || {
        session::start(view, remote, &snapshot);
        view.local_times.set(true);
        view.theme.set(browser::theme());
        on_system_theme(move || view.theme.notify());
    });
    view! {
        <a class="skip-link" href="#content">
            "Skip to content"
        </a>
        {header(view, host)}
        {notices(view, version)}
        {toolbar(view, Box::new(move || remote.refresh()))}
        {dashboard(view)}
        {statistics(view)}
    }
}
