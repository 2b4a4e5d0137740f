use crate::Snapshot;
use crate::browser::{
    self, Frame, is_visible, monotonic_ms, on_system_theme, on_window, socket_url,
};
use crate::connection::{Connection, Machine};
use crate::pages::dashboard;
use crate::store::{Link, View, set_if_changed};
use crate::widgets::{header, help, listen_to_keys, notices, toasts, toggle_keys, toolbar};
use gloo_timers::callback::Interval;
use leptos::prelude::*;

/// How often ages and the countdown are looked at, in milliseconds.
const TICK_MS: u32 = 250;

/// The page's body. The server renders it; in the browser it then connects.
pub(crate) fn app(snapshot: Snapshot) -> impl IntoView {
    let view = View::new(&snapshot);
    let keys_on = RwSignal::new(true);
    let (host, version) = (snapshot.host.clone(), snapshot.server_version.clone());
    Effect::new(move || {
        let opened = connect(view, &snapshot);
        keep_time(view, opened.clone());
        listen(opened.clone());
        view.remote.connect(opened);
        view.local_times.set(true);
        view.theme.set(browser::theme());
        view.attention.recall();
        listen_to_keys(view, keys_on);
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
        {help(keys_on, Box::new(move || toggle_keys(keys_on)))}
        {toasts(view)}
    }
}

/// Continues where the snapshot ends.
fn connect(view: View, snapshot: &Snapshot) -> Connection {
    // Until the first answer to a ping, the page counts from when it was rendered.
    let clock_offset_ms = snapshot.now.unix_ms() as f64;
    let mut machine = Machine::new(snapshot.epoch.clone(), snapshot.head, clock_offset_ms);
    for received in snapshot.received() {
        if let Some(position) = received.position {
            machine.saw(position);
        }
    }
    let frame = Frame::new(move || view.flush());
    Connection::open(
        socket_url(),
        machine,
        move |received| {
            let now_ms = monotonic_ms();
            view.apply(received, now_ms);
            view.attention
                .hear(received, now_ms, view.server_now_ms(now_ms));
            frame.request();
        },
        move |machine| {
            let now_ms = monotonic_ms();
            view.set_link(Link::new(machine.status(), now_ms), now_ms);
            view.clock_offset_ms.set_value(machine.clock_offset_ms());
        },
    )
}

/// Lets time pass on the page for as long as the current owner lives.
fn keep_time(view: View, connection: Connection) {
    let tick = move || {
        let now_ms = monotonic_ms();
        connection.look(|machine| {
            view.set_link(Link::new(machine.status(), now_ms), now_ms);
            view.tick(now_ms);
            set_if_changed(view.statistics, machine.statistics());
        });
    };
    StoredValue::new_local(Interval::new(TICK_MS, tick));
}

/// Tells the connection what the browser learns.
fn listen(connection: Connection) {
    let online = connection.clone();
    on_window("online", move || online.hurry());
    let offline = connection.clone();
    on_window("offline", move || offline.offline());
    on_window("visibilitychange", move || {
        if is_visible() {
            connection.hurry();
        }
    });
}
