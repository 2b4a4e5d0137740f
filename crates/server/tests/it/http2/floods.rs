//! Floods of every kind of frame. Each is served or ends its connection, memory is bounded, and a viewer beside them
//! loses nothing.

use crate::command_line::{Running, Workplace};
use crate::support::account::Credentials;
use crate::support::http2::{Frames, Http2, wire};
use crate::support::{Certificate, Viewer, connect_tls, last, soon};
use axum::http::StatusCode;
use loadtest::ProcessUsage;
use protocol::{ServerMessage, Stream};
use std::net::SocketAddr;
use tokio::io::AsyncWriteExt;
use wire::frame;

/// By how much the server may be larger afterwards: what its allocator has not returned yet.
const GROWTH_KIB_MAX: u64 = 32 << 10;

/// RFC 9113, section 7.
const PROTOCOL_ERROR: u32 = 1;
const FLOW_CONTROL_ERROR: u32 = 3;
const ENHANCE_YOUR_CALM: u32 = 11;

const FRAMES: u32 = 10_000;
const RESETS: u32 = 2_000;

/// What became of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It answers.
    Served,
    /// It was closed for this reason.
    Closed(u32),
    /// The same without one.
    Ended,
}

use Outcome::{Closed, Ended, Served};

struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    outcomes: &'static [Outcome],
}

