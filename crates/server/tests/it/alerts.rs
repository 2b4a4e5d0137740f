//! Rules that fire and resolve, people who react to it, and restarts in between.

use crate::command_line::{Running, Workplace};
use crate::support::account::{Credentials, add_user, ask, first_admin, send, sign_in};
use crate::support::{Answer, TestServer, Viewer, encoded, get, soon};
use protocol::account::Role;
use protocol::alerting::*;
use protocol::{Alert, AlertState, Data, Durable, ServerMessage, Stream, StreamOptions, Timestamp};
use rustix::process::Signal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

pub(crate) const RULES: &str = r#"
[[rule]]
name = "Queue is long"
series = "Queue"
above = 10
clear = 5
for = "1s"
level = "error"
summary = "{value} wait in the queue of {region}"
runbook = "https://wiki.example.org/queues"
"#;

/// Now, but later than what was returned before: a second value of the same millisecond is ignored.
pub(crate) fn later() -> Timestamp {
    static LAST_MS: AtomicI64 = AtomicI64::new(0);
    let now_ms = Timestamp::now().unix_ms();
    let last_ms = LAST_MS.fetch_max(now_ms, Ordering::Relaxed);
    if last_ms < now_ms {
        return Timestamp::from_unix_ms(now_ms);
    }
    Timestamp::from_unix_ms(LAST_MS.fetch_add(1, Ordering::Relaxed) + 1)
}

pub(crate) fn queue(at: Timestamp, value: f64) -> Durable {
    Durable::Data(Data {
        timestamp: at,
        label: "Queue".into(),
        value,
        labels: [("region".to_owned(), "eu".to_owned())].into(),
        ..Data::default()
    })
}

pub(crate) async fn server(rules: &str) -> TestServer {
    let server = TestServer::start(|_| ()).await;
    let rules = rules.to_owned();
    server
        .restart_after(async |data_dir| {
            let directory = data_dir.join("rules");
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::write(directory.join("test.toml"), &rules).unwrap();
        })
        .await
}

/// Waits until the rules are evaluated.
pub(crate) async fn evaluated(server: &TestServer, rule: &str) {
    soon("the rules", async {
        while !get(server, "/api/v1/rules").await.body.contains(rule) {}
    })
    .await;
}

pub(crate) async fn firing(server: &TestServer, count: usize) -> Vec<AlertInfo> {
    soon("the list of alerts", async {
        loop {
            let list: AlertList = get(server, "/api/v1/alerts").await.json();
            if list.count == count {
                return list.alerts;
            }
        }
    })
    .await
}

async fn next_alert(viewer: &mut Viewer) -> Alert {
    let alert = |received: &protocol::Received| match &received.message {
        Ok(ServerMessage::Alert(alert)) => Some(alert.clone()),
        _ => None,
    };
    viewer.until("an alert", alert).await
}

async fn alert_viewer(server: &TestServer) -> Viewer {
    let mut viewer = Viewer::connect(server, "/ws").await;
    let wanted = [(Stream::Alerts, StreamOptions::default())];
    viewer.subscribe_to(&wanted).await;
    viewer
}

