//! Who receives what of channels: all paths by which messages leave the server, and all kinds of viewers.
//!
//! A path that is not listed here fails a test.

use crate::support::{EventViewer, TestServer, Viewer, get, last, subscribe, subscribe_after};
use access::{Access, Span};
use journal::{BacklogStep, Chain, Cursor, Journal, Limits, Log, Page, PageRequest, Recovery};
use protocol::{
    ChannelName, ClientMessage, Data, Durable, Event, Level, Ping, Position, ServerMessage, Stream,
    StreamOptions, Subscribe, Timestamp, splice_position_in,
};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use store::{ChainName, Entry, PageFilter, RangePage, Store, search};

const SECRET: &str = "for members only";

/// Every path of HTTP, with the queries that read the log; none if the path reads none of it. Paths of WebSocket and
/// of Server-Sent Events have tests of their own.
pub(crate) const PATHS: &[(&str, &[&str])] = &[
    ("/", &[""]),
    ("/login", &[]),
    ("/setup", &[]),
    ("/account", &[]),
    ("/users", &[]),
    ("/alerts", &[]),
    ("/checks", &[]),
    ("/server", &[]),
    ("/sources", &[]),
    #[cfg(debug_assertions)]
    ("/dev/gallery", &[""]),
    ("/boards", &[]),
    ("/rooms", &[]),
    ("/pkg/{*file}", &[]),
    ("/ws", &[]),
    ("/ws/dashboard", &[]),
    ("/ws/metrics", &[]),
    ("/ws/notifications", &[]),
    ("/dashboard", &[]),
    ("/metrics", &[]),
    ("/notifications", &[]),
    ("/api/events", &[]),
    ("/api/events/all", &[]),
    ("/api/events/metrics", &[]),
    ("/api/events/alerts", &[]),
    ("/healthz", &[]),
    ("/readyz", &[]),
    ("/ping", &[]),
    ("/write", &[]),
    ("/query", &[]),
    ("/api/v2/write", &[]),
    ("/api/v1/write", &[]),
    ("/v1/metrics", &[]),
    ("/v1/logs", &[]),
    ("/api/v1/beat/{name}", &[]),
    ("/api/v1/alerts", &[""]),
    ("/api/v1/checks", &[""]),
    ("/api/v1/server", &[""]),
    ("/api/v1/server/log-level", &[""]),
    ("/api/v1/sources", &[""]),
    ("/api/v1/alerts/{id}/acknowledgement", &[]),
    ("/api/v1/people", &[""]),
    ("/api/v1/rooms", &[""]),
    ("/api/v1/rooms/{id}", &[]),
    ("/api/v1/rooms/{id}/messages", &[]),
    ("/api/v1/rooms/{id}/messages/{seq}", &[]),
    ("/api/v1/rooms/{id}/members", &[]),
    ("/api/v1/rooms/{id}/members/{name}", &[]),
    ("/api/v1/rooms/{id}/read", &[]),
    ("/api/v1/rooms/{id}/muted", &[]),
    ("/api/v1/boards", &[""]),
    ("/api/v1/boards/{id}", &[]),
    ("/api/v1/boards/{id}/operations", &[]),
    ("/api/v1/boards/{id}/sharing", &[]),
    ("/api/v1/boards/{id}/restore", &[]),
    ("/api/v1/boards/{id}/versions", &[]),
    ("/api/v1/boards/{id}/versions/{version}", &[]),
    ("/api/v1/rules", &[""]),
    ("/api/v1/rules/backtest", &[]),
    ("/api/v1/rules/{name}", &[]),
    ("/api/v1/silences", &[""]),
    ("/api/v1/targets", &[""]),
    ("/api/v1/targets/{id}", &[]),
    ("/api/v1/targets/{id}/test", &[]),
    ("/api/v1/silences/{id}", &[]),
    ("/api/v1/analysis", &[]),
    ("/api/v1/at", &["?time=NOW", "?time=NOW&format=csv"]),
    ("/api/v1/evidence", &["?time=NOW"]),
    ("/api/v1/hosts", &[""]),
    ("/api/v1/ingest", &[]),
    (
        "/api/v1/journal",
        &[
            "?stream=events",
            "?stream=data",
            "?stream=logs",
            "?stream=alerts",
            "?stream=metrics",
            "?stream=processes",
            "?stream=events&text=members",
            "?stream=events&format=csv",
            "?stream=data&format=csv",
            "?stream=rooms",
            "?stream=rooms&format=csv",
            "?stream=boards",
            "?stream=boards&format=csv",
        ],
    ),
    ("/api/v1/query", &[]),
    ("/status", &[]),
    ("/status.json", &[]),
    ("/status/badge.svg", &[]),
    ("/api/v1/series", &[""]),
    ("/api/v1/series-set", &[]),
    ("/api/openapi.json", &[]),
    ("/api/docs", &[]),
    ("/api/v1/account", &[""]),
    ("/api/v1/account/password", &[]),
    ("/api/v1/account/preferences", &[]),
    ("/api/v1/account/sessions", &[]),
    ("/api/v1/account/sessions/{id}", &[]),
    ("/api/v1/account/totp", &[]),
    ("/api/v1/account/totp/confirm", &[]),
    ("/api/v1/account/totp/remove", &[]),
    ("/api/v1/auth/login", &[]),
    ("/api/v1/auth/logout", &[]),
    ("/api/v1/auth/setup", &[]),
    ("/api/v1/auth/ticket", &[]),
    ("/api/v1/auth/token", &[]),
    ("/api/v1/tokens", &[]),
    ("/api/v1/tokens/{id}", &[]),
    ("/api/v1/users", &[""]),
    ("/api/v1/users/{name}", &[]),
];

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn now_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since_epoch.as_millis() as i64
}

