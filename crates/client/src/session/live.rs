//! Connects the page's model to the server, and lets time pass.
use super::connection::{Addresses, Connection, ConnectionEvent, Machine};
use super::{Link, View};
use crate::kit::browser::{Gather, is_visible, monotonic_ms, on_window, wall_ahead_ms};
use crate::model::Snapshot;
use gloo_timers::callback::Interval;
use leptos::prelude::*;
use std::cell::Cell;

/// How often ages and the countdown are updated, in milliseconds.
const TICK_MS: u32 = 250;

/// A difference of the clocks from which on the computer was suspended, in milliseconds.
const SLEPT_MS: f64 = 2_000.0;

/// Continues where the snapshot ends, for as long as the current owner lives. To be called in an
/// effect.
pub(crate) fn start(view: View, snapshot: &Snapshot) {
    let connection = connect(view, snapshot);
    keep_time(view, connection.clone());
    listen(view, connection.clone());
    view.connection.attach(connection);
}

fn connect(view: View, snapshot: &Snapshot) -> Connection {
    // Until the first pong, the clock counts from when the page was rendered.
    let clock_offset_ms = snapshot.now.unix_ms() as f64;
    let mut machine = Machine::new(snapshot.epoch.clone(), snapshot.head, clock_offset_ms);
    if let Some(host) = snapshot.other_host() {
        machine.show_other_host(host.to_owned());
    }
    for received in snapshot.received() {
        if let Some(position) = received.position {
            machine.saw(position);
        }
    }
    let flush = Gather::new(move || view.flush(monotonic_ms()));
    Connection::open(
        Addresses::of_page(),
        machine,
        move |event| {
            match event {
                ConnectionEvent::Message(received) => {
                    let now_ms = monotonic_ms();
                    view.apply(received, now_ms);
                    view.attention
                        .receive(received, now_ms, view.server_now_ms(now_ms));
                }
                ConnectionEvent::Missed(missed) => view.miss(missed),
            }
            // A hidden page is updated when it is visible again.
            if view.has_changes() && view.visible.get_untracked() {
                flush.request();
            }
        },
        move |machine| {
            view.preference(machine.preferences());
            view.set_clock(machine.clock_offset_ms());
            let now_ms = monotonic_ms();
            view.set_link(Link::new(machine.status(), now_ms), now_ms);
            view.set_transport(machine.transport(), now_ms);
        },
    )
}

/// Updates ages and the countdown while the page is visible.
fn keep_time(view: View, connection: Connection) {
    let ahead_ms = Cell::new(wall_ahead_ms());
    let tick = move || {
        if !is_visible() {
            return;
        }
        let slept_ms = wall_ahead_ms() - ahead_ms.get();
        if slept_ms.abs() > SLEPT_MS {
            ahead_ms.set(ahead_ms.get() + slept_ms);
            connection.slept(slept_ms);
        }
        let now_ms = monotonic_ms();
        connection.with_machine(|machine| {
            view.set_link(Link::new(machine.status(), now_ms), now_ms);
            view.tick(machine.statistics(), now_ms);
        });
    };
    StoredValue::new_local(Interval::new(TICK_MS, tick));
}

/// Reports to the connection whether the browser is online and the page visible.
fn listen(view: View, connection: Connection) {
    let online = connection.clone();
    on_window("online", move || online.reconnect_now());
    let offline = connection.clone();
    on_window("offline", move || offline.offline());
    on_window("visibilitychange", move || {
        let visible = is_visible();
        view.visible.set(visible);
        if visible {
            view.flush(monotonic_ms());
            connection.reconnect_now();
        }
    });
}
