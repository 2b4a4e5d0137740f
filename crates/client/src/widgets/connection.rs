use super::clock_time;
use crate::kit::fact::fact;
use crate::kit::format;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::model::Part;
use crate::session::connection::{Statistics, Transport};
use crate::session::{Clock, ConnectionStatus, ShownModel};
use leptos::prelude::*;
use protocol::SeriesKey;

/// The identifier of the popover.
pub(super) const CONNECTION_ID: &str = "connection";

/// What is known of the connection and what comes over it.
#[derive(Clone, Copy)]
pub(crate) struct ConnectionState {
    /// The host that the page shows.
    pub(crate) host: State<String>,
    pub(crate) shown: ShownModel,
    pub(crate) connection_status: State<ConnectionStatus>,
    pub(crate) transport: State<Transport>,
    pub(crate) statistics: State<Statistics>,
    pub(crate) updates_per_second: State<u64>,
    pub(crate) clock: State<Clock>,
}

/// How fresh the page is, and how the connection has fared; the badge opens it.
pub(crate) fn connection(of: ConnectionState) -> Piece {
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
    let updates =
        live(move || format::grouped(of.shown.read(Part::Updates, |model| model.updates)));
    let rate = live(move || format!("{} messages/s", of.updates_per_second.get()));
    let uptime = live(move || uptime(of).map_or(format::ABSENT.into(), format::duration));
    let viewers =
        live(move || format::grouped(of.shown.read(Part::Server, |model| model.server.viewers)));
    view! {
        <div
            class="popover connection"
            id=CONNECTION_ID
            popover="auto"
            role="dialog"
            aria-labelledby="connection-title"
            data-testid="connection"
        >
            <h2 id="connection-title">"Connection"</h2>
            <dl class="facts column">
                {fact("State", Some("connection-state"), state)} {last_sample(of)}
                {row("Latency", "round-trip", round_trip)}
                {fact("Updates shown", Some("updates"), updates)}
                {fact("Rate", Some("update-rate"), rate)}
                {row("Messages received", "connection-messages", |s| format::grouped(s.messages))}
                {row("Received", "connection-bytes", |s| format::bytes(s.bytes as f64).joined())}
                {row("Reconnects", "connection-reconnects", |s| format::grouped(s.reconnects))}
                {row("Missed messages", "connection-gaps", |s| format::grouped(s.gaps))}
                {fact("Viewers", Some("client-count"), viewers)}
                {fact("Host uptime", Some("uptime"), uptime)}
            </dl>
        </div>
    }
    .into_piece()
}

fn last_sample(of: ConnectionState) -> impl IntoView {
    let at = move || {
        let host = of.host.get();
        of.shown
            .read(Part::Samples, |model| model.newest(&host).map(|it| it.at))
    };
    let text = live(move || match at() {
        Some(at) => clock_time::text(of.clock, at),
        None => format::ABSENT.into(),
    });
    let datetime = live(move || at().map_or(String::new(), |at| at.to_string()));
    view! {
        <div class="fact">
            <dt>"Updated"</dt>
            <dd>
                <time
                    data-testid="last-sample"
                    {..text_content(text)}
                    datetime=datetime
                ></time>
            </dd>
        </div>
    }
}

fn uptime(of: ConnectionState) -> Option<u64> {
    let host = of.host.get();
    of.shown.read(Part::Samples, |model| {
        let uptime = SeriesKey::new(host, "uptime", []);
        model
            .catalog
            .find_value(&uptime)
            .map(|seconds| seconds as u64)
    })
}

fn round_trip(statistics: &Statistics) -> String {
    match statistics.round_trip_ms {
        Some(ms) => format!("{} ms", format::fixed(ms, 0)),
        None => format::ABSENT.into(),
    }
}
