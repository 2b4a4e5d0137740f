//! A server that shows its dashboard to everybody: what somebody who is not signed in sees, and what nobody does.

use crate::access::PATHS;
use crate::support::account::{Credentials, ask, close_code, first_admin, head, send};
use crate::support::{
    EventViewer, RawViewer, Samples, TestServer, Viewer, get, last, soon, subscribe,
    subscribe_after,
};
use protocol::alerting::{AlertList, NewSilence, RuleDefinition};
use protocol::checks::{CheckList, CheckState};
use protocol::rooms::CreatedRoom;
use protocol::{
    ClientMessage, Data, Durable, Event, Level, Log, Process, Processes, ServerMessage, Stream,
    StreamOptions, Timestamp,
};
use serde_json::json;
use server::config::{CheckConfig, Public};

/// What only users see.
const SECRET: &str = "for-users-only";

/// What everybody sees.
const QUEUE: &str = "Queue";

/// What the public sees of the log.
const SEEN: [Stream; 4] = [
    Stream::Metrics,
    Stream::Data,
    Stream::Alerts,
    Stream::Samples,
];

/// A server with a user, secrets in all streams that the public does not see, and a value in one that it does.
async fn server() -> (TestServer, Credentials) {
    let check = format!("name = \"site\"\nurl = \"http://127.0.0.1:1/{SECRET}\"\nretries = 0");
    let check: CheckConfig = toml::from_str(&check).unwrap();
    let server = TestServer::start(|config| {
        config.public = Public::Dashboard;
        config.check = vec![check];
    })
    .await;
    let admin = first_admin(&server).await;
    let timestamp = Timestamp::now();
    let host = server.journal().own().name().to_owned();
    let secrets = vec![
        Durable::Event(Event {
            timestamp,
            level: Level::Error,
            source: SECRET.into(),
            message: SECRET.into(),
        }),
        Durable::Log(Log {
            timestamp,
            level: Level::Info,
            source: SECRET.into(),
            message: SECRET.into(),
        }),
        Durable::Processes(Processes {
            host,
            timestamp,
            count: None,
            top: vec![Process {
                pid: 1,
                name: SECRET.into(),
                cpu: 1.0,
                memory_bytes: 1,
                user: None,
            }],
        }),
    ];
    server.append_stored(secrets).await;
    let room = json!({"kind": "public", "name": SECRET, "members": []});
    let answer = send(&server, &admin, "POST", "/api/v1/rooms", &room).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let path = format!(
        "/api/v1/rooms/{}/messages",
        serde_json::from_str::<CreatedRoom>(&answer.body)
            .unwrap()
            .id
    );
    let answer = send(&server, &admin, "POST", &path, &json!({"text": SECRET})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let board = json!({"title": SECRET, "visibility": "team"});
    let answer = send(&server, &admin, "POST", "/api/v1/boards", &board).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    (server, admin)
}

/// Has an alert fire, be acknowledged and be silenced.
async fn acknowledged_alert(server: &TestServer, admin: &Credentials) {
    let rule = RuleDefinition {
        above: Some(5.0),
        ..RuleDefinition::new("Queue is long", QUEUE)
    };
    let answer = send(server, admin, "POST", "/api/v1/rules", &rule).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let alert = soon("an alert", async {
        loop {
            let value = Data {
                timestamp: Timestamp::now(),
                label: QUEUE.into(),
                value: 7.0,
                ..Data::default()
            };
            server.append_stored(vec![Durable::Data(value)]).await;
            let list: AlertList = ask(server, admin, "GET", "/api/v1/alerts").await.json();
            if let Some(alert) = list.alerts.into_iter().find(|it| it.rule == rule.name) {
                return alert;
            }
        }
    })
    .await;
    let path = format!("/api/v1/alerts/{}/acknowledgement", alert.id);
    let answer = send(server, admin, "PUT", &path, &json!({"why": SECRET})).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    let silence = NewSilence {
        rule: Some(rule.name),
        series: None,
        starts_ms: None,
        lasts: "1h".into(),
        repeat: None,
        why: SECRET.into(),
    };
    let answer = send(server, admin, "POST", "/api/v1/silences", &silence).await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_of_http_shows_the_public_what_users_see() {
    let (server, admin) = server().await;
    acknowledged_alert(&server, &admin).await;
    let (mut read, mut refused) = (0, 0);
    for (path, queries) in PATHS {
        for query in *queries {
            let now_ms = Timestamp::now().unix_ms().to_string();
            let path = format!("{path}{}", query.replace("NOW", &now_ms));
            let of_user = ask(&server, &admin, "GET", &path).await;
            let answer = get(&server, &path).await;
            match answer.status {
                200 => read += 1,
                401 | 303 => refused += 1,
                // The site may not be built into this server.
                503 if matches!(path.as_str(), "/" | "/dev/gallery") => {}
                _ => panic!("{path}: {answer:?}"),
            }
            assert!(!answer.body.contains(SECRET), "{path} leaks");
            let is_secret = of_user.body.contains(SECRET);
            let may_lack_it = answer.status != 200 || path.starts_with("/api/v1/");
            assert!(!is_secret || may_lack_it, "{path}");
        }
    }
    println!("{read} paths are read by the public, and {refused} are refused");
    assert!(read > 5 && refused > 5, "{read} read, {refused} refused");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_reads_metrics_alerts_and_checks() {
    let (server, admin) = server().await;
    acknowledged_alert(&server, &admin).await;
    let alerts: AlertList = get(&server, "/api/v1/alerts").await.json();
    let alert = alerts.alerts.iter().find(|it| it.rule == "Queue is long");
    let alert = alert.expect("the alert");
    assert_eq!((&alert.acknowledged, &alert.silence), (&None, &None));
    let of_user: AlertList = ask(&server, &admin, "GET", "/api/v1/alerts").await.json();
    let known = of_user.alerts.iter().find(|it| it.id == alert.id);
    assert!(known.is_some_and(|it| it.acknowledged.is_some() && it.silence.is_some()));

    let check = soon("a result", async {
        loop {
            let list: CheckList = get(&server, "/api/v1/checks").await.json();
            let down = list
                .checks
                .into_iter()
                .find(|it| it.state == CheckState::Down);
            if let Some(check) = down {
                return check;
            }
        }
    })
    .await;
    assert_eq!((check.url.as_str(), &check.error), ("", &None));

    let exposition = get(&server, "/metrics").await.body;
    let samples = Samples::parse(&exposition, false);
    assert!(!samples.with_prefix("node_").is_empty(), "{exposition}");
    for own in [
        "watchroom_build_info",
        "watchroom_viewers",
        "watchroom_password",
    ] {
        assert!(samples.with_prefix(own).is_empty(), "{own}");
    }
    let series = get(&server, "/api/v1/series").await.body;
    assert!(series.contains(QUEUE) && series.contains("cpu"), "{series}");

    let now_ms = Timestamp::now().unix_ms();
    let at = get(&server, &format!("/api/v1/at?time={now_ms}"))
        .await
        .body;
    assert!(
        at.contains("\"events\":[]") && at.contains("\"logs\":[]"),
        "{at}"
    );
    assert!(at.contains("\"processes\":null") || !at.contains("\"processes\":{"));
    assert!(at.contains("\"type\":\"metrics\""), "{at}");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_of_the_public_follow_what_it_may_see() {
    let (server, admin) = server().await;
    acknowledged_alert(&server, &admin).await;
    let all = Stream::PUBLIC.map(|stream| (stream, last(100)));
    let named = Stream::PUBLIC.map(|stream| {
        let options = StreamOptions {
            channels: Some(vec!["audit".into(), "r1".into()]),
            ..last(100)
        };
        (stream, options)
    });
    let resumed = subscribe_after(&all, server.epoch(), 0);
    // Of named channels there is nothing but what is asked for at once.
    let wanted = [(subscribe(&all), 3), (resumed, 3), (subscribe(&named), 1)];
    for (wanted, count) in wanted {
        let mut viewer = Viewer::connect(&server, "/ws").await;
        let subscribed = viewer.subscribe(wanted).await;
        assert_eq!(subscribed.streams, SEEN);
        // Live messages, too.
        let event = Event {
            timestamp: Timestamp::now(),
            level: Level::Info,
            source: SECRET.into(),
            message: SECRET.into(),
        };
        server.append_stored(vec![Durable::Event(event)]).await;
        let request = ClientMessage::RequestMetrics(Default::default());
        viewer.send(request).await;
        let mut metrics = 0;
        while metrics < count {
            let received = viewer.next().await;
            let text = format!("{received:?}");
            assert!(!text.contains(SECRET), "{text}");
            metrics += usize::from(matches!(received.message, Ok(ServerMessage::Metrics(_))));
        }
    }
    for path in ["/api/events/all?last_event_id=x:1", "/api/events/metrics"] {
        let mut events = EventViewer::connect(&server, path).await;
        let mut metrics = 0;
        while metrics < 2 {
            let received = events.next().await;
            let text = format!("{received:?}");
            assert!(!text.contains(SECRET), "{text}");
            metrics += usize::from(matches!(received.message, Ok(ServerMessage::Metrics(_))));
        }
    }
    let mut enveloped = RawViewer::connect(&server, "/dashboard", "").await;
    let mut updates = 0;
    while updates < 2 {
        let text = enveloped.next_text().await;
        assert!(!text.contains(SECRET), "{text}");
        updates += usize::from(text.contains("metrics_update"));
    }
    server.drain(enveloped).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_has_ended_is_not_the_publics() {
    let (server, admin) = server().await;
    let mut viewer = RawViewer::connect(&server, "/ws", &admin.0).await;
    let answer = ask(&server, &admin, "POST", "/api/v1/auth/logout").await;
    assert_eq!(answer.status, 204, "{answer:?}");
    assert_eq!(close_code(&mut viewer).await, 4001);
    let mut viewer = RawViewer::connect(&server, "/ws", &admin.0).await;
    assert_eq!(close_code(&mut viewer).await, 4001);
    assert_eq!(
        ask(&server, &admin, "GET", "/api/v1/alerts").await.status,
        401
    );
    // The page leads to the sign-in once, and has the browser forget the session.
    let page = head(&server, &admin, "GET", "/").await;
    assert_eq!(page.status, 303, "{page:?}");
    let cookie = page.header("Set-Cookie").expect("the cookie's end");
    assert!(
        cookie.contains("=;") && cookie.contains("Max-Age=0"),
        "{cookie}"
    );
    let account = get(&server, "/account").await;
    assert_eq!(account.header("Location"), Some("/login"), "{account:?}");
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_leaves_half_of_the_viewers_to_users() {
    let (server, admin) = server().await;
    let server = server.reconfigured(|config| config.limits.viewers = 4);
    let server = server.restart().await;
    let first = RawViewer::connect(&server, "/ws", "").await;
    let second = RawViewer::connect(&server, "/ws", "").await;
    let (_, refused) = RawViewer::ask(&server, "/ws", "").await;
    assert_eq!(refused.status, 503, "{refused:?}");
    let user = RawViewer::connect(&server, "/ws", &admin.0).await;
    server.drain((first, second, user)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_public_that_is_not_set() {
    let (server, _) = server().await;
    let server = server.reconfigured(|config| config.public = Public::Nothing);
    let server = server.restart().await;
    assert_eq!(get(&server, "/api/v1/alerts").await.status, 401);
    let mut viewer = RawViewer::connect(&server, "/ws", "").await;
    assert_eq!(close_code(&mut viewer).await, 4001);
    server.drain(viewer).await;
}
