//! Under a service manager: its notifications, reloads, and the log.

use super::{PATIENCE, Running, Workplace};
use rustix::process::Signal;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::process::Command;

const DATA: &str = "--data-dir=data";

const SERVE: [&str; 6] = [
    "serve",
    "--demo",
    "--demo-days=0",
    DATA,
    "--listen",
    "127.0.0.1:0",
];

/// The service manager's end of its socket.
struct Manager(UnixDatagram);

impl Manager {
    /// Has the program notify it.
    fn of(workplace: &Workplace, command: &mut Command) -> Self {
        let path = workplace.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        command.env("NOTIFY_SOCKET", path);
        Self(socket)
    }

    fn next(&self) -> String {
        let mut state = [0; 512];
        let length = self.0.recv(&mut state).expect("a notification");
        String::from_utf8_lossy(&state[..length]).into_owned()
    }

    /// The next notification that is no sign of life.
    fn next_change(&self) -> String {
        let mut states = std::iter::repeat_with(|| self.next());
        states.find(|state| state != "WATCHDOG=1").unwrap()
    }

    /// Sends `SIGHUP`, and waits until the configuration was read.
    fn reload(&self, server: &Running) {
        server.signal(Signal::HUP);
        assert!(
            self.next_change()
                .starts_with("RELOADING=1\nMONOTONIC_USEC=")
        );
        assert!(self.next_change().starts_with("READY=1\n"));
    }
}

