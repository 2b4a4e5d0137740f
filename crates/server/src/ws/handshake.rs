use super::connection::Connection;
use crate::app::App;
use crate::http::Preset;
use crate::viewers::hub::Seat;
use crate::viewers::{Ending, Transport, Viewer};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use journal::Encoding;
use protocol::Subscribe;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use websocket::{Decoder, UpgradeError, UpgradeRequest};

/// How long the socket may take to change hands after the answer.
const UPGRADE_TIME_MAX: Duration = Duration::from_secs(10);

/// `GET /ws`, and the same with a preset subscription.
pub(crate) async fn upgrade(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    preset: Preset,
    mut request: Request,
) -> Response {
    let headers = request.headers();
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let checked = UpgradeRequest {
        connection: text(header::CONNECTION),
        upgrade: text(header::UPGRADE),
        version: text(header::SEC_WEBSOCKET_VERSION),
        key: text(header::SEC_WEBSOCKET_KEY),
    };
    let accept = match checked.accept() {
        Ok(accept) => accept,
        Err(error) => return refuse(error),
    };
    let preset = match preset.subscribe(request.uri().query()) {
        Ok(preset) => preset,
        Err(error) => {
            return (StatusCode::BAD_REQUEST, format!("`streams`: {error}\n")).into_response();
        }
    };
    let deflate = websocket::accept_deflate(extensions(headers));
    let foreign = !app.guard().allows_origin(headers);
    let seat = match app.hub().enter(peer.ip()) {
        Ok(seat) => seat,
        Err(refusal) => return refusal.into_response(),
    };
    let Some(upgrade) = request.extensions_mut().remove::<OnUpgrade>() else {
        return refuse(UpgradeError::NotAnUpgrade);
    };
    let agreed = Agreed {
        deflate: deflate.is_some(),
        foreign,
        preset,
    };
    tokio::spawn(run(upgrade, app, seat, agreed));
    switching_protocols(&accept, deflate)
}

struct Agreed {
    deflate: bool,
    foreign: bool,
    preset: Option<Subscribe>,
}

async fn run(upgrade: OnUpgrade, app: App, seat: Seat, agreed: Agreed) {
    let Ok(Ok(upgraded)) = tokio::time::timeout(UPGRADE_TIME_MAX, upgrade).await else {
        return;
    };
    let Ok(parts) = upgraded.downcast::<TokioIo<TcpStream>>() else {
        tracing::error!("An upgraded connection is not the socket that was accepted.");
        return;
    };
    let hub = app.hub().clone();
    let encoding = if agreed.deflate {
        Encoding::Deflated
    } else {
        Encoding::Plain
    };
    let transport = Transport::Socket(parts.io.into_inner());
    let viewer = Arc::new(Viewer::new(
        seat.id,
        transport,
        encoding,
        hub.clock().now_ms(),
    ));
    if agreed.foreign {
        viewer.end(Ending::ForeignOrigin);
    }
    let decoder = Decoder::server()
        .with_deflate(agreed.deflate)
        .with_message_bytes_max(protocol::CLIENT_MESSAGE_BYTES_MAX);
    let connection = Connection::new(viewer, hub, seat, decoder);
    // Hyper's read buffer is dropped with `parts`; an idle connection must not own one.
    let early = (!parts.read_buf.is_empty()).then(|| parts.read_buf.to_vec());
    drop(parts.read_buf);
    // A task of its own, so that it is as small as a connection and not as large as a handshake.
    tokio::spawn(async move {
        connection
            .run(agreed.preset, early.as_deref().unwrap_or_default())
            .await;
    });
}

fn extensions(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::SEC_WEBSOCKET_EXTENSIONS)
        .iter()
        .filter_map(|value| value.to_str().ok())
}

fn switching_protocols(accept: &str, deflate: Option<&'static str>) -> Response {
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(accept) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    if let Some(answer) = deflate {
        headers.insert(
            header::SEC_WEBSOCKET_EXTENSIONS,
            HeaderValue::from_static(answer),
        );
    }
    response
}

fn refuse(error: UpgradeError) -> Response {
    let answer = |status, name: HeaderName, value| {
        (
            status,
            [(name, HeaderValue::from_static(value))],
            format!("{error}\n"),
        )
            .into_response()
    };
    match error {
        UpgradeError::NotAnUpgrade => {
            answer(StatusCode::UPGRADE_REQUIRED, header::UPGRADE, "websocket")
        }
        UpgradeError::Version => answer(
            StatusCode::UPGRADE_REQUIRED,
            header::SEC_WEBSOCKET_VERSION,
            websocket::VERSION,
        ),
        UpgradeError::Key => (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    }
}
