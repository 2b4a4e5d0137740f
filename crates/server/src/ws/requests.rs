use crate::rooms::{LiveError, Rooms};
use crate::viewers::{Hub, Viewer, control};
use accounts::{Action, Credential};
use bytes::Bytes;
use journal::{Encoding, Frame};
use protocol::{
    ClientMessage, Durable, Envelope, Error, ErrorCode, OWN_HOST_ALIAS, Ping, Pong, Request,
    RequestMetrics, ServerMessage, SetInterval, Stream, Timestamp, Unsubscribe, without_position,
};
use std::sync::Arc;

/// What it takes to send a message. The connection was opened by somebody who may [`Action::ReadDashboard`].
fn action(message: &ClientMessage) -> Action {
    match message {
        ClientMessage::Subscribe(_)
        | ClientMessage::Unsubscribe(_)
        | ClientMessage::SetInterval(_)
        | ClientMessage::RequestMetrics(_)
        | ClientMessage::Ping(_)
        | ClientMessage::Pong => Action::ReadDashboard,
        ClientMessage::Presence(_) | ClientMessage::Typing(_) => Action::Read,
    }
}

/// Whether the viewer may do this. All who see more than the dashboard may [`Action::Read`], and no message takes more.
fn may(viewer: &Viewer, action: Action) -> bool {
    let credential = viewer.credential();
    match credential.is_some_and(Credential::sees_only_dashboard) {
        true => action.requirement().is_for_public,
        false => matches!(action, Action::Read | Action::ReadDashboard),
    }
}

/// Handles a request, and queues the response.
pub(super) fn handle(viewer: &Arc<Viewer>, hub: &Hub, request: Request) {
    let Request {
        correlation_id,
        message,
    } = request;
    if !may(viewer, action(&message)) {
        refuse(viewer, Err(NotAvailable::NotSignedIn), correlation_id);
        return viewer.outbox().hand_over(hub.clock().now_ms());
    }
    match message {
        ClientMessage::Subscribe(wanted) => {
            return hub.subscribe(viewer, &wanted, correlation_id);
        }
        ClientMessage::Unsubscribe(Unsubscribe { streams }) => {
            let mut outbox = viewer.outbox();
            for stream in streams {
                outbox.cursor.unsubscribe(stream);
            }
            viewer.set_interest(outbox.cursor.streams());
            outbox.confirm(hub.journal(), correlation_id);
        }
        ClientMessage::SetInterval(SetInterval {
            stream,
            interval_ms,
        }) => {
            let mut outbox = viewer.outbox();
            if outbox.cursor.streams().contains(stream) {
                outbox.cursor.set_interval(stream, interval_ms);
                outbox.confirm(hub.journal(), correlation_id);
            } else {
                let message = format!("{stream} is not subscribed");
                outbox.queue_message(&error(ErrorCode::NotSubscribed, message, correlation_id));
            }
        }
        ClientMessage::RequestMetrics(RequestMetrics { host }) => {
            newest_metrics(viewer, hub, host.as_deref(), correlation_id);
        }
        ClientMessage::Ping(Ping { id }) => {
            let timestamp = Timestamp::now();
            viewer.outbox().queue_message(&ServerMessage::Pong(Pong {
                id,
                timestamp,
                correlation_id,
            }));
        }
        ClientMessage::Presence(set) => {
            let done = rooms(hub).and_then(|rooms| Ok(rooms.set_presence(viewer, set)?));
            refuse(viewer, done, correlation_id);
        }
        ClientMessage::Typing(set) => {
            let done = rooms(hub).and_then(|rooms| Ok(rooms.set_typing(viewer, &set)?));
            refuse(viewer, done, correlation_id);
        }
        ClientMessage::Pong => return,
    }
    viewer.outbox().hand_over(hub.clock().now_ms());
}

fn rooms(hub: &Hub) -> Result<Rooms, NotAvailable> {
    hub.rooms().ok_or(NotAvailable::NoRooms)
}

/// Why a request about rooms has no effect.
#[derive(Debug, thiserror::Error)]
enum NotAvailable {
    #[error("this takes a user: sign in first")]
    NotSignedIn,
    #[error("this server stores nothing, so it has no rooms")]
    NoRooms,
    #[error("{0}")]
    Refused(#[from] LiveError),
}

/// Sends the error, if there is one.
fn refuse(viewer: &Viewer, done: Result<(), NotAvailable>, correlation_id: Option<String>) {
    if let Err(why) = done {
        let why = error(ErrorCode::NotAvailable, why.to_string(), correlation_id);
        viewer.outbox().queue_message(&why);
    }
}

/// Sends the newest `metrics` without its position, so that it is in no chain.
fn newest_metrics(viewer: &Viewer, hub: &Hub, host: Option<&str>, correlation_id: Option<String>) {
    let named = host.unwrap_or(OWN_HOST_ALIAS);
    let (_, frames) = hub
        .journal()
        .newest(&[(Stream::Metrics, 1, named)], viewer.outbox().access());
    let Some(frame) = frames.first() else {
        let message = match host {
            None => "no sample has been taken yet".into(),
            Some(host) => format!("there is no sample of the host {}", shown(host)),
        };
        viewer
            .outbox()
            .queue_message(&error(ErrorCode::NotAvailable, message, correlation_id));
        return;
    };
    let mut outbox = viewer.outbox();
    let frame = match outbox.encoding() {
        Encoding::Envelope => enveloped(frame, hub, correlation_id),
        _ => plain(frame, correlation_id),
    };
    outbox.queue_frame(frame);
}

/// A quoted and shortened name of a client.
fn shown(name: &str) -> String {
    format!("{:?}", name.chars().take(40).collect::<String>())
}

fn plain(frame: &Frame, correlation_id: Option<String>) -> Bytes {
    let mut json = without_position(frame.json());
    if let Some(id) = correlation_id {
        // A string always serialises.
        let id = serde_json::to_string(&id).unwrap_or_default();
        json.truncate(json.len() - 1);
        json.push_str(&format!(r#","correlation_id":{id}}}"#));
    }
    websocket::text_frame(json.as_bytes())
}

fn enveloped(frame: &Frame, hub: &Hub, correlation_id: Option<String>) -> Bytes {
    let message = Durable::from_json(frame.json()).ok();
    let Some(message) = message.and_then(ServerMessage::of) else {
        // A type of a newer server, whose store this one uses.
        return plain(frame, correlation_id);
    };
    control::enveloped(&Envelope {
        correlation_id,
        ..Envelope::of(message, Some(hub.count() as u64))
    })
}

fn error(code: ErrorCode, message: String, correlation_id: Option<String>) -> ServerMessage {
    ServerMessage::Error(Error {
        code,
        message,
        correlation_id,
    })
}