fn cases(authority: &str) -> Vec<Case> {
    let whole = wire::END_HEADERS | wire::END_STREAM;
    let get = wire::request("GET", authority, "/healthz");
    let post = wire::request("POST", authority, "/api/v1/ingest");
    let head = |stream| frame(wire::HEADERS, whole, stream, &get);
    let many = |one: &dyn Fn(u32) -> Vec<u8>| (0..FRAMES).flat_map(one).collect::<Vec<u8>>();
    let reset = |stream| frame(wire::RST_STREAM, 0, stream, &8_u32.to_be_bytes());
    let odd = |number: u32| 2 * number + 1;
    let header = |bytes: usize| wire::header("x-flood", &"x".repeat(bytes));
    let continued = |pieces: u32, piece: &[u8]| {
        let start = frame(wire::HEADERS, wire::END_STREAM, 1, &get);
        let rest = (0..pieces).flat_map(|_| frame(wire::CONTINUATION, 0, 1, piece));
        let end = frame(wire::CONTINUATION, wire::END_HEADERS, 1, &[]);
        start.into_iter().chain(rest).chain(end).collect()
    };
    // A large header in the table, and many references of a byte (RFC 7541, sections 6.1 and 6.2.1).
    let entry = [
        &[0x40][..],
        &wire::header("x", &"x".repeat(4_000))[1..],
        &[0xBE; 12_000],
    ];
    let bomb = [&get[..], &entry.concat()].concat();
    let case = |name, bytes, outcomes| Case {
        name,
        bytes,
        outcomes,
    };
    vec![
        case(
            "rapid reset",
            (0..RESETS)
                .flat_map(|it| [head(odd(it)), reset(odd(it))].concat())
                .collect(),
            &[Served, Closed(ENHANCE_YOUR_CALM)],
        ),
        case(
            "viewers that are reset",
            (0..RESETS)
                .flat_map(|it| {
                    let events = wire::request("GET", authority, "/api/events/all");
                    [
                        frame(wire::HEADERS, whole, odd(it), &events),
                        reset(odd(it)),
                    ]
                    .concat()
                })
                .collect(),
            &[Served, Closed(ENHANCE_YOUR_CALM)],
        ),
        case(
            "requests that are refused beyond the streams",
            (0..RESETS)
                .flat_map(|it| frame(wire::HEADERS, wire::END_HEADERS, odd(it), &post))
                .collect(),
            &[Served, Closed(ENHANCE_YOUR_CALM)],
        ),
        case(
            "errors that are reset",
            (0..RESETS)
                .flat_map(|it| {
                    let bad = [&get[..], &wire::header("connection", "close")].concat();
                    frame(wire::HEADERS, whole, odd(it), &bad)
                })
                .collect(),
            &[Closed(ENHANCE_YOUR_CALM)],
        ),
        case(
            "settings",
            many(&|_| frame(wire::SETTINGS, 0, 0, &[])),
            &[Served],
        ),
        case(
            "windows that change",
            [
                head(1),
                many(&|it| {
                    let size = (it % 2 * 60_000).to_be_bytes();
                    let setting = [&wire::INITIAL_WINDOW_SIZE.to_be_bytes()[..], &size].concat();
                    frame(wire::SETTINGS, 0, 0, &setting)
                }),
            ]
            .concat(),
            &[Served],
        ),
        case(
            "pings",
            many(&|_| frame(wire::PING, 0, 0, &[0; 8])),
            &[Served],
        ),
        case(
            "priorities",
            many(&|it| frame(wire::PRIORITY, 0, odd(it), &[0, 0, 0, 0, 1])),
            &[Served],
        ),
        case(
            "unknown frames",
            many(&|_| frame(200, 255, 0, &[0; 8])),
            &[Served],
        ),
        case(
            "empty data",
            [
                frame(wire::HEADERS, wire::END_HEADERS, 1, &post),
                many(&|_| frame(wire::DATA, 0, 1, &[])),
            ]
            .concat(),
            &[Served, Closed(ENHANCE_YOUR_CALM)],
        ),
        case(
            "windows of a byte",
            [
                head(1),
                many(&|_| frame(wire::WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1])),
            ]
            .concat(),
            &[Served],
        ),
        case(
            "a window too large",
            many(&|_| frame(wire::WINDOW_UPDATE, 0, 0, &[0x7f, 0xff, 0xff, 0xff])),
            &[Closed(FLOW_CONTROL_ERROR)],
        ),
        case(
            "continuations",
            continued(1_000, &[]),
            &[Closed(ENHANCE_YOUR_CALM)],
        ),
        case(
            "continuations with headers",
            continued(100, &header(16_000)),
            &[Closed(ENHANCE_YOUR_CALM)],
        ),
        case(
            "a header list too large",
            continued(4, &header(15_000)),
            &[Served],
        ),
        case(
            "a header that never ends",
            continued(
                100,
                &[&[0, 1, b'x'][..], &wire::length(100 << 20), &[b'x'; 16_000]].concat(),
            ),
            &[Closed(ENHANCE_YOUR_CALM), Closed(PROTOCOL_ERROR)],
        ),
        case(
            "a compression bomb",
            frame(wire::HEADERS, whole, 1, &bomb),
            &[Closed(ENHANCE_YOUR_CALM)],
        ),
        case(
            "an index that is not there",
            frame(wire::HEADERS, whole, 1, &[0xFF, 0xFF, 0x0F]),
            &[Closed(PROTOCOL_ERROR), Closed(9)],
        ),
        case(
            "a name in capitals",
            frame(
                wire::HEADERS,
                whole,
                1,
                &[&get[..], &wire::header("Upper", "case")].concat(),
            ),
            &[Closed(PROTOCOL_ERROR)],
        ),
        case(
            "a pushed response",
            frame(
                wire::PUSH_PROMISE,
                wire::END_HEADERS,
                1,
                &[0, 0, 0, 2, 0x82],
            ),
            &[Closed(PROTOCOL_ERROR)],
        ),
        case(
            "data of no stream",
            frame(wire::DATA, 0, 0, b"x"),
            &[Closed(PROTOCOL_ERROR)],
        ),
        case("a reset of no stream", reset(1), &[Closed(PROTOCOL_ERROR)]),
        case(
            "a frame too large",
            frame(wire::DATA, 0, 1, &[0; 20_000]),
            &[Closed(6)],
        ),
        case(
            "another protocol",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
            &[Closed(PROTOCOL_ERROR), Closed(6), Ended],
        ),
    ]
}

