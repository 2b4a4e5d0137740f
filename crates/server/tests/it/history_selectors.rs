//! Series selected by labels, folded, and listed.

use crate::support::{TestServer, encoded, get, now_ms, soon};
use protocol::api::{AnalysisResponse, HostState, QueryResponse, SeriesList};
use protocol::{Data, Durable, Kind, ServerMessage, Timestamp};

async fn catalogue(server: &TestServer, selector: &str) -> SeriesList {
    let path = format!("/api/v1/series?series={}", encoded(selector));
    get(server, &path).await.json()
}

/// Ten seconds of data of four shards, and their start.
async fn reported(server: &TestServer) -> i64 {
    let start_ms = now_ms() / 60_000 * 60_000 - 60_000;
    let mut all = Vec::new();
    for second in 0..10 {
        for (shard, region) in ["eu", "eu", "us", "us"].into_iter().enumerate() {
            let labels = [("region", region), ("shard", &shard.to_string())]
                .map(|(label, value)| (label.to_owned(), value.to_owned()));
            all.push(Durable::Data(Data {
                timestamp: Timestamp::from_unix_ms(start_ms + second * 1_000),
                label: "Requests".into(),
                value: (second * 10) as f64 + shard as f64,
                unit: Some("1/s".into()),
                host: Some("web-1".into()),
                labels: labels.into(),
                ..Data::default()
            }));
        }
    }
    server.append_stored(all).await;
    soon("the series", async {
        while catalogue(server, "Requests").await.series.len() < 4 {}
    })
    .await;
    start_ms
}

#[tokio::test(flavor = "multi_thread")]
async fn labelled_data_is_selected_folded_and_exported() {
    let server = TestServer::start(|_| ()).await;
    let from_ms = reported(&server).await;
    let range = format!("from={from_ms}&to={}", from_ms + 10_000);
    let ask = |what: &str, selector: &str, more: &str| {
        format!("/api/v1/{what}?series={}&{range}{more}", encoded(selector))
    };

    let known = catalogue(&server, r#"{host="web-1",shard=~"[13]"}"#)
        .await
        .series;
    let texts: Vec<&str> = known.iter().map(|it| it.series.as_str()).collect();
    assert_eq!(
        texts,
        [
            r#"Requests{host="web-1",region="eu",shard="1"}"#,
            r#"Requests{host="web-1",region="us",shard="3"}"#,
        ]
    );
    assert_eq!(
        (known[0].kind, known[0].labels["region"].as_str()),
        (Kind::Gauge, "eu")
    );
    assert!(catalogue(&server, "Nothing").await.series.is_empty());

    let fold = "sum by (region) (Requests)";
    let answer: QueryResponse = get(&server, &ask("query", fold, "&points=11")).await.json();
    let sums = |factor: f64, sum: f64| {
        (0..10)
            .map(|it| Some(f64::from(it) * factor + sum))
            .collect()
    };
    let told: Vec<(&str, Vec<Option<f64>>)> = answer
        .columns
        .iter()
        .map(|it| (it.series.as_str(), it.values.clone()))
        .collect();
    assert_eq!(
        told,
        [
            (
                r#"sum by (region) (Requests{region="eu"})"#,
                sums(20.0, 1.0)
            ),
            (
                r#"sum by (region) (Requests{region="us"})"#,
                sums(20.0, 5.0)
            ),
        ]
    );
    assert_eq!(answer.columns[0].labels["region"], "eu");
    assert_eq!(answer.columns[0].unit.as_deref(), Some("1/s"));

    let analyses: AnalysisResponse = get(&server, &ask("analysis", "max(Requests)", ""))
        .await
        .json();
    let range = analyses.series[0].range.clone().unwrap();
    assert_eq!((range.count, range.min, range.max), (10, 3.0, 93.0));

    let csv = get(
        &server,
        &ask("query", r#"Requests{region="us"}"#, "&format=csv"),
    )
    .await;
    assert!(csv.body.contains(r#"shard=""2""}","Requests{"#), "{csv:?}");
    assert!(csv.body.contains("Z,2,3\r\n"), "{csv:?}");
    assert!(csv.body.contains("Z,92,93\r\n"), "{csv:?}");
    let csv = get(&server, &ask("query", fold, "&format=csv&points=11")).await;
    assert!(csv.body.contains("Z,181,185\r\n"), "{csv:?}");

    for (status, path, why) in [
        (400, ask("query", fold, "&format=csv"), "a fold has none"),
        (
            404,
            ask("query", "Requests{", ""),
            "the name of a label is expected",
        ),
        (
            404,
            ask("query", r#"{a=~"("}"#, ""),
            "no regular expression",
        ),
        (
            404,
            ask("query", "sum(sum(Requests))", ""),
            "takes no other fold",
        ),
    ] {
        let answer = get(&server, &path).await;
        assert_eq!(answer.status, status, "{path} {answer:?}");
        assert!(answer.body.contains(why), "{path} {answer:?}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_shows_labelled_data_as_it_was_sent() {
    let server = TestServer::start(|_| ()).await;
    let from_ms = reported(&server).await;
    let path = format!("/api/v1/at?host=web-1&time={}", from_ms + 9_000);
    let moment: HostState<ServerMessage> = get(&server, &path).await.json();
    let data = moment.data.unwrap();
    let shards: Vec<_> = data
        .iter()
        .filter_map(|message| match message {
            ServerMessage::Data(data) if data.label == "Requests" => Some(data),
            _ => None,
        })
        .collect();
    assert_eq!(shards.len(), 4);
    let eu = shards
        .iter()
        .find(|data| data.labels["shard"] == "1")
        .unwrap();
    assert_eq!((eu.host.as_deref(), eu.value), (Some("web-1"), 91.0));
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_of_a_series_is_that_one_and_a_counter_is_one() {
    let server = TestServer::start(|_| ()).await;
    let total = r#"cpu{host="demo"}"#;
    soon("the first series", async {
        while catalogue(&server, total).await.series.is_empty() {}
    })
    .await;
    assert_eq!(catalogue(&server, total).await.series.len(), 1);
    assert_eq!(catalogue(&server, r#"cpu{core!=""}"#).await.series.len(), 8);
    let counters = catalogue(&server, r#"{__name__=~"network_.*_total"}"#)
        .await
        .series;
    assert!(!counters.is_empty());
    assert!(counters.iter().all(|it| it.kind == Kind::Counter));
    server.drain(()).await;
}
