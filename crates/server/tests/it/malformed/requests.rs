//! Requests that break the rules of HTTP/1.1 (RFC 9110 and 9112), or only bend them.

use super::case::{Case, INJECTED};
use super::target::{NAME, Target};

/// Every case.
pub(super) fn cases(target: &Target) -> Vec<Case> {
    let mut cases = request_lines(target);
    cases.extend(hosts(target));
    cases.extend(headers(target));
    cases.extend(lengths(target));
    cases.extend(chunks(target));
    cases.extend(injections(target));
    cases.extend(floods(target));
    cases
}

fn request_lines(target: &Target) -> Vec<Case> {
    let host = target.address();
    let rest = format!("Host: {host}\r\nConnection: close\r\n\r\n");
    let line = |name: &str, line: &str, statuses: &[u16]| {
        Case::any_of(name, format!("{line}\r\n{rest}"), statuses)
    };
    vec![
        line("an unknown method", "BREW /healthz HTTP/1.1", &[405]),
        line("a method in lower case", "get /healthz HTTP/1.1", &[405]),
        line("TRACE", "TRACE /healthz HTTP/1.1", &[405]),
        line(
            "a method that is no token",
            "GE(T /healthz HTTP/1.1",
            &[400],
        ),
        line("a method with a NUL", "GE\0T /healthz HTTP/1.1", &[400]),
        line(
            "a very long method",
            &format!("{} /healthz HTTP/1.1", "G".repeat(20_000)),
            &[405],
        ),
        line("no method", " /healthz HTTP/1.1", &[400]),
        line("no target", "GET HTTP/1.1", &[400]),
        line("two targets", "GET / / HTTP/1.1", &[400]),
        line("two spaces", "GET  /healthz HTTP/1.1", &[400]),
        line("a tab", "GET\t/healthz HTTP/1.1", &[400]),
        line("a target that is a name", "GET healthz HTTP/1.1", &[421]),
        line("a NUL in the target", "GET /health\0z HTTP/1.1", &[400]),
        line("HTTP/0.9", "GET /healthz", &[400]),
        line("HTTP/1.2", "GET /healthz HTTP/1.2", &[400]),
        line("HTTP/3.0", "GET /healthz HTTP/3.0", &[400]),
        line(
            "a version without a number",
            "GET /healthz HTTP/x.y",
            &[400],
        ),
        line("a version in lower case", "GET /healthz http/1.1", &[400]),
        line("another protocol", "GET /healthz ICY/1.1", &[400]),
        line("the asterisk", "OPTIONS * HTTP/1.1", &[200]),
        line("an asterisk for GET", "GET * HTTP/1.1", &[404, 405]),
        Case::any_of(
            "a tunnel to another host",
            "CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\nConnection: close\r\n\r\n",
            &[421],
        ),
        line(
            "a tunnel to itself",
            &format!("CONNECT {host} HTTP/1.1"),
            &[404, 405],
        ),
        Case::cut("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Case::status(
            "TLS",
            b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n".as_slice(),
            400,
        ),
        Case::status("SSH", "SSH-2.0-OpenSSH_9.9\r\n\r\n", 400),
        Case::status(
            "bytes",
            [0x80, 0xFF, 0, 1, b'\r', b'\n', b'\r', b'\n'].as_slice(),
            400,
        ),
        Case::status(
            "the PROXY protocol of somebody who is not asked for it",
            format!("PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\nGET /healthz HTTP/1.1\r\n{rest}"),
            400,
        ),
    ]
}

