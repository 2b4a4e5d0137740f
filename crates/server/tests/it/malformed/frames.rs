//! Frames that break the rules of WebSocket (RFC 6455 and 7692), and messages that mean nothing.

use super::case::Case;
use super::target::Target;
use crate::support::deflate_offer;
use websocket::Deflater;

/// The largest message of a client.
const LIMIT: usize = protocol::CLIENT_MESSAGE_BYTES_MAX;

/// Violations are tried at each of these.
const PATHS: [&str; 3] = ["/ws", "/ws/dashboard", "/notifications"];

// First bytes of frames (RFC 6455, section 5.2).
const FIN: u8 = 0x80;
const COMPRESSED: u8 = 0x40;
const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];

/// Every case.
pub(super) fn cases(target: &Target) -> Vec<Case> {
    let mut cases = Vec::new();
    for path in PATHS {
        let cases_of_path = violations()
            .into_iter()
            .map(|(name, deflate, frames, code)| {
                let bytes = [upgrade(target, path, deflate, "").as_bytes(), &frames].concat();
                Case::close(format!("frame: {name} at {path}"), bytes, code)
            });
        cases.extend(cases_of_path);
    }
    for (name, text) in invalid_messages() {
        let frame = frame(FIN | TEXT, text.as_bytes());
        let bytes = [upgrade(target, "/ws", false, "").as_bytes(), &frame].concat();
        cases.push(Case::error(format!("message: {name}"), bytes));
    }
    // Accepted, as by every server in wide use: the text is no message, that is all.
    for (name, start) in [
        ("two", &[FIN | TEXT, 0xFE, 0, 5][..]),
        ("eight", &[FIN | TEXT, 0xFF, 0, 0, 0, 0, 0, 0, 0, 5]),
    ] {
        let handshake = upgrade(target, "/ws", false, "");
        let bytes = [handshake.as_bytes(), start, &[0; 4], b"hello"].concat();
        cases.push(Case::error(
            format!("message: a length of 5 in {name} bytes"),
            bytes,
        ));
    }
    cases.extend(handshakes(target));
    cases
}

fn upgrade(target: &Target, path: &str, deflate: bool, headers: &str) -> String {
    let offer = if deflate { deflate_offer() } else { "" };
    format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\n{}Connection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{offer}{headers}\r\n",
        target.address(),
        target.credentials.0
    )
}

/// A masked frame whose first byte is this one.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ ..126 => bytes.push(0x80 | length as u8),
        length @ ..65_536 => {
            bytes.push(0xFE);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0xFF);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(&MASK);
    let masked = payload.iter().zip(MASK.iter().cycle());
    bytes.extend(masked.map(|(byte, mask)| byte ^ mask));
    bytes
}

