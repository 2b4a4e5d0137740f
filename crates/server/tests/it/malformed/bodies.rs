//! Bodies: JSON that is none, is too deep or too large, and compressed data that is far larger than it looks.

use super::case::Case;
use super::target::Target;
use crate::support::account::Credentials;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::io::Write;

/// What the server says about its own API.
#[derive(Deserialize)]
struct Document {
    paths: BTreeMap<String, BTreeMap<String, Operation>>,
}

#[derive(Deserialize)]
struct Operation {
    #[serde(rename = "requestBody")]
    body: Option<IgnoredAny>,
}

/// Paths that take what programs report.
const INPUTS: [&str; 6] = [
    "/api/v1/ingest",
    "/write",
    "/api/v2/write",
    "/v1/metrics",
    "/v1/logs",
    "/api/v1/write",
];

/// Those of them that take Snappy, and those that take gzip.
const SNAPPY: [&str; 1] = ["/api/v1/write"];

/// Every case.
pub(super) async fn cases(target: &Target) -> Vec<Case> {
    let document = target
        .get(&Credentials::none(), "/api/openapi.json", "")
        .await;
    let document: Document = document.json();
    let mut cases = Vec::new();
    let bodies = invalid_json();
    for (path, operations) in document.paths {
        for (method, operation) in operations {
            // Inputs have formats of their own.
            if operation.body.is_none() || INPUTS.contains(&path.as_str()) {
                continue;
            }
            let method = method.to_uppercase();
            let path = concrete(&path);
            for (name, body) in &bodies {
                // All of its members may be absent, and unknown ones are ignored.
                let is_ignored = path == "/api/v1/account/preferences" && IGNORED.contains(name);
                let name = format!("body: {name} to {method} {path}");
                let request = request(target, &method, &path, JSON, body);
                // Never accepted. What is not there or may not be done now may be found out first.
                let mut statuses = vec![400, 404, 409, 413, 422];
                if is_ignored {
                    statuses.push(204);
                }
                cases.push(Case::any_of(name, request, &statuses));
            }
            let name = format!("body: of an unknown type to {method} {path}");
            let request = request(
                target,
                &method,
                &path,
                "Content-Type: text/plain\r\n",
                b"{}",
            );
            cases.push(Case::any_of(name, request, &[400, 404, 409, 415, 422]));
        }
    }
    assert!(cases.len() > 200, "the API has only {} cases", cases.len());
    cases.extend(ingested(target));
    cases.extend(bombs(target));
    cases
}

/// Bodies that are odd only in members that no request has.
const IGNORED: [&str; 3] = [
    "half a surrogate pair",
    "the same member twice",
    "deep arrays in a member",
];

const JSON: &str = "Content-Type: application/json\r\n";

fn concrete(path: &str) -> String {
    let path = path
        .replace("{id}", "999999")
        .replace("{seq}", "1")
        .replace("{version}", "1");
    path.replace("{name}", "nobody")
}

