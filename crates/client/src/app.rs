use crate::Snapshot;
use crate::browser::{
    self, Frame, is_visible, monotonic_ms, on_system_theme, on_window, socket_url,
};
use crate::connection::{Connection, Machine};
use crate::pages::dashboard;
use crate::store::{Link, View, set_if_changed};
use crate::widgets::{header, notices, statistics, toolbar};
use gloo_timers::callback::Interval;
use leptos::prelude::*;
use protocol::ClientMessage;

/// How often ages and the countdown are looked at, in milliseconds.
const TICK_MS: u32 = 250;

/// The page's body. The server renders it; in the browser it then connects.
pub(crate) fn app(snapshot: Snapshot) -> impl IntoView {
    let view = View::new(&snapshot);
    let connection = StoredValue::new_local(None::<Connection>);
    let (host, version) = (snapshot.host.clone(), snapshot.server_version.clone());
    Effect::new(move || {
        let opened = connect(view, &snapshot);
        keep_time(view, opened.clone());
        listen(opened.clone());
        connection.set_value(Some(opened));
        view.local_times.set(true);
        view.theme.set(browser::theme());
        on_system_theme(move || view.theme.notify());
    });
    let refresh = move || {
        if let Some(connection) = connection.get_value() {
            connection.send(ClientMessage::RequestMetrics);
        }
    };
    view! {
        <a class="skip-link" href="#content">
            "Skip to content"
        </a>
        {header(view, host)}
        {notices(view, version)}
        {toolbar(view, Box::new(refresh))}
        {dashboard(view)}
        {statistics(view)}
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
            view.apply(received);
            frame.request();
        },
        move |machine| {
            set_if_changed(view.link, Link::new(machine.status(), monotonic_ms()));
        },
    )
}

/// Lets time pass on the page for as long as the current owner lives.
fn keep_time(view: View, connection: Connection) {
    let tick = move || {
        let now_ms = monotonic_ms();
        connection.look(|machine| {
            let server_now_ms = now_ms + machine.clock_offset_ms();
            view.tick(server_now_ms, Link::new(machine.status(), now_ms));
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
