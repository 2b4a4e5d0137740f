//! The name of the server's own host, and its former names.

use crate::support::{TestServer, get, now_ms, soon};
use protocol::{Data, Durable, Stream, Timestamp, api};
use serde::Deserialize;

/// A message about a host; an empty name means none.
#[derive(Deserialize)]
struct About {
    #[serde(default)]
    host: String,
}

const MINUTE_MS: i64 = 60_000;

async fn real(change: impl FnOnce(&mut server::config::Config)) -> TestServer {
    TestServer::start(|config| {
        config.demo = false;
        config.interval_ms = 100;
        change(config);
    })
    .await
}

fn cpu_of(host: &str) -> String {
    format!("cpu%7Bhost%3D%22{host}%22%7D")
}

/// The number of CPU samples of a host, and the series in the response.
async fn count(server: &TestServer, host: &str, query: &str) -> (String, u64) {
    let path = format!("/api/v1/analysis?series={}&{query}", cpu_of(host));
    let analyses: api::AnalysisResponse = get(server, &path).await.json();
    let it = &analyses.series[0];
    let count = it.range.as_ref().map_or(0, |range| range.count);
    (it.series.clone(), count)
}

/// Waits for more samples in the series of the own host; returns their number.
async fn sampled(server: &TestServer, from_ms: i64, more_than: u64) -> u64 {
    soon("samples", async {
        loop {
            let series: api::SeriesList = get(server, "/api/v1/series").await.json();
            if series.series.iter().any(|it| it.name == "cpu") {
                let to_ms = now_ms() + MINUTE_MS;
                let query = format!("from={from_ms}&to={to_ms}");
                let (_, count) = count(server, "local", &query).await;
                if count > more_than {
                    return count;
                }
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

async fn newest_host(server: &TestServer) -> String {
    let path = "/api/v1/journal?stream=metrics&limit=1";
    let page: api::MessagePage<About> = get(server, path).await.json();
    page.messages[0].host.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_host_has_one_history_under_every_name() {
    let from_ms = now_ms() - MINUTE_MS;
    let server = real(|_| ()).await;
    let before = sampled(&server, from_ms, 3).await;
    let first = newest_host(&server).await;
    assert_ne!(first, "local", "a host has a name of its own");

    let server = server
        .reconfigured(|config| config.host = "web-9".into())
        .restart()
        .await;
    let until_ms = now_ms() + MINUTE_MS;
    sampled(&server, from_ms, before + 3).await;
    assert_eq!(newest_host(&server).await, "web-9");
    let text = r#"cpu{host="web-9"}"#;
    let query = format!("from={from_ms}&to={until_ms}");
    for host in ["web-9", "local", &first] {
        let (series, samples) = count(&server, host, &query).await;
        assert!(
            series == text && samples > before,
            "{host}: {series} {samples}"
        );

        let path = format!("/api/v1/query?series={}&{query}", cpu_of(host));
        let answer: api::QueryResponse = get(&server, &path).await.json();
        assert_eq!(answer.columns[0].series, text, "{host}");

        let path = format!("/api/v1/series?series={}", cpu_of(host));
        let known: api::SeriesList = get(&server, &path).await.json();
        let known: Vec<_> = known.series.iter().map(|it| it.series.as_str()).collect();
        assert_eq!(known, [text], "{host}");

        let path = format!("/api/v1/at?host={host}&time={}", now_ms());
        let moment: api::HostState<About> = get(&server, &path).await.json();
        assert_eq!(moment.host, "web-9");
        assert!(moment.series.iter().any(|it| it.series == text), "{host}");

        // Messages keep the name that they were sent with.
        let path = format!("/api/v1/journal?stream=metrics&limit=1000&host={host}");
        let page: api::MessagePage<About> = get(&server, &path).await.json();
        for name in [first.as_str(), "web-9"] {
            assert!(
                page.messages.iter().any(|it| it.host == name),
                "{host}: {name}"
            );
        }
    }
    let all: api::SeriesList = get(&server, "/api/v1/series").await.json();
    let others = all.series.iter().filter(|it| it.host != "web-9");
    assert_eq!(others.count(), 0, "one name for one host");

    // Without the setting it keeps the name.
    let server = server
        .reconfigured(|config| config.host = String::new())
        .restart()
        .await;
    sampled(&server, from_ms, before + 6).await;
    assert_eq!(newest_host(&server).await, "web-9");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_host_names_is_continued() {
    let server = real(|config| config.host = "web-1".into()).await;
    let json = format!(
        r#"{{"type":"metrics","host":"local","timestamp":"{}","interval_ms":1000,"swap":1.5}}"#,
        Timestamp::from_unix_ms(now_ms())
    );
    let about = |host: &str| {
        Durable::Data(Data {
            timestamp: Timestamp::from_unix_ms(now_ms()),
            label: "Requests".into(),
            value: 1.0,
            host: Some(host.into()),
            ..Data::default()
        })
    };
    let old = Durable::from_json(&json).unwrap();
    server
        .append_stored(vec![old, about("local"), about("web-2")])
        .await;
    let listed = soon("the series", async {
        loop {
            let path = "/api/v1/series?series=Requests";
            let known: api::SeriesList = get(&server, path).await.json();
            if known.series.len() == 2 {
                return known;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    let hosts: Vec<_> = listed.series.iter().map(|it| it.host.as_str()).collect();
    assert_eq!(hosts, ["web-1", "web-2"]);
    let found = |host: &str| {
        let path = format!("/api/v1/journal?stream={}&host={host}", Stream::Data);
        let server = &server;
        async move {
            let page: api::MessagePage<About> = get(server, &path).await.json();
            page.messages.len()
        }
    };
    assert_eq!((found("web-1").await, found("web-2").await), (1, 1));
    server.drain(()).await;
}