fn request(target: &Target, method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\n{}{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        target.address(),
        target.credentials.0,
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn invalid_json() -> Vec<(&'static str, Vec<u8>)> {
    let deep = |open: &str, close: &str, depth: usize| {
        [open.repeat(depth), close.repeat(depth)]
            .concat()
            .into_bytes()
    };
    vec![
        ("nothing", Vec::new()),
        ("white space", b" \r\n\t ".to_vec()),
        ("a NUL", vec![0]),
        ("bytes", vec![0x80, 0xFF, 0xFE]),
        ("half an object", b"{\"name\":".to_vec()),
        ("half a string", b"{\"name\":\"a".to_vec()),
        ("no object", b"\"name\"".to_vec()),
        ("a number", b"1e999".to_vec()),
        ("an array", b"[1,2]".to_vec()),
        ("null", b"null".to_vec()),
        ("two objects", b"{}{}".to_vec()),
        ("a trailing comma", b"{\"name\":\"a\",}".to_vec()),
        ("a comment", b"{/* */}".to_vec()),
        ("a byte order mark", b"\xEF\xBB\xBF{}".to_vec()),
        ("UTF-16", b"{\0}\0".to_vec()),
        (
            "text that is not UTF-8",
            b"{\"name\":\"\xFF\xFE\",\"text\":\"\xC3\x28\"}".to_vec(),
        ),
        ("overlong UTF-8", b"{\"name\":\"\xC0\xAF\"}".to_vec()),
        ("half a surrogate pair", b"{\"name\":\"\\ud800\"}".to_vec()),
        ("a raw control character", b"{\"name\":\"a\nb\"}".to_vec()),
        (
            "the same member twice",
            b"{\"name\":\"a\",\"name\":\"a\",\"rooms\":1,\"rooms\":1}".to_vec(),
        ),
        ("deep arrays", deep("[", "]", 4_000)),
        ("deep objects", deep("{\"a\":", "}", 2_000)),
        (
            "deep arrays in a member",
            [b"{\"name\":", deep("[", "]", 3_000).as_slice(), b"}"].concat(),
        ),
        ("endless arrays", b"[".repeat(8_000)),
        (
            "an array of 8,000 elements",
            [b"[0", b",0".repeat(8_000).as_slice(), b"]"].concat(),
        ),
        (
            "a name of 1 MiB",
            [b"{\"name\":\"", b"x".repeat(1 << 20).as_slice(), b"\"}"].concat(),
        ),
        ("5 MiB of white space", vec![b' '; 5 << 20]),
    ]
}

/// Lines of JSON, of which each gets its own error.
fn ingested(target: &Target) -> Vec<Case> {
    let with = |name: &str, body: &[u8], statuses: &[u16]| {
        let request = request(target, "POST", "/api/v1/ingest", JSON, body);
        Case::any_of(format!("ingest: {name}"), request, statuses)
    };
    let mut cases: Vec<Case> = invalid_json()
        .iter()
        .map(|(name, body)| {
            // Nothing is no error.
            let statuses: &[u16] = match *name {
                "nothing" | "white space" | "5 MiB of white space" => &[200, 400, 413, 422],
                _ => &[400, 413, 422],
            };
            with(name, body, statuses)
        })
        .collect();
    let data = |value: &str| format!("{{\"type\":\"data\",\"label\":\"a\",\"value\":{value}}}");
    for value in [
        "NaN", "Infinity", "1e999", "-1e999", "\"1\"", "null", "[]", "0x1", "01", "1.",
    ] {
        cases.push(with(
            &format!("the value {value}"),
            data(value).as_bytes(),
            &[400, 422],
        ));
    }
    cases.extend([
        with("100,000 lines that are none", &b"x\n".repeat(100_000), &[400, 413, 422]),
        with(
            "a label of 1 MiB",
            format!("{{\"type\":\"data\",\"label\":\"{}\",\"value\":1}}", "x".repeat(1 << 20)).as_bytes(),
            &[400, 413, 422],
        ),
        with(
            "10,000 labels",
            format!(
                "{{\"type\":\"data\",\"label\":\"a\",\"value\":1,\"labels\":{{{}\"z\":\"z\"}}}}",
                (0..10_000).map(|n| format!("\"a{n}\":\"b\",")).collect::<String>()
            )
            .as_bytes(),
            &[400, 413, 422],
        ),
        with(
            "a time of long ago",
            b"{\"type\":\"data\",\"label\":\"a\",\"value\":1,\"timestamp\":\"-99999-01-01T00:00:00Z\"}",
            &[400, 422],
        ),
    ]);
    cases
}

/// Small bodies that would take much memory, and broken ones.
fn bombs(target: &Target) -> Vec<Case> {
    let zeros = vec![0; 24 << 20];
    let packed = gzip(&zeros);
    assert!(packed.len() < 1 << 20, "it is small");
    let mut cases = Vec::new();
    for path in INPUTS {
        let with = |name: &str, coding: &str, body: &[u8], statuses: &[u16]| {
            let kind = match path {
                "/v1/metrics" | "/v1/logs" | "/api/v1/write" => "application/x-protobuf",
                _ => "text/plain",
            };
            let headers = format!("Content-Type: {kind}\r\nContent-Encoding: {coding}\r\n");
            let request = request(target, "POST", path, &headers, body);
            Case::any_of(format!("packed: {name} to {path}"), request, statuses)
        };
        cases.push(with("twice", "gzip, gzip", &gzip(&packed), &[415]));
        cases.push(with("by an unknown coding", "compress", b"x", &[415]));
        cases.push(with("zstd", "zstd", &ZSTD_BOMB, &[415]));
        cases.push(with("brotli", "br", b"\x8b", &[415]));
        cases.push(with("deflate", "deflate", &deflate(b"x"), &[415]));
        if SNAPPY.contains(&path) {
            cases.extend([
                with(
                    "a length of 4 GiB",
                    "snappy",
                    b"\xFF\xFF\xFF\xFF\x0F\0x",
                    &[400, 413],
                ),
                with(
                    "a length of 15 MiB and nothing",
                    "snappy",
                    b"\x80\x80\xC0\x07",
                    &[400],
                ),
                with("snappy zeros", "snappy", &snappy(&zeros), &[413]),
                with(
                    "half of it",
                    "snappy",
                    &snappy(b"abcabcabcabc")[..4],
                    &[400],
                ),
                with(
                    "a copy from before the start",
                    "snappy",
                    b"\x04\x0D\x09",
                    &[400],
                ),
                with("not snappy", "snappy", &gzip(b"x"), &[400]),
                with("gzip", "gzip", &packed, &[415]),
                with("a varint without an end", "snappy", &[0xFF; 64], &[400]),
            ]);
        } else {
            cases.extend([
                with("zeros", "gzip", &packed, &[413]),
                with("half of it", "gzip", &gzip(b"cpu value=1 1")[..12], &[400]),
                with(
                    "a wrong checksum",
                    "gzip",
                    &broken(&gzip(b"cpu value=1 1")),
                    &[400],
                ),
                with("not gzip", "gzip", b"cpu value=1", &[400]),
                with(
                    "members without an end",
                    "gzip",
                    &gzip(b"").repeat(10_000),
                    &[200, 204, 400, 422],
                ),
                with("snappy", "snappy", &snappy(b"x"), &[415]),
            ]);
        }
    }
    for path in ["/v1/metrics", "/v1/logs", "/api/v1/write"] {
        let with = |name: &str, body: &[u8]| {
            let headers = match SNAPPY.contains(&path) {
                true => "Content-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n",
                false => "Content-Type: application/x-protobuf\r\n",
            };
            let body = match SNAPPY.contains(&path) {
                true => snappy(body),
                false => body.to_vec(),
            };
            let request = request(target, "POST", path, headers, &body);
            Case::status(format!("protobuf: {name} to {path}"), request, 400)
        };
        // Tag 1 with a length of 4 GiB; a group that never ends; a varint of 11 bytes; messages in messages.
        cases.push(with(
            "a member longer than its message",
            b"\x0A\xFF\xFF\xFF\xFF\x0F",
        ));
        cases.push(with("a group", &b"\x0B".repeat(10_000)));
        cases.push(with(
            "a number without an end",
            &[
                0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            ],
        ));
        cases.push(with("bytes", &[0xFF; 1_000]));
    }
    cases
}

/// A frame of zstd (RFC 8878) with a window of 2 GiB and blocks of a repeated byte.
const ZSTD_BOMB: [u8; 14] = [
    0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xA8, 0xFA, 0xFF, 0x0F, 0x00, 0xFB, 0xFF, 0x0F, 0x00,
];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn snappy(bytes: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(bytes).unwrap()
}

/// With another checksum.
fn broken(gzip: &[u8]) -> Vec<u8> {
    let mut bytes = gzip.to_vec();
    let place = bytes.len() - 6;
    bytes[place] ^= 1;
    bytes
}
