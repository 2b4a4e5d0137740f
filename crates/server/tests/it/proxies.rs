//! The examples in `deploy/`, with the real proxies: nginx, Caddy and HAProxy.

use crate::support::account::{Credentials, PASSWORD};
use crate::support::{
    Answer, Certificate, EventViewer, TestServer, Viewer, Wire, connect_tls, exchange_over,
};
use crate::support::{exposed, get, last, soon, subscribe_after};
use protocol::Stream;
use rustix::process::{Pid, Signal, kill_process};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MISSING: &str = "the tests of the examples in deploy/ need nginx, caddy and haproxy; \
     `cargo xtask setup --for test` installs them, or says what to install";

/// The name in the examples.
const NAME: &str = "board.example";

/// The server's address in the examples.
const UPSTREAM: &str = "127.0.0.1:8765";

/// Viewers of one address.
const VIEWERS_MAX: usize = 4;

/// The longest that a message may take through a proxy that buffers nothing. Heartbeats come later.
const DELAY_MAX: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nginx,
    Caddy,
    Haproxy,
}

/// How clients reach a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Front {
    Tls,
    Plain,
}

impl Front {
    /// The scheme of a URL that begins so, as in `ws`.
    fn scheme(self, plain: &str) -> String {
        match self {
            Self::Tls => format!("{plain}s"),
            Self::Plain => plain.to_owned(),
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Tls => Self::Plain,
            Self::Plain => Self::Tls,
        }
    }
}

/// A proxy in front of a server, which it ends before.
struct Proxy {
    kind: Kind,
    front: Front,
    directory: TempDir,
    certificate: Certificate,
    address: SocketAddr,
    credentials: Credentials,
    process: Child,
}

impl Proxy {
    async fn start(
        kind: Kind,
        front: Front,
        server: &TestServer,
        credentials: Credentials,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let certificate = Certificate::make_for(NAME, directory.path());
        let address = free_address();
        let settings = kind.settings(
            front,
            address,
            server.address(),
            &certificate,
            directory.path(),
        );
        let process = kind.spawn(&settings, directory.path());
        let proxy = Self {
            kind,
            front,
            directory,
            certificate,
            address,
            credentials,
            process,
        };
        proxy.wait_until_ready().await;
        proxy
    }

    /// Ends it, and starts it again.
    async fn restart(&mut self) {
        self.end();
        let settings = self.directory.path().join("settings");
        self.process = self.kind.spawn(&settings, self.directory.path());
        self.wait_until_ready().await;
    }

