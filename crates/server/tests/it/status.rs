//! The status page: what it shows, to whom, and that nothing else becomes public by it.

use crate::access::PATHS;
use crate::checks::{check, in_state, site};
use crate::maintenance::opens_at;
use crate::support::account::{Credentials, add_user, ask, first_admin, head, send, sign_in};
use crate::support::{Answer, TestServer, get, soon};
use accounts::{Action, Role};
use protocol::Timestamp;
use protocol::alerting::NewSilence;
use protocol::checks::CheckState;
use server::config::{CheckConfig, Config, StatusPage};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// In the address of a check, in the name of another one that is not public, and in what is wrong.
const SECRET: &str = "for-users-only";

const PAGES: [&str; 3] = ["/status", "/status.json", "/status/badge.svg"];

fn public(name: &str, url: String) -> CheckConfig {
    CheckConfig {
        public: true,
        ..check(name, url)
    }
}

async fn server(setting: StatusPage, site: &str) -> TestServer {
    let checks = vec![
        public("shop", format!("http://{site}/{SECRET}")),
        public("mail", format!("http://{site}/{SECRET}")),
        check(SECRET, format!("http://{site}/{SECRET}")),
        public("broken", "http://127.0.0.1:1/".to_owned()),
    ];
    let change = |config: &mut Config| {
        config.status_page = setting;
        config.check = checks;
    };
    TestServer::start(change).await
}

