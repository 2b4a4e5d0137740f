//! How the server itself is doing, and the level of its log.

use crate::slow_viewers::{LINES, pour, server as small_ring, slow_viewer, witness};
use crate::support::account::{Credentials, add_user, ask, first_admin, send, sign_in};
use crate::support::{TestServer, Viewer, get, soon};
use accounts::Role;
use protocol::server_info::{LogLevelChange, LogLevelInfo, ServerInfo};

const LOG_LEVEL: &str = "/api/v1/server/log-level";

async fn info(server: &TestServer) -> ServerInfo {
    get(server, "/api/v1/server").await.json()
}

/// Asks until this is so.
async fn until(server: &TestServer, what: &str, is_so: impl Fn(&ServerInfo) -> bool) -> ServerInfo {
    soon(what, async {
        loop {
            let info = info(server).await;
            if is_so(&info) {
                return info;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_tells_how_it_is_doing() {
    let server = TestServer::start(|_| ()).await;
    let viewer = Viewer::connect(&server, "/ws/dashboard").await;
    let wanted = "a viewer, rates and the size of the store";
    let info = until(&server, wanted, |it| {
        let store = it
            .store
            .as_ref()
            .is_some_and(|store| store.used_bytes.is_some() && store.commit_p99_s.is_some());
        it.viewers.websocket == 1 && it.viewers.deliveries_per_s > 0.0 && store
    })
    .await;
    assert_eq!(info.version, env!("CARGO_PKG_VERSION"));
    assert!(info.started_ms <= info.now_ms, "{info:?}");
    assert!(info.ring.messages > 0 && info.ring.messages <= info.ring.messages_max);
    let store = info.store.unwrap();
    assert!(store.is_available && store.kind == "SQLite", "{store:?}");
    assert!(store.active_series > 0 && store.bytes_max > 0);
    let fullness = |it: &protocol::server_info::LimitInfo| it.used as f64 / it.max as f64;
    assert!(info.limits.len() > 10);
    assert!(
        info.limits
            .is_sorted_by(|one, other| fullness(one) >= fullness(other))
    );
    for limit in &info.limits {
        assert!(limit.max > 0 && limit.beyond.ends_with('.'), "{limit:?}");
    }
    assert!(info.failing.is_empty() && info.has_history);
    drop(viewer);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_recorded_as_series_of_the_own_host() {
    let server = TestServer::start(|_| ()).await;
    let path =
        "/api/v1/query?series=watchroom_viewers&series=watchroom_memory_bytes&from=0&points=1";
    soon("own series", async {
        loop {
            let answer = get(&server, path).await;
            if answer.status == 200 {
                assert!(answer.body.contains(r#""unit":"B""#), "{answer:?}");
                break;
            }
            assert_eq!(answer.status, 404, "{answer:?}");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    })
    .await;
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_store_or_by_the_setting_nothing_is_recorded() {
    let in_memory = TestServer::in_memory().await;
    let of = info(&in_memory).await;
    assert!(!of.has_history && of.store.is_none());
    in_memory.drain(()).await;
    let off = TestServer::start(|config| config.self_metrics = false).await;
    assert!(!info(&off).await.has_history);
    off.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slowest_viewers_are_named() {
    let server = small_ring().await;
    let (_slow, mut witness) = (slow_viewer(&server).await, witness(&server).await);
    pour(&server, &mut witness, LINES).await;
    let info = until(&server, "a slow viewer", |it| {
        !it.viewers.slowest.is_empty()
    })
    .await;
    let slowest = &info.viewers.slowest[0];
    assert!(slowest.behind_messages > 0, "{slowest:?}");
    assert_eq!(slowest.transport, "websocket");
    assert!(slowest.client_id.starts_with("c-") && slowest.since_ms <= info.now_ms);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_change_the_level_of_the_log_and_it_is_audited() {
    let server = TestServer::start(|config| config.log = "warn".into()).await;
    let admin = first_admin(&server).await;
    add_user(&server, &admin, "operator", Role::Operator).await;
    let operator = sign_in(&server, "operator").await;
    let answer = ask(&server, &operator, "GET", "/api/v1/server").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let change = |directives: Option<&str>, for_s| LogLevelChange {
        directives: directives.map(str::to_owned),
        for_s,
    };
    let put = async |by: &Credentials, change: LogLevelChange| {
        send(&server, by, "PUT", LOG_LEVEL, &change).await
    };
    let refused = put(&operator, change(Some("debug"), None)).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    for (change, why) in [
        (change(Some("inof"), None), "`inof` is no level"),
        (change(Some("info,server=loud"), None), "`loud` is no level"),
        (change(Some(""), None), "is empty"),
        (change(Some(&"a".repeat(501)), None), "more than 500 bytes"),
        (
            change(Some("debug"), Some(0)),
            "`for_s` is a number of seconds from 1 to 86400",
        ),
        (change(None, Some(60)), "`for_s` takes `directives`"),
    ] {
        let answer = put(&admin, change).await;
        assert_eq!(answer.status, 422, "{answer:?}");
        assert!(answer.body.contains(why), "{answer:?}");
    }
    let changed = put(&admin, change(Some("info,server::ws=debug"), Some(600))).await;
    let changed: LogLevelInfo = changed.json();
    assert_eq!(changed.directives, "info,server::ws=debug");
    assert_eq!(changed.configured, "warn");
    assert!(changed.until_ms.is_some());
    let audit = "/api/v1/journal?stream=events&channel=audit&limit=100";
    let audit = ask(&server, &admin, "GET", audit).await.body;
    let entry = "admin changed the level of the log to `info,server::ws=debug` for 600 s";
    assert!(audit.contains(entry), "{audit}");
    // It ends with its time.
    put(&admin, change(Some("trace"), Some(1))).await;
    soon("the configured level", async {
        loop {
            let info: LogLevelInfo = ask(&server, &admin, "GET", LOG_LEVEL).await.json();
            if info.directives == "warn" && info.until_ms.is_none() {
                break;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    put(&admin, change(Some("debug"), None)).await;
    let reset: LogLevelInfo = put(&admin, change(None, None)).await.json();
    assert_eq!(reset.directives, "warn");
    server.drain(()).await;
}
