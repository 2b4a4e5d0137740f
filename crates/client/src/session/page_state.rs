mod update;

use super::clock::Clock;
use super::connection::{ConnectionHandle, OfflineReason, Preferences, Statistics, Transport};
use super::connection_status::ConnectionStatus;
use super::models::{Change, Models};
use super::notifier::Notifier;
use super::playback_state::PlaybackState;
use super::rooms_panel::RoomsPanel;
use super::shown_model::ShownModel;
use crate::kit::browser::Theme;
use crate::kit::state::State;
use crate::kit::toasts::Toasts;
use crate::model::Freshness;
use crate::model::Missed;
use crate::model::Snapshot;
use crate::model::{Model, Part};
use leptos::prelude::*;
use protocol::{Level, Received, ServerMessage, Stream};
use std::ops::Range;

/// What the server calls its own host where it does not say otherwise.
const OWN_HOST: &str = "local";

/// The parts that are shown soon after they have changed: all but the last, the count of updates.
const SHOWN: usize = Part::Updates as usize;

/// What the widgets read: the model, behind one revision signal for each of its parts.
///
/// Many messages may change a part before its signal fires, so a burst costs one rendering.
/// A pause shows a copy while the model grows.
#[derive(Clone, Copy)]
pub(crate) struct PageState {
    pub(crate) shown: ShownModel,
    /// Which host the page shows, and which there are.
    pub(crate) host: State<String>,
    pub(crate) hosts: State<Vec<String>>,
    pub(crate) paused: State<bool>,
    /// Whether charts show an earlier time range while the rest of the page is live. Fires as well when the page's address
    /// has another range.
    pub(crate) charts_held: State<bool>,
    /// Updates that have come since the pause began.
    pub(crate) held_back: State<u64>,
    pub(crate) freshness: State<Freshness>,
    pub(crate) connection_status: State<ConnectionStatus>,
    pub(crate) statistics: State<Statistics>,
    /// Durable messages a second that are shown.
    pub(crate) updates_per_second: State<u64>,
    pub(crate) toasts: Toasts,
    pub(crate) notifier: Notifier,
    /// How times are written.
    pub(crate) clock: State<Clock>,
    pub(crate) theme: State<Theme>,
    /// Whether the help sheet was asked for.
    pub(crate) help: State<bool>,
    pub(crate) connection: ConnectionHandle,
    /// How messages come.
    pub(crate) transport: State<Transport>,
    /// Which streams the viewer follows, and how often.
    pub(crate) preferences: State<Preferences>,
    /// Whether the page is visible; a hidden tab need not draw.
    pub(crate) visible: State<bool>,
    /// Whether the first view is complete, and there is time for the rest.
    pub(crate) idle: State<bool>,
    /// Which stored data and which moment is shown.
    pub(crate) playback_state: PlaybackState,
    pub(crate) rooms: RoomsPanel,
}

