//! The end of the server: everyone is told, nothing is cut off, and it takes no longer than 5 s.

use crate::support::{RawViewer, TestServer, Viewer, deflate_offer};
use protocol::Stream;
use std::io::ErrorKind;
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn every_viewer_is_told_to_come_back() {
    let server = TestServer::start(|config| {
        config.demo_rate = 200;
        config.restart_spread_ms = 500;
    })
    .await;
    let address = server.address();
    let mut viewers = Vec::new();
    for path in ["/ws", "/ws/dashboard", "/ws/metrics", "/ws?streams=data"] {
        for _ in 0..20 {
            viewers.push(Viewer::connect(&server, path).await);
        }
    }
    let codes = viewers.iter_mut().map(Viewer::close_code);
    let ((), codes) = tokio::join!(server.stop(), futures_util::future::join_all(codes));
    assert_eq!(codes, [1001; 80]);
    let refused = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_words_are_heard_before_the_end() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = Viewer::connect(&server, "/ws?streams=logs,events").await;
    viewer.subscribed().await;
    let hear = async {
        let mut heard = Vec::new();
        while heard
            .last()
            .is_none_or(|last| last != "Watchroom is stopping")
        {
            if let Ok(protocol::ServerMessage::Event(event)) = viewer.next().await.message {
                heard.push(event.message);
            }
        }
        viewer.close_code().await
    };
    let ((), code) = tokio::join!(server.stop(), hear);
    assert_eq!(code, 1001);
}

/// Viewers that never read, speak rubbish or have half sent a request do not delay the end.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_hold_the_server_up() {
    use tokio::io::AsyncWriteExt;

    let server = TestServer::start(|config| config.demo_rate = 2_000).await;
    let mut stuck = Vec::new();
    for headers in ["", deflate_offer()] {
        for _ in 0..5 {
            stuck.push(RawViewer::connect(&server, "/ws/dashboard", headers).await);
        }
    }
    let mut idle = TcpStream::connect(server.address()).await.unwrap();
    idle.write_all(b"GET / HT").await.unwrap();
    let mut witness = Viewer::connect(&server, "/ws?streams=data").await;
    // Meanwhile the sockets of the others have become full.
    witness.chain.expect_skips(Stream::Data);
    for _ in 0..2_000 {
        witness.next().await;
    }
    drop(witness);
    server.stop().await;
    drop((stuck, idle));
}
