use super::connection::Connection;
use super::handshake::Handshake;
use crate::accounts::Grant;
use crate::app::App;
use crate::http::{Preset, RequestOrigin};
use crate::viewers::hub::{Counted, TransportKind, ViewerSlot};
use crate::viewers::{CloseReason, Transport, Viewer};
use access::Access;
use accounts::{Action, Principal};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use journal::Encoding;
use protocol::Subscribe;
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
    let counted = Counted::of(request.extensions(), app.accounts().policy());
    let slot = match app.hub().admit(counted, TransportKind::WebSocket) {
        Ok(slot) => slot,
        Err(refusal) => return refusal.into_response(),
    };
    let response = handshake.response();
    let admission = admission(&app, &request);
    tokio::spawn(start(handshake, slot, admission, preset, variant));
    response
}

/// What a viewer may see and until when, or why it is closed at once: a close code gives the reason, which browsers
/// hide for a refused handshake (RFC 6455, 7.4.1).
struct Admission {
    access: Access,
    grant: Option<Arc<Grant>>,
    refusal: Option<CloseReason>,
}

fn admission(app: &App, request: &Request) -> Admission {
    let refused = |refusal| Admission {
        access: Access::member([]),
        grant: None,
        refusal: Some(refusal),
    };
    let sent = RequestOrigin::of(request.extensions());
    if !app.guard().allows_origin(request.headers(), &sent) {
        return refused(CloseReason::ForeignOrigin);
    }
    if let Some(refusal) = request.extensions().get::<CloseReason>() {
        return refused(*refusal);
    }
    let principal = request.extensions().get::<Principal>();
    let granted = principal.and_then(|principal| {
        let grant = app.accounts().grant(principal, Action::ReadDashboard)?;
        Some((principal.access.clone(), grant))
    });
    match granted {
        None => refused(CloseReason::NotSignedIn),
        Some((access, grant)) => Admission {
            access,
            grant: Some(grant),
            refusal: None,
        },
    }
}

async fn start(
    handshake: Handshake,
    slot: ViewerSlot,
    admission: Admission,
    preset: Option<Subscribe>,
    variant: Variant,
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
    let Admission {
        access,
        grant,
        refusal,
    } = admission;
    let seen = (access, grant);
    let viewer = Arc::new(Viewer::new(slot.id, transport, encoding, seen, now_ms));
    let (preset, early) = match refusal {
        None => (preset.as_ref(), upgraded.early.as_slice()),
        Some(refusal) => {
            viewer.request_close(refusal);
            (None, &[][..])
        }
    };
    let (connection, flow) = Connection::start(viewer, slot, deflate, preset, early);
    match flow {
        // A new task, since that of the handshake is much larger.
        Ok(()) => drop(tokio::spawn(connection.run())),
        Err(end) => connection.end(end).await,
    }
}
