//! Points of other programs become samples, each exactly once.

use crate::command_line::{Running, Workplace};
use crate::support::{Answer, TestServer, Viewer, encoded, exchange, get, now_ms, soon};
use protocol::api::SeriesList;
use protocol::{Received, ServerMessage, Stream, StreamOptions};
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A request of Telegraf.
fn request(host: SocketAddr, lines: &str) -> String {
    let bytes = lines.len();
    format!(
        "POST /api/v2/write?precision=ms HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Length: {bytes}\r\n\r\n{lines}"
    )
}

async fn write(server: &TestServer, lines: &str) -> Answer {
    exchange(server, &request(server.address(), lines)).await
}

/// Each sample of a series, as time and value.
fn samples(csv: &str) -> Vec<(String, f64)> {
    let rows = csv.lines().skip(1).filter_map(|row| {
        let (time, value) = row.split_once(',')?;
        Some((time.to_owned(), value.parse().ok()?))
    });
    rows.collect()
}

/// The path of all samples of a series.
fn all_samples(series: &str, from_ms: i64) -> String {
    let series = encoded(series);
    format!("/api/v1/query?series={series}&from={from_ms}&format=csv")
}

#[tokio::test(flavor = "multi_thread")]
async fn points_are_found_before_and_after_their_series_are_in_a_set_and_after_a_restart() {
    let server = TestServer::start(|_| ()).await;
    let start_ms = now_ms() - 60_000;
    let batches = 14;
    for batch in 0..batches {
        let at_ms = start_ms + batch * 1_000;
        let lines: String = (0..20)
            .map(|number| format!("load,shard={number} value={batch}.5 {at_ms}\n"))
            .collect();
        let answer = write(&server, &lines).await;
        assert_eq!(answer.status, 204, "{answer:?}");
    }
    // The first ones describe their series, the last ones refer to a set.
    let journal = get(&server, "/api/v1/journal?stream=samples&limit=50").await;
    assert!(journal.body.contains(r#""extra":"#), "{journal:?}");
    assert!(journal.body.contains(r#""set":""#), "{journal:?}");
    let mut server = server;
    for _ in 0..2 {
        for shard in [0, 7, 19] {
            let series = format!(r#"load_value{{shard="{shard}"}}"#);
            let csv = soon("all samples", async {
                loop {
                    let answer = get(&server, &all_samples(&series, start_ms)).await;
                    if samples(&answer.body).len() as i64 >= batches {
                        break answer.body;
                    }
                }
            });
            let values: Vec<f64> = samples(&csv.await).into_iter().map(|it| it.1).collect();
            let expected: Vec<f64> = (0..batches).map(|batch| batch as f64 + 0.5).collect();
            assert_eq!(values, expected, "{series}");
        }
        server = server.restart().await;
    }
    // Sets outlive a restart.
    let at_ms = start_ms + batches * 1_000;
    let before = server.head();
    let answer = write(&server, &format!("load,shard=7 value=1 {at_ms}\n")).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    let path = format!(
        "/api/v1/journal?stream=samples&limit=1&before={}",
        u64::MAX >> 12
    );
    let newest = get(&server, &path).await.body;
    assert!(server.head() > before);
    assert!(newest.contains(r#""columns":["#), "{newest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn late_points_and_duplicates_have_an_outcome() {
    let server = TestServer::start(|_| ()).await;
    let start_ms = now_ms() - 100_000;
    let (late_ms, older_ms, ahead_ms) = (
        start_ms - 3_600_000,
        start_ms - 25 * 3_600_000,
        now_ms() + 90_000,
    );
    let lines = format!(
        "x value=1 {start_ms}\nx value=2 {start_ms}\nx value=3 {late_ms}\nx value=4 {older_ms}\nx value=5 {ahead_ms}\n"
    );
    let answer = write(&server, &lines).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    for part in [
        "line 4",
        "more than 24 hours ago",
        "line 5",
        "ahead of the server's clock",
    ] {
        assert!(answer.body.contains(part), "{part}: {answer:?}");
    }
    // Again, and one is corrected.
    let again = format!("x value=3 {late_ms}\nx value=7 {start_ms}\n");
    assert_eq!(write(&server, &again).await.status, 204);
    let values = soon("the corrected value", async {
        loop {
            let answer = get(&server, &all_samples("x_value", older_ms)).await;
            let values: Vec<f64> = samples(&answer.body).into_iter().map(|it| it.1).collect();
            if values.contains(&7.0) {
                break values;
            }
        }
    });
    assert_eq!(values.await, [3.0, 7.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_limit_new_series_are_rejected_and_the_others_continue() {
    let server = TestServer::start(|config| config.series_max = 4_000).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer
        .subscribe_to(&[(Stream::Events, StreamOptions::default())])
        .await;
    let lines: String = (0..1_000)
        .map(|number| format!("requests,user={number} value=1\n"))
        .collect();
    let answer = write(&server, &lines).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(
        answer.body.contains("there are as many series"),
        "{answer:?}"
    );
    let message = viewer
        .until("the event", |received: &Received| match &received.message {
            Ok(ServerMessage::Event(event)) => {
                Some(event.message.clone()).filter(|it| it.contains("have no history"))
            }
            _ => None,
        })
        .await;
    assert!(message.contains("the label `user` has"), "{message}");
    assert_eq!(
        write(&server, "requests,user=3 value=2\n").await.status,
        204
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_says_whether_it_is_a_counter() {
    let server = TestServer::start(|_| ()).await;
    let body = "x value=1\n";
    assert_eq!(write(&server, body).await.status, 204);
    let found = soon("the series", async {
        loop {
            let SeriesList { series, .. } = get(&server, "/api/v1/series").await.json();
            if let Some(found) = series.into_iter().find(|it| it.series == "x_value") {
                break found;
            }
        }
    });
    assert_eq!(found.await.kind, protocol::Kind::Gauge);
}

/// The response; none if the server went away.
fn send(address: SocketAddr, request: &str) -> Option<Answer> {
    let mut socket = TcpStream::connect(address).ok()?;
    socket
        .set_read_timeout(Some(Duration::from_secs(20)))
        .ok()?;
    socket.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).ok()?;
    (!answer.is_empty()).then(|| Answer::received(answer))
}

/// How long each server runs under load.
const LIVES_MS: [u64; 3] = [1_300, 700, 1_900];

/// Series of a batch.
const SERIES: i64 = 30;

#[test]
fn what_was_accepted_is_found_exactly_once_after_kills() {
    let workplace = Workplace::new();
    let serve = || {
        let arguments = ["serve", "--demo", "--demo-days=0", "--listen=127.0.0.1:0"];
        Running::start(&mut workplace.command(&arguments))
    };
    let start_ms = now_ms() - 3_600_000;
    let mut accepted: BTreeMap<i64, i64> = BTreeMap::new();
    let mut batch = 0;
    for life_ms in LIVES_MS {
        let server = serve();
        let address = server.address;
        let until = Instant::now() + Duration::from_millis(life_ms);
        std::thread::scope(|scope| {
            let sender = scope.spawn(|| {
                // The last request is cut by the kill, so its fate is unknown: it is sent again to the next server.
                loop {
                    let at_ms = start_ms + batch * 10;
                    let lines: String = (0..SERIES)
                        .map(|number| format!("m,series={number} value={batch} {at_ms}\n"))
                        .collect();
                    match send(address, &request(address, &lines)) {
                        Some(answer) if answer.status == 204 => {
                            accepted.insert(at_ms, batch);
                            batch += 1;
                        }
                        Some(answer) => {
                            assert_eq!(answer.status, 503, "{answer:?}");
                        }
                        None => return,
                    }
                }
            });
            #[expect(
                clippy::disallowed_methods,
                reason = "how long a life lasts is what the test is about"
            )]
            std::thread::sleep(until.saturating_duration_since(Instant::now()));
            server.signal(Signal::KILL);
            sender.join().unwrap();
        });
        server.finish();
    }
    assert!(accepted.len() > 20, "only {} batches", accepted.len());
    let server = serve();
    let get = |path: &str| {
        let address = server.address;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        send(address, &request).expect("an answer")
    };
    // At once after the start: a response waits until the journal is replayed.
    for number in [0, 1, SERIES - 1] {
        let series = format!(r#"m_value{{series="{number}"}}"#);
        let found = samples(&get(&all_samples(&series, start_ms)).body);
        let values: Vec<i64> = found.iter().map(|(_, value)| *value as i64).collect();
        let mut expected: Vec<i64> = accepted.values().copied().collect();
        // The request that the last kill cut may be committed.
        if values.len() > expected.len() {
            expected.push(batch);
        }
        assert_eq!(values, expected, "{series}");
    }
    assert!(server.terminate().status.success());
}
