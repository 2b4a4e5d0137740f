//! `/api/v1/evidence`: what was unusual about a host at a moment.

use crate::support::{TestServer, exchange, get, now_ms, soon};
use protocol::api::{DeviationChange, Evidence};
use std::fmt::Write as _;

/// Every second of ten minutes of a shop, until now: orders jump in the last one, visitors are as always, and carts ended half
/// a minute before.
async fn shop(server: &TestServer) -> i64 {
    let end_ms = now_ms() / 1_000 * 1_000;
    let mut lines = String::new();
    for second in 0..600 {
        let at_ms = end_ms - (599 - second) * 1_000;
        let wave = (second * 37 % 11) as f64 / 10.0;
        let orders = if second == 599 { 900.0 } else { 40.0 + wave };
        let mut add = |name: &str, value: f64| {
            writeln!(lines, "{name},host=shop-1 value={value} {at_ms}").unwrap();
        };
        add("orders", orders);
        add("visitors", 200.0 + wave);
        if second < 570 {
            add("carts", 7.0);
        }
    }
    let head = format!(
        "POST /write?precision=ms HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        server.address(),
        lines.len()
    );
    let answer = exchange(server, &[head, lines].concat()).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    end_ms
}

async fn evidence(server: &TestServer, at_ms: i64) -> Evidence {
    let path = format!("/api/v1/evidence?host=shop-1&time={at_ms}");
    get(server, &path).await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_series_that_differ_most_come_first() {
    let server = TestServer::start(|_| ()).await;
    let at_ms = shop(&server).await;
    let found = soon("the samples", async {
        loop {
            let found = evidence(&server, at_ms).await;
            if found.deviations.len() >= 2 {
                return found;
            }
        }
    })
    .await;
    assert_eq!((found.host.as_str(), found.compared), ("shop-1", 3));
    let newest: Vec<_> = found
        .deviations
        .iter()
        .map(|it| (it.series.as_str(), it.change))
        .collect();
    assert!(newest[0].0.starts_with("orders"), "{newest:?}");
    assert_eq!(newest[0].1, DeviationChange::Value);
    assert!(newest[1].0.starts_with("carts"), "{newest:?}");
    assert_eq!(newest[1].1, DeviationChange::Ended);
    let orders = &found.deviations[0];
    assert_eq!(orders.value, Some(900.0));
    assert!(
        orders.usual_high.is_some_and(|high| high < 42.0),
        "{orders:?}"
    );

    // A second before nothing was unusual about them, and ten minutes before nothing is known.
    let before = evidence(&server, at_ms - 1_000).await;
    let orders = before
        .deviations
        .iter()
        .find(|it| it.series.starts_with("orders"));
    assert!(orders.is_none_or(|it| it.score.abs() < 5.0), "{orders:?}");
    let unknown = evidence(&server, at_ms - 700_000).await;
    assert_eq!((unknown.compared, unknown.deviations.len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_requests_are_explained() {
    let server = TestServer::start(|_| ()).await;
    for (query, says) in [
        ("", "`time` is missing"),
        ("?time=now&count=0", "`count`"),
        ("?time=0&count=101", "`count`"),
    ] {
        let answer = get(&server, &format!("/api/v1/evidence{query}")).await;
        assert_eq!(answer.status, 400, "{query} {answer:?}");
        assert!(answer.body.contains(says), "{query} {answer:?}");
    }
}
