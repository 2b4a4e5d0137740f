//! What the server sends to a browser that asks for the page.

use client::{Assets, Page, PageKind, Snapshot, render};
use protocol::Timestamp;
use protocol::account::{ActivityFilter, UserPreferences};

const EVENT: &str = r#"{"type":"event","seq":1,"prev":0,"stream":"events","timestamp":"2026-01-15T10:29:59Z","level":"error","source":"<i>","message":"</script><script>alert(1)</script>"}"#;
const SAMPLE: &str = r#"{"type":"metrics","seq":2,"prev":0,"stream":"metrics","host":"local","timestamp":"2026-01-15T10:30:00Z","interval_ms":1000,"cpu":45.2,"cores":[-3,null,1e300],"memory":1e300,"disks":[{"mount":"/","percent":-1,"used_bytes":0,"total_bytes":0}],"network_sent":1024000}"#;

fn page(messages: &[&str]) -> String {
    render_page(PageKind::Dashboard, snapshot(messages))
}

fn snapshot(messages: &[&str]) -> Snapshot {
    Snapshot {
        server_version: "0.1.0".into(),
        host: "<b>atlas</b>".into(),
        hosts: Vec::new(),
        own_names: Vec::new(),
        account: None,
        manages_users: false,
        now: now(),
        epoch: "k3v9".into(),
        head: 2,
        oldest: None,
        viewers: 3,
        messages: messages.iter().map(|text| (*text).to_owned()).collect(),
    }
}

fn now() -> Timestamp {
    "2026-01-15T10:30:00.5Z".parse().expect("a time")
}

fn render_page(kind: PageKind, snapshot: Snapshot) -> String {
    render_for(kind, snapshot, false, None)
}

fn render_for(
    kind: PageKind,
    snapshot: Snapshot,
    is_public: bool,
    preferences: Option<UserPreferences>,
) -> String {
    render(Page {
        kind,
        is_public,
        preferences,
        snapshot,
        assets: Assets {
            js: "/watch/pkg/watchroom.a1.js".into(),
            wasm: "/watch/pkg/watchroom.a1.wasm".into(),
            css: "/watch/pkg/watchroom.a1.css".into(),
        },
        base_path: "/watch".into(),
        ws_url: Some("wss://live.example.org/ws".into()),
        nonce: Some("n0nce".into()),
        images: vec!["https://a.example".into(), "https://b.example".into()],
        zone: None,
        reload_port: None,
    })
}

/// The text of the element with this test identifier, without the tags in it.
fn shown(html: &str, test_id: &str) -> String {
    let from = html
        .find(&format!("data-testid=\"{test_id}\""))
        .expect(test_id);
    let element = &html[from..];
    let content = &element[element.find('>').expect("a whole tag") + 1..];
    let mut text = String::new();
    let mut depth = 1;
    for part in content.split_inclusive('>') {
        let (before, tag) = part.split_once('<').unwrap_or((part, ""));
        text.push_str(before);
        match tag.as_bytes().first() {
            Some(b'/') => depth -= 1,
            Some(b'!') => {}
            _ => depth += 1,
        }
        if depth == 0 {
            break;
        }
    }
    text.trim_end().to_owned()
}

