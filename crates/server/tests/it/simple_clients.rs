//! Clients that know only the port.

use crate::support::{RawViewer, TestServer, Viewer, exchange, get, soon};
use protocol::{ServerMessage, Stream};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_at_the_root_gets_all_streams() {
    let server = TestServer::start(|config| config.demo_rate = 50).await;
    let mut viewer = Viewer::connect(&server, "/").await;
    let answer = viewer.subscribed().await;
    assert_eq!(answer.streams, Stream::PRESET);
    let mut unseen: BTreeSet<_> = ["metrics", "data", "event"].into();
    while !unseen.is_empty() {
        let received = viewer.next().await;
        unseen.remove(received.message.unwrap().message_type());
    }
    viewer.until_count(1).await;
    let chosen = Viewer::connect(&server, "/?streams=logs")
        .await
        .subscribed()
        .await;
    assert_eq!(chosen.streams, [Stream::Logs]);
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_other_request_at_the_root_is_for_the_page() {
    let server = TestServer::start(|_| ()).await;
    let host = server.address();
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let upgrade = "Connection: Upgrade, close\r\nUpgrade: websocket\r\n";
    let page = get(&server, "/").await.status;
    assert!([200, 503].contains(&page), "503 where it was not built");
    for (method, headers) in [
        ("GET", upgrade.to_owned()),
        ("GET", format!("Connection: close\r\n{key}")),
        ("GET", format!("Connection: close\r\nUpgrade: h2c\r\n{key}")),
        (
            "HEAD",
            format!("{upgrade}{key}Sec-WebSocket-Version: 13\r\n"),
        ),
    ] {
        let request = format!("{method} / HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
        assert_eq!(exchange(&server, &request).await.status, page, "{request}");
    }
    // An invalid upgrade gets an error.
    let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\n{upgrade}{key}\r\n");
    let answer = exchange(&server, &request).await;
    assert_eq!(answer.status, 426);
    assert_eq!(answer.header("Sec-WebSocket-Version"), Some("13"));
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_without_an_id_is_answered_and_a_pong_is_ignored() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = RawViewer::connect(&server, "/ws", "").await;
    viewer.next_message().await;
    viewer.say(r#"{"type":"pong"}"#).await;
    viewer.say(r#"{"type":"ping"}"#).await;
    let text = soon("an answer", async {
        loop {
            let text = viewer.next_text().await;
            if !text.contains("client_count") {
                return text;
            }
        }
    })
    .await;
    let start = r#"{"type":"pong","timestamp":"#;
    assert!(text.starts_with(start), "nothing answers the pong: {text}");
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_streams_subscribes_to_each() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer
        .say(r#"{"type":"subscribe","streams":["logs","alerts"]}"#)
        .await;
    let answer = viewer.subscribed().await;
    assert_eq!(answer.streams, [Stream::Alerts, Stream::Logs]);
    server.log(&["live"]);
    let next = viewer.next().await.message;
    assert!(
        matches!(&next, Ok(ServerMessage::Log(log)) if log.message == "live"),
        "{next:?}"
    );
    server.drain(viewer).await;
}
