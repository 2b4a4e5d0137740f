//! A database that ends under a running server: live goes on, and nothing of it is missing later.

use crate::support::postgres;
use crate::support::{TestServer, Viewer, get, last, soon, subscribe, subscribe_after};
use protocol::{ServerMessage, Stream};

/// What the server says about its store, which is an event like any other.
async fn told(viewer: &mut Viewer, part: &str) {
    loop {
        if let Ok(ServerMessage::Event(event)) = viewer.next().await.message
            && event.source == "store"
        {
            assert!(event.message.contains(part), "{event:?}");
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn live_goes_on_and_the_past_is_whole_when_it_is_back() {
    let database = postgres::Server::own().await;
    let url = database.clone().new_database().await.url();
    let server = TestServer::keeping(|config| {
        config.database_url = url;
        // So little that the past must come from the store.
        config.ring.frames = 10;
        config.demo_rate = 20;
    })
    .await;
    let streams = [Stream::Events, Stream::Data].map(|stream| (stream, last(0)));
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.subscribe(subscribe(&streams)).await;
    for _ in 0..20 {
        viewer.next().await;
    }
    let before = viewer.chain.clone();

    database.kill();
    told(&mut viewer, "takes nothing").await;
    let trouble = get(&server, "/readyz").await;
    assert_eq!(trouble.status, 503, "{trouble:?}");
    assert!(
        trouble.body.contains("The store takes nothing"),
        "{trouble:?}"
    );
    // The chain is verified with each.
    for _ in 0..60 {
        viewer.next().await;
    }

    database.start().await;
    told(&mut viewer, "is back; everything since is written").await;
    soon("readiness", async {
        while get(&server, "/readyz").await.status != 200 {}
    })
    .await;

    let (epoch, after) = (server.epoch().to_owned(), before.newest());
    let mut late = Viewer::return_with(&server, before).await;
    let answer = late
        .subscribe(subscribe_after(&streams, &epoch, after))
        .await;
    assert_eq!(answer.recovered, Some(true));
    while late.chain.newest() < answer.head {
        late.next().await;
    }
    server.drain((viewer, late)).await;
}
