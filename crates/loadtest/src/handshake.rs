//! HTTP requests and responses before the first message.

use crate::Target;

/// The example key of RFC 6455 section 1.3; a client of one's own server needs no random one.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// The `Sec-WebSocket-Accept` that belongs to it.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The longest accepted response head.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// The server's response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Response {
    /// More bytes are needed.
    Incomplete,
    /// A WebSocket, from byte `length` on.
    Upgraded { deflate: bool, length: usize },
    /// An event stream, from byte `length` on.
    Streaming { chunked: bool, length: usize },
    /// Any other response, in a few words.
    Refused(String),
}

/// Requests a WebSocket. Requires `server_no_context_takeover`, because all viewers share one
/// inflater.
pub(crate) fn upgrade(target: &Target, deflate: bool) -> Vec<u8> {
    let path = target.path.as_deref().unwrap_or("/ws");
    let extensions = if deflate {
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; \
         client_no_context_takeover\r\n"
    } else {
        ""
    };
    format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{extensions}{}\r\n",
        target.authority,
        target.authorization()
    )
    .into_bytes()
}

/// Requests an event stream; `query` begins with `?`.
pub(crate) fn events(target: &Target, query: &str, last_event_id: Option<&str>) -> Vec<u8> {
    let path = match &target.path {
        Some(path) => path.clone(),
        None => format!("/api/events{query}"),
    };
    let resume = last_event_id.map_or(String::new(), |id| format!("Last-Event-ID: {id}\r\n"));
    format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\n\
         Cache-Control: no-cache\r\n{resume}{}\r\n",
        target.authority,
        target.authorization()
    )
    .into_bytes()
}

/// Parses the response to either request.
pub(crate) fn parse_response(bytes: &[u8]) -> Response {
    let Some(length) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return if bytes.len() > HEAD_BYTES_MAX {
            Response::Refused("an endless head".into())
        } else {
            Response::Incomplete
        };
    };
    let head = String::from_utf8_lossy(&bytes[..length]);
    let length = length + 4;
    let header = |wanted: &str| {
        head.lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.trim())
    };
    match head.split(' ').nth(1) {
        Some("101") if header("sec-websocket-accept") == Some(ACCEPT) => {
            let extensions = header("sec-websocket-extensions").unwrap_or("");
            if extensions.is_empty() {
                return Response::Upgraded {
                    deflate: false,
                    length,
                };
            }
            if !extensions.contains("server_no_context_takeover") {
                return Response::Refused("deflate with context takeover by the server".into());
            }
            Response::Upgraded {
                deflate: true,
                length,
            }
        }
        Some("101") => Response::Refused("a wrong Sec-WebSocket-Accept".into()),
        Some("200")
            if header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream")) =>
        {
            Response::Streaming {
                chunked: header("transfer-encoding") == Some("chunked"),
                length,
            }
        }
        Some(status) if head.starts_with("HTTP/1.") => {
            Response::Refused(format!("status {status}"))
        }
        _ => Response::Refused("no HTTP".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &str, expected: Response) {
        assert_eq!(parse_response(head.as_bytes()), expected, "{head}");
    }

    #[test]
    fn parses_responses() {
        let upgraded = format!("HTTP/1.1 101 X\r\nsec-websocket-accept: {ACCEPT}\r\n\r\n");
        check(
            &upgraded,
            Response::Upgraded {
                deflate: false,
                length: upgraded.len(),
            },
        );
        check(&upgraded[..upgraded.len() - 1], Response::Incomplete);
        let events = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\
                      Transfer-Encoding: chunked\r\n\r\n";
        check(
            &format!("{events}rest"),
            Response::Streaming {
                chunked: true,
                length: events.len(),
            },
        );
    }

    #[test]
    fn reports_other_responses() {
        let refused = |text: &str| Response::Refused(text.into());
        check("HTTP/1.1 403 Forbidden\r\n\r\n", refused("status 403"));
        check("SSH-2.0-x y\r\n\r\n", refused("no HTTP"));
        check(
            "HTTP/1.1 101 X\r\nSec-WebSocket-Accept: x\r\n\r\n",
            refused("a wrong Sec-WebSocket-Accept"),
        );
        check(
            &format!(
                "HTTP/1.1 101 X\r\nSec-WebSocket-Accept: {ACCEPT}\r\n\
                 Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
            ),
            refused("deflate with context takeover by the server"),
        );
        assert_eq!(
            parse_response(&vec![b'x'; HEAD_BYTES_MAX + 1]),
            refused("an endless head")
        );
    }
}