/// A name, whether compression is offered, the bytes after the handshake, and the code that closes the connection.
fn violations() -> Vec<(String, bool, Vec<u8>, u16)> {
    let mut all = Vec::new();
    let mut add =
        |name: &str, frames: Vec<u8>, code| all.push((name.to_owned(), false, frames, code));
    for (name, bit) in [("first", COMPRESSED), ("second", 0x20), ("third", 0x10)] {
        add(
            &format!("the {name} reserved bit"),
            frame(FIN | bit | TEXT, b"{}"),
            1002,
        );
        add(
            &format!("the {name} reserved bit of a ping"),
            frame(FIN | bit | PING, b""),
            1002,
        );
    }
    for opcode in [0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF] {
        add(
            &format!("the reserved opcode {opcode:X}"),
            frame(FIN | opcode, b"x"),
            1002,
        );
    }
    for (name, opcode) in [
        ("text", TEXT),
        ("ping", PING),
        ("pong", PONG),
        ("close", CLOSE),
        ("binary", BINARY),
    ] {
        add(
            &format!("an unmasked {name}"),
            vec![FIN | opcode, 2, 0x03, 0xE8],
            1002,
        );
    }
    for (name, opcode) in [("ping", PING), ("pong", PONG), ("close", CLOSE)] {
        add(
            &format!("a fragmented {name}"),
            frame(opcode, b"\x03\xE8"),
            1002,
        );
        add(
            &format!("a {name} of 126 bytes"),
            frame(FIN | opcode, &[b'x'; 126]),
            1002,
        );
        add(
            &format!("a {name} of 64 KiB"),
            frame(FIN | opcode, &[b'x'; 65_536]),
            1002,
        );
    }
    add(
        "a continuation of nothing",
        frame(FIN | CONTINUATION, b"x"),
        1002,
    );
    add(
        "an unfinished continuation of nothing",
        frame(CONTINUATION, b"x"),
        1002,
    );
    add(
        "a text within a text",
        [frame(TEXT, b"{"), frame(FIN | TEXT, b"}")].concat(),
        1002,
    );
    add(
        "binary within a text",
        [frame(TEXT, b"{"), frame(BINARY, b"}")].concat(),
        1002,
    );
    add(
        "a continuation after the end",
        [frame(FIN | PING, b""), frame(FIN | CONTINUATION, b"}")].concat(),
        1002,
    );
    add(
        "a length of 2^63",
        [&[FIN | TEXT, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0][..], &MASK].concat(),
        1002,
    );
    add(
        "a length of 2^62",
        [&[FIN | TEXT, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0][..], &MASK].concat(),
        1009,
    );
    add(
        "a length of 4 GiB of binary",
        [&[FIN | BINARY, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0][..], &MASK].concat(),
        1009,
    );
    add(
        "more than the limit",
        frame(FIN | TEXT, &vec![b' '; LIMIT + 1]),
        1009,
    );
    add(
        "more than the limit in fragments",
        [frame(TEXT, b" "), frame(CONTINUATION, b" ").repeat(LIMIT)].concat(),
        1009,
    );
    for (name, payload) in [
        ("a byte", &b"\x03"[..]),
        ("text that is not UTF-8", b"\x03\xE8\xFF\xFE"),
        ("half a character", b"\x03\xE8\xC3"),
    ] {
        let code = if payload.len() == 1 { 1002 } else { 1007 };
        add(
            &format!("a close frame with {name}"),
            frame(FIN | CLOSE, payload),
            code,
        );
    }
    for code in [
        0_u16, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535,
    ] {
        let payload = code.to_be_bytes();
        add(
            &format!("the close code {code}"),
            frame(FIN | CLOSE, &payload),
            1002,
        );
    }
    for (name, text) in [
        ("a lone continuation byte", &b"\x80"[..]),
        ("an invalid first byte", b"\xFF"),
        ("an overlong slash", b"\xC0\xAF"),
        ("an overlong NUL", b"\xE0\x80\x80"),
        ("a surrogate", b"\xED\xA0\x80"),
        ("a character beyond the last", b"\xF4\x90\x80\x80"),
        ("five bytes for a character", b"\xF8\x88\x80\x80\x80"),
        ("half a character", b"{\"type\":\"\xE2\x82"),
    ] {
        add(&format!("text with {name}"), frame(FIN | TEXT, text), 1007);
    }
    add(
        "half a character in fragments",
        [frame(TEXT, b"\xE2"), frame(FIN | CONTINUATION, b"x")].concat(),
        1007,
    );
    let bomb = Deflater::new().deflate(&vec![b' '; 10 << 20]).to_vec();
    let half = bomb.len() / 2;
    let not_utf8 = Deflater::new().deflate(b"\xFF\xFE\xFD").to_vec();
    let mut add =
        |name: &str, frames: Vec<u8>, code| all.push((name.to_owned(), true, frames, code));
    add(
        "10 MiB, compressed",
        frame(FIN | COMPRESSED | TEXT, &bomb),
        1009,
    );
    add(
        "10 MiB, compressed, in fragments",
        [
            frame(COMPRESSED | TEXT, &bomb[..half]),
            frame(FIN | CONTINUATION, &bomb[half..]),
        ]
        .concat(),
        1009,
    );
    add(
        "10 MiB of binary, compressed",
        frame(FIN | COMPRESSED | BINARY, &bomb),
        1009,
    );
    add(
        "bytes that are not compressed",
        frame(FIN | COMPRESSED | TEXT, b"\xFF\xFF\xFF"),
        1007,
    );
    add(
        "compressed text that is not UTF-8",
        frame(FIN | COMPRESSED | TEXT, &not_utf8),
        1007,
    );
    add(
        "a compressed continuation",
        [
            frame(TEXT, b"{"),
            frame(FIN | COMPRESSED | CONTINUATION, b"}"),
        ]
        .concat(),
        1002,
    );
    add(
        "a compressed ping",
        frame(FIN | COMPRESSED | PING, b""),
        1002,
    );
    add(
        "a flood of pings",
        frame(FIN | PING, b"x").repeat(20_000),
        4029,
    );
    add(
        "a flood of messages",
        frame(FIN | TEXT, b"{}").repeat(20_000),
        4029,
    );
    all
}

