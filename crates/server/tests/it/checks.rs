//! Checks: targets that the server probes.

use crate::support::{TestServer, get, soon};
use protocol::checks::{CheckInfo, CheckList, CheckState};
use server::config::CheckConfig;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A site that is well, or in maintenance.
pub(crate) async fn site(is_well: Arc<AtomicBool>, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4_096];
            let _ = socket.read(&mut request).await;
            let (status, body) = match is_well.load(Ordering::SeqCst) {
                true => ("200 OK", body.as_str()),
                false => ("503 Later", ""),
            };
            let length = body.len();
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    address.to_string()
}

pub(crate) fn check(name: &str, url: String) -> CheckConfig {
    toml::from_str::<CheckConfig>(&format!(
        "name = \"{name}\"\nurl = \"{url}\"\ninterval_ms = 5000\nretries = 0"
    ))
    .unwrap()
}

async fn listed(server: &TestServer) -> Vec<CheckInfo> {
    get(server, "/api/v1/checks")
        .await
        .json::<CheckList>()
        .checks
}

/// Waits until a check is in a state.
pub(crate) async fn in_state(server: &TestServer, name: &str, state: CheckState) -> CheckInfo {
    soon(&format!("{name} is {}", state.name()), async {
        loop {
            let checks = listed(server).await;
            let found = checks.into_iter().find(|it| it.name == name);
            if let Some(check) = found.filter(|it| it.state == state) {
                return check;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

/// Waits until an event has a text.
async fn event(server: &TestServer, text: &str) {
    let path = "/api/v1/journal?stream=events&limit=50";
    soon(text, async {
        while !get(server, path).await.body.contains(text) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_are_probed() {
    let is_well = Arc::new(AtomicBool::new(true));
    // Longer than what is read of it.
    let long = "all is well, ".repeat(200_000);
    let site = site(Arc::clone(&is_well), long).await;
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let server = TestServer::start(|config| {
        config.check = vec![
            CheckConfig {
                keyword: "well".into(),
                ..check("site", format!("http://{site}/health?key=secret"))
            },
            CheckConfig {
                keyword: "ill".into(),
                ..check("keyword", format!("http://{site}/"))
            },
            CheckConfig {
                status: vec!["300-399".into()],
                ..check("status", format!("http://{site}/"))
            },
            check("port", format!("tcp://{site}")),
            check("closed", format!("tcp://{closed}")),
            check("name", "dns://localhost".into()),
            CheckConfig {
                host: "web-1".into(),
                ..check("no name", "dns://nothing.invalid".into())
            },
        ];
    })
    .await;
    for name in ["site", "port", "name"] {
        let check = in_state(&server, name, CheckState::Up).await;
        assert_eq!(check.error, None);
        assert!(check.seconds.is_some() && check.checked_ms.is_some());
    }
    for (name, why) in [
        ("keyword", "the response does not contain the keyword"),
        ("status", "the response has the status 200"),
        ("closed", "connect to"),
        ("no name", "the name `nothing.invalid` cannot be resolved"),
    ] {
        let check = in_state(&server, name, CheckState::Down).await;
        let error = check.error.unwrap_or_default();
        assert!(error.contains(why), "{name}: {error}");
    }
    let first = &listed(&server).await[0];
    assert_eq!(first.url, format!("http://{site}/health"));
    event(&server, "status is down: the response has the status 200").await;
    // A target that is up from the start is no news.
    is_well.store(false, Ordering::SeqCst);
    in_state(&server, "site", CheckState::Down).await;
    event(&server, "site is down: the response has the status 503").await;
    is_well.store(true, Ordering::SeqCst);
    in_state(&server, "site", CheckState::Up).await;
    event(&server, "site is up again").await;
    for (series, value) in [
        (r#"check_up{check="no name",host="web-1"}"#, "[0.0]"),
        (r#"check_up{check="port"}"#, "[1.0]"),
    ] {
        let encoded = crate::support::encoded(series);
        let path = format!("/api/v1/query?series={encoded}&from=0&points=1");
        soon(series, async {
            while !get(&server, &path).await.body.contains(value) {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_at_a_pointer_is_expected() {
    let document = r#"{"status": "degraded", "db": {"ok": false, "lag": 3}}"#.to_owned();
    let site = site(Arc::new(AtomicBool::new(true)), document).await;
    let at = |pointer: &str, keyword: &str| CheckConfig {
        pointer: Some(pointer.into()),
        keyword: keyword.into(),
        ..check(&format!("{pointer} {keyword}"), format!("http://{site}/"))
    };
    let server = TestServer::start(|config| {
        config.check = vec![
            at("/status", "degraded"),
            at("/db/lag", ""),
            at("/status", "ok"),
            at("/db/ok", ""),
            at("/db/none", ""),
        ];
    })
    .await;
    for name in ["/status degraded", "/db/lag "] {
        in_state(&server, name, CheckState::Up).await;
    }
    let nothing = "the response has no text, number or `true` at";
    for (name, why) in [
        (
            "/status ok",
            "the response has `degraded` at `/status`, without the keyword",
        ),
        ("/db/ok ", nothing),
        ("/db/none ", nothing),
    ] {
        let check = in_state(&server, name, CheckState::Down).await;
        let error = check.error.unwrap_or_default();
        assert!(error.contains(why), "{name}: {error}");
    }
    server.drain(()).await;
}

/// Where the system permits it neither to this group nor to this user, the check says so.
#[tokio::test(flavor = "multi_thread")]
async fn hosts_are_pinged() {
    let server = TestServer::start(|config| {
        config.check = vec![
            check("v4", "ping://127.0.0.1".into()),
            check("metadata", "ping://169.254.169.254".into()),
        ];
    })
    .await;
    let protocol = Some(socket2::Protocol::ICMPV4);
    let is_permitted = [socket2::Type::DGRAM, socket2::Type::RAW]
        .iter()
        .any(|kind| socket2::Socket::new(socket2::Domain::IPV4, *kind, protocol).is_ok());
    if is_permitted {
        in_state(&server, "v4", CheckState::Up).await;
    } else {
        let check = in_state(&server, "v4", CheckState::Down).await;
        let error = check.error.unwrap_or_default();
        assert!(error.contains("the system does not permit it"), "{error}");
    }
    let check = in_state(&server, "metadata", CheckState::Down).await;
    let error = check.error.unwrap_or_default();
    assert!(
        error.contains("no request goes to such an address"),
        "{error}"
    );
    server.drain(()).await;
}
