//! Connects the page's model to the server, and lets time pass.
use super::connection::{Addresses, Connection, ConnectionEvent, Machine};
use super::{Clock, ConnectionStatus, PageState};
use crate::kit::browser::{Throttle, is_visible, monotonic_ms, on_window, wall_ahead_ms};
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
pub(crate) fn start(page: PageState, snapshot: &Snapshot) {
    let connection = connect(page, snapshot);
    keep_time(page, connection.clone());
    listen(page, connection.clone());
    page.connection.attach(connection);
}

fn connect(page: PageState, snapshot: &Snapshot) -> Connection {
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
    let flush = Throttle::new(move || page.flush(monotonic_ms()));
    Connection::open(
        Addresses::of_page(),
        machine,
        move |event| {
            match event {
                ConnectionEvent::Message(received) => {
                    let now_ms = monotonic_ms();
                    page.apply(received, now_ms);
                    page.notifier.receive(received, page.server_now_ms(now_ms));
                }
                ConnectionEvent::Missed(missed) => page.miss(missed),
            }
            // A hidden page is updated when it is visible again.
            if page.has_changes() && page.visible.get_untracked() {
                flush.request();
            }
        },
        move |machine| {
            page.preference(machine.preferences());
            page.set_clock(machine.clock_offset_ms());
            let now_ms = monotonic_ms();
            page.set_connection_status(ConnectionStatus::new(machine.status(), now_ms), now_ms);
            page.set_transport(machine.transport(), now_ms);
        },
    )
}

/// Updates ages and the countdown while the page is visible.
fn keep_time(page: PageState, connection: Connection) {
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
        page.clock
            .set_if_changed(Clock::local(page.server_now_ms(now_ms)));
        connection.with_machine(|machine| {
            page.set_connection_status(ConnectionStatus::new(machine.status(), now_ms), now_ms);
            page.tick(machine.statistics(), now_ms);
        });
    };
    StoredValue::new_local(Interval::new(TICK_MS, tick));
}

/// Reports to the connection whether the browser is online and the page visible.
fn listen(page: PageState, connection: Connection) {
    let online = connection.clone();
    on_window("online", move || online.reconnect_now());
    let offline = connection.clone();
    on_window("offline", move || offline.offline());
    on_window("visibilitychange", move || {
        let visible = is_visible();
        page.visible.set(visible);
        if visible {
            page.flush(monotonic_ms());
            connection.reconnect_now();
        }
    });
}