fn request(address: SocketAddr, path: &str, headers: &str) -> String {
    let mut socket = TcpStream::connect(address).unwrap();
    write!(
        socket,
        "GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_service_manager_is_notified() {
    let workplace = Workplace::new();
    let mut command = workplace.command(&SERVE);
    let manager = Manager::of(&workplace, &mut command);
    let server = Running::start(command.env("WATCHDOG_USEC", "100000"));
    let ready = format!(
        "READY=1\nSTATUS=Watchroom listening on http://{}",
        server.address
    );
    assert_eq!(manager.next(), ready);
    assert_eq!(manager.next(), "WATCHDOG=1");
    assert_eq!(manager.next(), "WATCHDOG=1", "and so on");
    manager.reload(&server);
    server.signal(Signal::TERM);
    assert!(manager.next_change().starts_with("STOPPING=1\n"));
    assert_eq!(server.finish().status.code(), Some(0));
}

#[test]
fn a_reload_applies_some_settings_and_names_the_others() {
    let workplace = Workplace::new();
    let mut command = workplace.command(&SERVE);
    let manager = Manager::of(&workplace, &mut command);
    let server = Running::start(&mut command);
    manager.next_change();
    let token = workplace.run(&["token", "create", "x", "--scope=read", DATA]);
    let bearer = format!("Authorization: Bearer {}\r\n", token.stdout.trim());
    let status_of = |path: &str, headers: &str| {
        let answer = request(server.address, path, headers);
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    let status = |host: &str, path: &str| status_of(path, &format!("Host: {host}\r\n{bearer}"));
    let own = format!("Host: {}\r\n", server.address);
    let origin = || {
        let headers = format!("{own}Origin: https://board.example\r\n");
        status_of("/api/v1/hosts", &format!("{headers}{bearer}"))
    };
    let anonymous = || status_of("/api/v1/hosts", &own);
    assert_eq!(anonymous(), "200", "login is off");
    assert_eq!(
        (
            status("board.example", "/healthz").as_str(),
            origin().as_str()
        ),
        ("421", "403")
    );

    workplace.write(
        "watchroom.toml",
        "allowed_hosts = [\"board.example\"]\nallowed_origins = [\"https://board.example\"]\n\
         log = \"debug\"\n[limits]\nviewers = 1\n[ring]\nframes = 77\n",
    );
    manager.reload(&server);
    assert_eq!(
        (
            status("board.example", "/healthz").as_str(),
            origin().as_str()
        ),
        ("200", "200")
    );
    assert_eq!(anonymous(), "401", "others may reach the server now");
    let mut viewer = TcpStream::connect(server.address).unwrap();
    write!(
        viewer,
        "GET /api/events/all HTTP/1.1\r\nHost: localhost\r\n{bearer}\r\n"
    )
    .unwrap();
    viewer.read_exact(&mut [0; 1]).unwrap();
    assert_eq!(
        status("localhost", "/api/events/all"),
        "503",
        "one viewer is the limit now"
    );

    workplace.write(
        "watchroom.toml",
        "allowed_hosts = []\n[limits]\nviewers = 0\n",
    );
    manager.reload(&server);
    assert_eq!(
        status("board.example", "/healthz"),
        "200",
        "nothing has changed"
    );
    drop(viewer);

    let finished = server.terminate();
    assert!(finished.stdout.contains("/setup#"), "{finished:?}");
    let log = finished.stderr;
    let line = |parts: &[&str]| {
        log.lines()
            .any(|line| parts.iter().all(|it| line.contains(it)))
    };
    let applied = "allowed_hosts, allowed_origins, log, limits.viewers";
    assert!(
        line(&["INFO", "The configuration was reloaded", applied]),
        "{log}"
    );
    assert!(line(&["WARN", "restart to apply", "ring.frames"]), "{log}");
    assert!(
        line(&["ERROR", "no setting has changed", "`limits.viewers`"]),
        "{log}"
    );
    assert!(line(&["DEBUG", "A request was answered"]), "{log}");
}

#[test]
fn a_login_that_a_reload_has_turned_on_stays_on() {
    let workplace = Workplace::new();
    let mut command = workplace.command(&SERVE);
    let manager = Manager::of(&workplace, &mut command);
    let server = Running::start(&mut command);
    manager.next_change();
    workplace.write("watchroom.toml", "allowed_hosts = [\"board.example\"]\n");
    manager.reload(&server);
    assert!(server.terminate().status.success());
    workplace.write("watchroom.toml", "");
    let server = Running::start(&mut workplace.command(&SERVE));
    let own = format!("Host: {}\r\n", server.address);
    let answer = request(server.address, "/api/v1/hosts", &own);
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(server.terminate().status.success());
}

#[test]
fn log_lines_of_a_request_have_its_id() {
    let workplace = Workplace::new();
    let server = Running::start(&mut workplace.command(&[&SERVE[..], &["--log=debug"]].concat()));
    let headers = format!(
        "Host: {}\r\nX-Request-Id: from-the-proxy-1\r\n",
        server.address
    );
    let answer = request(server.address, "/readyz?secret=1", &headers);
    assert!(
        answer.contains("x-request-id: from-the-proxy-1\r\n"),
        "{answer}"
    );
    let log = server.terminate().stderr;
    let line = log
        .lines()
        .find(|line| line.contains("A request was answered"));
    let line = line.unwrap_or_else(|| panic!("{log}"));
    for part in [
        "request{id=\"from-the-proxy-1\"}",
        "method=GET",
        "path=\"/readyz\"",
        "status=",
    ] {
        assert!(line.contains(part), "{line}");
    }
    assert!(!log.contains("secret"), "{log}");
}

#[test]
fn the_journal_gets_priorities_and_no_times() {
    let workplace = Workplace::new();
    let args = [&SERVE[..], &["--log-format=journald"]].concat();
    let mut command = workplace.command(&args);
    let server = Running::start(command.env("WATCHROOM_LISTN", "x"));
    let log = server.terminate().stderr;
    let line = log
        .lines()
        .find(|line| line.contains("WATCHROOM_LISTN"))
        .unwrap();
    assert!(line.starts_with("<4>watchroom: "), "{line}");
}

#[test]
fn the_level_of_the_log_changes_at_run_time() {
    let workplace = Workplace::new();
    let server = Running::start(&mut workplace.command(&SERVE));
    let put = |body: &str| {
        let mut socket = TcpStream::connect(server.address).unwrap();
        let head = format!(
            "PUT /api/v1/server/log-level HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            server.address,
            body.len()
        );
        socket.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    };
    let own = format!("Host: {}\r\n", server.address);
    request(server.address, "/healthz?before", &own);
    put(r#"{"directives": "info,server::http::observe=debug"}"#);
    request(server.address, "/api/v1/hosts", &own);
    put("{}");
    request(server.address, "/readyz", &own);
    let log = server.terminate().stderr;
    let lines = |path: &str| {
        let lines = log
            .lines()
            .filter(|it| it.contains("DEBUG") && it.contains(path));
        lines.count()
    };
    assert_eq!(lines("/api/v1/hosts"), 1, "{log}");
    assert_eq!((lines("/healthz"), lines("/readyz")), (0, 0), "{log}");
}