/// Messages that are refused one by one.
fn invalid_messages() -> Vec<(&'static str, String)> {
    let streams = |text: &str| format!("{{\"type\":\"subscribe\",\"streams\":{text}}}");
    let many: String = (0..2_000).map(|n| format!("\"s{n}\":{{}},")).collect();
    vec![
        ("nothing", String::new()),
        ("a NUL", "\0".into()),
        ("half an object", "{\"type\":".into()),
        ("an array", "[]".into()),
        ("a number", "1e999".into()),
        ("null", "null".into()),
        ("no type", "{}".into()),
        ("an unknown type", "{\"type\":\"teapot\"}".into()),
        ("a type that is no text", "{\"type\":[\"subscribe\"]}".into()),
        ("two types", "{\"type\":\"ping\",\"type\":\"subscribe\"}".into()),
        ("deep arrays", "[".repeat(30_000) + &"]".repeat(30_000)),
        ("deep objects", "{\"a\":".repeat(10_000) + &"}".repeat(10_000)),
        ("deep arrays in a member", streams(&("[".repeat(30_000) + &"]".repeat(30_000)))),
        ("a text of 60 KiB", format!("\"{}\"", "x".repeat(60_000))),
        ("half a surrogate pair", "{\"type\":\"\\ud800\"}".into()),
        ("a raw control character", "{\"type\":\"pi\nng\"}".into()),
        ("an unknown stream", streams("{\"weather\":{}}")),
        ("2,000 unknown streams", streams(&format!("{{{many}\"s\":{{}}}}"))),
        ("streams that are a number", streams("7")),
        ("a negative number of messages", streams("{\"data\":{\"last\":-1}}")),
        ("too many messages", streams("{\"data\":{\"last\":4000000000}}")),
        ("an endless number of messages", streams("{\"data\":{\"last\":1e999}}")),
        ("a part of a message", streams("{\"data\":{\"last\":0.5}}")),
        ("a negative interval", streams("{\"data\":{\"interval_ms\":-1}}")),
        ("a position without an epoch", "{\"type\":\"subscribe\",\"streams\":{},\"after\":3}".into()),
        (
            "a position beyond all numbers",
            "{\"type\":\"subscribe\",\"streams\":{\"data\":{}},\"epoch\":\"x\",\"after\":99999999999999999999}".into(),
        ),
        ("an id that is text", "{\"type\":\"ping\",\"id\":\"7\"}".into()),
        ("an id beyond all numbers", "{\"type\":\"ping\",\"id\":1e400}".into()),
    ]
}

fn handshakes(target: &Target) -> Vec<Case> {
    let host = target.address();
    let token = &target.credentials.0;
    let upgrade_with = |headers: &str| upgrade(target, "/ws", false, headers);
    let raw = |name: &str, headers: &str, status: u16| {
        let request = format!("GET /ws HTTP/1.1\r\nHost: {host}\r\n{token}{headers}\r\n");
        Case::status(format!("handshake: {name}"), request, status)
    };
    let keys = "Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    let mut cases = vec![
        raw("without a key", keys, 400),
        raw(
            "with a short key",
            &format!("{keys}Sec-WebSocket-Key: YQ==\r\n"),
            400,
        ),
        raw(
            "with a key of bytes",
            &format!("{keys}Sec-WebSocket-Key: \u{fc}\r\n"),
            400,
        ),
        raw(
            "with a key of 16 KiB",
            &format!("{keys}Sec-WebSocket-Key: {}\r\n", "A".repeat(16 << 10)),
            400,
        ),
        raw(
            "of an old version",
            "Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            426,
        ),
        raw(
            "to another protocol",
            "Connection: Upgrade, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
            426,
        ),
    ];
    for (name, headers) in [
        (
            "a page of another site",
            "Origin: https://elsewhere.example\r\n".to_owned(),
        ),
        (
            "a page of this machine",
            "Origin: http://localhost:3000\r\n".to_owned(),
        ),
        ("a page of a file", "Origin: null\r\n".to_owned()),
        (
            "a page with two origins",
            format!("Origin: http://{host}, http://elsewhere.example\r\n"),
        ),
        (
            "a page whose name begins with this one's",
            format!("Origin: http://{host}.elsewhere.example\r\n"),
        ),
        (
            "a page of http at https",
            format!("X-Forwarded-Proto: https\r\nOrigin: http://{host}\r\n"),
        ),
        (
            "a page of https at http",
            format!("Origin: https://{host}\r\n"),
        ),
    ] {
        cases.push(Case::close(
            format!("origin: {name}"),
            upgrade_with(&headers),
            1008,
        ));
    }
    let anonymous = upgrade_with("").replace(token.as_str(), "");
    cases.push(Case::close("credentials: none", anonymous.clone(), 4001));
    let forged = anonymous.replace("\r\n\r\n", "\r\nAuthorization: Bearer wr_forged\r\n\r\n");
    cases.push(Case::close("credentials: an unknown token", forged, 4001));
    let twice = upgrade_with(token);
    cases.push(Case::status("credentials: twice", twice, 400));
    let in_address = upgrade(target, "/ws?token=wr_leaked", false, "");
    cases.push(Case::status("credentials: in the address", in_address, 400));
    let rebound = upgrade_with("").replace(&host.to_string(), "elsewhere.example");
    cases.push(Case::status("host: another of a WebSocket", rebound, 421));
    cases
}
