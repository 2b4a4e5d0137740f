use crate::viewers::{Hub, Viewer, control};
use bytes::Bytes;
use journal::{Encoding, Frame};
use protocol::{
    ClientMessage, Durable, Envelope, Error, ErrorCode, OWN_HOST_ALIAS, Ping, Pong, Request,
    RequestMetrics, ServerMessage, SetInterval, Stream, Timestamp, Unsubscribe, without_position,
};

/// Handles a request, and queues the response.
pub(super) fn handle(viewer: &Viewer, hub: &Hub, request: Request) {
    let Request {
        correlation_id,
        message,
    } = request;
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
        ClientMessage::Pong => return,
    }
    viewer.outbox().hand_over(hub.clock().now_ms());
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
