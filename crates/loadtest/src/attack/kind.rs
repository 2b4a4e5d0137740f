use super::http2::{self, Client};
use super::link::Protocol;
use crate::frame::{self, Opcode};
use crate::malformed::{Malformed, Payload};
use crate::random::Random;
use crate::{Target, handshake};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt;
use std::io::Write;
use std::sync::LazyLock;
use std::time::Duration;

/// How much later than its limit a connection may be seen to have ended, on a busy machine.
const TOLERANCE: Duration = Duration::from_secs(5);

/// What one client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Malformed,
    HeaderFlood,
    Churn,
    BigBody,
    Bomb,
    SignIn,
    Subscribe,
    Resume,
    RapidReset,
    SettingsFlood,
    PingFlood,
    ContinuationFlood,
    ManyStreams,
    SlowHandshake,
    SlowSilent,
    SlowHead,
    SlowBody,
    SlowSignIn,
    SlowFrame,
    SlowReader,
    SlowEvents,
    SlowViewer,
    SlowStream,
}

/// What it does once it has sent its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// It leaves.
    Leave,
    /// It reads until the server closes the connection, or for a while.
    Read,
    /// It sends this byte, once a second.
    Trickle(u8),
    /// It reads a byte a second.
    Sip,
    /// It repeats these requests over a WebSocket, and reads what comes.
    Ask,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 23] = [
        Self::Malformed,
        Self::HeaderFlood,
        Self::Churn,
        Self::BigBody,
        Self::Bomb,
        Self::SignIn,
        Self::Subscribe,
        Self::Resume,
        Self::RapidReset,
        Self::SettingsFlood,
        Self::PingFlood,
        Self::ContinuationFlood,
        Self::ManyStreams,
        Self::SlowHandshake,
        Self::SlowSilent,
        Self::SlowHead,
        Self::SlowBody,
        Self::SlowSignIn,
        Self::SlowFrame,
        Self::SlowReader,
        Self::SlowEvents,
        Self::SlowViewer,
        Self::SlowStream,
    ];

    /// What its connections speak.
    pub(super) fn protocol(self) -> Protocol {
        match self {
            Self::SlowHandshake => Protocol::Raw,
            Self::RapidReset
            | Self::SettingsFlood
            | Self::PingFlood
            | Self::ContinuationFlood
            | Self::ManyStreams
            | Self::SlowStream => Protocol::Http2,
            _ => Protocol::Http1,
        }
    }

    /// Whether it means nothing to a server without TLS.
    pub(super) fn takes_tls(self) -> bool {
        self.protocol() != Protocol::Http1
    }

    /// For slow clients, how long the server may keep the connection (`docs/network.md`).
    pub(super) fn limit(self) -> Option<Duration> {
        let seconds = match self {
            Self::SlowHandshake => 10,
            Self::SlowSilent | Self::SlowHead | Self::SlowBody | Self::SlowSignIn => 10,
            // Its stream, and then the connection without one.
            Self::SlowStream => 20,
            // Two heartbeats.
            Self::SlowFrame => 30,
            // The response is written until the socket is full, and ten seconds pass.
            Self::SlowReader => 10,
            // Messages fill the socket at first, at whatever rate they come.
            Self::SlowEvents | Self::SlowViewer => 60,
            _ => return None,
        };
        Some(Duration::from_secs(seconds) + TOLERANCE)
    }

    /// The first bytes, and what follows.
    pub(super) fn begin(self, target: &Target, random: &mut Random) -> (Vec<u8>, Then) {
        let host = &target.authority;
        let token = target.authorization();
        let client = Client {
            authority: host,
            token: target.token.as_deref(),
        };
        let head = |first: &str, rest: &str| {
            format!("{first} HTTP/1.1\r\nHost: {host}\r\n{token}{rest}").into_bytes()
        };
        let post = |path: &str, rest: &str, body: &[u8]| {
            let length = body.len();
            let rest = format!("Content-Length: {length}\r\n{rest}Connection: close\r\n\r\n");
            [&head(&format!("POST {path}"), &rest)[..], body].concat()
        };
        match self {
            Self::Malformed => {
                let kind = Malformed::any(random);
                let bytes = match kind.payload(target, random) {
                    Payload::InsteadOfHandshake(bytes) => bytes,
                    Payload::AfterHandshake(bytes) => {
                        [handshake::upgrade(target, false), bytes].concat()
                    }
                };
                (bytes, Then::Read)
            }
            Self::HeaderFlood => {
                let headers = match random.below(2) {
                    0 => "X-Flood: x\r\n".repeat(10_000),
                    _ => format!("X-Flood: {}\r\n", "x".repeat(1 << 20)),
                };
                (head("GET /", &headers), Then::Read)
            }
            Self::Churn => (handshake::upgrade(target, false), Then::Leave),
            Self::BigBody => (post("/api/v1/ingest", "", &BIG), Then::Read),
            Self::Bomb => {
                let rest = "Content-Encoding: gzip\r\n";
                (post("/api/v1/ingest", rest, &BOMB), Then::Read)
            }
            Self::SignIn => {
                // A user that exists, or none.
                let name = ["admin", "nobody"][random.below(2) as usize];
                let body = format!(
                    "{{\"name\":\"{name}\",\"password\":\"{:x}\"}}",
                    random.next()
                );
                let request = format!(
                    "POST /api/v1/auth/login HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
                     Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                (request.into_bytes(), Then::Read)
            }
            Self::Subscribe | Self::Resume => (handshake::upgrade(target, false), Then::Ask),
            Self::RapidReset => (client.rapid_reset(), Then::Read),
            Self::SettingsFlood => (http2::settings(), Then::Read),
            Self::PingFlood => (http2::pings(), Then::Read),
            Self::ContinuationFlood => (client.continuations(), Then::Read),
            Self::ManyStreams => (client.many_streams(), Then::Read),
            Self::SlowStream => (client.no_window(), Then::Sip),
            Self::SlowHandshake => (CLIENT_HELLO.to_vec(), Then::Trickle(3)),
            Self::SlowSilent => (b"G".to_vec(), Then::Sip),
            Self::SlowHead => (head("GET /api/v1/series", "X-Slow: "), Then::Trickle(b'x')),
            Self::SlowBody => {
                let rest = "Transfer-Encoding: chunked\r\n\r\n";
                (head("POST /api/v1/ingest", rest), Then::Trickle(b'1'))
            }
            Self::SlowSignIn => {
                let rest = "Content-Type: application/json\r\nContent-Length: 9999\r\n\r\n";
                (head("POST /api/v1/auth/login", rest), Then::Trickle(b' '))
            }
            Self::SlowFrame => {
                let mut bytes = handshake::upgrade(target, false);
                // With this mask, what follows is text, which is checked as it comes.
                let frame = frame::masked(Opcode::Text, &[b' '; 1_000], [0; 4]);
                // Without its payload.
                bytes.extend_from_slice(&frame[..frame.len() - 1_000]);
                (bytes, Then::Trickle(b' '))
            }
            Self::SlowReader => (head("GET /api/openapi.json", "\r\n"), Then::Sip),
            Self::SlowEvents => {
                let query = "?streams=data,metrics";
                (handshake::events(target, query, None), Then::Sip)
            }
            Self::SlowViewer => {
                let subscribe = frame::masked(Opcode::Text, SUBSCRIBE.as_bytes(), random.mask());
                (
                    [handshake::upgrade(target, false), subscribe].concat(),
                    Then::Sip,
                )
            }
        }
    }

    /// The request that costs the server the most, in the epoch of its greeting.
    pub(super) fn request(self, epoch: &str) -> String {
        match self {
            Self::Resume => format!(
                r#"{{"type":"subscribe","streams":{{"data":{{"last":10000}},"metrics":{{}},"events":{{}}}},"epoch":"{epoch}","after":1}}"#
            ),
            _ => SUBSCRIBE.to_owned(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The beginning of a record of 512 bytes, with the beginning of a client's first message (RFC 8446, sections 4 and 5.1).
const CLIENT_HELLO: [u8; 9] = [22, 3, 1, 2, 0, 1, 0, 1, 252];

/// Everything, as far back as possible.
const SUBSCRIBE: &str = r#"{"type":"subscribe","streams":{"data":{"last":10000},"metrics":{"last":10000},"events":{"last":10000},"logs":{"last":10000}}}"#;

/// A little less than a body may have, of lines that are none.
static BIG: LazyLock<Vec<u8>> = LazyLock::new(|| b"{\"type\":\"data\"}\n".repeat(200_000));

/// 32 MiB, compressed.
static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let zeros = [0; 1 << 16];
    // A vector takes everything.
    for _ in 0..512 {
        let _ = encoder.write_all(&zeros);
    }
    encoder.finish().unwrap_or_default()
});