/// The alerts in the journal, the newest first.
async fn logged(server: &TestServer) -> Vec<String> {
    let page = get(server, "/api/v1/journal?stream=alerts").await;
    let states = page.body.split(r#""state":""#).skip(1);
    states
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_fires_once_is_handled_and_resolves() {
    let server = server(RULES).await;
    evaluated(&server, "Queue is long").await;
    let mut viewer = alert_viewer(&server).await;
    let start = later();
    server.append_stored(vec![queue(start, 12.5)]).await;
    let fired = next_alert(&mut viewer).await;
    // A second after the value, however long the server took.
    assert_eq!(fired.timestamp.unix_ms(), start.unix_ms() + 1_000);
    assert_eq!(fired.state, AlertState::Firing);
    assert_eq!(fired.message, "12.5 wait in the queue of eu");
    assert_eq!(fired.series.as_deref(), Some(r#"Queue{region="eu"}"#));
    assert_eq!(
        fired.runbook.as_deref(),
        Some("https://wiki.example.org/queues")
    );
    let id = fired.id.clone().unwrap();

    let nobody = Credentials::none();
    let path = format!("/api/v1/alerts/{id}/acknowledgement");
    let why = Acknowledge {
        why: "deploying".into(),
    };
    let answer = send(&server, &nobody, "PUT", &path, &why).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    let new = NewSilence {
        rule: Some("Queue is long".into()),
        series: Some(r#"Queue{region=~"e."}"#.into()),
        starts_ms: None,
        lasts: "1h".into(),
        repeat: None,
        why: "until noon".into(),
    };
    let answer = send(&server, &nobody, "POST", "/api/v1/silences", &new).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let silence: Silence = serde_json::from_str(&answer.body).unwrap();

    // All of it is there again after a restart, and nothing fires again.
    drop(viewer);
    let server = server.restart().await;
    evaluated(&server, "Queue is long").await;
    let [alert] = &firing(&server, 1).await[..] else {
        panic!("one alert")
    };
    assert_eq!(
        (&alert.id, alert.fired_ms),
        (&id, fired.timestamp.unix_ms())
    );
    assert_eq!(alert.acknowledged.as_ref().unwrap().why, "deploying");
    assert_eq!(alert.silence.as_ref(), Some(&silence.id));
    let mut viewer = alert_viewer(&server).await;
    // Between the clear threshold and the threshold it goes on.
    server.append_stored(vec![queue(later(), 7.0)]).await;
    let end = later();
    server.append_stored(vec![queue(end, 4.0)]).await;
    let resolved = next_alert(&mut viewer).await;
    assert_eq!(resolved.state, AlertState::Resolved);
    assert_eq!(resolved.id, Some(id));
    assert_eq!(resolved.fired_at, Some(fired.timestamp));
    assert_eq!(resolved.timestamp, end);
    firing(&server, 0).await;
    assert_eq!(logged(&server).await, ["resolved", "firing"]);

    let path = format!("/api/v1/silences/{}", silence.id);
    assert_eq!(ask(&server, &nobody, "DELETE", &path).await.status, 204);
    assert_eq!(ask(&server, &nobody, "DELETE", &path).await.status, 404);
    let events = get(&server, "/api/v1/journal?stream=events&source=alerts").await;
    for text in [
        "acknowledged Queue is long",
        "silenced Queue is long",
        "ended the silence",
    ] {
        assert!(events.body.contains(text), "{text}: {events:?}");
    }
    server.drain(viewer).await;
}

fn load_rule(name: &str, above: f64) -> RuleDefinition {
    RuleDefinition {
        above: Some(above),
        ..RuleDefinition::new(name, "Queue")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_created_changed_tested_and_removed() {
    let server = server(RULES).await;
    evaluated(&server, "Queue is long").await;
    let admin = first_admin(&server).await;
    add_user(&server, &admin, "olga", Role::Operator).await;
    add_user(&server, &admin, "vera", Role::Viewer).await;
    let (olga, vera) = (
        sign_in(&server, "olga").await,
        sign_in(&server, "vera").await,
    );
    let start_ms = Timestamp::now().unix_ms() - 60_000;
    let values = [1.0, 30.0, 30.0, 1.0, 40.0];
    let values = values.iter().enumerate().map(|(second, value)| {
        let at_ms = start_ms + second as i64 * 1_000;
        queue(Timestamp::from_unix_ms(at_ms), *value)
    });
    server.append_stored(values.collect()).await;

    // Before it is there, anybody who reads may ask what it would do.
    let test = Backtest {
        rule: load_rule("Above 20", 20.0),
        from_ms: start_ms - 1_000,
        to_ms: None,
    };
    let response: BacktestResponse = soon("the samples", async {
        loop {
            let answer = send(&server, &vera, "POST", "/api/v1/rules/backtest", &test).await;
            let response: BacktestResponse = answer.json();
            if response.samples == 5 {
                return response;
            }
        }
    })
    .await;
    let firings = response.firings.iter();
    let firings: Vec<_> = firings
        .map(|it| {
            (
                it.fired_ms - start_ms,
                it.resolved_ms.map(|it| it - start_ms),
            )
        })
        .collect();
    assert_eq!(firings, [(1_000, Some(3_000)), (4_000, None)]);

    // Only operators change rules.
    let rule = load_rule("Above/20 %", 20.0);
    let path = format!("/api/v1/rules/{}", encoded(&rule.name));
    let created = send(&server, &vera, "POST", "/api/v1/rules", &rule).await;
    assert_eq!(created.status, 403, "{created:?}");
    let created = send(&server, &olga, "POST", "/api/v1/rules", &rule).await;
    assert_eq!(created.status, 201, "{created:?}");
    let again = send(&server, &olga, "POST", "/api/v1/rules", &rule).await;
    assert_eq!(again.status, 409, "{again:?}");
    // It is true already, and has been for as long as the samples say.
    let alerts = soon("its alert", async {
        loop {
            let list: AlertList = ask(&server, &vera, "GET", "/api/v1/alerts").await.json();
            if let Some(alert) = list.alerts.into_iter().find(|it| it.rule == rule.name) {
                return alert;
            }
        }
    })
    .await;
    assert_eq!(alerts.fired_ms, start_ms + 4_000);

    let invalid = RuleDefinition {
        for_: Some("soon".into()),
        ..rule.clone()
    };
    let refused = send(&server, &olga, "PUT", &path, &invalid).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.body.contains("`for`"), "{refused:?}");
    let higher = RuleDefinition {
        above: Some(50.0),
        ..rule.clone()
    };
    let changed = send(&server, &olga, "PUT", &path, &higher).await;
    assert_eq!(changed.status, 204, "{changed:?}");
    let rules: RuleList = ask(&server, &vera, "GET", "/api/v1/rules").await.json();
    let info = rules
        .rules
        .iter()
        .find(|it| it.definition.name == rule.name)
        .unwrap();
    assert_eq!(
        (info.origin, info.by.as_deref()),
        (RuleOrigin::Stored, Some("olga"))
    );
    assert_eq!(info.definition, higher);

    // What a file defines is changed there.
    let of_file = format!("/api/v1/rules/{}", encoded("Queue is long"));
    let refused = ask(&server, &admin, "DELETE", &of_file).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    let removed = ask(&server, &olga, "DELETE", &path).await;
    assert_eq!(removed.status, 204, "{removed:?}");
    let missing = ask(&server, &olga, "DELETE", &path).await;
    assert_eq!(missing.status, 404, "{missing:?}");
    let audit = ask(
        &server,
        &admin,
        "GET",
        "/api/v1/journal?stream=events&channel=audit",
    )
    .await;
    for text in [
        "olga created the rule",
        "olga changed the rule",
        "olga removed the rule",
    ] {
        assert!(audit.body.contains(text), "{text}: {audit:?}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_store_has_no_alerts() {
    let server = TestServer::in_memory().await;
    for path in ["/api/v1/alerts", "/api/v1/rules", "/api/v1/silences"] {
        let answer = get(&server, path).await;
        assert_eq!(answer.status, 404, "{answer:?}");
        assert!(answer.body.contains("stores nothing"), "{answer:?}");
    }
    server.drain(()).await;
}

/// A process that is killed and started again with the same data.
struct Killed {
    workplace: Workplace,
    server: Option<Running>,
}

/// A condition is tried so long.
const SOON: Duration = Duration::from_secs(60);

impl Killed {
    fn new(rules: &str) -> Self {
        let workplace = Workplace::new();
        workplace.write("rules/test.toml", rules);
        let mut killed = Self {
            workplace,
            server: None,
        };
        killed.start();
        killed
    }

    fn start(&mut self) {
        let rules = self.workplace.path().join("rules");
        let arguments = ["serve", "--demo", "--demo-days=0", "--listen=127.0.0.1:0"];
        let mut command = self.workplace.command(&arguments);
        command.env("WATCHROOM_ALERTS__RULES_DIR", rules);
        self.server = Some(Running::start(&mut command));
    }

    fn kill(&mut self) {
        if let Some(server) = self.server.take() {
            server.signal(Signal::KILL);
            server.finish();
        }
    }

    fn restart(&mut self) {
        self.kill();
        self.start();
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Answer {
        let address = self.server.as_ref().unwrap().address;
        let mut socket = TcpStream::connect(address).unwrap();
        write!(
            socket,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        Answer::parse(&answer)
    }

    fn send(&self, method: &str, path: &str, body: &impl Serialize) -> Answer {
        self.request(method, path, &serde_json::to_string(body).unwrap())
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        self.request("GET", path, "").json()
    }

    fn value(&self, at_ms: i64, value: f64) {
        let at = Timestamp::from_unix_ms(at_ms);
        let body = format!(
            r#"{{"type":"data","label":"Queue","value":{value},"timestamp":"{at}","labels":{{"region":"eu"}}}}"#
        );
        let answer = self.request("POST", "/api/v1/ingest", &body);
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    #[track_caller]
    fn until<T>(&self, what: &str, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            assert!(start.elapsed() < SOON, "no {what}");
        }
    }

    fn state(&self) -> Option<SeriesState> {
        let rules: RuleList = self.get("/api/v1/rules");
        let mut rules = rules.rules.into_iter();
        let rule = rules.find(|it| it.definition.name == "Queue is long")?;
        rule.series.into_iter().next()
    }

    fn until_state(&self, state: RuleState) -> SeriesState {
        self.until(state.name(), |it| it.state().filter(|it| it.state == state))
    }

    /// The states of the alerts in the journal, the oldest first, with their ids.
    fn logged(&self) -> Vec<(String, String)> {
        let page = self.request("GET", "/api/v1/journal?stream=alerts", "");
        let alerts = page.body.split(r#""state":""#).skip(1);
        let text = |rest: &str| rest.split('"').next().unwrap().to_owned();
        let mut alerts: Vec<_> = alerts
            .map(|rest| (text(rest), text(rest.split(r#""id":""#).nth(1).unwrap())))
            .collect();
        alerts.reverse();
        alerts
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        self.kill();
    }
}

#[test]
fn a_kill_in_any_state_neither_forgets_nor_fires_again() {
    let rules = RULES.replace("for = \"1s\"", "for = \"4s\"");
    let mut server = Killed::new(&rules);
    for round in 0..3 {
        // Pending: the duration goes on.
        let start_ms = Timestamp::now().unix_ms();
        server.value(start_ms, 20.0);
        let pending = server.until_state(RuleState::Pending);
        assert_eq!(pending.since_ms, Some(start_ms), "round {round}");
        server.restart();
        let fired = server.until_state(RuleState::Firing);
        assert_eq!(fired.since_ms, Some(start_ms + 4_000), "round {round}");
        server.until("committed alert", |it| {
            (it.logged().len() == 2 * round + 1).then_some(())
        });

        // Firing: it neither fires again nor is forgotten.
        server.restart();
        let firing = server.until_state(RuleState::Firing);
        assert_eq!(firing.since_ms, fired.since_ms, "round {round}");
        server.value(Timestamp::now().unix_ms(), 20.0);
        let list: AlertList = server.get("/api/v1/alerts");
        assert_eq!(list.count, 1, "round {round}");

        // Killed right after the value that ends it: that is found in what is stored.
        server.value(Timestamp::now().unix_ms() + 1, 1.0);
        server.restart();
        server.until_state(RuleState::Ok);
        server.until("committed end", |it| {
            (it.logged().len() == 2 * round + 2).then_some(())
        });

        // Resolved: nothing of before happens again.
        server.restart();
        server.until_state(RuleState::Ok);
    }
    let logged = server.logged();
    let states: Vec<_> = logged.iter().map(|(state, _)| state.as_str()).collect();
    assert_eq!(states, ["firing", "resolved"].repeat(3));
    for pair in logged.chunks(2) {
        assert_eq!(pair[0].1, pair[1].1, "an alert has one id");
    }
}

#[test]
fn an_invalid_file_keeps_its_rules_and_a_valid_one_replaces_them() {
    let server = Killed::new(RULES);
    server.until("rules", |it| {
        let rules: RuleList = it.get("/api/v1/rules");
        let mut rules = rules.rules.iter();
        rules
            .find(|it| it.definition.name == "Queue is long")
            .map(|_| ())
    });
    let reload = |rules: &str| {
        server.workplace.write("rules/test.toml", rules);
        server.server.as_ref().unwrap().signal(Signal::HUP);
    };
    reload(&RULES.replace("for = \"1s\"", "for = 1"));
    let errors = server.until("error", |it| {
        let rules: RuleList = it.get("/api/v1/rules");
        Some(rules.errors).filter(|errors| !errors.is_empty())
    });
    assert!(errors[0].starts_with("test.toml, line 7: "), "{errors:?}");
    let for_ = |rules: &RuleList| {
        let mut rules = rules.rules.iter();
        let rule = rules.find(|it| it.definition.name == "Queue is long");
        rule.unwrap().definition.for_.clone()
    };
    assert_eq!(for_(&server.get("/api/v1/rules")).as_deref(), Some("1s"));
    reload(&RULES.replace("for = \"1s\"", "for = \"2s\""));
    server.until("new rule", |it| {
        let rules: RuleList = it.get("/api/v1/rules");
        let is_new = rules.errors.is_empty() && for_(&rules).as_deref() == Some("2s");
        is_new.then_some(())
    });
    // A rule of the program may be switched off in the page, and stays so.
    let mut cpu = RuleDefinition::new("CPU is busy", "cpu");
    cpu.above = Some(99.0);
    cpu.enabled = false;
    let answer = server.send("PUT", "/api/v1/rules/CPU%20is%20busy", &cpu);
    assert_eq!(answer.status, 204, "{answer:?}");
}

/// A server that notes each body that it receives, with its header, and answers with the statuses in turn; the last
/// one again and again.
async fn receiver(statuses: &'static [u16]) -> (String, mpsc::UnboundedReceiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks/secret", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut statuses = statuses.iter().copied();
        let mut status = 200;
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = String::new();
            let body = loop {
                let mut chunk = [0; 4_096];
                let length = socket.read(&mut chunk).await.unwrap();
                request.push_str(std::str::from_utf8(&chunk[..length]).unwrap());
                let Some((head, body)) = request.split_once("\r\n\r\n") else {
                    continue;
                };
                let length = head
                    .to_lowercase()
                    .split("content-length: ")
                    .nth(1)
                    .map(|rest| {
                        let length = rest.split("\r\n").next().unwrap();
                        length.parse::<usize>().unwrap()
                    });
                if body.len() >= length.unwrap() {
                    break (head.to_lowercase(), body.to_owned());
                }
            };
            status = statuses.next().unwrap_or(status);
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
            socket.write_all(answer.as_bytes()).await.unwrap();
            let _ = sender.send(body);
        }
    });
    (url, receiver)
}

fn webhook(url: &str) -> NewTarget {
    NewTarget {
        name: "hook".into(),
        kind: TargetKind::Webhook,
        url: url.into(),
        is_private: true,
        level: protocol::Level::Warning,
        host: None,
        labels: protocol::Labels::new(),
        resolved: true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_notified_with_evidence_and_retried() {
    let server = server(RULES).await;
    evaluated(&server, "Queue is long").await;
    let nobody = Credentials::none();
    // It is only reached if it may be private.
    let (url, mut received) = receiver(&[500, 200]).await;
    let public = NewTarget {
        is_private: false,
        name: "public".into(),
        ..webhook(&url)
    };
    for target in [&public, &webhook(&url)] {
        let answer = send(&server, &nobody, "POST", "/api/v1/targets", target).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert!(!answer.body.contains("secret"), "{answer:?}");
    }
    server.append_stored(vec![queue(later(), 12.5)]).await;
    let (head, body) = soon("a notification", received.recv()).await.unwrap();
    let (again, same) = soon("a retry", received.recv()).await.unwrap();
    let id = |head: &str| {
        let id = head.split("idempotency-key: ").nth(1).unwrap();
        id.split("\r\n").next().unwrap().to_owned()
    };
    assert_eq!(id(&head), id(&again), "a repetition has the same id");
    assert_eq!(body, same);
    let body: WebhookBody = serde_json::from_str(&body).unwrap();
    let [alert] = &body.alerts[..] else {
        panic!("{body:?}")
    };
    assert_eq!(alert.alert.message, "12.5 wait in the queue of eu");
    let at = alert.alert.timestamp;
    assert!(alert.url.ends_with(&format!("/?at={at}")), "{}", alert.url);
    assert!(
        !alert.processes.is_empty() && !alert.events.is_empty(),
        "{alert:?}"
    );

    let list = soon("what became of it", async {
        loop {
            let list: TargetList = get(&server, "/api/v1/targets").await.json();
            let is_done = list.targets.iter().any(|it| it.delivered == 1);
            if is_done && list.targets.iter().all(|it| !it.failures.is_empty()) {
                return list.targets;
            }
        }
    })
    .await;
    let [hook, refused] = &list[..] else {
        panic!("{list:?}")
    };
    assert_eq!(hook.failures[0].why, "the status of the response is 500");
    assert!(
        refused.failures[0].why.contains("private networks"),
        "{refused:?}"
    );
    let path = format!("/api/v1/targets/{}", refused.id);
    assert_eq!(ask(&server, &nobody, "DELETE", &path).await.status, 204);

    // After a restart it continues where it was: nothing is sent twice.
    let server = server.restart().await;
    evaluated(&server, "Queue is long").await;
    server.append_stored(vec![queue(later(), 1.0)]).await;
    let (_, body) = soon("the end", received.recv()).await.unwrap();
    let body: WebhookBody = serde_json::from_str(&body).unwrap();
    let states: Vec<_> = body.alerts.iter().map(|it| it.alert.state).collect();
    assert_eq!(states, [AlertState::Resolved]);
    let path = format!("/api/v1/targets/{}/test", hook.id);
    let test: TargetTest = ask(&server, &nobody, "POST", &path).await.json();
    assert_eq!((test.status, test.error), (Some(200), None));
    let (_, body) = soon("the test", received.recv()).await.unwrap();
    assert!(body.contains("This is a test"), "{body}");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silenced_alert_notifies_nobody_until_the_silence_ends() {
    let server = server(RULES).await;
    evaluated(&server, "Queue is long").await;
    let nobody = Credentials::none();
    let (url, mut received) = receiver(&[200]).await;
    let answer = send(&server, &nobody, "POST", "/api/v1/targets", &webhook(&url)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let silence = NewSilence {
        rule: Some("Queue is long".into()),
        series: None,
        starts_ms: None,
        lasts: "1h".into(),
        repeat: None,
        why: String::new(),
    };
    let answer = send(&server, &nobody, "POST", "/api/v1/silences", &silence).await;
    let silence: Silence = serde_json::from_str(&answer.body).unwrap();
    let start = later();
    // Fired and resolved while it is silenced: never news.
    server.append_stored(vec![queue(start, 12.0)]).await;
    firing(&server, 1).await;
    server.append_stored(vec![queue(later(), 1.0)]).await;
    firing(&server, 0).await;
    let second = later();
    server.append_stored(vec![queue(second, 13.0)]).await;
    let [alert] = &firing(&server, 1).await[..] else {
        panic!("one alert")
    };
    let path = format!("/api/v1/silences/{}", silence.id);
    assert_eq!(ask(&server, &nobody, "DELETE", &path).await.status, 204);
    let (_, body) = soon("the alert that is left", received.recv())
        .await
        .unwrap();
    let body: WebhookBody = serde_json::from_str(&body).unwrap();
    let ids: Vec<_> = body
        .alerts
        .iter()
        .map(|it| it.alert.id.clone().unwrap())
        .collect();
    assert_eq!(ids, std::slice::from_ref(&alert.id));
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_that_a_target_refuses_holds_up_no_other() {
    let server = server(RULES).await;
    evaluated(&server, "Queue is long").await;
    let nobody = Credentials::none();
    let (url, mut received) = receiver(&[400, 400, 400, 200]).await;
    let answer = send(&server, &nobody, "POST", "/api/v1/targets", &webhook(&url)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    server.append_stored(vec![queue(later(), 12.5)]).await;
    for _ in 0..3 {
        let (_, body) = soon("an attempt", received.recv()).await.unwrap();
        let body: WebhookBody = serde_json::from_str(&body).unwrap();
        assert_eq!(body.alerts.len(), 1, "{body:?}");
    }
    server.append_stored(vec![queue(later(), 1.0)]).await;
    let (_, body) = soon("what follows", received.recv()).await.unwrap();
    let body: WebhookBody = serde_json::from_str(&body).unwrap();
    let states: Vec<_> = body.alerts.iter().map(|it| it.alert.state).collect();
    assert_eq!(states, [AlertState::Resolved]);
    let list: TargetList = get(&server, "/api/v1/targets").await.json();
    assert!(list.targets[0].failures[0].is_final, "{list:?}");
    server.drain(()).await;
}

/// A mail server that hands over each message that it receives, and answers RCPT with a status.
async fn mail_server(rcpt: &'static str) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let sender = sender.clone();
            tokio::spawn(async move {
                let mut socket = BufReader::new(socket);
                socket.write_all(b"220 test\r\n").await.unwrap();
                let (mut line, mut message, mut is_data) = (String::new(), String::new(), false);
                while socket
                    .read_line(&mut line)
                    .await
                    .is_ok_and(|length| length > 0)
                {
                    let reply = match line.split([' ', '\r']).next().unwrap_or_default() {
                        "." if is_data => {
                            let _ = sender.send(std::mem::take(&mut message));
                            is_data = false;
                            "250 accepted"
                        }
                        _ if is_data => {
                            message.push_str(&line);
                            ""
                        }
                        "RCPT" => {
                            message.push_str(&line);
                            rcpt
                        }
                        "DATA" => {
                            is_data = true;
                            "354 go on"
                        }
                        _ => "250 test",
                    };
                    if !reply.is_empty() {
                        let reply = format!("{reply}\r\n");
                        socket.write_all(reply.as_bytes()).await.unwrap();
                    }
                    line.clear();
                }
            });
        }
    });
    (url, receiver)
}

/// A server with the rules of the tests that sends e-mail.
async fn mailing_server(url: String) -> TestServer {
    let server = TestServer::start(|config| {
        config.alerts.smtp_url = url.into();
        config.alerts.smtp_from = "Watchroom <watchroom@example.org>".into();
    })
    .await;
    server
        .restart_after(async |data_dir| {
            let directory = data_dir.join("rules");
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::write(directory.join("test.toml"), RULES).unwrap();
        })
        .await
}

fn mail_target() -> NewTarget {
    NewTarget {
        kind: TargetKind::Email,
        ..webhook("mailto:ops@example.org,anna@example.org")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_sent_by_email() {
    let (url, mut received) = mail_server("250 accepted").await;
    let server = mailing_server(url).await;
    evaluated(&server, "Queue is long").await;
    let nobody = Credentials::none();
    let answer = send(&server, &nobody, "POST", "/api/v1/targets", &mail_target()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let start = later();
    server.append_stored(vec![queue(start, 12.5)]).await;
    let message = soon("the message", received.recv()).await.unwrap();
    for expected in [
        "RCPT TO:<ops@example.org>",
        "RCPT TO:<anna@example.org>",
        "From: Watchroom <watchroom@example.org>",
        "Subject: Error: Queue is long",
        "Auto-Submitted: auto-generated",
        "12.5 wait in the queue of eu",
        "https://wiki.example.org/queues",
    ] {
        assert!(message.contains(expected), "{expected} in {message}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_refuses_is_reported() {
    let (url, _received) = mail_server("550 unknown").await;
    let server = mailing_server(url).await;
    evaluated(&server, "Queue is long").await;
    let nobody = Credentials::none();
    let answer = send(&server, &nobody, "POST", "/api/v1/targets", &mail_target()).await;
    let target: TargetInfo = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(target.url_host, "ops@example.org,anna@example.org");
    let path = format!("/api/v1/targets/{}/test", target.id);
    let test: TargetTest = ask(&server, &nobody, "POST", &path).await.json();
    let error = test.error.unwrap_or_default();
    assert!(error.contains("550"), "{error}");
    assert_eq!(test.status, None);
    for url in [
        "ops@example.org",
        "mailto:",
        "mailto:ops",
        "mailto:a@b.example,",
    ] {
        let wrong = NewTarget {
            name: "wrong".into(),
            url: url.into(),
            ..mail_target()
        };
        let answer = send(&server, &nobody, "POST", "/api/v1/targets", &wrong).await;
        assert_eq!(answer.status, 422, "{url}: {answer:?}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_there_are_no_targets_of_email() {
    let server = server(RULES).await;
    let nobody = Credentials::none();
    let answer = send(&server, &nobody, "POST", "/api/v1/targets", &mail_target()).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(answer.body.contains("alerts.smtp_url"), "{answer:?}");
    server.drain(()).await;
}

/// Ten rules about one target, the first of which inhibits the others.
fn rules_about_one_target() -> String {
    let rule = |place: u32| {
        let inhibits = if place == 0 {
            "inhibits = [\"region\"]"
        } else {
            ""
        };
        format!("[[rule]]\nname = \"Rule {place}\"\nseries = \"Queue\"\nabove = 10\n{inhibits}\n")
    };
    (0..10).map(rule).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_alert_inhibits_notifies_nobody_until_that_resolves() {
    let server = server(&rules_about_one_target()).await;
    evaluated(&server, "Rule 9").await;
    let nobody = Credentials::none();
    let (url, mut received) = receiver(&[200]).await;
    let answer = send(&server, &nobody, "POST", "/api/v1/targets", &webhook(&url)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    server.append_stored(vec![queue(later(), 12.5)]).await;
    firing(&server, 10).await;
    let (_, body) = soon("a notification", received.recv()).await.unwrap();
    let body: WebhookBody = serde_json::from_str(&body).unwrap();
    let rules: Vec<_> = body.alerts.iter().map(|it| &*it.alert.rule).collect();
    assert_eq!(rules, ["Rule 0"]);
    // Nobody needs to know of the others, if they resolve with it.
    server.append_stored(vec![queue(later(), 1.0)]).await;
    firing(&server, 0).await;
    let (_, body) = soon("the end", received.recv()).await.unwrap();
    let body: WebhookBody = serde_json::from_str(&body).unwrap();
    let ended: Vec<_> = body
        .alerts
        .iter()
        .map(|it| (&*it.alert.rule, it.alert.state))
        .collect();
    assert_eq!(ended, [("Rule 0", AlertState::Resolved)]);
    server.drain(()).await;
}
