//! Serving and stopping.

use super::{Running, Workplace};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

const SERVE: [&str; 5] = [
    "serve",
    "--demo",
    "--demo-days=0",
    "--listen",
    "127.0.0.1:0",
];

fn ask(address: SocketAddr, path: &str) -> TcpStream {
    let mut socket = TcpStream::connect(address).unwrap();
    write!(
        socket,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    socket
}

fn rest(mut socket: TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    answer
}

#[test]
fn it_prints_one_line_serves_and_stops_on_a_signal() {
    let workplace = Workplace::new();
    let server = Running::start(&mut workplace.command(&SERVE));
    let address = server.address;
    assert!(rest(ask(address, "/healthz")).starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert!(
        workplace.path().join("data/watchroom").is_dir(),
        "the data directory is made"
    );

    let finished = server.terminate();
    assert_eq!(finished.status.code(), Some(0), "{finished:?}");
    assert_eq!(
        finished.stdout,
        format!("Watchroom listening on http://{address}\n")
    );
    assert!(
        TcpStream::connect(address).is_err(),
        "nobody listens any more"
    );
}

#[test]
fn an_interrupt_stops_it() {
    let server = Running::start(&mut Workplace::new().command(&SERVE));
    server.signal(rustix::process::Signal::INT);
    assert_eq!(server.finish().status.code(), Some(0));
}

#[test]
fn a_restart_can_bind_its_port_at_once() {
    let workplace = Workplace::new();
    let server = Running::start(&mut workplace.command(&SERVE));
    let listen = server.address.to_string();
    // The server's end of this connection is then in TIME_WAIT.
    let visitor = ask(server.address, "/healthz");
    server.terminate();
    let server = Running::start(&mut workplace.command(&[
        "serve",
        "--demo",
        "--demo-days=0",
        "--listen",
        &listen,
    ]));
    assert_eq!(server.address.to_string(), listen);
    assert_eq!(server.terminate().status.code(), Some(0));
    drop(visitor);
}

#[test]
fn an_unknown_setting_is_a_warning() {
    let workplace = Workplace::new();
    let server = Running::start(workplace.command(&SERVE).env("WATCHROOM_LISTN", "x"));
    let finished = server.terminate();
    assert!(finished.stderr.contains("WATCHROOM_LISTN"), "{finished:?}");
}

/// The response is larger than the sockets' buffers, and half of it is read after the stop has started.
#[test]
fn a_response_in_progress_is_completed() {
    const BYTES: usize = 16 << 20;
    let workplace = Workplace::new();
    workplace.write("site/pkg/large.wasm", &"x".repeat(BYTES));
    let mut command = workplace.command(&SERVE);
    let server = Running::start(command.env("LEPTOS_SITE_ROOT", "site"));
    let address = server.address;
    let mut visitor = ask(address, "/pkg/large.wasm");
    let mut first = [0; 1024];
    visitor.read_exact(&mut first).unwrap();
    assert!(first.starts_with(b"HTTP/1.1 200 OK\r\n"));

    server.signal(rustix::process::Signal::TERM);
    while TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
    let answer = [&first[..], &rest(visitor)].concat();
    let head = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap() + 4;
    assert_eq!(answer.len() - head, BYTES);
    assert_eq!(server.finish().status.code(), Some(0));
}

#[test]
fn healthcheck_requests_healthz() {
    let workplace = Workplace::new();
    let server = Running::start(&mut workplace.command(&SERVE));
    let url = format!("http://{}", server.address);
    let healthy = workplace.run(&["healthcheck", "--url", &url]);
    assert!(healthy.status.success(), "{healthy:?}");
    server.terminate();
    workplace
        .run(&["healthcheck", "--url", &url])
        .failed_with(&[&url, "refused"]);
    let https = url.replace("http:", "https:");
    workplace
        .run(&["healthcheck", "--url", &https])
        .failed_with(&[&https, "refused"]);
    let other = url.replace("http:", "ftp:");
    workplace
        .run(&["healthcheck", "--url", &other])
        .failed_with(&[&other, "not a URL such as http://"]);
}