    async fn wait_until_ready(&self) {
        soon("the proxy", async {
            while TcpStream::connect(self.address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
    }

    async fn connect(&self) -> Box<dyn Wire> {
        match self.front {
            Front::Tls => {
                let connected = connect_tls(self.address, &self.certificate).await;
                Box::new(connected.unwrap_or_else(|error| panic!("{:?}: {error}", self.kind)))
            }
            Front::Plain => Box::new(TcpStream::connect(self.address).await.unwrap()),
        }
    }

    fn host(&self) -> String {
        format!("{NAME}:{}", self.address.port())
    }

    async fn get(&self, path: &str, headers: &str) -> Answer {
        let host = self.host();
        let Credentials(credentials) = &self.credentials;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\n{credentials}{headers}Connection: close\r\n\r\n"
        );
        exchange_over(self.connect().await, &request).await
    }

    async fn viewer(&self) -> Viewer {
        let url = format!("{}://{}/watch/ws", self.front.scheme("ws"), self.host());
        Viewer::open(self.connect().await, &url, &self.credentials).await
    }

    fn end(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.end();
    }
}

impl Kind {
    /// The example, with the addresses and files of a test; for a plain front without TLS.
    fn settings(
        self,
        front: Front,
        listen: SocketAddr,
        server: SocketAddr,
        certificate: &Certificate,
        directory: &Path,
    ) -> PathBuf {
        let [cert, key] = certificate.paths();
        let temporary = directory.display();
        let example = example(match self {
            Self::Nginx => "nginx.conf",
            Self::Caddy => "Caddyfile",
            Self::Haproxy => "haproxy.cfg",
        });
        let changed = |changes: &[(&str, &str)]| {
            changes.iter().fold(example.clone(), |text, (from, to)| {
                assert!(text.contains(from), "the example lacks {from}");
                text.replace(from, to)
            })
        };
        let server = server.to_string();
        let settings = match self {
            Self::Nginx => {
                let inner = match front {
                    Front::Tls => changed(&[
                        ("listen 443 ssl", &format!("listen {listen} ssl")),
                        ("/etc/ssl/board.example.crt", &cert),
                        ("/etc/ssl/board.example.key", &key),
                        (UPSTREAM, &server),
                    ]),
                    Front::Plain => changed(&[
                        ("listen 443 ssl", &format!("listen {listen}")),
                        ("ssl_certificate     /etc/ssl/board.example.crt;", ""),
                        ("ssl_certificate_key /etc/ssl/board.example.key;", ""),
                        (UPSTREAM, &server),
                    ]),
                };
                format!(
                    "daemon off;\nmaster_process off;\npid {temporary}/pid;\nerror_log stderr;\nevents {{}}\n\
                     http {{\naccess_log off;\nclient_body_temp_path {temporary}/a;\nproxy_temp_path {temporary}/b;\n\
                     fastcgi_temp_path {temporary}/c;\nuwsgi_temp_path {temporary}/d;\n\
                     scgi_temp_path {temporary}/e;\n{inner}}}\n"
                )
            }
            Self::Caddy => {
                let port = listen.port();
                let site = match front {
                    Front::Tls => {
                        format!("board.example:{port} {{\n\tbind 127.0.0.1\n\ttls {cert} {key}")
                    }
                    Front::Plain => {
                        format!("http://board.example:{port} {{\n\tbind 127.0.0.1")
                    }
                };
                let inner = changed(&[("board.example {", &site), (UPSTREAM, &server)]);
                format!(
                    "{{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system {temporary}\n}}\n{inner}"
                )
            }
            Self::Haproxy => {
                let both = directory.join("both.pem");
                let texts = [&cert, &key].map(|path| std::fs::read_to_string(path).unwrap());
                std::fs::write(&both, texts.concat()).unwrap();
                let tls = "bind :443 ssl crt /etc/haproxy/board.example.pem alpn http/1.1";
                let bind = match front {
                    Front::Tls => {
                        format!("bind {listen} ssl crt {} alpn http/1.1", both.display())
                    }
                    Front::Plain => format!("bind {listen}"),
                };
                changed(&[(tls, &bind), (UPSTREAM, &server)])
            }
        };
        let path = directory.join("settings");
        std::fs::write(&path, settings).unwrap();
        path
    }

    fn spawn(self, settings: &Path, directory: &Path) -> Child {
        let mut command = match self {
            Self::Nginx => {
                let mut command = Command::new(program("nginx"));
                command.arg("-e").arg("stderr").arg("-p").arg(directory);
                command.arg("-c").arg(settings);
                command
            }
            Self::Caddy => {
                let mut command = Command::new(program("caddy"));
                command.args(["run", "--adapter", "caddyfile", "--config"]);
                command.arg(settings);
                command
            }
            Self::Haproxy => {
                let mut command = Command::new(program("haproxy"));
                command.arg("-db").arg("-f").arg(settings);
                command
            }
        };
        let log = std::fs::File::create(directory.join("log")).unwrap();
        command
            .env("HOME", directory)
            .env("XDG_DATA_HOME", directory)
            .env("XDG_CONFIG_HOME", directory)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect(MISSING)
    }
}

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy")
        .join(name);
    let text = std::fs::read_to_string(path).unwrap();
    // Comments name the addresses, too.
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Debian puts some of them where not everybody looks.
fn program(name: &str) -> PathBuf {
    let system = Path::new("/usr/sbin").join(name);
    if system.is_file() {
        system
    } else {
        name.into()
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

/// As the examples say, with hardly any messages but those of the tests.
async fn server() -> (TestServer, Credentials) {
    exposed(|config| {
        config.trusted_proxies = vec!["127.0.0.1".into()];
        config.allowed_hosts = vec![NAME.into()];
        config.base_path = "/watch".into();
        config.interval_ms = 3_600_000;
        config.limits.viewers_per_address = VIEWERS_MAX;
    })
    .await
}

async fn check(kind: Kind) {
    for front in [Front::Tls, Front::Plain] {
        let (server, credentials) = server().await;
        let mut proxy = Proxy::start(kind, front, &server, credentials).await;
        passes_requests(&proxy).await;
        sends_events_at_once(&proxy, &server).await;
        resumes_after_a_restart(&mut proxy, &server).await;
        believes_no_client(&proxy).await;
        drop(proxy);
        server.drain(()).await;
    }
}

async fn passes_requests(proxy: &Proxy) {
    let kind = proxy.kind;
    let answer = proxy.get("/watch/healthz", "").await;
    assert_eq!(answer.status, 200, "{kind:?} {answer:?}");
    let outside = proxy.get("/healthz", "").await;
    assert_ne!(outside.body, "ok\n", "{kind:?}");
    if proxy.front == Front::Tls {
        let demanded = answer.header("Strict-Transport-Security");
        assert_eq!(demanded, Some("max-age=31536000"), "{kind:?} {answer:?}");
    }
    let host = proxy.host();
    let [own, other] = [proxy.front, proxy.front.other()].map(|front| front.scheme("http"));
    for (origin, status) in [
        (format!("{own}://{host}"), 200),
        (format!("{other}://{host}"), 403),
        ("https://other.example".to_owned(), 403),
    ] {
        let headers = format!("Origin: {origin}\r\n");
        let answer = proxy.get("/watch/api/v1/hosts", &headers).await;
        assert_eq!(answer.status, status, "{kind:?} {origin} {answer:?}");
    }
}

/// A client that claims to be another, at a name of its choice.
async fn believes_no_client(proxy: &Proxy) {
    let other = proxy.front.other().scheme("http");
    let forged = |number: usize| {
        format!(
            "X-Forwarded-For: 192.0.2.{number}\r\nX-Forwarded-Host: other.example\r\n\
             X-Forwarded-Proto: {other}\r\n\
             Forwarded: for=192.0.2.{number};host=other.example;proto={other}\r\n"
        )
    };
    let own = proxy.front.scheme("http");
    let origin = format!("{}Origin: {own}://{}\r\n", forged(1), proxy.host());
    let answer = proxy.get("/watch/api/v1/hosts", &origin).await;
    assert_eq!(answer.status, 200, "{:?} {answer:?}", proxy.kind);
    // If it were believed, each viewer would have an address of its own, and none would be refused.
    let mut open = Vec::new();
    for number in 0..=VIEWERS_MAX {
        let events = format!(
            "GET /watch/api/events?streams=logs HTTP/1.1\r\nHost: {}\r\n{}{}\r\n",
            proxy.host(),
            forged(number),
            proxy.credentials.0
        );
        let mut socket = proxy.connect().await;
        socket.write_all(events.as_bytes()).await.unwrap();
        let head = read_until(&mut socket, "\r\n\r\n").await;
        if head.contains(" 429 ") {
            return;
        }
        assert!(head.contains(" 200 "), "{:?} {head}", proxy.kind);
        open.push(socket);
    }
    panic!("{:?}: viewers of one address have many", proxy.kind);
}

async fn sends_events_at_once(proxy: &Proxy, server: &TestServer) {
    let mut socket = proxy.connect().await;
    let request = format!(
        "GET /watch/api/events?streams=logs HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\n{}\r\n",
        proxy.host(),
        proxy.credentials.0
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    read_until(&mut socket, "subscribed").await;
    for line in ["first line", "second line", "third line"] {
        let start = Instant::now();
        server.log_stored(&[line]).await;
        read_until(&mut socket, line).await;
        let took = start.elapsed();
        assert!(took < DELAY_MAX, "{:?} {took:?}", proxy.kind);
    }
}

/// Everything up to this.
async fn read_until(socket: &mut Box<dyn Wire>, text: &str) -> String {
    let mut received = Vec::new();
    soon(text, async {
        while !String::from_utf8_lossy(&received).contains(text) {
            let length = socket.read_buf(&mut received).await.unwrap();
            assert!(length > 0, "{}", String::from_utf8_lossy(&received));
        }
    })
    .await;
    String::from_utf8_lossy(&received).into_owned()
}

async fn resumes_after_a_restart(proxy: &mut Proxy, server: &TestServer) {
    let mut viewer = proxy.viewer().await;
    let subscribed = viewer.subscribe_to(&[(Stream::Logs, last(0))]).await;
    viewer.ping(1).await;
    server.log_stored(&["one"]).await;
    assert_eq!(viewer.next_line().await, "one");
    let after = server.head();
    proxy.restart().await;
    server.log_stored(&["two", "three"]).await;
    let mut again = proxy.viewer().await;
    again.chain = viewer.chain;
    let wanted = subscribe_after(&[(Stream::Logs, last(0))], &subscribed.epoch, after);
    again.subscribe(wanted).await;
    assert_eq!(again.next_line().await, "two");
    assert_eq!(again.next_line().await, "three");
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx() {
    check(Kind::Nginx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy() {
    check(Kind::Caddy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn haproxy() {
    check(Kind::Haproxy).await;
}

/// A proxy as somebody sets it up who has read nothing, in front of a server without a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bare {
    kind: Kind,
    /// As newer versions of nginx ask by default, instead of by HTTP/1.0.
    speaks_http_1_1: bool,
    /// Whether it runs as a user of its own, as packages have it.
    has_own_user: bool,
}

impl Bare {
    /// All that can be started here: only root starts programs as other users.
    fn all() -> Vec<Self> {
        let is_root = rustix::process::geteuid().is_root();
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let mut all = Vec::new();
        for (kind, speaks_http_1_1) in [
            (Kind::Nginx, false),
            (Kind::Nginx, true),
            (Kind::Caddy, true),
            (Kind::Haproxy, true),
        ] {
            for has_own_user in [false, true] {
                let user = kind.own_user().map(|user| format!("\n{user}:"));
                let has_user = user.is_some_and(|user| users.contains(&user));
                if !has_own_user || is_root && has_user {
                    all.push(Self {
                        kind,
                        speaks_http_1_1,
                        has_own_user,
                    });
                }
            }
        }
        all
    }

    /// Whether nothing of what it sends shows that it is a proxy.
    fn hides_itself(self) -> bool {
        self.kind != Kind::Caddy && self.speaks_http_1_1 && !self.has_own_user
    }

    async fn start(self, server: &TestServer) -> (BareProxy, TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let address = free_address();
        let settings = self.settings(address, server.address(), directory.path());
        let process = Ended(self.kind.spawn(&settings, directory.path()));
        let proxy = BareProxy {
            address,
            _process: process,
        };
        soon("the proxy", async {
            while TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
        (proxy, directory)
    }

    /// The least that makes it a proxy of the server, over HTTP.
    fn settings(self, listen: SocketAddr, server: SocketAddr, directory: &Path) -> PathBuf {
        let temporary = directory.display();
        let port = listen.port();
        let user = self.kind.own_user().filter(|_| self.has_own_user);
        let settings = match self.kind {
            Kind::Nginx => {
                let process = user.map_or_else(
                    || "master_process off;\n".to_owned(),
                    |user| format!("user {user};\nworker_processes 1;\n"),
                );
                let version = match self.speaks_http_1_1 {
                    true => "proxy_http_version 1.1;\n",
                    false => "",
                };
                format!(
                    "daemon off;\n{process}pid {temporary}/pid;\nerror_log stderr;\nevents {{}}\n\
                     http {{\naccess_log off;\nclient_body_temp_path {temporary}/a;\nproxy_temp_path {temporary}/b;\n\
                     fastcgi_temp_path {temporary}/c;\nuwsgi_temp_path {temporary}/d;\nscgi_temp_path {temporary}/e;\n\
                     server {{\nlisten {listen};\nlocation / {{\n{version}proxy_pass http://{server};\n}}\n}}\n}}\n"
                )
            }
            Kind::Caddy => format!(
                "{{\n\tadmin off\n\tauto_https off\n\tstorage file_system {temporary}\n}}\n\
                 http://:{port} {{\n\tbind 127.0.0.1\n\treverse_proxy {server}\n}}\n"
            ),
            Kind::Haproxy => {
                let global = user.map(|user| format!("global\n\tuser {user}\n"));
                format!(
                    "{}defaults\n\tmode http\n\ttimeout connect 5s\n\ttimeout client 50s\n\ttimeout server 50s\n\
                     frontend all\n\tbind {listen}\n\tdefault_backend one\n\
                     backend one\n\tserver one {server}\n",
                    global.unwrap_or_default()
                )
            }
        };
        let path = directory.join("settings");
        std::fs::write(&path, settings).unwrap();
        path
    }
}

struct BareProxy {
    address: SocketAddr,
    _process: Ended,
}

impl BareProxy {
    async fn send(&self, method: &str, path: &str, host: &str, headers: &str) -> Answer {
        let body = match method {
            "POST" => {
                format!(r#"{{"name":"mallory","password":"{PASSWORD}","role":"admin"}}"#)
            }
            _ => String::new(),
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let socket = soon("the proxy", TcpStream::connect(self.address)).await;
        exchange_over(socket.unwrap(), &request).await
    }
}

/// The status of a request without a proxy.
async fn directly(server: &TestServer) -> u16 {
    get(server, "/api/v1/hosts").await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_with_default_settings_is_no_way_around_a_login() {
    for bare in Bare::all() {
        let server = TestServer::start(|_| ()).await;
        assert_eq!(directly(&server).await, 200);
        let (proxy, _directory) = bare.start(&server).await;
        let own = format!("localhost:{}", server.address().port());
        for host in [NAME, "localhost", &own] {
            for (method, path) in [
                ("GET", "/"),
                ("GET", "/api/v1/hosts"),
                ("GET", "/ws"),
                ("POST", "/api/v1/users"),
            ] {
                let answer = proxy.send(method, path, host, "").await;
                let what = format!("{bare:?} {method} {path} of {host}: {answer:?}");
                let is_refused = matches!(answer.status, 303 | 401 | 403 | 421 | 505);
                // As the documentation says of such a proxy: create a user before.
                let is_hidden = bare.hides_itself() && (bare.kind == Kind::Nginx || host == own);
                assert!(is_refused || is_hidden && method == "GET", "{what}");
                assert!(!answer.body.contains("\"hosts\"") || is_hidden, "{what}");
            }
        }
        let latched = bare.kind == Kind::Caddy;
        let expected = if latched { 401 } else { 200 };
        assert_eq!(directly(&server).await, expected, "{bare:?}");
        if bare.hides_itself() {
            // A browser says what the proxy does not.
            let page = format!("Referer: https://{NAME}/\r\nSec-Fetch-Site: same-origin\r\n");
            let answer = proxy.send("GET", "/api/v1/hosts", &own, &page).await;
            assert_eq!(answer.status, 403, "{bare:?} {answer:?}");
            assert_eq!(directly(&server).await, 401, "{bare:?}");
        }
        server.drain(()).await;
    }
}

/// HAProxy passes connections on as they are, TLS included, and announces their clients; or it ends TLS itself.
#[tokio::test(flavor = "multi_thread")]
async fn haproxy_announces_clients() {
    let directory = tempfile::tempdir().unwrap();
    let certificate = Certificate::make_for(NAME, directory.path());
    let [cert, key] = certificate.paths();
    let both = directory.path().join("both.pem");
    let texts = [&cert, &key].map(|path| std::fs::read_to_string(path).unwrap());
    std::fs::write(&both, texts.concat()).unwrap();
    let both = both.display();
    for (has_tls, front, send) in [
        (true, String::new(), "send-proxy"),
        (true, String::new(), "send-proxy-v2"),
        (
            false,
            format!(" ssl crt {both} alpn http/1.1"),
            "send-proxy-v2-ssl",
        ),
    ] {
        let (server, credentials) = exposed(|config| {
            if has_tls {
                (config.tls_cert, config.tls_key) = (cert.clone(), key.clone());
            }
            config.trusted_proxies = vec!["127.0.0.1".into()];
            config.proxy_protocol = true;
            config.allowed_hosts = vec![NAME.into()];
            config.base_path = "/watch".into();
            config.interval_ms = 3_600_000;
        })
        .await;
        let address = free_address();
        let settings = directory.path().join("settings");
        let text = format!(
            "defaults\n\tmode tcp\n\ttimeout connect 5s\n\ttimeout client 50s\n\ttimeout server 50s\n\
             frontend all\n\tbind {address}{front}\n\tdefault_backend one\n\
             backend one\n\tserver one {} {send}\n",
            server.address()
        );
        std::fs::write(&settings, text).unwrap();
        let process = Ended(Kind::Haproxy.spawn(&settings, directory.path()));
        soon("the proxy", async {
            while TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
        let connect = async || connect_tls(address, &certificate).await.unwrap();
        let host = format!("{NAME}:{}", address.port());
        // The scheme is known: by the server's own TLS, or by what HAProxy says about its own.
        for (origin, status) in [("https", 200), ("http", 403)] {
            let request = format!(
                "GET /watch/api/v1/hosts HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}://{host}\r\n{}\
                 Connection: close\r\n\r\n",
                credentials.0
            );
            let answer = exchange_over(connect().await, &request).await;
            assert_eq!(answer.status, status, "{send} {origin} {answer:?}");
        }
        let url = format!("wss://{host}/watch/ws");
        let mut viewer = Viewer::open(connect().await, &url, &credentials).await;
        viewer.subscribe_to(&[(Stream::Logs, last(0))]).await;
        viewer.ping(1).await;
        server.log_stored(&["a line"]).await;
        assert_eq!(viewer.next_line().await, "a line", "{send}");
        drop((viewer, process));
        server.drain(()).await;
    }
}

/// It would speak HTTP/2, and have all its clients in one connection, which one of them could end.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn caddy_reaches_a_server_that_has_tls_by_a_connection_of_each_client() {
    const LISTENERS: usize = 4;
    let directory = tempfile::tempdir().unwrap();
    let certificate = Certificate::make_for(NAME, directory.path());
    let (server, credentials) = exposed(|config| {
        [config.tls_cert, config.tls_key] = certificate.paths();
        config.trusted_proxies = vec!["127.0.0.1".into()];
        config.allowed_hosts = vec![NAME.into()];
        config.interval_ms = 3_600_000;
    })
    .await;
    let address = free_address();
    let settings = directory.path().join("settings");
    let text = format!(
        "{{\n\tadmin off\n\tauto_https off\n\tstorage file_system {}\n}}\n\
         http://:{} {{\n\tbind 127.0.0.1\n\treverse_proxy https://{} {{\n\t\ttransport http {{\n\
         \t\t\ttls_insecure_skip_verify\n\t\t}}\n\t}}\n}}\n",
        directory.path().display(),
        address.port(),
        server.address()
    );
    std::fs::write(&settings, text).unwrap();
    let process = Ended(Kind::Caddy.spawn(&settings, directory.path()));
    let connect = async || {
        soon("the proxy", async {
            loop {
                match TcpStream::connect(address).await {
                    Ok(socket) => return socket,
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        })
        .await
    };
    let mut listeners = Vec::new();
    for _ in 0..LISTENERS {
        let path = "/api/events?streams=logs";
        let mut listener = EventViewer::open(connect().await, path, &credentials.0).await;
        listener.subscribed().await;
        listeners.push(listener);
    }
    let connections = crate::slow_clients::established(server.address());
    assert!(connections >= LISTENERS, "{connections}");
    for (origin, status) in [(address.to_string(), 200), ("other.example".into(), 403)] {
        let request = format!(
            "GET /api/v1/hosts HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{origin}\r\n{}\
             Connection: close\r\n\r\n",
            credentials.0
        );
        let answer = exchange_over(connect().await, &request).await;
        assert_eq!(answer.status, status, "{origin} {answer:?}");
    }
    let url = format!("ws://{address}/ws");
    let mut viewer = Viewer::open(connect().await, &url, &credentials).await;
    viewer.subscribe_to(&[(Stream::Logs, last(0))]).await;
    viewer.ping(1).await;
    server.log_stored(&["a line"]).await;
    assert_eq!(viewer.next_line().await, "a line");
    for listener in &mut listeners {
        assert_eq!(listener.next_line().await, "a line");
    }
    drop((listeners, viewer, process));
    server.drain(()).await;
}

/// A process that is ended when this is dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself. Not killed: then the workers of nginx would stay.
        let _ = kill_process(Pid::from_child(&self.0), Signal::TERM);
        let _ = self.0.wait();
    }
}

impl Kind {
    /// The user as which Debian's packages have it run; for Caddy it makes no difference.
    fn own_user(self) -> Option<&'static str> {
        match self {
            Self::Nginx => Some("www-data"),
            Self::Haproxy => Some("haproxy"),
            Self::Caddy => None,
        }
    }
}
