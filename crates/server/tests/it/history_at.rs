//! `/api/v1/at`: everything about a host at a moment.

use crate::support::{TestServer, get, now_ms, soon};
use protocol::{
    Alert, AlertState, Data, Durable, Level, LoadAverage, Metrics, ServerMessage, Timestamp, api,
};

const HOUR_MS: i64 = 3_600_000;

/// Messages as the page's connection reads them.
type HostState = api::HostState<ServerMessage>;

async fn at(server: &TestServer, time: impl std::fmt::Display) -> HostState {
    let path = format!("/api/v1/at?time={time}");
    get(server, &path).await.json()
}

/// Waits until the own host and the shop have series.
async fn filled(server: &TestServer) -> HostState {
    soon("the first series", async {
        loop {
            let moment = at(server, now_ms()).await;
            let figures = moment.data.as_ref().map_or(0, Vec::len);
            let is_sampled = moment.series.iter().any(|it| it.series.starts_with("cpu"));
            if figures >= 3 && is_sampled && moment.metrics.is_some() && moment.processes.is_some()
            {
                return moment;
            }
        }
    })
    .await
}

/// Waits until the series have the values of an appended message.
async fn moment_with(server: &TestServer, path: &str) -> HostState {
    soon("the series", async {
        loop {
            let moment = at(server, path).await;
            if !moment.series.is_empty() {
                return moment;
            }
        }
    })
    .await
}

fn sample(host: &str, at_ms: i64) -> Metrics {
    Metrics {
        cpu: Some(45.2),
        cores: vec![Some(40.1), None, Some(50.3)],
        load: Some(LoadAverage {
            one: 0.42,
            five: 0.5,
            fifteen: 1.0,
        }),
        network_sent: Some(1_020_000),
        ..bare(host, at_ms)
    }
}

