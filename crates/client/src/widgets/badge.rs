use crate::kit::state;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::model::Freshness;
use crate::session::connection::OfflineReason;
use crate::session::{Link, Past};
use leptos::prelude::*;

/// What the badge is made from.
#[derive(Clone, Copy)]
pub(crate) struct Liveness {
    pub(crate) link: state::State<Link>,
    pub(crate) freshness: state::State<Freshness>,
    pub(crate) paused: state::State<bool>,
    pub(crate) past: Past,
}

/// Shows whether the page is live, and why not.
///
/// Only its word is announced, not its countdown, which changes each second.
pub(super) fn badge(liveness: Liveness) -> impl IntoView {
    let read = move |look: fn(State) -> String| live(move || look(State::of(liveness)));
    view! {
        <p
            class="badge"
            data-testid="badge"
            data-state=read(|state| state.name().into())
            title=read(|state| state.explanation().into())
        >
            <svg class="badge-icon" viewBox="0 0 8 8" aria-hidden="true">
                <path d=read(|state| state.shape().into())></path>
            </svg>
            <span {..text_content(read(State::text))}></span>
        </p>
        <p
            class="visually-hidden"
            role="status"
            aria-live="polite"
            {..text_content(read(|state| state.word().into()))}
        ></p>
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Connecting,
    Live,
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
    /// Another moment is shown.
    Past,
    /// Whether the connection behind the frozen view is up.
    Paused {
        connected: bool,
    },
}

impl State {
    fn of(liveness: Liveness) -> Self {
        let link = liveness.link.get();
        if liveness.past.is_shown() {
            return Self::Past;
        }
        if liveness.paused.get() {
            let connected = link == Link::Live;
            return Self::Paused { connected };
        }
        match link {
            Link::Live => match liveness.freshness.get() {
                Freshness::Fresh => Self::Live,
                Freshness::Empty | Freshness::Unsampled | Freshness::Stale { .. } => Self::Stale,
                Freshness::Off => Self::Off,
            },
            Link::Connecting { attempt: 0 } => Self::Connecting,
            Link::Connecting { attempt } => Self::Reconnecting {
                seconds: 0,
                attempt,
            },
            Link::Waiting { seconds, attempt } => Self::Reconnecting { seconds, attempt },
            Link::Offline(reason) => Self::Offline(reason),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Stale => "stale",
            Self::Off => "off",
            Self::Reconnecting { .. } => "reconnecting",
            Self::Offline(_) => "offline",
            Self::Past => "past",
            Self::Paused { .. } => "paused",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Connecting => "Connecting",
            Self::Live => "Live",
            Self::Stale => "No new samples",
            Self::Off => "Metrics off",
            Self::Reconnecting { .. } => "Reconnecting",
            Self::Offline(_) => "Offline",
            Self::Past => "Past",
            Self::Paused { .. } => "Paused",
        }
    }

    fn text(self) -> String {
        match self {
            Self::Reconnecting {
                seconds: 0,
                attempt,
            } => format!("Reconnecting (attempt {attempt})"),
            Self::Reconnecting { seconds, attempt } => {
                format!("Reconnecting in {seconds} s (attempt {attempt})")
            }
            Self::Connecting
            | Self::Live
            | Self::Stale
            | Self::Off
            | Self::Offline(_)
            | Self::Past
            | Self::Paused { .. } => self.word().into(),
        }
    }

    fn explanation(self) -> &'static str {
        match self {
            Self::Connecting => "The page is opening its connection to the server",
            Self::Live => "Connected, and the figures are current",
            Self::Stale => "Connected, but the server has no new samples",
            Self::Off => "Connected, but you have switched samples off",
            Self::Reconnecting { .. } => "The connection was lost; the figures are the last ones",
            Self::Offline(OfflineReason::NoNetwork) => "The browser has no network",
            Self::Offline(OfflineReason::NotSignedIn) => "The server asks you to sign in",
            Self::Offline(OfflineReason::Forbidden) => "The server does not let you watch this",
            Self::Past => "These are the figures of another moment; press l for the present",
            Self::Paused { connected: true } => "The view stands still; data keeps arriving",
            Self::Paused { connected: false } => "The view stands still, and nothing is arriving",
        }
    }

    /// Disc, ring, bars, cross: distinguishable without colour.
    fn shape(self) -> &'static str {
        match self {
            Self::Live => "M4 0a4 4 0 1 1 0 8 4 4 0 0 1 0-8Z",
            Self::Connecting | Self::Reconnecting { .. } => {
                "M4 0a4 4 0 1 1 0 8 4 4 0 0 1 0-8ZM4 2a2 2 0 1 0 0 4 2 2 0 0 0 0-4Z"
            }
            Self::Stale | Self::Off => "M4 0 8 8H0Z",
            Self::Offline(_) => "M1 0 4 3 7 0 8 1 5 4 8 7 7 8 4 5 1 8 0 7 3 4 0 1Z",
            Self::Past => "M4 0v3L8 0v8L4 5v3L0 4Z",
            Self::Paused { .. } => "M1 0h2v8H1ZM5 0h2v8H5Z",
        }
    }
}