/// Asks until the answer says this: what is shown can be five seconds old.
async fn says(server: &TestServer, path: &str, text: &str) -> Answer {
    soon(&format!("{path} says {text}"), async {
        loop {
            let answer = get(server, path).await;
            if answer.body.contains(text) {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_the_names_and_states_of_public_checks_and_nothing_else() {
    let is_well = Arc::new(AtomicBool::new(true));
    let site = site(Arc::clone(&is_well), "well".into()).await;
    let server = server(StatusPage::Public, &site).await;
    for name in ["shop", "mail", SECRET] {
        in_state(&server, name, CheckState::Up).await;
    }
    in_state(&server, "broken", CheckState::Down).await;
    let admin = first_admin(&server).await;
    let page = says(&server, "/status", "1 of 3 checks failing").await;
    let badge = get(&server, "/status/badge.svg?check=shop").await;
    let answers = [
        page,
        get(&server, "/status.json").await,
        get(&server, "/status/badge.svg").await,
        badge,
    ];
    let own = server.journal().own().name().to_owned();
    for answer in &answers {
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("public, max-age=5"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        for hidden in [
            SECRET,
            "http://",
            "127.0.0.1",
            &site,
            &own,
            "refused",
            "Connection",
        ] {
            let body = answer.body.replace("http://www.w3.org/2000/svg", "");
            assert!(!body.contains(hidden), "{hidden} in {body}");
        }
    }
    let [page, json, overall, shop] = &answers;
    for expected in [
        "<h2>shop</h2>",
        "<h2>mail</h2>",
        "<h2>broken</h2>",
        ">Down</p>",
    ] {
        assert!(page.body.contains(expected), "{expected}: {page:?}");
    }
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(
        policy.contains("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    assert!(json.body.contains(r#""state":"failing""#), "{json:?}");
    assert!(overall.body.contains("status: failing"), "{overall:?}");
    assert!(shop.body.contains("shop: up"), "{shop:?}");
    assert_eq!(
        shop.header("cross-origin-resource-policy"),
        Some("cross-origin")
    );
    assert_eq!(
        page.header("cross-origin-resource-policy"),
        Some("same-origin")
    );
    for unknown in [SECRET, "nothing"] {
        let path = format!("/status/badge.svg?check={unknown}");
        assert_eq!(get(&server, &path).await.status, 404, "{unknown}");
    }

    // The days come from history.
    says(&server, "/status", "100 % up in 1 day").await;
    says(&server, "/status.json", r#""uptime":1.0"#).await;

    // A credential that does not count shows no less.
    let ended = Credentials::bearer("wr_nonsense");
    for path in PAGES {
        assert_eq!(
            head(&server, &ended, "GET", path).await.status,
            200,
            "{path}"
        );
    }

    // What is maintained is not failing.
    let window = NewSilence {
        rule: Some("Check is down".into()),
        series: Some("check_up{check=\"broken\"}".into()),
        starts_ms: None,
        lasts: "2h".into(),
        repeat: Some(opens_at(Timestamp::now().unix_ms() - 60_000)),
        why: "New <disks>".into(),
    };
    let answer = send(&server, &admin, "POST", "/api/v1/silences", &window).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let page = says(&server, "/status", "1 of 3 checks down for maintenance").await;
    assert!(
        page.body
            .contains("<p>New &lt;disks&gt;</p><p class=\"facts\">broken · until ")
    );

    is_well.store(false, Ordering::SeqCst);
    let page = says(&server, "/status", "2 of 3 checks failing").await;
    assert!(!page.body.contains("503"), "{page:?}");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_becomes_public() {
    let off = server(StatusPage::Off, "127.0.0.1:1").await;
    let with_page = server(StatusPage::Public, "127.0.0.1:1").await;
    first_admin(&with_page).await;
    let mut differ = Vec::new();
    for (route, other) in off.routes().iter().zip(with_page.routes()) {
        assert_eq!((&route.path, &route.method), (&other.path, &other.method));
        if route.action != other.action {
            assert_eq!(
                (route.action, other.action),
                (Action::ReadStatus, Action::ReadPublic)
            );
            differ.push(route.path.as_str());
        }
    }
    differ.sort_unstable();
    assert_eq!(differ, PAGES);
    // What reads the log is refused as before.
    let routes = with_page.routes();
    let is_open = |path: &str| {
        let mut open = routes.iter().filter(|it| it.action == Action::ReadPublic);
        open.any(|it| it.path == path)
    };
    for (path, queries) in PATHS {
        for query in queries.iter().filter(|_| !is_open(path)) {
            let now_ms = Timestamp::now().unix_ms().to_string();
            let path = format!("{path}{}", query.replace("NOW", &now_ms));
            let answer = get(&with_page, &path).await;
            assert!(matches!(answer.status, 401 | 303), "{path}: {answer:?}");
        }
    }
    off.drain(()).await;
    with_page.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_see_a_page_that_is_for_users() {
    let server = server(StatusPage::SignedIn, "127.0.0.1:1").await;
    let admin = first_admin(&server).await;
    add_user(&server, &admin, "vera", Role::Viewer).await;
    let vera = sign_in(&server, "vera").await;
    for (path, refused) in PAGES.into_iter().zip([303, 401, 401]) {
        assert_eq!(get(&server, path).await.status, refused, "{path}");
        let answer = ask(&server, &vera, "GET", path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("cache-control"), Some("private, max-age=5"));
        assert!(!answer.body.contains(SECRET), "{path}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_off_says_how_it_is_turned_on() {
    let server = server(StatusPage::Off, "127.0.0.1:1").await;
    for path in PAGES {
        let answer = get(&server, path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body.contains("`status_page`"), "{answer:?}");
    }
    let admin = first_admin(&server).await;
    assert_eq!(get(&server, "/status.json").await.status, 401);
    assert_eq!(ask(&server, &admin, "GET", "/status").await.status, 404);
    server.drain(()).await;
}

/// However many ask, it is gathered once: all see the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_is_shared() {
    let server = server(StatusPage::Public, "127.0.0.1:1").await;
    let answers =
        futures_util::future::join_all((0..50).map(|_| get(&server, "/status.json"))).await;
    let updated = |answer: &Answer| {
        let (_, rest) = answer.body.split_once("\"updated\":").unwrap();
        rest.split(',').next().unwrap().to_owned()
    };
    let mut moments: Vec<String> = answers.iter().map(updated).collect();
    moments.dedup();
    assert_eq!(moments.len(), 1, "{moments:?}");
    server.drain(()).await;
}