impl PageState {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let now_ms = snapshot.now.unix_ms() as f64;
        let models = Models::new(snapshot);
        let host = first_host(snapshot, &models);
        let newest = models.shown().newest(&host);
        let freshness = Freshness::of(newest, now_ms);
        let shown = ShownModel::new(models);
        let toasts = Toasts::new();
        Self {
            shown,
            host: State::new(host),
            hosts: State::new(snapshot.hosts.clone()),
            paused: State::new(false),
            charts_held: State::new(false),
            held_back: State::new(0),
            freshness: State::new(freshness),
            connection_status: State::new(ConnectionStatus::Connecting { attempt: 0 }),
            statistics: State::new(Statistics::default()),
            updates_per_second: State::new(0),
            toasts,
            notifier: Notifier::new(toasts),
            clock: State::new(Clock::utc(now_ms)),
            theme: State::new(Theme::System),
            help: State::new(false),
            connection: ConnectionHandle::new(),
            transport: State::new(Transport::WebSocket),
            preferences: State::new(Preferences::default()),
            visible: State::new(true),
            idle: State::new(false),
            playback_state: PlaybackState::new(snapshot),
            rooms: RoomsPanel::new(),
        }
    }

    /// Reads what is shown, once.
    pub(crate) fn read_untracked<R>(&self, look: impl FnOnce(&Model) -> R) -> R {
        self.shown.read_untracked(look)
    }

    /// Applies a message; [`PageState::flush`] shows it.
    pub(crate) fn apply(&self, received: &Received, now_ms: f64) {
        if let Ok(ServerMessage::Error(error)) = &received.message {
            let text = format!("The server refused a request: {}", error.message);
            self.toasts.show(Level::Error, text, now_ms);
        }
        self.shown.models.write_value().apply(received);
    }

    /// Records that messages were missed.
    pub(crate) fn miss(&self, missed: Missed) {
        self.change(&mut |model, changed| {
            model.miss(missed).map(changed);
        });
    }

    /// Sets the viewer's preferences.
    pub(crate) fn preference(&self, preferences: Preferences) {
        self.preferences.set_if_changed(preferences);
        let interval_ms = preferences.of(Stream::Metrics).interval_ms;
        self.change(&mut |model, _| model.set_interval(interval_ms));
    }

    fn change(&self, change: &mut Change<'_>) {
        self.shown.models.write_value().change(change);
    }

    /// The parts that are shown as they become. At another moment the server alone is; everything
    /// else waits for the page to come back.
    fn parts(&self) -> Range<usize> {
        match self.playback_state.moment.with_untracked(Option::is_some) {
            true => Part::Server as usize..Part::Server as usize + 1,
            false => 0..SHOWN,
        }
    }

    /// Whether there is something for [`PageState::flush`] to show.
    pub(crate) fn has_changes(&self) -> bool {
        let models = self.shown.models.read_value();
        models.frozen.is_none() && models.changed[self.parts()].contains(&true)
    }

    /// Sets the connection's state, and shows a toast when it was lost or is back.
    pub(crate) fn set_connection_status(&self, status: ConnectionStatus, now_ms: f64) {
        let is_lost = match status {
            ConnectionStatus::Live => false,
            ConnectionStatus::Connecting { attempt: 0 } => {
                return self.connection_status.set_if_changed(status);
            }
            ConnectionStatus::Connecting { .. }
            | ConnectionStatus::Waiting { .. }
            | ConnectionStatus::Offline(_) => true,
        };
        let was_lost = std::mem::replace(&mut self.shown.models.write_value().lost, is_lost);
        // A notice says that this one is final.
        let is_refused = matches!(
            status,
            ConnectionStatus::Offline(OfflineReason::NotSignedIn | OfflineReason::Forbidden)
        );
        if was_lost != is_lost && !is_refused {
            let (level, text) = match is_lost {
                true => (Level::Warning, "Connection lost. Reconnecting…"),
                false => (Level::Success, "Reconnected"),
            };
            self.toasts.show(level, text.into(), now_ms);
        }
        self.connection_status.set_if_changed(status);
    }

    /// Sets the transport, and shows a toast when it is the fallback.
    pub(crate) fn set_transport(&self, transport: Transport, now_ms: f64) {
        if self.transport.get_untracked() == transport {
            return;
        }
        self.transport.set(transport);
        if transport == Transport::Sse {
            let text = "WebSocket blocked; using server-sent events";
            self.toasts.show(Level::Warning, text.into(), now_ms);
        }
    }

    /// The server's clock at a time of the page's.
    pub(crate) fn server_now_ms(&self, now_ms: f64) -> f64 {
        self.shown.server_now_ms(now_ms)
    }

    /// Sets how far the server's clock is ahead of the page's monotonic one.
    pub(crate) fn set_clock(&self, offset_ms: f64) {
        self.shown.models.write_value().clock_offset_ms = offset_ms;
    }
}

/// The host that is shown at first: the one that the page was asked for.
fn first_host(snapshot: &Snapshot, models: &Models) -> String {
    let received = || models.shown().catalog.hosts().next().map(str::to_owned);
    let named = (!snapshot.hosts.is_empty()).then(|| snapshot.host.clone());
    named.or_else(received).unwrap_or_else(|| OWN_HOST.into())
}

#[cfg(test)]
mod tests;