/// A message of a channel.
fn secret(stream: Stream) -> Durable {
    let timestamp = Timestamp::from_unix_ms(now_ms());
    match stream {
        Stream::Events => Durable::Event(Event {
            timestamp,
            level: Level::Error,
            source: SECRET.into(),
            message: SECRET.into(),
        }),
        _ => Durable::Data(Data {
            timestamp,
            label: SECRET.into(),
            ..Data::default()
        }),
    }
}

const CHANNEL_STREAMS: [Stream; 2] = [Stream::Events, Stream::Data];

/// A server with messages of a channel in its store and in its ring.
async fn server() -> TestServer {
    let server = TestServer::start(|_| ()).await;
    let server = server
        .restart_after(async |folder| {
            let config = store::Config::of(store::Location::Sqlite(folder.to_owned()));
            let store = store::open(&config).await.unwrap();
            let mut seq = store.start().await.unwrap().next_seq;
            store.reserve(seq + 100).await.unwrap();
            let mut newest = [0; 2];
            for number in 0..20 {
                let stream = CHANNEL_STREAMS[number % 2];
                let prev = std::mem::replace(&mut newest[number % 2], seq);
                let entry = entry(seq, prev, stream, Some("r7"));
                store.commit(&[entry]).await.unwrap();
                seq += 1;
            }
            store.finish(seq - 1).await.unwrap();
        })
        .await;
    let journal = server.journal();
    for stream in CHANNEL_STREAMS {
        let frames = journal.prepare_in(&r7(), &[secret(stream)]);
        journal.publish(frames[0].seq());
    }
    server
}

