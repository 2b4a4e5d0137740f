//! The stop of the server: viewers are closed, nothing is truncated, and it takes no longer than 5 s.

use crate::support::{RawViewer, TestServer, Viewer, deflate_offer};
use std::io::ErrorKind;
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn every_viewer_is_closed_with_going_away() {
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
async fn messages_before_the_stop_are_delivered() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = Viewer::connect(&server, "/ws?streams=logs,events").await;
    viewer.subscribed().await;
    let received = async {
        viewer.until_stopping().await;
        viewer.close_code().await
    };
    let ((), code) = tokio::join!(server.stop(), received);
    assert_eq!(code, 1001);
}

/// Viewers that never read, send malformed data or an incomplete request do not delay the stop.
#[tokio::test(flavor = "multi_thread")]
async fn no_connection_delays_the_stop() {
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
    server.fill_sockets().await;
    server.stop().await;
    drop((stuck, idle));
}
