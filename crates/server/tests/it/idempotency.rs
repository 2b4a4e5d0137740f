//! A request that is repeated with its `Idempotency-Key` is stored once.

use crate::command_line::{Running, Workplace};
use crate::support::account::{Credentials, create_token, first_admin};
use crate::support::{Answer, TestServer, exchange, exchange_over, get, soon};
use protocol::api::IngestResponse;
use rustix::process::Signal;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use store::{Config, Location};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// The pause before a request is repeated.
const REPEAT_AFTER: Duration = Duration::from_millis(50);

const REPLAYED: &str = "Idempotency-Replayed";

/// An event as an entry.
fn event(message: &str) -> String {
    format!(r#"{{"type":"event","message":"{message}"}}"#)
}

fn request(address: SocketAddr, headers: &str, body: &str) -> String {
    let bytes = body.len();
    format!(
        "POST /api/v1/ingest HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Length: {bytes}\r\n{headers}\r\n{body}"
    )
}

/// Sends a request with these headers. It is repeated while the server is busy, as a sender does: a commit that takes
/// long is withdrawn.
async fn post_with(server: &TestServer, headers: &str, body: &str) -> Answer {
    let request = request(server.address(), headers, body);
    soon("a response other than 503", async {
        loop {
            let answer = exchange(server, &request).await;
            if !matches!(answer.status, 409 | 503) {
                return answer;
            }
            assert_eq!(answer.header("Retry-After"), Some("1"), "{answer:?}");
            tokio::time::sleep(REPEAT_AFTER).await;
        }
    })
    .await
}

async fn post(server: &TestServer, key: &str, body: &str) -> Answer {
    post_with(server, &format!("Idempotency-Key: {key}\r\n"), body).await
}

/// How many events of programs have this message.
async fn stored(server: &TestServer, message: &str) -> usize {
    let path = "/api/v1/journal?stream=events&source=ingest&limit=1000";
    count(&get(server, path).await.body, message)
}

fn count(page: &str, message: &str) -> usize {
    page.matches(&format!(r#""message":"{message}""#)).count()
}

#[track_caller]
fn assert_repeated(first: &Answer, again: &Answer) {
    assert_eq!(first.header(REPLAYED), None, "{first:?}");
    assert_eq!(again.header(REPLAYED), Some("true"), "{again:?}");
    assert_eq!((again.status, &again.body), (first.status, &first.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_is_stored_once_and_has_the_same_response() {
    let server = TestServer::start(|_| ()).await;
    let all = post(&server, "all", &event("one")).await;
    assert_eq!(all.status, 200, "{all:?}");
    assert_repeated(&all, &post(&server, "all", &event("one")).await);

    let body = format!("{}\n7\n{}\n", event("two"), event("three"));
    let some = post(&server, "some", &body).await;
    let outcome: IngestResponse = serde_json::from_str(&some.body).unwrap();
    assert_eq!((some.status, outcome.accepted), (422, 2), "{some:?}");
    assert_eq!(outcome.rejected[0].index, 1);
    assert_repeated(&some, &post(&server, "some", &body).await);

    // Also a week later the times would be judged as those of the first request.
    let body = r#"{"type":"data","label":"a","value":1,"timestamp":"2020-01-15T10:30:00Z"}"#;
    let body = format!("[{},{body}]", event("four"));
    let late = post(&server, "late", &body).await;
    assert_eq!(late.status, 422, "{late:?}");
    assert_repeated(&late, &post(&server, "late", &body).await);
    for message in ["one", "two", "three", "four"] {
        assert_eq!(stored(&server, message).await, 1, "{message}");
    }

    // Without a key nothing is recognised.
    for _ in 0..2 {
        assert_eq!(post_with(&server, "", &event("five")).await.status, 200);
    }
    assert_eq!(stored(&server, "five").await, 2);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_another_body_is_refused() {
    let server = TestServer::start(|_| ()).await;
    assert_eq!(post(&server, "a", &event("one")).await.status, 200);
    let other = post(&server, "a", &event("two")).await;
    assert_eq!(other.status, 422, "{other:?}");
    assert!(other.body.contains("another body"), "{other:?}");
    assert_eq!(stored(&server, "two").await, 0);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_key_is_refused() {
    let server = TestServer::start(|_| ()).await;
    let longest = "x".repeat(128);
    for key in ["!", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", &longest] {
        assert_eq!(post(&server, key, &event("valid")).await.status, 200);
    }
    let too_long = format!("{longest}x");
    for key in [
        "",
        "two words",
        "sch\u{f6}n",
        &too_long,
        "a\r\nIdempotency-Key: b",
    ] {
        let answer = post(&server, key, &event("invalid")).await;
        assert_eq!(answer.status, 400, "{key:?}: {answer:?}");
        assert!(answer.body.contains("1 to 128 visible ASCII"), "{answer:?}");
    }
    assert_eq!(stored(&server, "valid").await, 3);
    assert_eq!(stored(&server, "invalid").await, 0);

    let described = get(&server, "/api/openapi.json").await;
    let parameter = r#""name":"Idempotency-Key","in":"header""#;
    assert!(described.body.contains(parameter), "{described:?}");
    let page = get(&server, "/api/docs").await;
    assert!(page.body.contains("<code>Idempotency-Key</code><td>no"));
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_of_another_sender_is_another_key() {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let mut senders = vec![admin.0.clone()];
    for _ in 0..2 {
        let token = create_token(&server, &admin, &["ingest", "read"]).await;
        senders.push(Credentials::bearer(&token.token).0);
    }
    let with_key = |sender: &String| format!("{sender}Idempotency-Key: a\r\n");
    for (number, sender) in senders.iter().enumerate() {
        // Not even the bodies are compared.
        let body = event(&format!("of {number}"));
        let first = post_with(&server, &with_key(sender), &body).await;
        assert_eq!(first.status, 200, "{first:?}");
        let again = post_with(&server, &with_key(sender), &body).await;
        assert_repeated(&first, &again);
    }
    // After a restart, too.
    let server = server.restart().await;
    for (number, sender) in senders.iter().enumerate() {
        let body = event(&format!("of {number}"));
        let again = post_with(&server, &with_key(sender), &body).await;
        assert_eq!(again.header(REPLAYED), Some("true"), "{again:?}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_simultaneous_requests_with_a_key_one_is_stored() {
    let server = TestServer::start(|_| ()).await;
    for round in 0..8 {
        let (key, body) = (format!("k{round}"), event(&format!("round {round}")));
        let requests = (0..6).map(|_| post(&server, &key, &body));
        let answers = futures_util::future::join_all(requests).await;
        assert!(answers.iter().all(|it| it.status == 200), "{answers:?}");
        let first = answers.iter().filter(|it| it.header(REPLAYED).is_none());
        assert_eq!(first.count(), 1, "{answers:?}");
        assert_eq!(stored(&server, &format!("round {round}")).await, 1);
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_remembered_over_restarts_until_it_expires() {
    let server = TestServer::start(|_| ()).await;
    let body = format!("[{},7]", event("one"));
    let first = post(&server, "a", &body).await;
    let server = server.restart().await;
    assert_repeated(&first, &post(&server, "a", &body).await);
    assert_eq!(stored(&server, "one").await, 1);

    let server = server
        .restart_after(async |data_dir| {
            let config = Config::of(Location::Sqlite(data_dir.to_owned()));
            let store = store::open(&config).await.unwrap();
            let expired = store.expire_idempotency_keys(i64::MAX, 10).await;
            assert_eq!(expired.unwrap(), 1);
        })
        .await;
    let anew = post(&server, "a", &event("two")).await;
    assert_eq!(
        (anew.status, anew.header(REPLAYED)),
        (200, None),
        "{anew:?}"
    );
    server.drain(()).await;
}

/// An id may be given again.
#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_removed_token_are_deleted_at_the_start() {
    let open = async |data_dir: &Path| {
        let config = Config::of(Location::Sqlite(data_dir.to_owned()));
        store::open(&config).await.unwrap()
    };
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let token = create_token(&server, &admin, &["ingest"]).await;
    for sender in [&admin.0, &Credentials::bearer(&token.token).0] {
        let headers = format!("{sender}Idempotency-Key: a\r\n");
        let first = post_with(&server, &headers, &event("one")).await;
        assert_eq!(first.status, 200, "{first:?}");
    }
    let server = server
        .restart_after(async |data_dir| {
            let store = open(data_dir).await;
            assert_eq!(store.idempotency_keys().await.unwrap().len(), 2);
            for token in store.accounts().await.unwrap().tokens {
                store.remove_token(token.id).await.unwrap();
            }
        })
        .await;
    let server = server
        .restart_after(async |data_dir| {
            let keys = open(data_dir).await.idempotency_keys().await.unwrap();
            let owners: Vec<_> = keys.iter().map(|row| row.owner.as_str()).collect();
            assert!(matches!(owners[..], [owner] if owner.starts_with("user:")));
        })
        .await;
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_leaves_no_key() {
    let server = TestServer::start(|_| ()).await;
    for (body, status) in [("", 400), ("[{", 400), ("[7]", 422)] {
        assert_eq!(post(&server, "a", body).await.status, status, "{body}");
    }
    let first = post(&server, "a", &event("one")).await;
    assert_eq!((first.status, first.header(REPLAYED)), (200, None));
    // What cannot be read at all is refused before its key is looked for.
    assert_eq!(post(&server, "a", &"x".repeat(2 << 20)).await.status, 413);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_store_keys_are_remembered_in_memory() {
    let server = TestServer::in_memory().await;
    let first = post(&server, "a", &event("one")).await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_repeated(&first, &post(&server, "a", &event("one")).await);
    assert_eq!(post(&server, "a", &event("two")).await.status, 422);
    let frames = server.journal().batch(0).frames;
    let of_program = frames.iter().filter(|it| count(it.json(), "one") > 0);
    assert_eq!(of_program.count(), 1);
    server.drain(()).await;
}

async fn exchange_with(server: &Running, request: &str) -> Answer {
    let socket = TcpStream::connect(server.address).await.unwrap();
    exchange_over(socket, request).await
}

async fn stored_in(server: &Running, message: &str) -> usize {
    let address = server.address;
    let request = format!(
        "GET /api/v1/journal?stream=events&source=ingest&limit=1000 HTTP/1.1\r\nHost: {address}\r\n\
         Connection: close\r\n\r\n"
    );
    count(&exchange_with(server, &request).await.body, message)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_server_did_not_respond_to_is_stored_once() {
    let workplace = Workplace::new();
    let serve = || {
        let arguments = [
            "serve",
            "--demo",
            "--demo-days=0",
            "--listen",
            "127.0.0.1:0",
        ];
        Running::start(&mut workplace.command(&arguments))
    };
    let mut server = serve();
    for round in 0..6 {
        let body = event(&format!("round {round}"));
        let headers = format!("Idempotency-Key: {round}\r\n");
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        let sent = request(server.address, &headers, &body);
        socket.write_all(sent.as_bytes()).await.unwrap();
        // It is killed before it has read the request, while it commits, or after that.
        let is_committed = round % 2 == 1;
        soon("the commit", async {
            while is_committed && stored_in(&server, &format!("round {round}")).await == 0 {
                tokio::time::sleep(REPEAT_AFTER).await;
                // On a slow disk the first one may have been withdrawn.
                let sent = request(server.address, &headers, &body);
                exchange_with(&server, &sent).await;
            }
        })
        .await;
        server.signal(Signal::KILL);
        server.finish();
        server = serve();
        let repeated = soon("a response other than 503", async {
            loop {
                let sent = request(server.address, &headers, &body);
                let answer = exchange_with(&server, &sent).await;
                if answer.status != 503 {
                    return answer;
                }
                tokio::time::sleep(REPEAT_AFTER).await;
            }
        })
        .await;
        assert_eq!(repeated.status, 200, "{repeated:?}");
        if is_committed {
            assert_eq!(repeated.header(REPLAYED), Some("true"), "{repeated:?}");
        }
        assert_eq!(stored_in(&server, &format!("round {round}")).await, 1);
    }
    assert!(server.terminate().status.success());
}
