use crate::Snapshot;
use crate::browser::{Frame, is_visible, monotonic_ms, on_window, socket_url};
use crate::connection::{Connection, Machine};
use crate::pages::dashboard;
use crate::store::{Link, View, set_if_changed};
use crate::widgets::{header, notices, statistics, toolbar};
use gloo_timers::callback::Interval;
use leptos::prelude::*;
use protocol::ClientMessage;
use std::rc::Rc;

/// How often ages and the countdown are looked at, in milliseconds.
const TICK_MS: u32 = 250;

/// The page's body. The server renders it; in the browser it then connects.
pub(crate) fn app(snapshot: Snapshot) -> AnyView {
    let view = View::new(&snapshot);
    let connection = StoredValue::new_local(None::<Connection>);
    let (host, version) = (snapshot.host.clone(), snapshot.server_version.clone());
    let live = StoredValue::new_local(None);
    Effect::new(move || {
        let opened = connect(view, &snapshot);
        live.set_value(Some(keep_time(view, opened.clone())));
        connection.set_value(Some(opened));
        view.local_times.set(true);
    });
    let refresh = move || {
        connection.with_value(|connection| {
            if let Some(connection) = connection {
                connection.send(ClientMessage::RequestMetrics);
            }
        });
    };
    view! {
        <a class="skip-link" href="#content">
            "Skip to content"
        </a>
        {header(view, host)}
        {notices(view, version)}
        {toolbar(view, refresh)}
        {dashboard(view)}
        {statistics(view)}
    }
    .into_any()
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

/// Lets time pass, and tells the connection what the browser learns. Ends with the returned timer.
fn keep_time(view: View, connection: Connection) -> Interval {
    let connection = Rc::new(connection);
    let tick = {
        let connection = connection.clone();
        move || {
            let now_ms = monotonic_ms();
            connection.look(|machine| {
                view.tick(
                    now_ms + machine.clock_offset_ms(),
                    Link::new(machine.status(), now_ms),
                );
                set_if_changed(view.statistics, machine.statistics());
            });
        }
    };
    on_window("online", {
        let connection = connection.clone();
        move || connection.hurry()
    });
    on_window("offline", {
        let connection = connection.clone();
        move || connection.offline()
    });
    on_window("visibilitychange", move || {
        if is_visible() {
            connection.hurry();
        }
    });
    Interval::new(TICK_MS, tick)
}