#[test]
fn shows_the_current_figures_without_scripts() {
    let html = page(&[EVENT, SAMPLE]);
    assert_eq!(shown(&html, "cpu-value"), "45.2 %");
    assert_eq!(shown(&html, "network-sent"), "1.02 MB/s");
    assert_eq!(shown(&html, "client-count"), "3");
    assert_eq!(shown(&html, "last-sample"), "10:30:00 UTC");
    assert!(html.contains(r#"datetime="2026-01-15T10:30:00.000Z""#));
}

#[test]
fn what_is_absent_is_a_dash_with_a_reason() {
    assert_eq!(shown(&page(&[SAMPLE]), "disk-value"), "–");
    assert!(page(&[SAMPLE]).contains("This host does not report it"));
    assert_eq!(shown(&page(&[]), "cpu-value"), "–");
    assert!(page(&[]).contains("Waiting for data…"));
}

#[test]
fn a_core_that_is_offline_is_not_counted() {
    assert!(page(&[SAMPLE]).contains("2 cores"));
}

#[test]
fn the_bytes_in_all_are_of_the_interfaces_that_the_rate_counts() {
    let totals = r#""network_sent_total_bytes":1073741824,"interfaces":[{"name":"lo","sent":0,"recv":0,"sent_total_bytes":5000000000,"recv_total_bytes":5000000000}],"network_sent""#;
    let html = page(&[&SAMPLE.replace(r#""network_sent""#, totals)]);
    assert!(html.contains("1.00\u{a0}GiB since boot"));
    // How much was received is not known.
    assert_eq!(html.matches("since boot").count(), 1);
}

#[test]
fn pages_of_accounts_show_no_data() {
    for kind in PageKind::ACCOUNTS {
        let html = render_page(kind, Snapshot::without_data(now()));
        assert!(html.contains("<h1 id=\"account-title\""), "{kind:?}");
        assert!(html.contains("href=\"/watch/account.css\""), "{kind:?}");
        assert!(!html.contains("cpu-value"), "{kind:?}");
        assert!(html.contains(r#""host":"","hosts":[]"#), "{kind:?}");
    }
    assert!(!page(&[]).contains("account.css"));
}

#[test]
fn the_rail_leads_to_the_account_of_who_is_signed_in() {
    let mut snapshot = snapshot(&[]);
    assert!(!page(&[]).contains("account-link"));
    snapshot.account = Some("<anna>".into());
    let html = render_page(PageKind::Dashboard, snapshot);
    assert_eq!(shown(&html, "account-link"), "&lt;anna&gt;");
    assert!(html.contains(r#"href="./account""#));
}

#[test]
fn a_page_for_everybody_hides_what_takes_a_user() {
    let mut snapshot = snapshot(&[]);
    snapshot.account = Some("Sign in".into());
    let public = render_for(PageKind::Dashboard, snapshot, true, None);
    assert_eq!(shown(&public, "account-link"), "Sign in");
    for part in ["name=\"watchroom-public\"", "href=\"/watch/public.css\""] {
        assert!(public.contains(part), "{part}");
        assert!(!page(&[]).contains(part), "{part}");
    }
}

#[test]
fn preferences_come_with_the_page() {
    let preferences = UserPreferences {
        theme: Some("dark".into()),
        sound: Some(true),
        filter: Some(ActivityFilter {
            text: Some("</script>\"<".into()),
            ..ActivityFilter::default()
        }),
        ..UserPreferences::default()
    };
    let html = render_for(PageKind::Dashboard, snapshot(&[]), false, Some(preferences));
    // The browser remembers them before it paints, as if they had been set there.
    let script = r#"try{localStorage.setItem("watchroom-theme","dark");localStorage.setItem("watchroom-sound","on");let t="#;
    assert!(html.contains(script), "{html}");
    let rest = html
        .split("name=\"watchroom-preferences\" content=\"")
        .nth(1);
    let content = rest
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_default();
    assert!(
        content.contains("&quot;theme&quot;:&quot;dark&quot;"),
        "{content}"
    );
    assert!(!content.contains('<'), "{content}");
    assert!(!page(&[]).contains("watchroom-preferences"));
}

#[test]
fn text_is_never_markup() {
    let html = page(&[EVENT, SAMPLE]);
    assert!(!html.contains("<script>alert"));
    assert!(!html.contains("<b>atlas"));
    assert!(!html.contains("<i>"));
    assert!(shown(&html, "feed-item").contains("&lt;/script&gt;"));
}

#[test]
fn keeps_to_a_strict_policy() {
    let html = page(&[EVENT, SAMPLE]);
    assert!(!html.contains("style="), "the policy forbids inline styles");
    for script in html.split("<script").skip(1) {
        let tag = &script[..script.find('>').unwrap()];
        assert!(
            tag.contains("nonce=\"n0nce\"") || tag.contains("application/json"),
            "{tag}"
        );
    }
}

#[test]
fn knows_where_things_are() {
    let html = page(&[]);
    assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\">"));
    assert!(html.contains(r#"<meta name="watchroom-ws" content="wss://live.example.org/ws">"#));
    assert!(html.contains(
        r#"<meta name="watchroom-images" content="https://a.example https://b.example">"#
    ));
    assert!(html.contains(r#"href="/watch/favicon.svg""#));
    assert!(html.contains(r#"import("/watch/pkg/watchroom.a1.js")"#));
}

const PROCESSES: &str = r#"{"type":"processes","seq":3,"prev":0,"stream":"processes","host":"local","timestamp":"2026-01-15T10:30:00Z","count":312,"top":[{"pid":7,"name":"=cmd","cpu":1.5,"memory_bytes":1048576},{"pid":8,"name":"rustc","cpu":98.04,"memory_bytes":1073741824,"user":"anna"}]}"#;
const ALERT: &str = r#"{"type":"alert","seq":4,"prev":0,"stream":"alerts","timestamp":"2026-01-15T10:29:00Z","state":"firing","level":"error","rule":"disk-full","message":"/ is full"}"#;
const LOG: &str = r#"{"type":"log","seq":5,"prev":0,"stream":"logs","timestamp":"2026-01-15T10:29:00Z","level":"error","source":"nginx","message":"upstream timed out"}"#;

#[test]
fn the_busiest_process_comes_first() {
    let html = page(&[SAMPLE, PROCESSES]);
    let table = shown(&html, "processes");
    let (first, second) = (table.find("rustc"), table.find("=cmd"));
    assert!(first < second, "{table}");
    assert!(table.contains("98.0\u{a0}%"), "{table}");
    assert!(table.contains("1.00\u{a0}MiB"), "{table}");
    assert_eq!(shown(&html, "process-count"), "312 processes");
    assert!(html.contains(r#"aria-sort="descending""#));
}

#[test]
fn what_is_wrong_is_said_in_words() {
    let html = page(&[ALERT]);
    assert_eq!(shown(&html, "alerts-summary"), "1 active alert");
    assert!(shown(&html, "alert").contains("disk-full"));
    assert_eq!(shown(&page(&[]), "alerts-summary"), "No active alerts");
}

#[test]
fn logs_are_on_the_page_only_where_there_are_any() {
    assert!(shown(&page(&[LOG]), "log-item").contains("upstream timed out"));
    assert!(!page(&[]).contains("log-item"));
}

#[test]
fn a_long_text_is_folded() {
    let event = EVENT.replace("</script>", &"long ".repeat(2_000));
    let html = page(&[&event]);
    assert!(html.contains("<details class=\"feed-text\"><summary>long"));
}

#[test]
fn what_changes_is_not_translated() {
    let html = page(&[SAMPLE, PROCESSES]);
    for value in ["45.2", "1.02", "rustc", "98.0\u{a0}%", "10:30:00 UTC"] {
        let end = html.find(&format!(">{value}<")).expect(value);
        let tag = &html[html[..end].rfind('<').expect("a tag")..end];
        assert!(tag.contains("translate=\"no\""), "{tag}");
    }
    let end = html.find(">CPU</h2>").expect("a title");
    let tag = &html[html[..end].rfind('<').expect("a tag")..end];
    assert!(
        tag.contains("id=\"cpu-title\"") && !tag.contains("translate"),
        "{tag}"
    );
}

#[test]
fn users_are_in_the_rail_of_those_who_manage_them() {
    for kind in [PageKind::Dashboard, PageKind::Alerts, PageKind::Account] {
        for manages_users in [false, true] {
            let html = render_page(
                kind,
                Snapshot {
                    manages_users,
                    ..snapshot(&[])
                },
            );
            let has_link = html.contains("href=\"./users\"");
            assert_eq!(has_link, manages_users, "{kind:?}");
        }
    }
    assert!(render_page(PageKind::Users, snapshot(&[])).contains("href=\"./users\""));
}
