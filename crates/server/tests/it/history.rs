//! History over HTTP.

use crate::support::{TestServer, get, now_ms, soon};
use protocol::api::{
    AnalysisResponse, MessagePage, QueryResponse, SeriesInfo, SeriesList, Statistics, Tier,
};
use protocol::{Data, Durable, Log, Timestamp};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

/// Waits for the server's first samples; returns the series.
async fn series(server: &TestServer) -> Vec<SeriesInfo> {
    soon("the first series", async {
        loop {
            let SeriesList { series, .. } = get(server, "/api/v1/series").await.json();
            if series.iter().any(|it| it.series == CPU) {
                return series;
            }
        }
    })
    .await
}

const CPU: &str = r#"cpu{host="demo"}"#;
const CPU_ESCAPED: &str = "cpu%7Bhost%3D%22demo%22%7D";

#[tokio::test(flavor = "multi_thread")]
async fn samples_become_series_that_can_be_queried() {
    let server = TestServer::start(|config| config.interval_ms = 100).await;
    let all = series(&server).await;
    let cpu = all.iter().find(|it| it.series == CPU).unwrap();
    assert_eq!(cpu.unit.as_deref(), Some("%"));
    // What a page needs, without parsing the text.
    let core = |it: &&SeriesInfo| it.name == "cpu" && it.labels.get("core").is_some();
    assert_eq!(all.iter().filter(core).count(), 8);
    assert_eq!((cpu.host.as_str(), cpu.labels.len()), ("demo", 0));
    let SeriesList { oldest_ms, .. } = get(&server, "/api/v1/series").await.json();
    assert!(oldest_ms <= cpu.oldest_ms && cpu.oldest_ms <= cpu.newest_ms);
    assert!(oldest_ms.is_some());

    let csv = get(&server, "/api/v1/series?format=csv").await;
    let head = "series,host,name,labels,unit,oldest,newest\r\n";
    assert!(csv.body.starts_with(head), "{csv:?}");
    let first = r#""cpu{core=""0"",host=""demo""}",demo,cpu,"{""core"":""0""}",%,2"#;
    assert!(csv.body.contains(first), "{csv:?}");

    let path = format!("/api/v1/query?series={CPU_ESCAPED}&from=0&points=10");
    let QueryResponse {
        tier,
        times_ms,
        columns,
        ..
    } = get(&server, &path.replace("from=0", &recent()))
        .await
        .json();
    assert_eq!((tier, columns.len()), (Tier::Second, 1));
    assert_eq!(times_ms.len(), columns[0].values.len());
    let highest = columns[0].max.iter().flatten().flatten();
    let highest = highest.copied().fold(0.0, f64::max);
    assert!(highest > 0.0 && highest <= 100.0, "{highest}");

    let path = format!("/api/v1/query?series={CPU_ESCAPED}&{}&format=csv", recent());
    let csv = get(&server, &path).await;
    assert!(csv.header("content-type").unwrap().starts_with("text/csv"));
    assert!(
        csv.body.contains("time,\"cpu{host=\"\"demo\"\"}\"\r\n"),
        "{csv:?}"
    );
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_is_analysed() {
    let server = TestServer::start(|_| ()).await;
    let now_ms = now_ms();
    // Each second of two minutes, an hour ago and 75 minutes ago.
    let start_ms = now_ms - 3_600_000;
    let earlier_ms = 900_000;
    let data = |(at_ms, value): (i64, f64)| {
        Durable::Data(Data {
            timestamp: Timestamp::from_unix_ms(at_ms),
            label: "Load".into(),
            value,
            unit: None,
            source: None,
            ..Data::default()
        })
    };
    let samples = |start_ms: i64, factor: f64| {
        (0..120).map(move |second| (start_ms + second * 1_000, second as f64 * factor))
    };
    let all = samples(start_ms, 1.0).chain(samples(start_ms - earlier_ms, 2.0));
    server.append_stored(all.map(data).collect()).await;

    // Part of a minute to part of another, and not a sample more.
    let (from_ms, to_ms) = (start_ms + 10_000, start_ms + 110_000);
    let path = format!("series=Load&from={from_ms}&to={to_ms}&earlier_ms={earlier_ms}");
    let path = format!("/api/v1/analysis?{path}");
    let analysed = soon("the series", async {
        loop {
            let answer = get(&server, &path).await;
            if answer.status == 200 {
                let AnalysisResponse { mut series, .. } = answer.json();
                let is_whole =
                    |it: &Option<Statistics>| it.as_ref().is_some_and(|it| it.count == 100);
                if is_whole(&series[0].range) && is_whole(&series[0].earlier) {
                    return series.remove(0);
                }
            }
        }
    })
    .await;
    assert_eq!(analysed.series, "Load");
    let expected = |factor: f64| Statistics {
        tier: Tier::Second,
        count: 100,
        min: 10.0 * factor,
        max: 109.0 * factor,
        avg: 59.5 * factor,
        p95: Some(104.0 * factor),
        p95_missing: None,
    };
    assert_eq!(analysed.range, Some(expected(1.0)));
    assert_eq!(analysed.earlier, Some(expected(2.0)));

    // The same of one point, and as text.
    let query = format!("/api/v1/query?series=Load&from={from_ms}&to={to_ms}&points=1&agg=sum");
    let QueryResponse {
        times_ms, columns, ..
    } = get(&server, &query).await.json();
    assert_eq!(
        (times_ms, &columns[0].values),
        (vec![from_ms], &vec![Some(5_950.0)])
    );
    let csv = get(&server, &format!("{path}&format=csv")).await;
    let lines: Vec<_> = csv.body.lines().collect();
    assert!(
        lines[1].ends_with("Z,second,100,10,109,59.5,104"),
        "{csv:?}"
    );
    assert!(lines[2].ends_with("Z,second,100,20,218,119,208"), "{csv:?}");

    // Before the first single sample there is no percentile, and an error.
    let path = "/api/v1/analysis?series=Load&from=0&to=1";
    let answer = get(&server, path).await;
    assert!(answer.body.contains(r#""range":null"#), "{answer:?}");
    let answer = get(&server, "/api/v1/analysis?series=Load&from=0").await;
    assert!(
        answer
            .body
            .contains(r#""p95_missing":"single samples are kept"#),
        "{answer:?}"
    );
    server.drain(()).await;
}

/// The last minute, as a parameter.
fn recent() -> String {
    let now = now_ms();
    format!("from={}", now - 60_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_clean_stop_series_need_no_journal() {
    let mut server = TestServer::start(|_| ()).await;
    let from_ms = 60_000 * (now_ms() / 60_000);
    let mut values = Vec::new();
    for value in [1.0, 2.0] {
        server
            .append_stored(vec![Durable::Data(Data {
                timestamp: Timestamp::from_unix_ms(from_ms + value as i64),
                label: "Load".into(),
                value,
                unit: None,
                source: None,
                ..Data::default()
            })])
            .await;
        server = server
            .restart_after(async |data_dir| {
                // The limit of bytes may be used up by the last minute.
                let options = SqliteConnectOptions::new().filename(data_dir.join("watchroom.db"));
                let mut file = options.connect().await.unwrap();
                let forget = sqlx::query("DELETE FROM journal");
                forget.execute(&mut file).await.unwrap();
                file.close().await.unwrap();
            })
            .await;
        let path = format!("/api/v1/query?series=Load&from={from_ms}&points=1&agg=sum");
        let QueryResponse { columns, .. } = get(&server, &path).await.json();
        values.push(columns[0].values[0]);
    }
    assert_eq!(values, [Some(1.0), Some(3.0)]);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_read_in_pages() {
    let server = TestServer::start(|_| ()).await;
    let lines: Vec<_> = (1..=25).map(|number| format!("line, {number}")).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    server.log_stored(&lines).await;
    let mut read_back = Vec::new();
    let mut path = "/api/v1/journal?stream=logs&limit=10".to_owned();
    loop {
        let MessagePage::<Log> {
            messages,
            next_before,
        } = get(&server, &path).await.json();
        read_back.extend(messages.into_iter().map(|line| line.message));
        let Some(before) = next_before else { break };
        path = format!("/api/v1/journal?stream=logs&limit=10&before={before}");
    }
    read_back.reverse();
    assert_eq!(read_back, lines);

    let path = "/api/v1/journal?stream=logs&text=LINE,%2025&format=csv";
    let csv = get(&server, path).await;
    assert!(csv.body.contains("timestamp,seq,level,source,message\r\n"));
    assert!(csv.body.contains(",info,test,\"line, 25\"\r\n"), "{csv:?}");
    assert!(!csv.body.contains("line, 24"));
    server.drain(()).await;
}

/// OWASP, "CSV Injection".
#[tokio::test(flavor = "multi_thread")]
async fn csv_has_no_formulas_and_numbers_stay_numbers() {
    let server = TestServer::start(|_| ()).await;
    let from_ms = now_ms();
    server
        .append_stored(vec![Durable::Data(Data {
            timestamp: Timestamp::from_unix_ms(from_ms),
            label: "=cmd|' /C calc'!A0".into(),
            value: -12.5,
            unit: Some("+x".into()),
            source: Some("\u{202e}gpj.exe".into()),
            ..Data::default()
        })])
        .await;
    server.log_stored(&["@SUM(A1)", "-5", "-5+5", "a;=1"]).await;
    let soon_has = async |path: &str, parts: &[&str]| {
        soon("the table", async {
            loop {
                let csv = get(&server, path).await;
                if parts.iter().all(|part| csv.body.contains(part)) {
                    return assert!(!csv.body.contains('\u{202e}'), "{csv:?}");
                }
            }
        })
        .await;
    };
    let label = "\"'=cmd|' /C calc'!A0\"";
    let row = format!("{label},-12.5,\"'+x\",\u{fffd}gpj.exe,,\r\n");
    soon_has("/api/v1/journal?stream=data&format=csv", &[&row]).await;
    let logs = [
        "test,\"'@SUM(A1)\"\r\n",
        "test,-5\r\n",
        "test,\"'-5+5\"\r\n",
        "test,\"a;=1\"\r\n",
    ];
    soon_has("/api/v1/journal?stream=logs&format=csv", &logs).await;
    let series = "\"'=cmd|' /C calc'!A0{source=\"\"\u{fffd}gpj.exe\"\"}\"";
    soon_has("/api/v1/series?format=csv", &[series]).await;
    let path = format!("/api/v1/at?time={}&format=csv", from_ms + 1);
    let row = format!("{series},{},-12.5,", Timestamp::from_unix_ms(from_ms));
    soon_has(&path, &[&row]).await;
    let asked = "series=%3Dcmd%7C%27%20%2FC%20calc%27%21A0%7Bsource%3D%22%E2%80%AEgpj.exe%22%7D";
    let path = format!("/api/v1/query?{asked}&from={from_ms}&format=csv");
    let head = format!("time,{series}\r\n");
    soon_has(&path, &[&head, ",-12.5\r\n"]).await;
    let path = format!("/api/v1/analysis?{asked}&from={from_ms}&format=csv");
    soon_has(&path, &[series, ",-12.5,-12.5,-12.5,-12.5\r\n"]).await;
    server.drain(()).await;
}

/// A chart of a minute and a gauge of the same moment have one value.
#[tokio::test(flavor = "multi_thread")]
async fn a_short_range_has_its_exact_samples() {
    let server = TestServer::start(|_| ()).await;
    let start_ms = now_ms() - 600_000;
    let data = |second: i64| {
        Durable::Data(Data {
            // A host's samples jitter by some milliseconds.
            timestamp: Timestamp::from_unix_ms(start_ms + second * 1_000 + second * 7 % 5),
            label: "Load".into(),
            value: second as f64 * 1.5,
            unit: None,
            source: None,
            ..Data::default()
        })
    };
    server.append_stored((0..60).map(data).collect()).await;
    let path = format!(
        "/api/v1/query?series=Load&from={start_ms}&to={}&points=61",
        start_ms + 60_000
    );
    let values = soon("the samples", async {
        loop {
            let answer = get(&server, &path).await;
            if answer.status == 200 {
                let QueryResponse { mut columns, .. } = answer.json();
                let values: Vec<f64> = columns.remove(0).values.into_iter().flatten().collect();
                if values.len() == 60 {
                    return values;
                }
            }
        }
    })
    .await;
    for second in [0, 17, 31, 59] {
        let path = format!("/api/v1/at?time={}", start_ms + second * 1_000 + 500);
        let answer = get(&server, &path).await;
        let at = format!("\"value\":{:?}", values[second as usize]);
        assert!(answer.body.contains(&at), "{at} {answer:?}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_requests_get_an_error() {
    let server = TestServer::start(|_| ()).await;
    series(&server).await;
    let query = format!("/api/v1/query?series={CPU_ESCAPED}");
    for (path, part) in [
        ("/api/v1/query?from=0".to_owned(), "`series` is missing"),
        (query.clone(), "`from` is missing"),
        (format!("{query}&from=yesterday"), "2026-01-15T03:12:07Z"),
        (format!("{query}&from=0&agg=p95"), "percentiles"),
        (format!("{query}&from=0&agg=p42"), "p95"),
        (format!("{query}&from=0&points=0"), "1 to 10000"),
        (format!("{query}&from=5&to=4"), "must end after it begins"),
        (
            format!("{query}&from=0&to=9223372036854775807"),
            "`to` is 9223372036854775807, which is no time from",
        ),
        (
            format!("{query}&from=-9223372036854775809"),
            "`from` is -9223372036854775809, which is no time from",
        ),
        (
            "/api/v1/at?time=253402300800000".into(),
            "to 9999-12-31T23:59:59.999Z",
        ),
        (
            format!("/api/v1/analysis?series={CPU_ESCAPED}&from=-62167219200000&to=0&earlier_ms=1"),
            "beyond 0000-01-01T00:00:00.000Z",
        ),
        (
            "/api/v1/journal?stream=logs&before=18446744073709551616".into(),
            "from 0 to 18446744073709551615",
        ),
        (format!("{query}&from=0&series={CPU_ESCAPED}"), "twice"),
        ("/api/v1/analysis?from=0".into(), "`series` is missing"),
        (
            format!("/api/v1/analysis?series={CPU_ESCAPED}&from=0&earlier_ms=x"),
            "a number from 1",
        ),
        ("/api/v1/journal?stream=weather".into(), "events"),
        ("/api/v1/journal?stream=logs&level=loud".into(), "warning"),
        ("/api/v1/journal?steam=logs".into(), "no parameter `steam`"),
        ("/api/v1/at".into(), "`time` is missing"),
    ] {
        let answer = get(&server, &path).await;
        assert_eq!(answer.status, 400, "{path} {answer:?}");
        assert!(answer.body.contains(part), "{path} {answer:?}");
    }
    for path in ["query?series=x&from=0", "analysis?series=x&from=0"] {
        let answer = get(&server, &format!("/api/v1/{path}")).await;
        assert_eq!(answer.status, 404, "{answer:?}");
        assert!(answer.body.contains("`x`"), "{answer:?}");
    }
    server.drain(()).await;
    let server = TestServer::in_memory().await;
    assert_eq!(get(&server, "/api/v1/series").await.status, 404);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openapi_and_docs_are_served() {
    let server = TestServer::start(|_| ()).await;
    let (document, page) = (
        get(&server, "/api/openapi.json").await,
        get(&server, "/api/docs").await,
    );
    assert!(
        document.body.starts_with(r#"{"openapi":"3."#),
        "{document:?}"
    );
    for path in ["series", "query", "analysis", "journal", "at"] {
        let path = format!("/api/v1/{path}");
        assert!(
            document.body.contains(&path) && page.body.contains(&path),
            "{path}"
        );
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readyz_is_ready() {
    let server = TestServer::start(|_| ()).await;
    soon("readiness", async {
        while get(&server, "/readyz").await.status != 200 {}
    })
    .await;
    server.drain(()).await;
}