fn entry(seq: u64, prev: u64, stream: Stream, channel: Option<&str>) -> Entry {
    let message = secret(stream);
    let position = Position { seq, prev, stream };
    Entry {
        seq,
        prev,
        stream,
        at_ms: message.timestamp().unix_ms(),
        chain: ChainName {
            channel: channel.map(str::to_owned),
            host: None,
        },
        body: splice_position_in(
            &message.to_json(),
            position,
            channel.and_then(ChannelName::new).as_ref(),
        ),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_of_http_shows_what_is_in_a_channel() {
    let server = server().await;
    for (path, queries) in PATHS {
        for query in *queries {
            let now_ms = Timestamp::from_unix_ms(1_768_473_000_000)
                .unix_ms()
                .to_string();
            let query = query.replace("NOW", &now_ms);
            let answer = get(&server, &format!("{path}{query}")).await;
            // The site may not be built into this server.
            let has_no_site = matches!(*path, "/" | "/dev/gallery") && answer.status == 503;
            assert!(answer.status == 200 || has_no_site, "{path}{query}");
            assert!(!answer.body.contains(SECRET), "{path}{query} leaks");
        }
    }
    server.drain(()).await;
}

#[test]
fn every_path_of_http_is_listed() {
    let router = read(&source("server/src/http/router.rs"));
    let routes = router.split(".route(").skip(1);
    let routes = routes.filter_map(|rest| rest.split('"').nth(1));
    let known: BTreeSet<_> = PATHS.iter().map(|(path, _)| *path).collect();
    for route in routes.filter(|it| *it != "/conformance/echo") {
        assert!(known.contains(route), "{route} is not in the list");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_is_listed() {
    let server = TestServer::in_memory().await;
    let known: BTreeSet<_> = PATHS.iter().map(|(path, _)| (*path).to_owned()).collect();
    let paths: BTreeSet<_> = server.routes().iter().map(|it| it.path.clone()).collect();
    assert_eq!(paths, known);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_receive_channels_only_by_name() {
    let server = server().await;
    let all = |count| subscribe(&Stream::PUBLIC.map(|stream| (stream, last(count))));
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.subscribe(all(100)).await;
    let resumed = Stream::PUBLIC.map(|stream| (stream, last(100)));
    let mut other = Viewer::connect(&server, "/ws").await;
    other
        .subscribe(subscribe_after(&resumed, server.epoch(), 0))
        .await;
    for viewer in [&mut viewer, &mut other] {
        viewer
            .send(ClientMessage::RequestMetrics(Default::default()))
            .await;
        viewer.send(ClientMessage::Ping(Ping { id: Some(1) })).await;
        loop {
            let received = viewer.next().await;
            let text = format!("{received:?}");
            assert!(!text.contains(SECRET), "{text}");
            if matches!(received.message, Ok(ServerMessage::Pong(_))) {
                break;
            }
        }
    }
    let mut events = EventViewer::connect(&server, "/api/events/all?last_event_id=x:1").await;
    loop {
        let received = events.next().await;
        let text = format!("{received:?}");
        assert!(!text.contains(SECRET), "{text}");
        if matches!(received.message, Ok(ServerMessage::Metrics(_))) {
            break;
        }
    }

    let options = StreamOptions {
        channels: Some(vec!["r7".into()]),
        ..last(100)
    };
    for options in [(Stream::Events, options.clone()), (Stream::Data, options)] {
        let mut member = Viewer::connect(&server, "/ws").await;
        member.subscribe(subscribe(&[options])).await;
        for _ in 0..11 {
            let text = format!("{:?}", member.next().await);
            assert!(text.contains(SECRET), "{text}");
        }
    }
    server.drain(()).await;
}

/// The kinds of viewers, and which of messages 1 to 6 of the channel they see.
fn kinds() -> Vec<(&'static str, Access, &'static [u64])> {
    let span = |channel: &str, after, until| Span {
        stream: Stream::Events,
        channel: channel.into(),
        after,
        until,
    };
    vec![
        ("everybody", Access::member([]), &[]),
        (
            "a member",
            Access::member([span("r7", 0, None)]),
            &[1, 2, 3, 4, 5, 6],
        ),
        (
            "a new member",
            Access::member([span("r7", 4, None)]),
            &[5, 6],
        ),
        (
            "a former member",
            Access::member([span("r7", 0, Some(2))]),
            &[1, 2],
        ),
        (
            "a member that came back",
            Access::member([span("r7", 0, Some(2)), span("r7", 4, None)]),
            &[1, 2, 5, 6],
        ),
        (
            "a member of another channel",
            Access::member([span("r8", 0, None)]),
            &[],
        ),
        (
            "a member of nothing but the name",
            Access::member([span("", 0, None)]),
            &[],
        ),
        (
            "whoever sees everything",
            Access::everything(),
            &[1, 2, 3, 4, 5, 6],
        ),
    ]
}

fn r7() -> ChannelName {
    ChannelName::new("r7").unwrap()
}

/// Messages 1 to 6 of a channel, and 7 of everyone.
fn log() -> Journal {
    let journal = Journal::with_log(Log::new("e", Limits::default()));
    for _ in 0..6 {
        journal.prepare_in(&r7(), &[secret(Stream::Events)]);
    }
    journal.prepare(&[secret(Stream::Events)]);
    journal.publish(7);
    journal
}

fn in_channel(last: u32, after: Option<u64>) -> Subscribe {
    let options = StreamOptions {
        channels: Some(vec!["r7".into()]),
        last: Some(last),
        ..StreamOptions::default()
    };
    Subscribe {
        streams: [(Stream::Events, options)].into(),
        epoch: after.map(|_| "e".into()),
        after,
    }
}

fn of_backlog(
    journal: &Journal,
    access: &Access,
    recovery: Recovery,
    page: impl Fn(&PageRequest) -> Page,
) -> Vec<u64> {
    let mut seqs = Vec::new();
    let Some(mut backlog) = recovery.backlog else {
        return seqs;
    };
    loop {
        match journal.read_backlog(&mut backlog, access, 100) {
            BacklogStep::Done => return seqs,
            BacklogStep::Fetch(request) => backlog.add_page(&request, &page(&request)),
            BacklogStep::Send(result) => {
                seqs.extend(result.frames.iter().map(|frame| frame.seq()));
                backlog.advance_to(result.up_to);
            }
        }
    }
}

fn no_page(_: &PageRequest) -> Page {
    panic!("there is no store")
}

#[test]
fn each_path_of_the_journal_shows_each_viewer_what_it_may_see() {
    let journal = log();
    for (kind, access, expected) in kinds() {
        for subscribe in [in_channel(9, None), in_channel(0, Some(0))] {
            let mut cursor = Cursor::default();
            let recovery = journal.subscribe(&mut cursor, &access, &subscribe).finish();
            let seen = of_backlog(&journal, &access, recovery, no_page);
            assert_eq!(seen, expected, "{kind}: `subscribe`, `read_backlog`");
        }
        // A viewer that has been behind since before the first message.
        let fresh = Journal::with_log(Log::new("e", Limits::default()));
        let mut cursor = Cursor::default();
        fresh
            .subscribe(&mut cursor, &access, &in_channel(0, None))
            .finish();
        let result = journal.read(&mut cursor.clone(), &access, 100, 0);
        let seen: Vec<_> = result.frames.iter().map(|frame| frame.seq()).collect();
        assert_eq!(seen, expected, "{kind}: `read`");
        let (batch, mut chosen) = (journal.batch(0), Vec::new());
        assert!(cursor.choose_from(&batch, &access, 0, &mut chosen));
        let seen: Vec<_> = chosen.iter().map(|it| batch.frames[*it].seq()).collect();
        assert_eq!(seen, expected, "{kind}: `batch`, `choose_from`");
        let (_, newest) = journal.newest(&[(Stream::Events, 100, "local")], &access);
        let seen: Vec<_> = newest.iter().map(|frame| frame.seq()).collect();
        assert_eq!(seen, [7], "{kind}: `newest` is everyone's");
        assert!(journal.other_hosts(Stream::Events, &access).is_empty());
    }
}

#[tokio::test]
async fn each_path_of_the_store_shows_each_viewer_what_it_may_see() {
    let folder = tempfile::tempdir().unwrap();
    let config = store::Config::of(store::Location::Sqlite(folder.path().to_owned()));
    let store: Arc<dyn Store> = store::open(&config).await.unwrap();
    store.start().await.unwrap();
    store.reserve(10).await.unwrap();
    let in_channel = (1..=6).map(|seq| entry(seq, seq - 1, Stream::Events, Some("r7")));
    let all: Vec<_> = in_channel
        .chain([entry(7, 0, Stream::Events, None)])
        .collect();
    store.commit(&all).await.unwrap();
    let range = RangePage {
        stream: Stream::Events,
        from_ms: 0,
        to_ms: i64::MAX,
        after: None,
        messages_max: 100,
    };
    let filter = PageFilter::default();
    for (kind, access, expected) in kinds() {
        let expected: Vec<_> = expected.iter().copied().chain([7]).collect();
        let events = Stream::Events;
        let found = search(&*store, &access, events, u64::MAX, 100, &filter).await;
        for (path, entries) in [
            (
                "after",
                store.after(&access, 0, &[events], 100, usize::MAX).await,
            ),
            (
                "tail",
                store.tail(&access, &Stream::ALL, 100, usize::MAX).await,
            ),
            ("page", store.page(&access, events, u64::MAX, 100).await),
            ("at", store.at(&access, events, i64::MAX, 100).await),
            ("range", store.range(&access, &range).await),
            ("search", found.map(|it| it.entries)),
        ] {
            let mut seen: Vec<_> = entries.unwrap().iter().map(|it| it.seq).collect();
            seen.sort_unstable();
            assert_eq!(seen, expected, "{kind}: `{path}`");
        }
    }
}

/// The functions of a source whose results contain one of these types, each with its parameters.
fn functions_with(source: &str, results: &[&str]) -> Vec<(String, String)> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let functions = code.split(" fn ").skip(1).filter_map(|rest| {
        let end = rest.find(['{', ';'])?;
        let (head, result) = rest[..end].split_once("->")?;
        let name = head.split(['(', '<']).next()?;
        let words: Vec<_> = result.split(|it: char| !it.is_alphanumeric()).collect();
        let is_one = results.iter().any(|wanted| words.contains(wanted));
        is_one.then(|| (name.to_owned(), head.to_owned()))
    });
    functions.collect()
}

#[test]
fn every_function_that_yields_messages_takes_an_access() {
    let entries = ["Entry", "Search"];
    let frames = ["Frame", "ReadResult", "BacklogStep", "BacklogPlan", "Batch"];
    let journal = read(&source("journal/src/journal.rs"));
    let store = read(&source("store/src/journal.rs"));
    let search = read(&source("store/src/journal/search.rs"));
    // The writer's, for the store; and what is chosen of afterwards, by `choose_from`.
    let exceptions = ["prepare", "prepare_in", "prepare_each", "batch"];
    let mut tested = BTreeSet::new();
    for (name, head) in [
        functions_with(&journal, &frames),
        functions_with(&store, &entries),
        functions_with(&search, &entries),
    ]
    .concat()
    {
        if exceptions.contains(&name.as_str()) {
            continue;
        }
        assert!(head.contains("access: &Access"), "{name} takes no access");
        tested.insert(name);
    }
    let expected = [
        "after",
        "at",
        "newest",
        "other_hosts",
        "page",
        "range",
        "read",
        "read_backlog",
        "search",
        "subscribe",
        "tail",
    ];
    let expected = expected.map(str::to_owned).into();
    assert_eq!(tested, expected, "each of these is tested above");
}

/// All sources of a folder, with their paths.
fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push((path.display().to_string(), read(&path)));
        }
    }
}

#[test]
fn everything_is_allowed_in_one_place() {
    let mut found = Vec::new();
    for crate_name in ["server", "journal", "store", "history"] {
        sources(&source(crate_name).join("src"), &mut found);
    }
    let places = |constructor: &str| -> BTreeSet<String> {
        let with = found.iter().filter(|(path, text)| {
            let is_test = path.contains("/tests/") || path.ends_with("tests.rs");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            !is_test && !path.contains("/model/") && code.contains(constructor)
        });
        let names = with.map(|(path, _)| path.split("/src/").last().unwrap_or_default().to_owned());
        names.collect()
    };
    assert_eq!(
        places("Access::everything()"),
        ["accounts/service.rs".to_owned()].into()
    );
    assert_eq!(
        places("Access::dashboard"),
        ["accounts/directory.rs", "accounts/service.rs"]
            .map(str::to_owned)
            .into()
    );
    let own = [
        "alerts/service.rs",
        "boards/restore.rs",
        "intake/series.rs",
        "maintenance/sealing.rs",
        "maintenance/simulated_history.rs",
        "open_log.rs",
        "open_log/own_host.rs",
        "open_log/resume.rs",
        "rooms/restore.rs",
        "rooms/rewriting.rs",
    ];
    assert_eq!(places("Access::server()"), own.map(str::to_owned).into());
}

#[test]
fn a_chain_is_what_its_members_can_verify() {
    let journal = log();
    let frames = journal.batch(0).frames;
    let prevs: Vec<_> = frames.iter().map(|frame| frame.position().prev).collect();
    assert_eq!(prevs, [0, 1, 2, 3, 4, 5, 0]);
    assert_eq!(frames[6].chain(), Chain::Own);
}

/// What everybody may see is decided by stream, on the same paths.
#[tokio::test]
async fn each_path_shows_the_public_only_its_streams() {
    let public = Access::dashboard();
    let journal = Journal::with_log(Log::new("e", Limits::default()));
    journal.append(&[secret(Stream::Events), secret(Stream::Data)]);
    let both = [Stream::Events, Stream::Data];
    let wanted = |last, after: Option<u64>| Subscribe {
        streams: both
            .map(|stream| {
                let options = StreamOptions {
                    last: Some(last),
                    ..StreamOptions::default()
                };
                (stream, options)
            })
            .into(),
        epoch: after.map(|_| "e".into()),
        after,
    };
    for subscribe in [wanted(9, None), wanted(0, Some(0))] {
        let mut cursor = Cursor::default();
        let recovery = journal.subscribe(&mut cursor, &public, &subscribe).finish();
        assert_eq!(cursor.streams().iter().collect::<Vec<_>>(), [Stream::Data]);
        let seen = of_backlog(&journal, &public, recovery, no_page);
        assert_eq!(seen, [2], "`subscribe`, `read_backlog`");
    }
    let fresh = Journal::with_log(Log::new("e", Limits::default()));
    let mut cursor = Cursor::default();
    fresh
        .subscribe(&mut cursor, &public, &wanted(0, None))
        .finish();
    let result = journal.read(&mut cursor.clone(), &public, 100, 0);
    let seen: Vec<_> = result.frames.iter().map(|frame| frame.seq()).collect();
    assert_eq!(seen, [2], "`read`");
    let (batch, mut chosen) = (journal.batch(0), Vec::new());
    assert!(cursor.choose_from(&batch, &public, 0, &mut chosen));
    assert_eq!(chosen, [1], "`batch`, `choose_from`");
    let newest = both.map(|stream| (stream, 100, "local"));
    let (_, newest) = journal.newest(&newest, &public);
    let seen: Vec<_> = newest.iter().map(|frame| frame.seq()).collect();
    assert_eq!(seen, [2], "`newest`");

    let folder = tempfile::tempdir().unwrap();
    let config = store::Config::of(store::Location::Sqlite(folder.path().to_owned()));
    let store: Arc<dyn Store> = store::open(&config).await.unwrap();
    store.start().await.unwrap();
    store.reserve(10).await.unwrap();
    let entries = [
        entry(1, 0, Stream::Events, None),
        entry(2, 0, Stream::Data, None),
    ];
    store.commit(&entries).await.unwrap();
    let seqs = |entries: Vec<Entry>| entries.iter().map(|it| it.seq).collect::<Vec<_>>();
    let filter = PageFilter::default();
    for (stream, expected) in [(Stream::Events, &[][..]), (Stream::Data, &[2][..])] {
        let range = RangePage {
            stream,
            from_ms: 0,
            to_ms: i64::MAX,
            after: None,
            messages_max: 100,
        };
        let found = search(&*store, &public, stream, u64::MAX, 100, &filter).await;
        for (path, entries) in [
            (
                "after",
                store.after(&public, 0, &[stream], 100, usize::MAX).await,
            ),
            (
                "tail",
                store.tail(&public, &[stream], 100, usize::MAX).await,
            ),
            ("page", store.page(&public, stream, u64::MAX, 100).await),
            ("at", store.at(&public, stream, i64::MAX, 100).await),
            ("range", store.range(&public, &range).await),
            ("search", found.map(|it| it.entries)),
        ] {
            assert_eq!(seqs(entries.unwrap()), expected, "{stream}: `{path}`");
        }
    }
}
