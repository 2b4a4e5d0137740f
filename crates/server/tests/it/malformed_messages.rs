//! Invalid messages get an error; protocol violations close the connection.

use crate::support::{RawViewer, TestServer, Viewer, deflate_offer, soon};
use protocol::{ErrorCode, ServerMessage};
use tokio_tungstenite::tungstenite::Message;
use websocket::{Deflater, Frame, Opcode};

const LIMIT: usize = protocol::CLIENT_MESSAGE_BYTES_MAX;

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_message_gets_an_error_and_the_connection_stays() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    let invalid = [
        ("", "not a message"),
        ("{", "not a message"),
        ("[1,2]", "not a message"),
        ("{}", "`type` is missing"),
        (r#"{"type":"foo"}"#, "unknown type \"foo\""),
        (r#"{"type":"ping","id":"7"}"#, "invalid type"),
        (
            r#"{"type":"subscribe","streams":{"weather":{}}}"#,
            "`weather`",
        ),
        (
            r#"{"type":"subscribe","streams":["metrics","weather"]}"#,
            "`weather`",
        ),
        (
            r#"{"type":"subscribe","streams":"metrics"}"#,
            "a list of streams",
        ),
    ];
    let out_of_range = [
        (
            r#"{"type":"subscribe","streams":{"data":{"last":10001}}}"#,
            "10000",
        ),
        (r#"{"type":"subscribe","streams":{},"after":3}"#, "`epoch`"),
    ];
    let invalid = invalid.map(|it| (it, ErrorCode::InvalidMessage));
    let out_of_range = out_of_range.map(|it| (it, ErrorCode::OutOfRange));
    let table = invalid.into_iter().chain(out_of_range);
    for (id, ((text, says), code)) in table.enumerate() {
        viewer.say(text).await;
        let error = match viewer.next().await.message {
            Ok(ServerMessage::Error(error)) => error,
            other => panic!("{text} was answered by {other:?}"),
        };
        assert!(error.message.contains(says), "{text}: {error:?}");
        assert_eq!(error.code, code, "{text}");
        viewer.ping(id as u64).await;
    }
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_error_repeats_the_correlation_id() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer
        .say(r#"{"type":"foo","correlation_id":"abc123"}"#)
        .await;
    match viewer.next().await.message {
        Ok(ServerMessage::Error(error)) => {
            assert_eq!(error.correlation_id.as_deref(), Some("abc123"));
        }
        other => panic!("instead of an error came {other:?}"),
    }
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binary_message_gets_an_error() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.send_frame(Message::binary(vec![0_u8, 255])).await;
    let next = viewer.next().await.message;
    assert!(
        matches!(&next, Ok(ServerMessage::Error(error)) if error.code == ErrorCode::BinaryMessage),
        "{next:?}"
    );
    viewer.ping(1).await;
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_may_have_the_largest_size_and_be_fragmented() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = RawViewer::connect(&server, "/ws", "").await;
    viewer.next_message().await;
    let padding = " ".repeat(LIMIT - r#"{"type":"ping","id":1}"#.len());
    viewer
        .say(&format!(r#"{{"type":"ping",{padding}"id":1}}"#))
        .await;
    assert!(is_pong(&mut viewer, 1).await);

    // A ping between fragments is answered before the message that it interrupts.
    let (start, end) = br#"{"type":"ping","id":2}"#.split_at(7);
    viewer
        .send(Frame::new(Opcode::Text, start).unfinished())
        .await;
    viewer.send(Frame::new(Opcode::Ping, b"amid")).await;
    viewer.send(Frame::new(Opcode::Continuation, end)).await;
    let pong = loop {
        match viewer.next().await {
            Some(websocket::Message::Pong(payload)) => break payload,
            Some(websocket::Message::Text(text)) => {
                assert!(text.contains("client_count"), "{text}");
            }
            other => panic!("instead of a pong came {other:?}"),
        }
    };
    assert_eq!(pong.as_ref(), b"amid");
    assert!(is_pong(&mut viewer, 2).await);
    server.drain(viewer).await;
}

async fn is_pong(viewer: &mut RawViewer, id: u64) -> bool {
    matches!(viewer.next_message().await.message, Ok(ServerMessage::Pong(pong)) if pong.id == Some(id))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_message_closes_the_connection() {
    let server = TestServer::start(|_| ()).await;
    let half = vec![b' '; LIMIT / 2 + 1];
    let bomb = Deflater::new().deflate(&vec![b' '; 10 << 20]).to_vec();
    assert!(bomb.len() < LIMIT, "it is small before inflation");
    let cases: [(&str, Vec<Frame<'_>>); 4] = [
        ("whole", vec![Frame::new(Opcode::Text, &[b' '; LIMIT + 1])]),
        (
            "in pieces",
            vec![
                Frame::new(Opcode::Text, &half).unfinished(),
                Frame::new(Opcode::Continuation, &half),
            ],
        ),
        (
            "compressed",
            vec![Frame::new(Opcode::Text, &bomb).deflated()],
        ),
        (
            "announced",
            vec![Frame::new(Opcode::Binary, &[b' '; 100 << 10])],
        ),
    ];
    for (name, frames) in cases {
        let mut viewer = RawViewer::connect(&server, "/ws", deflate_offer()).await;
        for frame in frames {
            viewer.send(frame).await;
        }
        assert_eq!(viewer.close_code().await, Some(1009), "{name}");
    }
    server.drain(()).await;
}

/// Closing a socket with unread input resets it, which discards what was sent.
#[tokio::test(flavor = "multi_thread")]
async fn the_close_frame_reaches_a_peer_that_keeps_sending() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = RawViewer::connect(&server, "/ws", "").await;
    viewer
        .send(Frame::new(Opcode::Text, &[b' '; LIMIT + 1]))
        .await;
    // An error is the reset, after which there is no close frame.
    let _ = viewer.send_bytes(&vec![0; 512 << 10]).await;
    assert_eq!(viewer.close_code().await, Some(1009));
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protocol_violation_closes_the_connection() {
    let server = TestServer::start(|_| ()).await;
    let masked = |frame: Frame<'_>| frame.masked([1, 2, 3, 4]).encode().to_vec();
    let table = [
        ("unmasked", b"\x81\x02hi".to_vec(), 1002),
        ("reserved bits", b"\xF1\x80\0\0\0\0".to_vec(), 1002),
        (
            "compressed, though not negotiated",
            b"\xC1\x80\0\0\0\0".to_vec(),
            1002,
        ),
        ("reserved opcode", b"\x83\x80\0\0\0\0".to_vec(), 1002),
        (
            "nothing to continue",
            masked(Frame::new(Opcode::Continuation, b"x")),
            1002,
        ),
        (
            "a ping in pieces",
            masked(Frame::new(Opcode::Ping, b"x").unfinished()),
            1002,
        ),
        ("a long ping", b"\x89\xFE\x00\x7E\0\0\0\0".to_vec(), 1002),
        (
            "half a close code",
            masked(Frame::new(Opcode::Close, b"\x03")),
            1002,
        ),
        (
            "a close code that may not be sent",
            masked(Frame::new(Opcode::Close, b"\x03\xED")),
            1002,
        ),
        (
            "text that is not UTF-8",
            masked(Frame::new(Opcode::Text, b"\xFF\xFE")),
            1007,
        ),
        (
            "half a character",
            masked(Frame::new(Opcode::Text, b"\xC3")),
            1007,
        ),
    ];
    for (name, bytes, code) in table {
        let mut viewer = RawViewer::connect(&server, "/ws", "").await;
        viewer.send_bytes(&bytes).await.unwrap();
        assert_eq!(viewer.close_code().await, Some(code), "{name}");
    }
    let mut viewer = RawViewer::connect(&server, "/ws", deflate_offer()).await;
    viewer
        .send(Frame::new(Opcode::Text, b"\xFF\xFF\xFF").deflated())
        .await;
    assert_eq!(viewer.close_code().await, Some(1007), "not DEFLATE data");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_frame_is_answered() {
    let server = TestServer::start(|_| ()).await;
    for (payload, code) in [
        (&b"\x03\xE8bye"[..], 1000),
        (b"\x0F\xA0", 4000),
        (b"", 1000),
    ] {
        let mut viewer = RawViewer::connect(&server, "/ws/dashboard", "").await;
        viewer.send(Frame::new(Opcode::Close, payload)).await;
        assert_eq!(viewer.close_code().await, Some(code));
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_beyond_the_rate_limit_is_closed() {
    let server = TestServer::start(|config| {
        config.limits.messages_burst = 20;
        config.limits.messages_per_second = 1;
    })
    .await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    for id in 0..20 {
        viewer.ping(id).await;
    }
    for id in 20..40 {
        viewer.say(&format!(r#"{{"type":"ping","id":{id}}}"#)).await;
    }
    assert_eq!(viewer.close_code().await, 4029);
    let mut next = Viewer::connect(&server, "/ws").await;
    next.ping(1).await;
    server.drain((viewer, next)).await;
}

/// Malformed connections must not be counted as viewers.
#[tokio::test(flavor = "multi_thread")]
async fn malformed_connections_leave_no_viewers() {
    let server = TestServer::start(|config| config.demo_rate = 100).await;
    let mut witness = Viewer::connect(&server, "/ws/dashboard").await;
    for round in 0..10 {
        let mut rude = RawViewer::connect(&server, "/ws/dashboard", deflate_offer()).await;
        rude.next_message().await;
        let half_a_frame = &b"\x81\xFE\x10\x00\0\0\0\0abc"[..4 + round % 8];
        rude.send_bytes(half_a_frame).await.unwrap();
        rude.reset();
    }
    let mut newcomers = Vec::new();
    soon("the rude to be forgotten", async {
        // The greeting has the number of viewers.
        let counted = |it: &Viewer| it.greeting.client_count as usize;
        while newcomers.last().map(counted) != Some(newcomers.len() + 1) {
            newcomers.push(Viewer::connect(&server, "/ws").await);
        }
    })
    .await;
    for _ in 0..20 {
        witness.next().await;
    }
    server.drain((witness, newcomers)).await;
}