fn bare(host: &str, at_ms: i64) -> Metrics {
    let json =
        format!(r#"{{"host":"{host}","timestamp":"2026-01-15T10:30:00Z","interval_ms":1000}}"#);
    let mut metrics: Metrics = serde_json::from_str(&json).unwrap();
    metrics.timestamp = Timestamp::from_unix_ms(at_ms);
    metrics
}

fn data(label: &str, at_ms: i64, value: f64) -> Data {
    Data {
        timestamp: Timestamp::from_unix_ms(at_ms),
        label: label.into(),
        value,
        unit: Some("1/s".into()),
        source: Some("test".into()),
        ..Data::default()
    }
}

fn alert(rule: &str, state: AlertState) -> Durable {
    Durable::Alert(Alert {
        timestamp: Timestamp::from_unix_ms(now_ms() - HOUR_MS),
        state,
        level: Level::Warning,
        rule: rule.into(),
        message: "something is wrong".into(),
        value: None,
        host: None,
        id: None,
        series: None,
        fired_at: None,
        runbook: None,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_present_and_the_future_are_the_newest_values() {
    let server = TestServer::start(|_| ()).await;
    filled(&server).await;
    server.log_stored(&["now"]).await;
    for time in [now_ms().to_string(), "2999-01-01T00:00:00Z".to_owned()] {
        let before_ms = now_ms();
        let moment = at(&server, time).await;
        assert!(moment.time.unix_ms() <= now_ms(), "{moment:?}");
        assert_eq!(moment.host, "demo");
        assert!(moment.oldest_ms.unwrap() <= before_ms);
        let Some(ServerMessage::Metrics(metrics)) = &moment.metrics else {
            panic!("{moment:?}");
        };
        assert_eq!((metrics.host.as_str(), metrics.cores.len()), ("demo", 8));
        assert!(
            matches!(&moment.processes, Some(ServerMessage::Processes(it)) if !it.top.is_empty())
        );
        assert!(matches!(&moment.logs[0], ServerMessage::Log(log) if log.message == "now"));
        assert!(
            matches!(&moment.events[..], [.., ServerMessage::Event(first)]
            if first.message.ends_with("started"))
        );
        let cpu = r#"cpu{host="demo"}"#;
        assert!(moment.series.iter().any(|it| it.series == cpu));
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_changes_no_moment_before_it() {
    let server = TestServer::start(|_| ()).await;
    let then = filled(&server).await;
    let server = server.restart().await;
    let again = soon("the series", async {
        loop {
            let again = at(&server, then.time).await;
            // They are replayed from the journal, concurrently.
            if again.series.len() >= then.series.len() {
                return again;
            }
        }
    })
    .await;
    assert_eq!(again.metrics, then.metrics);
    assert_eq!(again.data, then.data);
    assert_eq!(again.processes, then.processes);
    assert_eq!(again.events, then.events);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_empty_and_its_edge_is_not() {
    let server = TestServer::start(|_| ()).await;
    filled(&server).await;
    let edge_ms = now_ms() - HOUR_MS;
    let requests = data("Requests", edge_ms, 42.5);
    server
        .append_stored(vec![
            Durable::Metrics(sample("demo", edge_ms)),
            Durable::Data(requests.clone()),
        ])
        .await;
    let moment = moment_with(&server, &(edge_ms + 5_000).to_string()).await;
    let Some(ServerMessage::Metrics(metrics)) = moment.metrics else {
        panic!("{moment:?}");
    };
    assert_eq!(metrics, sample("demo", edge_ms));
    assert_eq!(moment.data, Some(vec![ServerMessage::Data(requests)]));
    let series = |series: &str, unit: Option<&str>, value| api::Sample {
        series: series.into(),
        unit: unit.map(Into::into),
        at_ms: edge_ms,
        value,
    };
    for moment_with in [
        series(r#"Requests{source="test"}"#, Some("1/s"), 42.5),
        series(r#"cpu{core="2",host="demo"}"#, Some("%"), 50.3),
        series(r#"load1{host="demo"}"#, None, 0.42),
    ] {
        assert!(
            moment.series.contains(&moment_with),
            "{moment_with:?} {:?}",
            moment.series
        );
    }
    assert_eq!(moment.processes, None);
    assert_eq!(moment.oldest_ms, Some(edge_ms));

    let moment = at(&server, edge_ms + HOUR_MS / 2).await;
    assert!(moment.metrics.is_none() && moment.processes.is_none());
    assert_eq!(moment.data, Some(Vec::new()), "nothing was reported");
    assert!(
        moment.series.is_empty() && moment.events.is_empty(),
        "{moment:?}"
    );

    let moment = at(&server, 1).await;
    assert!(moment.metrics.is_none() && moment.series.is_empty() && moment.logs.is_empty());
    assert_eq!(moment.oldest_ms, Some(edge_ms));
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_has_one_host_and_its_messages_as_sent() {
    let server = TestServer::start(|_| ()).await;
    let then_ms = now_ms() - HOUR_MS;
    // Many messages of another host are newer than the host's newest.
    let about_guest = Data {
        host: Some("guest".into()),
        ..data("Jobs", then_ms, 3.0)
    };
    let mut messages = vec![
        Durable::Metrics(sample("guest", then_ms - 1_000)),
        Durable::Metrics(sample("guest", then_ms)),
        Durable::Data(about_guest.clone()),
        Durable::Data(data("Requests", then_ms, 42.5)),
    ];
    messages.extend((1..40).map(|ms| Durable::Metrics(sample("demo", then_ms + ms))));
    server.append_stored(messages).await;
    let path = format!("{}&host=guest", then_ms + 50);
    let moment = moment_with(&server, &path).await;
    assert_eq!(moment.host, "guest");
    let sent = ServerMessage::Metrics(sample("guest", then_ms));
    assert_eq!(moment.metrics, Some(sent));
    assert_eq!(moment.data, Some(vec![ServerMessage::Data(about_guest)]));
    let is_guests = |it: &api::Sample| it.series.contains(r#"host="guest""#);
    assert!(moment.series.iter().all(is_guests), "{moment:?}");
    assert_eq!(
        moment.processes, None,
        "it was never asked for its processes"
    );
    // As it was sent, with its position in the log.
    let answer = get(&server, &format!("/api/v1/at?time={path}")).await;
    let start = r#""metrics":{"type":"metrics","seq":"#;
    assert!(answer.body.contains(start), "{answer:?}");

    let own = moment_with(&server, &format!("{}&host=local", then_ms + 50)).await;
    assert_eq!(own.host, "demo");
    assert_eq!(own.data.map(|data| data.len()), Some(1));
    assert!(!own.series.iter().any(is_guests));
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn series_have_the_values_of_expired_messages() {
    let server = TestServer::start(|config| config.interval_ms = 3_600_000).await;
    let then_ms = now_ms() - HOUR_MS;
    let messages = vec![
        Durable::Metrics(sample("demo", then_ms)),
        Durable::Data(data("Requests", then_ms, 42.5)),
    ];
    server.append_stored(messages).await;
    let before = moment_with(&server, &then_ms.to_string()).await;
    assert!(before.metrics.is_some() && before.data.is_some());
    let server = server
        .restart_after(async |folder| {
            let config = store::Config::of(store::Location::Sqlite(folder.to_owned()));
            let store = store::open(&config).await.unwrap();
            for stream in [protocol::Stream::Metrics, protocol::Stream::Data] {
                store.expire(stream, i64::MAX, usize::MAX).await.unwrap();
            }
        })
        .await;
    let after = moment_with(&server, &then_ms.to_string()).await;
    assert_eq!((after.metrics, after.data), (None, None));
    assert_eq!(after.series, before.series);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_that_still_fire_are_included_however_old() {
    let server = TestServer::start(|_| ()).await;
    let mut alerts = vec![
        alert("disk-full", AlertState::Firing),
        alert("swap-full", AlertState::Firing),
        alert("swap-full", AlertState::Resolved),
    ];
    for _ in 0..60 {
        alerts.push(alert("cpu-high", AlertState::Firing));
        alerts.push(alert("cpu-high", AlertState::Resolved));
    }
    server.append_stored(alerts).await;
    let moment = at(&server, now_ms()).await;
    let rules: Vec<_> = moment
        .alerts
        .iter()
        .map(|message| match message {
            ServerMessage::Alert(alert) => (alert.rule.as_str(), alert.state),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(rules.len(), 101);
    assert_eq!(rules[0], ("cpu-high", AlertState::Resolved));
    assert_eq!(rules[100], ("disk-full", AlertState::Firing));
    assert_eq!(
        rules.iter().filter(|(rule, _)| *rule != "cpu-high").count(),
        1
    );
    server.drain(()).await;
}
