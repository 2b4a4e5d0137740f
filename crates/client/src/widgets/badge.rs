use super::connection::CONNECTION_ID;
use crate::kit::button::{Button, button};
use crate::kit::icon;
use crate::kit::state;
use crate::kit::text::{live, when};
use crate::kit::text_content::text_content;
use crate::model::Freshness;
use crate::session::connection::{ConnectionHandle, OfflineReason};
use crate::session::{Clock, ConnectionStatus, PageState, PlaybackState};
use leptos::prelude::*;

/// What the badge is made from.
#[derive(Clone, Copy)]
pub(crate) struct Liveness {
    pub(crate) connection_status: state::State<ConnectionStatus>,
    pub(crate) freshness: state::State<Freshness>,
    pub(crate) paused: state::State<bool>,
    pub(crate) playback_state: PlaybackState,
    /// Whether the charts stand still while the rest of the page is live.
    pub(crate) charts_held: state::State<bool>,
    pub(crate) connection: ConnectionHandle,
    pub(crate) clock: state::State<Clock>,
}

impl Liveness {
    pub(crate) fn of(page: PageState) -> Self {
        Self {
            connection_status: page.connection_status,
            freshness: page.freshness,
            paused: page.paused,
            playback_state: page.playback_state,
            charts_held: page.charts_held,
            connection: page.connection,
            clock: page.clock,
        }
    }
}

/// Shows whether the page is live, and why not; pressed, it opens the facts of the connection.
///
/// Only its word is announced, not its countdown, which changes each second.
pub(super) fn badge(liveness: Liveness) -> impl IntoView {
    let read = move |look: fn(State) -> String| live(move || look(State::of(liveness)));
    view! {
        <button
            class="badge"
            type="button"
            title="Connection"
            popovertarget=CONNECTION_ID
            data-testid="badge"
            data-state=read(|state| state.name().into())
            data-attempt=read(State::attempt)
        >
            <svg class="badge-icon" viewBox="0 0 8 8" aria-hidden="true">
                <path d=read(|state| state.shape().into())></path>
            </svg>
            <span {..text_content(read(State::text))}></span>
        </button>
        <p
            class="visually-hidden"
            role="status"
            aria-live="polite"
            {..text_content(read(|state| state.word().into()))}
        ></p>
    }
}

/// The button that connects at once, while the page waits for its next attempt.
pub(super) fn retry(liveness: Liveness) -> impl IntoView {
    let retry = Button::plain("retry", "Retry now", icon::REFRESH, "Retry now").small();
    let is_waiting = move || {
        matches!(
            State::of(liveness),
            State::Reconnecting { seconds: 1.., .. }
        )
    };
    view! {
        <span class="retry" hidden=when(move || !is_waiting())>
            {button(retry, Box::new(move || liveness.connection.reconnect_now()))}
        </span>
    }
}

/// The document's title.
pub(crate) fn title(liveness: Liveness, host: &str) -> String {
    let state = State::of(liveness);
    let text = state.text();
    let text = match state {
        State::Connecting | State::Live { .. } | State::Off => {
            return [host, " · Watchroom"].concat();
        }
        State::Playback { .. } | State::Paused => &*text,
        _ => state.word(),
    };
    [text, " · ", host].concat()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Connecting,
    Live {
        charts_held: bool,
    },
    /// Connected, but no sample comes.
    Stale,
    /// Connected, and the user has switched samples off.
    Off,
    /// `seconds` until the next attempt; the attempt is under way at 0.
    Reconnecting {
        seconds: u32,
        attempt: u32,
    },
    Offline(OfflineReason),
    /// Another moment is shown, by the server's clock in milliseconds.
    Playback {
        at_ms: i64,
        clock: Clock,
    },
    Paused,
}

impl State {
    fn of(liveness: Liveness) -> Self {
        let status = liveness.connection_status.get();
        if let Some(at_ms) = liveness.playback_state.moment.get() {
            let at_ms = at_ms as i64;
            let clock = liveness.clock.get();
            return Self::Playback { at_ms, clock };
        }
        if liveness.paused.get() {
            return Self::Paused;
        }
        match status {
            ConnectionStatus::Live => match liveness.freshness.get() {
                Freshness::Fresh => Self::Live {
                    charts_held: liveness.charts_held.get(),
                },
                Freshness::Empty | Freshness::Unsampled | Freshness::Stale { .. } => Self::Stale,
                Freshness::Off => Self::Off,
            },
            ConnectionStatus::Connecting { attempt: 0 } => Self::Connecting,
            ConnectionStatus::Connecting { attempt } => Self::Reconnecting {
                seconds: 0,
                attempt,
            },
            ConnectionStatus::Waiting { seconds, attempt } => {
                Self::Reconnecting { seconds, attempt }
            }
            ConnectionStatus::Offline(reason) => Self::Offline(reason),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Live { .. } => "live",
            Self::Stale => "stale",
            Self::Off => "off",
            Self::Reconnecting { .. } => "reconnecting",
            Self::Offline(_) => "offline",
            Self::Playback { .. } => "playback",
            Self::Paused => "paused",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Connecting => "Connecting",
            Self::Live { charts_held: false } => "Live",
            Self::Live { charts_held: true } => "Live · charts held",
            Self::Stale => "No new data",
            Self::Off => "Metrics paused",
            Self::Reconnecting { .. } => "Reconnecting",
            Self::Offline(OfflineReason::NoNetwork) => "Offline · no network",
            Self::Offline(OfflineReason::NotSignedIn) => "Offline · sign in",
            Self::Offline(OfflineReason::Forbidden) => "Offline · not allowed",
            Self::Playback { .. } => "Playback",
            Self::Paused => "Paused",
        }
    }

    fn text(self) -> String {
        match self {
            Self::Reconnecting { seconds: 0, .. } => "Reconnecting…".into(),
            Self::Reconnecting { seconds, .. } => format!("Reconnecting in {seconds} s"),
            Self::Playback { at_ms, clock } => ["Viewing ", &clock.minute(at_ms as f64)].concat(),
            Self::Connecting
            | Self::Live { .. }
            | Self::Stale
            | Self::Off
            | Self::Offline(_)
            | Self::Paused => self.word().into(),
        }
    }

    /// Of the connection, for tests and style sheets; empty while it is up.
    fn attempt(self) -> String {
        match self {
            Self::Reconnecting { attempt, .. } => attempt.to_string(),
            _ => String::new(),
        }
    }

    /// Disc, ring, bars, cross: distinguishable without colour.
    fn shape(self) -> &'static str {
        match self {
            Self::Live { .. } => "M4 0a4 4 0 1 1 0 8 4 4 0 0 1 0-8Z",
            Self::Connecting | Self::Reconnecting { .. } => {
                "M4 0a4 4 0 1 1 0 8 4 4 0 0 1 0-8ZM4 2a2 2 0 1 0 0 4 2 2 0 0 0 0-4Z"
            }
            Self::Stale | Self::Off => "M4 0 8 8H0Z",
            Self::Offline(_) => "M1 0 4 3 7 0 8 1 5 4 8 7 7 8 4 5 1 8 0 7 3 4 0 1Z",
            Self::Playback { .. } => "M4 0v3L8 0v8L4 5v3L0 4Z",
            Self::Paused => "M1 0h2v8H1ZM5 0h2v8H5Z",
        }
    }
}
