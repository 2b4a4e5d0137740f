//! A database that stops under a running server: live messages continue, and are stored afterwards.

use crate::support::postgres;
use crate::support::{Answer, TestServer, Viewer, exchange, get, last, soon, subscribe_after};
use protocol::{Received, ServerMessage, Stream};

/// Waits for an event of the server about its store.
async fn wait_for_event(viewer: &mut Viewer, part: &str) {
    loop {
        if let Ok(ServerMessage::Event(event)) = viewer.next().await.message
            && event.source == "store"
        {
            assert!(event.message.contains(part), "{event:?}");
            return;
        }
    }
}

/// Reports an event, as another program does.
async fn report(server: &TestServer, message: &str) -> Answer {
    report_with(server, "", message).await
}

/// The same with additional headers.
async fn report_with(server: &TestServer, headers: &str, message: &str) -> Answer {
    let body = format!(r#"{{"type":"event","message":"{message}"}}"#);
    let (host, bytes) = (server.address(), body.len());
    let request = format!(
        "POST /api/v1/ingest HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Length: {bytes}\r\n{headers}\r\n{body}"
    );
    exchange(server, &request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn live_messages_continue_and_history_is_whole_afterwards() {
    let database = postgres::Server::own().await;
    let url = database.clone().new_database().await.url();
    let server = TestServer::start(|config| {
        config.database_url = url.into();
        // So small that backlogs must come from the store.
        config.ring.frames = 10;
        config.demo_rate = 20;
    })
    .await;
    let streams = [Stream::Events, Stream::Metrics, Stream::Data].map(|stream| (stream, last(0)));
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.subscribe_to(&streams).await;
    for _ in 0..20 {
        viewer.next().await;
    }
    let before = viewer.chain.clone();

    let (stored, refused) = ("Idempotency-Key: 1\r\n", "Idempotency-Key: 2\r\n");
    let first = report_with(&server, stored, "before").await;
    assert_eq!(first.status, 200, "{first:?}");

    database.kill();
    wait_for_event(&mut viewer, "takes nothing").await;
    let trouble = get(&server, "/readyz").await;
    assert_eq!(trouble.status, 503, "{trouble:?}");
    assert!(
        trouble.body.contains("The store takes nothing"),
        "{trouble:?}"
    );
    let meanwhile = report(&server, "meanwhile").await;
    assert_eq!(
        (meanwhile.status, meanwhile.header("retry-after")),
        (503, Some("1")),
        "{meanwhile:?}"
    );
    let with_key = report_with(&server, refused, "repeated").await;
    assert_eq!(with_key.status, 503, "{with_key:?}");
    // What was committed before is known without the store.
    let again = report_with(&server, stored, "before").await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    // The viewer verifies the chain.
    for _ in 0..3 {
        let metrics = |received: &Received| match received.message {
            Ok(ServerMessage::Metrics(_)) => Some(()),
            _ => None,
        };
        viewer.until("live samples", metrics).await;
    }

    database.start().await;
    wait_for_event(&mut viewer, "is back; everything since is written").await;
    soon("readiness", async {
        while get(&server, "/readyz").await.status != 200 {}
    })
    .await;
    assert_eq!(report(&server, "afterwards").await.status, 200);
    let with_key = report_with(&server, refused, "repeated").await;
    assert_eq!(with_key.status, 200, "{with_key:?}");
    assert_eq!(with_key.header("idempotency-replayed"), None);
    let page = get(&server, "/api/v1/journal?stream=events&source=ingest").await;
    assert!(page.body.contains("afterwards"), "{page:?}");
    assert!(!page.body.contains("meanwhile"), "{page:?}");

    let (epoch, after) = (server.epoch().to_owned(), before.newest());
    let mut late = Viewer::resume_with(&server, before).await;
    let answer = late
        .subscribe(subscribe_after(&streams, &epoch, after))
        .await;
    assert_eq!(answer.recovered, Some(true));
    while late.chain.newest() < answer.head {
        late.next().await;
    }
    server.drain((viewer, late)).await;
}