/// Sends it at once, as fast as the server takes it.
async fn flood(address: SocketAddr, certificate: &Certificate, bytes: &[u8]) -> Outcome {
    const MARK: &[u8] = b"the end!";
    let client = Frames::connect(address, certificate, &[]).await;
    let (mut receiving, mut sending) = client.split();
    let send = async {
        let ping = frame(wire::PING, 0, 0, MARK);
        for bytes in [bytes, &ping] {
            // An error shows in what is received.
            let _ = sending.write_all(bytes).await;
        }
        let _ = sending.flush().await;
        std::future::pending::<()>().await;
    };
    let receive = async {
        while let Some(received) = receiving.next().await {
            if received.kind == wire::PING && received.payload == MARK {
                return Served;
            }
            if received.kind == wire::GOAWAY {
                let code = received.payload[4..8].try_into().unwrap();
                // And nothing more.
                while receiving.next().await.is_some() {}
                return Closed(u32::from_be_bytes(code));
            }
        }
        Ended
    };
    let ended = async {
        tokio::select! {
            outcome = receive => outcome,
            () = send => unreachable!("it only ends with the other"),
        }
    };
    soon("the end of a flood", ended).await
}

async fn try_all(address: SocketAddr, certificate: &Certificate) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in cases(&format!("localhost:{}", address.port())) {
        let outcome = flood(address, certificate, &case.bytes).await;
        if !case.outcomes.contains(&outcome) {
            wrong.push(format!("{}: {outcome:?}", case.name));
        }
        let other = Http2::connect(address, certificate).await;
        let (status, ..) = other.get("/healthz").await;
        if status != StatusCode::OK {
            wrong.push(format!("after {}: {status}", case.name));
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_are_served_or_end_their_connection() {
    let workplace = Workplace::new();
    let certificate = Certificate::make(workplace.path());
    let [cert, key] = certificate.paths();
    let mut command = workplace.command(&[
        "serve",
        "--demo",
        "--demo-days=0",
        "--demo-rate=50",
        "--listen=127.0.0.1:0",
        "--log=error",
    ]);
    command.env("WATCHROOM_DATABASE_URL", "memory:");
    command
        .env("WATCHROOM_TLS_CERT", cert)
        .env("WATCHROOM_TLS_KEY", key);
    let server = tokio::task::block_in_place(|| Running::start(&mut command));
    let address = server.address;
    let id = server.id();
    let resident_kib = || ProcessUsage::of(id).expect("the server runs").rss_kib;

    let socket = connect_tls(address, &certificate).await.unwrap();
    let url = format!("wss://localhost:{}/ws", address.port());
    let mut viewer = Viewer::open(socket, &url, &Credentials::none()).await;
    let streams = [Stream::Data, Stream::Metrics].map(|stream| (stream, last(0)));
    viewer.subscribe_to(&streams).await;
    let attack = async {
        // The first round has the server allocate what it uses again.
        let mut wrong = try_all(address, &certificate).await;
        let before_kib = resident_kib();
        wrong.extend(try_all(address, &certificate).await);
        (wrong, before_kib, resident_kib())
    };
    let mut attack = std::pin::pin!(attack);
    let (wrong, before_kib, after_kib) = loop {
        tokio::select! {
            done = &mut attack => break done,
            // Its chain is verified with each message.
            received = viewer.next() => {
                let is_gap = matches!(received.message, Ok(ServerMessage::Gap(_)));
                assert!(!is_gap, "{received:?}");
            }
        }
    };
    viewer.ping(1).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{before_kib} KiB of memory before, {after_kib} KiB after");
    let growth_kib = after_kib.saturating_sub(before_kib);
    assert!(
        growth_kib <= GROWTH_KIB_MAX,
        "{before_kib} KiB have become {after_kib} KiB"
    );
    drop(viewer);
    let finished = tokio::task::block_in_place(|| server.terminate());
    assert!(!finished.stderr.contains("panicked"), "{finished:?}");
}
