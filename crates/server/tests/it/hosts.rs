//! Several hosts in one log.

use crate::support::{TestServer, Viewer, get, last, soon, subscribe};
use protocol::{
    ClientMessage, ErrorCode, Received, RequestMetrics, ServerMessage, Stream, StreamOptions, api,
};
use std::collections::{BTreeMap, BTreeSet};

const HOSTS: [&str; 3] = ["demo", "demo-2", "demo-3"];

async fn start() -> TestServer {
    TestServer::start(|config| {
        config.demo_hosts = 3;
        config.interval_ms = 100;
    })
    .await
}

fn host(received: &Received) -> Option<String> {
    match &received.message {
        Ok(ServerMessage::Metrics(metrics)) => Some(metrics.host.clone()),
        _ => None,
    }
}

fn of_hosts(hosts: &[&str], options: StreamOptions) -> StreamOptions {
    let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
    StreamOptions {
        hosts: Some(hosts),
        ..options
    }
}

/// The hosts of the next samples.
async fn next_hosts(viewer: &mut Viewer, count: usize) -> Vec<String> {
    let mut hosts = Vec::new();
    while hosts.len() < count {
        hosts.push(viewer.until("a sample", host).await);
    }
    hosts
}

async fn sampled(server: &TestServer) {
    let mut viewer = Viewer::connect(server, "/ws/metrics").await;
    next_hosts(&mut viewer, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_hosts_a_viewer_gets_a_whole_chain_of_the_own_host() {
    let server = start().await;
    for path in ["/ws/dashboard", "/ws/metrics"] {
        // The viewer verifies each `prev`.
        let mut viewer = Viewer::connect(&server, path).await;
        let hosts = next_hosts(&mut viewer, 8).await;
        assert!(hosts.iter().all(|host| host == "demo"), "{hosts:?}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_of_the_own_host_continues_after_a_restart() {
    let server = TestServer::start(|config| {
        config.demo_hosts = 3;
        config.interval_ms = 100;
    })
    .await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.subscribe_to(&[(Stream::Metrics, last(1))]).await;
    next_hosts(&mut viewer, 4).await;
    let chain = viewer.chain.clone();
    let epoch = server.epoch().to_owned();
    drop(viewer);
    let server = server.restart().await;
    let mut viewer = Viewer::resume_with(&server, chain.clone()).await;
    let mut wanted = subscribe(&[(Stream::Metrics, StreamOptions::default())]);
    (wanted.epoch, wanted.after) = (Some(epoch), Some(chain.newest()));
    let answer = viewer.subscribe(wanted).await;
    assert_eq!(answer.recovered, Some(true));
    // The viewer verifies the chain over the restart.
    let hosts = next_hosts(&mut viewer, 12).await;
    assert!(hosts.iter().all(|host| host == "demo"), "{hosts:?}");
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_listed_hosts_are_sent() {
    let server = start().await;
    sampled(&server).await;
    for (named, expected) in [
        (&["demo-2", "local"][..], &["demo", "demo-2"][..]),
        (&["demo-3"], &["demo-3"]),
        (&["*"], &HOSTS),
    ] {
        let mut viewer = Viewer::connect(&server, "/ws").await;
        viewer.chain.expect_skips(Stream::Metrics);
        let options = of_hosts(named, last(1));
        viewer.subscribe_to(&[(Stream::Metrics, options)]).await;
        // One of each host first, and then all.
        let first = next_hosts(&mut viewer, expected.len()).await;
        let first: BTreeSet<_> = first.iter().map(String::as_str).collect();
        assert_eq!(first, expected.iter().copied().collect(), "{named:?}");
        let later = next_hosts(&mut viewer, 3 * expected.len()).await;
        let later: BTreeSet<_> = later.iter().map(String::as_str).collect();
        assert_eq!(later, first, "{named:?}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interval_applies_to_each_host() {
    let server = start().await;
    sampled(&server).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.chain.expect_skips(Stream::Metrics);
    let options = StreamOptions {
        interval_ms: Some(500),
        ..of_hosts(&["*"], StreamOptions::default())
    };
    viewer.subscribe_to(&[(Stream::Metrics, options)]).await;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for host in next_hosts(&mut viewer, 9).await {
        *counts.entry(host).or_default() += 1;
    }
    let three = HOSTS.map(|host| (host.to_owned(), 3));
    assert_eq!(counts, BTreeMap::from(three));
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_metrics_of_each_host_can_be_requested() {
    let server = start().await;
    sampled(&server).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    for (asked, answered) in [
        (None, Some("demo")),
        (Some("local"), Some("demo")),
        (Some("demo-3"), Some("demo-3")),
        (Some("demo-9"), None),
    ] {
        let host = asked.map(str::to_owned);
        let request = ClientMessage::RequestMetrics(RequestMetrics { host });
        viewer.send(request).await;
        let answer = viewer
            .until("an answer", |it| match &it.message {
                Ok(ServerMessage::Metrics(metrics)) => Some(Ok(metrics.host.clone())),
                Ok(ServerMessage::Error(error)) => Some(Err(error.clone())),
                _ => None,
            })
            .await;
        match answer {
            Ok(host) => assert_eq!(Some(host.as_str()), answered),
            Err(error) => {
                assert_eq!((answered, error.code), (None, ErrorCode::NotAvailable));
                assert!(error.message.contains("\"demo-9\""), "{error:?}");
            }
        }
    }
    server.drain(viewer).await;
}

async fn listed(server: &TestServer) -> Vec<api::HostInfo> {
    let list: api::HostList = get(server, "/api/v1/hosts").await.json();
    list.hosts
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_are_listed_with_their_newest_sample() {
    for keeps in [false, true] {
        let server = TestServer::start(|config| {
            config.demo_hosts = 3;
            if !keeps {
                config.database_url = "memory:".into();
            }
        })
        .await;
        let hosts = soon("the hosts", async {
            loop {
                let hosts = listed(&server).await;
                let are_sampled = hosts
                    .iter()
                    .all(|host| host.newest_ms.is_some() && host.oldest_ms.is_some() == keeps);
                if hosts.len() == HOSTS.len() && are_sampled {
                    return hosts;
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
        let names: Vec<_> = hosts
            .iter()
            .map(|it| (it.host.as_str(), it.is_own))
            .collect();
        assert_eq!(
            names,
            [("demo", true), ("demo-2", false), ("demo-3", false)]
        );
        server.drain(()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_shows_one_host_or_reports_an_unknown_one() {
    let server = start().await;
    sampled(&server).await;
    let unknown = get(&server, "/?host=demo-9").await;
    // Without an embedded site there are no pages.
    if get(&server, "/").await.status != 200 {
        return server.drain(()).await;
    }
    assert_eq!(unknown.status, 404);
    assert!(unknown.body.contains("demo, demo-2, demo-3"), "{unknown:?}");
    for (path, host) in [
        ("/", "demo"),
        ("/?host=local", "demo"),
        ("/?host=demo-2", "demo-2"),
    ] {
        let page = get(&server, path).await.body;
        let snapshot = page.split("id=\"snapshot\"").nth(1).unwrap();
        assert!(snapshot.contains(&format!("\"host\":\"{host}\"")), "{path}");
        assert!(
            snapshot.contains(r#""hosts":["demo","demo-2","demo-3"]"#),
            "{path}"
        );
        for other in HOSTS.iter().filter(|other| **other != host) {
            assert!(
                !snapshot.contains(&format!("\"host\":\"{other}\"")),
                "{path} {other}"
            );
        }
    }
    server.drain(()).await;
}
