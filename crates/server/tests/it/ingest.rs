//! Ingested entries are stored, sent to viewers, and become series.

use crate::support::account::{Credentials, create_token, first_admin};
use crate::support::{Answer, TestServer, Viewer, exchange, get, soon};
use protocol::api::IngestResponse;
use protocol::{Received, ServerMessage, Stream, StreamOptions};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// `POST /api/v1/ingest`, with additional headers.
async fn post(server: &TestServer, headers: &str, body: &str) -> Answer {
    let (host, bytes) = (server.address(), body.len());
    let request = format!(
        "POST /api/v1/ingest HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Length: {bytes}\r\n{headers}\r\n{body}"
    );
    exchange(server, &request).await
}

fn outcome(answer: &Answer) -> IngestResponse {
    serde_json::from_str(&answer.body).expect("an outcome")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_reported_reaches_viewers_and_the_store() {
    let server = TestServer::start(|_| ()).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    let streams = [Stream::Data, Stream::Events, Stream::Logs];
    let wanted = streams.map(|stream| (stream, StreamOptions::default()));
    viewer.subscribe_to(&wanted).await;
    let body = r#"{"type":"data","label":"Requests","value":12,"unit":"1/s","labels":{"region":"eu","shard":"7"}}
{"type":"event","level":"success","source":"deploy","message":"released 4.19"}
{"type":"log","source":"nginx","message":"upstream timed out"}
"#;
    let answer = post(&server, "", body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        (outcome(&answer).accepted, outcome(&answer).rejected_count),
        (3, 0)
    );

    // The answer comes after the commit, so the journal has all of it.
    for (stream, text) in [
        ("data", "Requests"),
        ("events", "released 4.19"),
        ("logs", "upstream"),
    ] {
        let page = get(&server, &format!("/api/v1/journal?stream={stream}")).await;
        assert!(page.body.contains(text), "{page:?}");
    }
    let mut seen = Vec::new();
    while seen.len() < 3 {
        let text = |received: &Received| match &received.message {
            Ok(ServerMessage::Data(data)) => data.labels.get("shard").cloned(),
            Ok(ServerMessage::Event(event)) if event.source == "deploy" => {
                Some(event.message.clone())
            }
            Ok(ServerMessage::Log(log)) if log.source == "nginx" => Some(log.message.clone()),
            _ => None,
        };
        seen.push(viewer.until("all three", text).await);
    }
    assert_eq!(seen, ["7", "released 4.19", "upstream timed out"]);

    let path = "/api/v1/query?series=sum+by+(region)+(Requests)&from=0&points=1";
    soon("a fold of the series", async {
        while !get(&server, path).await.body.contains("[12.0]") {}
    })
    .await;
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_entry_is_named_and_the_others_are_stored() {
    let server = TestServer::start(|_| ()).await;
    let body = r#"[{"type":"event","message":"one"},{"type":"data","label":"a"},{"type":"event","message":"two"}]"#;
    let answer = post(&server, "", body).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    let outcome_of_some = outcome(&answer);
    assert_eq!(
        (outcome_of_some.accepted, outcome_of_some.rejected_count),
        (2, 1)
    );
    assert_eq!(outcome_of_some.rejected[0].index, 1);
    assert!(
        outcome_of_some.rejected[0]
            .error
            .contains("missing field `value`"),
        "{answer:?}"
    );

    let page = get(&server, "/api/v1/journal?stream=events&source=ingest").await;
    assert!(
        page.body.contains("one") && page.body.contains("two"),
        "{page:?}"
    );

    let answer = post(&server, "", r#"{"type":"data","label":"a","value":"much"}"#).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert_eq!(outcome(&answer).accepted, 0);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_ingest_request_is_refused_with_a_sentence() {
    let server = TestServer::start(|_| ()).await;
    let event = r#"{"type":"event","message":"one"}"#;
    let large = format!("[{}]", vec!["7"; 600_000].join(","));
    for (headers, body, status, why) in [
        ("", "", 400, "the body is empty"),
        ("", "[{", 400, "the body is no JSON"),
        ("", large.as_str(), 413, "more than 1 MiB"),
        ("Content-Encoding: gzip\r\n", event, 400, "not valid gzip"),
        ("Content-Encoding: br\r\n", event, 415, "only with gzip"),
        ("Content-Encoding: Identity\r\n", "", 400, "is empty"),
        ("Sec-Fetch-Site: cross-site\r\n", event, 403, "another site"),
        ("Origin: http://evil.example\r\n", event, 403, "may not"),
    ] {
        let answer = post(&server, headers, body).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.body.contains(why), "{answer:?}");
    }
    let answer = get(&server, "/api/v1/ingest").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    let page = get(&server, "/api/v1/journal?stream=events&text=one").await;
    assert!(page.body.contains(r#""messages":[]"#), "{page:?}");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_leaves_half_of_the_places_to_others() {
    /// Bodies of one token that may arrive at the same time.
    const SHARE: usize = 32;
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let token = create_token(&server, &admin, &["ingest"]).await;
        tokens.push(Credentials::bearer(&token.token).0);
    }
    let host = server.address();
    let start = format!(
        "POST /api/v1/ingest HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100\r\n{}\r\n[",
        tokens[0]
    );
    let mut slow = Vec::new();
    for _ in 0..SHARE {
        let mut socket = TcpStream::connect(host).await.unwrap();
        socket.write_all(start.as_bytes()).await.unwrap();
        slow.push(socket);
    }
    let refused = soon("a refusal", async {
        loop {
            let answer = post(&server, &tokens[0], "[]").await;
            if answer.status == 503 {
                return answer;
            }
        }
    })
    .await;
    assert!(refused.body.contains("at the same time"), "{refused:?}");
    let of_other = post(&server, &tokens[1], "[]").await;
    assert_eq!(of_other.status, 200, "{of_other:?}");
    server.drain(slow).await;
}
