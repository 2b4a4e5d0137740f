use crate::kit::card::{card, no_note};
use crate::kit::fact::fact;
use crate::kit::format;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::model::Part;
use crate::session::connection::{Statistics, Transport};
use crate::session::{ConnectionStatus, ShownModel};
use leptos::prelude::*;

/// What is known of the connection.
#[derive(Clone, Copy)]
pub(crate) struct ConnectionState {
    pub(crate) connection_status: State<ConnectionStatus>,
    pub(crate) transport: State<Transport>,
    pub(crate) statistics: State<Statistics>,
    pub(crate) shown: ShownModel,
}

/// How the connection has fared.
pub(crate) fn connection((name, title): (&str, &str), of: ConnectionState) -> Piece {
    let row = |term: &'static str, test_id: &'static str, text: fn(&Statistics) -> String| {
        let text = live(move || of.statistics.with(text));
        fact(term, Some(test_id), text)
    };
    let state = live(move || match of.connection_status.get() {
        ConnectionStatus::Connecting { .. } => "connecting".to_owned(),
        ConnectionStatus::Live if of.transport.get() == Transport::Sse => {
            "connected (server-sent events)".to_owned()
        }
        ConnectionStatus::Live => "connected".to_owned(),
        ConnectionStatus::Waiting { .. } | ConnectionStatus::Offline(_) => {
            "disconnected".to_owned()
        }
    });
    let viewers =
        live(move || format::grouped(of.shown.read(Part::Server, |model| model.server.viewers)));
    let content = view! {
        <dl class="facts column">
            {fact("State", Some("connection-state"), state)}
            {row("Latency", "connection-round-trip", round_trip)}
            {row("Messages", "connection-messages", |s| format::grouped(s.messages))}
            {row("Received", "connection-bytes", |s| format::bytes(s.bytes as f64).joined())}
            {row("Reconnects", "connection-reconnects", |s| format::grouped(s.reconnects))}
            {row("Missed messages", "connection-gaps", |s| format::grouped(s.gaps))}
            {fact("Viewers", None, viewers)}
        </dl>
    };
    let card = card(name, title, no_note(), content);
    view! { <div class="cell">{card}</div> }.into_piece()
}

pub(super) fn round_trip(statistics: &Statistics) -> String {
    match statistics.round_trip_ms {
        Some(ms) => format!("{} ms", format::fixed(ms, 0)),
        None => format::ABSENT.into(),
    }
}
