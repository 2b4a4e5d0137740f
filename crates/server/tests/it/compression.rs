//! permessage-deflate: the same messages in fewer bytes.

use crate::support::{RawViewer, TestServer, deflate_offer};
use protocol::{ClientMessage, Request, ServerMessage, Stream};
use websocket::{Deflater, Frame, Opcode};

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_message_is_equal_and_smaller() {
    let server = TestServer::start(|config| config.demo_rate = 100).await;
    let mut plain = RawViewer::connect(&server, "/ws", "").await;
    let mut deflated = RawViewer::connect(&server, "/ws", deflate_offer()).await;
    let wanted = crate::support::subscribe(&Stream::PUBLIC.map(|it| (it, Default::default())));
    let request = Request::from(ClientMessage::Subscribe(wanted)).to_json();
    let compressed = Deflater::new().deflate(request.as_bytes()).to_vec();
    plain.say(&request).await;
    deflated
        .send(Frame::new(Opcode::Text, &compressed).deflated())
        .await;

    // From a message that both receive live.
    for viewer in [&mut plain, &mut deflated] {
        while !matches!(
            viewer.next_message().await.message,
            Ok(ServerMessage::Subscribed(_))
        ) {}
    }
    let from = server.head() + 1;
    let mut texts = Vec::new();
    let mut bytes = Vec::new();
    for viewer in [&mut plain, &mut deflated] {
        let before = viewer.bytes_received();
        let mut received = Vec::new();
        while received.len() < 50 {
            let text = viewer.next_text().await;
            let position = protocol::Received::parse(&text).position;
            if position.is_some_and(|position| position.seq >= from) {
                received.push(text);
            }
        }
        texts.push(received);
        bytes.push(viewer.bytes_received() - before);
    }
    assert_eq!(texts[0], texts[1]);
    assert!(bytes[1] * 10 < bytes[0] * 9, "{bytes:?}");
    server.drain((plain, deflated)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_shareable_parameters_are_negotiated() {
    let server = TestServer::start(|_| ()).await;
    let table = [
        ("permessage-deflate", true),
        ("permessage-deflate; client_max_window_bits", true),
        (
            "permessage-deflate; server_max_window_bits=10, permessage-deflate",
            true,
        ),
        ("permessage-deflate; server_max_window_bits=10", false),
        ("permessage-deflate; unknown", false),
        ("x-webkit-deflate-frame", false),
    ];
    for (offer, accepted) in table {
        let headers = format!("Sec-WebSocket-Extensions: {offer}\r\n");
        let (mut viewer, answer) = RawViewer::ask(&server, "/ws", &headers).await;
        assert_eq!(answer.status, 101, "{offer}");
        let answer = answer.header("Sec-WebSocket-Extensions");
        assert_eq!(answer.is_some(), accepted, "{offer}");
        for takeover in ["server_no_context_takeover", "client_no_context_takeover"] {
            assert!(answer.is_none_or(|it| it.contains(takeover)), "{offer}");
        }
        // A decoder with the negotiated parameters reads the greeting.
        assert!(viewer.next_message().await.message.is_ok(), "{offer}");
    }
    server.drain(()).await;
}