/// A page of another site can have its own name resolve to this machine (DNS rebinding).
fn hosts(target: &Target) -> Vec<Case> {
    let own = target.address();
    let with = |name: &str, target: &str, headers: &str, status: u16| {
        let request = format!("GET {target} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
        Case::status(format!("host: {name}"), request, status)
    };
    let host = |host: &str, status| {
        let name: String = host.chars().take(40).collect();
        with(&name, "/healthz", &format!("Host: {host}\r\n"), status)
    };
    let mut cases = vec![
        with("none", "/healthz", "", 400),
        with(
            "two",
            "/healthz",
            &format!("Host: {own}\r\nHost: elsewhere.example\r\n"),
            400,
        ),
        with(
            "the same twice",
            "/healthz",
            &format!("Host: {own}\r\nHost: {own}\r\n"),
            400,
        ),
        with(
            "a whole URL of another",
            "http://elsewhere.example/healthz",
            &format!("Host: {own}\r\n"),
            421,
        ),
        with(
            "a whole URL of this one",
            &format!("http://{own}/healthz"),
            "Host: elsewhere.example\r\n",
            200,
        ),
        with(
            "a whole URL with a user",
            &format!("http://{own}@elsewhere.example/healthz"),
            &format!("Host: {own}\r\n"),
            421,
        ),
        with(
            "another scheme",
            "file:///etc/passwd",
            &format!("Host: {own}\r\n"),
            400,
        ),
        with(
            "forwarded twice",
            "/healthz",
            &format!("Host: {own}\r\nForwarded: for=192.0.2.1\r\nX-Forwarded-For: 192.0.2.1\r\n"),
            400,
        ),
        with(
            "forwarded for another",
            "/healthz",
            &format!("Host: {own}\r\nX-Forwarded-Host: elsewhere.example\r\n"),
            421,
        ),
        host(NAME, 200),
        host("", 400),
    ];
    for foreign in [
        "elsewhere.example",
        "localhost.elsewhere.example",
        "127.0.0.1.elsewhere.example",
        "localhost@elsewhere.example",
        "elsewhere.example@localhost",
        "localhost/elsewhere.example",
        "localhost elsewhere.example",
        "localhost, elsewhere.example",
        "board.example.elsewhere.example",
        "boardXexample",
        "<script>alert(1)</script>",
        "%6cocalhost",
        "[::1",
        "2130706433.elsewhere.example",
    ] {
        cases.push(host(foreign, 421));
    }
    // No name at all.
    cases.push(host("\u{fc}ber.example", 400));
    cases.push(host(&"x".repeat(5_000), 421));
    cases
}

fn headers(target: &Target) -> Vec<Case> {
    let host = target.address();
    let with = |name: &str, header: &[u8], status: u16| {
        let start = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        let bytes = [start.as_bytes(), header, b"\r\n\r\n"].concat();
        Case::status(format!("header: {name}"), bytes, status)
    };
    vec![
        with("with an unknown name", b"X-Whatever: 1", 200),
        with(
            "with bytes that are no ASCII",
            b"X-Bytes: \x80\xff\xfe",
            200,
        ),
        with("folded", b"X-Folded: a\r\n b", 400),
        with("folded at first", b" X-Folded: a", 400),
        with("with a space before the colon", b"X-Space : a", 400),
        with("without a colon", b"X-Nothing", 400),
        with("without a name", b": a", 400),
        with("with a name that is no token", b"X(a): a", 400),
        with("with a NUL", b"X-Nul: a\0b", 400),
        with("with a NUL in its name", b"X\0Nul: a", 400),
        with("with a carriage return", b"X-Return: a\rb", 400),
        with("with an escape", b"X-Escape: a\x1bb", 400),
        with("with a name of bytes", b"X-\xff: a", 400),
    ]
}

/// Where the body ends must be beyond doubt, or what follows is somebody else's request (request smuggling).
fn lengths(target: &Target) -> Vec<Case> {
    let host = target.address();
    let token = &target.credentials.0;
    // No `Connection: close`: it is the server that must close.
    let with = |name: &str, headers: &str, body: &str, statuses: &[u16]| {
        let request =
            format!("POST /api/v1/ingest HTTP/1.1\r\nHost: {host}\r\n{token}{headers}\r\n{body}");
        Case::any_of(format!("length: {name}"), request, statuses)
    };
    let smuggled = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let mut cases: Vec<Case> = [
        "-1",
        "+1",
        "0x1",
        "1 1",
        "1,1",
        "1;1",
        "\"1\"",
        "one",
        "",
        "18446744073709551616",
        "99999999999999999999999999",
        "\u{661}",
    ]
    .into_iter()
    .map(|length| {
        with(
            &format!("{length:?}"),
            &format!("Content-Length: {length}\r\n"),
            "",
            &[400],
        )
    })
    .collect();
    for (name, headers) in [
        ("two lengths", "Content-Length: 1\r\nContent-Length: 2\r\n"),
        (
            "a length and chunks",
            "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        ),
        ("an unknown coding", "Transfer-Encoding: none\r\n"),
        (
            "a coding before chunks",
            "Transfer-Encoding: gzip, chunked\r\n",
        ),
        (
            "chunks before a coding",
            "Transfer-Encoding: chunked, gzip\r\n",
        ),
        ("chunks twice", "Transfer-Encoding: chunked, chunked\r\n"),
        (
            "two codings",
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        ),
        ("chunks, misspelt", "Transfer-Encoding: xchunked\r\n"),
        (
            "chunks with a vertical tab",
            "Transfer-Encoding: \x0bchunked\r\n",
        ),
        (
            "chunks with a parameter",
            "Transfer-Encoding: chunked;a=b\r\n",
        ),
        ("an empty coding", "Transfer-Encoding:\r\n"),
    ] {
        let body = format!("0\r\n\r\n{smuggled}");
        cases.push(with(name, headers, &body, &[400]));
    }
    // The chunks count, as RFC 9112 section 6.3 says, and the length is no longer there. What follows the last chunk is
    // a request of its own, which is answered.
    let both = "Transfer-Encoding: chunked\r\nContent-Length: 4\r\nConnection: close\r\n";
    cases.push(with(
        "chunks and a length",
        both,
        &format!("0\r\n\r\n{smuggled}"),
        &[200, 400],
    ));
    let old = format!(
        "POST /api/v1/ingest HTTP/1.0\r\nHost: {host}\r\n{token}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"
    );
    cases.push(Case::status("length: chunks with HTTP/1.0", old, 400));
    let huge = "Content-Length: 9999999999999\r\n";
    cases.push(with("more than the limit", huge, "", &[413]));
    cases
}

fn chunks(target: &Target) -> Vec<Case> {
    let host = target.address();
    let token = &target.credentials.0;
    let with = |name: &str, body: String, status: u16| {
        let request = format!(
            "POST /api/v1/ingest HTTP/1.1\r\nHost: {host}\r\n{token}Connection: close\r\n\
             Transfer-Encoding: chunked\r\n\r\n{body}"
        );
        Case::status(format!("chunk: {name}"), request, status)
    };
    let entry = r#"{"type":"log","source":"test","message":"chunked"}"#;
    let size = entry.len();
    let mut cases: Vec<Case> = [
        "g",
        "-1",
        "+1",
        "0x1",
        "1 1",
        "FFFFFFFFFFFFFFFFF",
        "10000000000000000",
        "\0",
        "",
        "\u{661}",
    ]
    .into_iter()
    .map(|size| {
        with(
            &format!("size {size:?}"),
            format!("{size}\r\n{{}}\r\n0\r\n\r\n"),
            400,
        )
    })
    .collect();
    cases.extend([
        with("valid", format!("{size:x}\r\n{entry}\r\n0\r\n\r\n"), 200),
        with(
            "without an end of its data",
            format!("{size:x}\r\n{entry}0\r\n\r\n"),
            400,
        ),
        with(
            "with a line feed alone",
            format!("{size:x}\n{entry}\r\n0\r\n\r\n"),
            400,
        ),
        with(
            "longer than it says",
            format!("1\r\n{entry}\r\n0\r\n\r\n"),
            400,
        ),
        with(
            "with an endless extension",
            format!("1;{}", "x".repeat(1 << 20)),
            400,
        ),
        with(
            "with endless trailers",
            format!("0\r\n{}", "X-Trailer: x\r\n".repeat(100_000)),
            400,
        ),
        with(
            "of more than the limit",
            format!("{:x}\r\n{}", 5 << 20, "x".repeat(5 << 20)),
            413,
        ),
        with(
            "of a byte, very often",
            "1\r\nx\r\n".repeat(100_000) + "0\r\n\r\n",
            422,
        ),
    ]);
    cases
}

/// What a client sends must not become a header, a redirect or a script.
fn injections(target: &Target) -> Vec<Case> {
    let host = target.address();
    let token = &target.credentials.0;
    let get = |name: String, path: &str, headers: &str, statuses: &[u16]| {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n");
        Case::any_of(format!("injection: {name}"), request, statuses)
    };
    let mut cases = Vec::new();
    for end in ["%0d%0a", "%0a", "%0d", "%E5%98%8A%E5%98%8D", "%00"] {
        let line = format!("{end}{INJECTED}:%20yes");
        // Signed in nowhere: sent to the page to sign in, with the address that was wanted.
        cases.push(get(
            format!("{end} in a redirect"),
            &format!("/alerts?x={line}"),
            "",
            &[303],
        ));
        cases.push(get(
            format!("{end} in a host"),
            &format!("/?host={line}"),
            token,
            &[404],
        ));
        for parameter in ["series", "from", "to", "points", "format", "host"] {
            let path = format!("/api/v1/query?series=cpu&{parameter}={line}");
            cases.push(get(
                format!("{end} in {parameter}"),
                &path,
                token,
                &[400, 404],
            ));
        }
        let path = format!("/api/events?streams={line}");
        cases.push(get(format!("{end} in streams"), &path, token, &[400]));
        let path = format!("/ws?streams={line}");
        cases.push(get(
            format!("{end} in a WebSocket's streams"),
            &path,
            token,
            &[400, 426],
        ));
        let path = format!("/nothing{line}");
        cases.push(get(format!("{end} in a path"), &path, token, &[404]));
    }
    let script = "<script>alert(1)</script>";
    let encoded = crate::support::encoded(script);
    cases.extend([
        get(
            "a script in a host".into(),
            &format!("/?host={encoded}"),
            token,
            &[404],
        ),
        get(
            "a script in a path".into(),
            &format!("/{encoded}"),
            token,
            &[404],
        ),
        get(
            "a script in a series".into(),
            &format!("/api/v1/query?series={encoded}"),
            token,
            &[400],
        ),
        get(
            "a script in an origin".into(),
            "/api/v1/hosts",
            &format!("{token}Origin: {script}\r\n"),
            &[403],
        ),
        get(
            "a script in a request's id".into(),
            "/healthz",
            &format!("X-Request-Id: {script}\r\n"),
            &[200],
        ),
        get(
            "another host in a redirect".into(),
            "//elsewhere.example/alerts",
            "",
            &[404],
        ),
        get(
            "another host behind a backslash".into(),
            "/\\elsewhere.example/alerts",
            "",
            &[400, 404],
        ),
    ]);
    cases
}

fn floods(target: &Target) -> Vec<Case> {
    let host = target.address();
    let get = |name: &str, path: &str, headers: &str, status: u16| {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n");
        Case::status(format!("flood: {name}"), request, status)
    };
    let header = |bytes: usize| format!("X-Long: {}\r\n", "x".repeat(bytes));
    vec![
        get("90 headers", "/healthz", &"X-Many: x\r\n".repeat(90), 200),
        get("101 headers", "/healthz", &"X-Many: x\r\n".repeat(101), 431),
        get(
            "100,000 headers",
            "/healthz",
            &"X-Many: x\r\n".repeat(100_000),
            431,
        ),
        get("a header of 16 KiB", "/healthz", &header(16 << 10), 200),
        get("a header of 40 KiB", "/healthz", &header(40 << 10), 431),
        get("a header of 4 MiB", "/healthz", &header(4 << 20), 431),
        get(
            "a path of 8 KiB",
            &format!("/{}", "x".repeat(8_000)),
            "",
            404,
        ),
        get(
            "a path of 9 KiB",
            &format!("/{}", "x".repeat(9_000)),
            "",
            414,
        ),
        get(
            "a query of 9 KiB",
            &format!("/healthz?{}", "x".repeat(9_000)),
            "",
            414,
        ),
        get(
            "a path of 40 KiB",
            &format!("/{}", "x".repeat(40 << 10)),
            "",
            414,
        ),
        get(
            "a path of 1 MiB",
            &format!("/{}", "x".repeat(1 << 20)),
            "",
            431,
        ),
        get(
            "4,000 parameters",
            &format!("/healthz?{}", "a&".repeat(4_000)),
            "",
            200,
        ),
        get(
            "cookies of 16 KiB",
            "/healthz",
            &format!("Cookie: {}\r\n", "a=b; ".repeat(3_000)),
            200,
        ),
        get(
            "1,000 addresses of proxies",
            "/healthz",
            &format!("X-Forwarded-For: {}\r\n", "127.0.0.1, ".repeat(1_000)),
            200,
        ),
    ]
}
