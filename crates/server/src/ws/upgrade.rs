use super::connection::Connection;
use super::handshake::Handshake;
use crate::app::App;
use crate::http::Preset;
use crate::viewers::hub::ViewerSlot;
use crate::viewers::{CloseReason, Transport, Viewer};
use access::Access;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use journal::Encoding;
use protocol::Subscribe;
use std::net::SocketAddr;
use std::sync::Arc;

/// The protocol variant of a path, unless the client names a subprotocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    Plain,
    Enveloped,
}

/// `GET /ws`, and the same with a preset subscription.
pub(crate) async fn upgrade(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    preset: Preset,
    variant: Variant,
    mut request: Request,
) -> Response {
    let preset = match preset.subscribe(request.uri().query()) {
        Ok(preset) => preset,
        Err(error) => {
            return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response();
        }
    };
    let handshake = match Handshake::read(&mut request) {
        Ok(handshake) => handshake,
        Err(error) => return error.into_response(),
    };
    let slot = match app.hub().admit(peer.ip()) {
        Ok(slot) => slot,
        Err(refusal) => return refusal.into_response(),
    };
    let foreign = !app.guard().allows_origin(request.headers());
    let response = handshake.response();
    let access = app.access();
    tokio::spawn(start(handshake, slot, access, preset, variant, foreign));
    response
}

async fn start(
    handshake: Handshake,
    slot: ViewerSlot,
    access: Access,
    preset: Option<Subscribe>,
    variant: Variant,
    foreign: bool,
) {
    let deflate = handshake.is_deflated();
    let encoding = if variant == Variant::Enveloped || handshake.is_enveloped() {
        Encoding::Envelope
    } else if deflate {
        Encoding::Deflated
    } else {
        Encoding::Plain
    };
    let Some(upgraded) = handshake.upgraded().await else {
        return;
    };
    let transport = Transport::Socket(upgraded.socket);
    let now_ms = slot.hub().clock().now_ms();
    let viewer = Arc::new(Viewer::new(slot.id, transport, encoding, access, now_ms));
    if foreign {
        // A close code gives the reason, which browsers hide for a refused handshake (RFC 6455, 7.4.1).
        viewer.request_close(CloseReason::ForeignOrigin);
    }
    let (connection, flow) =
        Connection::start(viewer, slot, deflate, preset.as_ref(), &upgraded.early);
    match flow {
        // A new task, since that of the handshake is much larger.
        Ok(()) => drop(tokio::spawn(connection.run())),
        Err(end) => connection.end(end).await,
    }
}
