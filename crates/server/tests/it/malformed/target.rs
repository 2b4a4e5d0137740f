use crate::command_line::{Finished, Running, Workplace};
use crate::support::account::{Credentials, PASSWORD};
use crate::support::{Answer, Samples, Viewer, exchange_over, last, soon};
use loadtest::ProcessUsage;
use protocol::account::{CreatedToken, NewToken, SignIn};
use protocol::{ServerMessage, Stream};
use serde::Serialize;
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The name of the only user.
pub(super) const USER: &str = "admin";

/// A name of the server besides those of this machine.
pub(super) const NAME: &str = "board.example";

/// A server in a process of its own, whose memory can be measured. A proxy on this machine is trusted, so that a case
/// may claim to come over HTTPS; and a login is required.
pub(super) struct Target {
    running: Running,
    /// Of a token with all rights.
    pub(super) credentials: Credentials,
}

impl Target {
    pub(super) async fn start(workplace: &Workplace) -> Self {
        let credentials = {
            let server = Self {
                running: serve(workplace, &[]),
                credentials: Credentials::none(),
            };
            tokio::task::block_in_place(|| create_admin(workplace));
            let credentials = server.token().await;
            tokio::task::block_in_place(|| server.terminate());
            credentials
        };
        let exposed = ["--trusted-proxy=127.0.0.1", "--allowed-host", NAME];
        Self {
            running: serve(workplace, &exposed),
            credentials,
        }
    }

    /// A token of the only user.
    async fn token(&self) -> Credentials {
        let none = Credentials::none();
        let session = Credentials::of_cookie(&self.sign_in(&none, PASSWORD).await);
        let token = NewToken {
            name: "a test".into(),
            scopes: vec!["admin".into()],
            expires_days: None,
        };
        let created = self.post(&session, "/api/v1/tokens", &token).await;
        assert_eq!(created.status, 201, "{created:?}");
        let created: CreatedToken = serde_json::from_str(&created.body).unwrap();
        Credentials::bearer(&created.token)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.running.address
    }

    pub(super) async fn connect(&self) -> TcpStream {
        let connecting = TcpStream::connect(self.address());
        soon("a connection", connecting).await.unwrap()
    }

    /// A well-formed request without a body, with additional headers.
    pub(super) async fn get(&self, credentials: &Credentials, path: &str, headers: &str) -> Answer {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\n{}{headers}Connection: close\r\n\r\n",
            self.address(),
            credentials.0
        );
        exchange_over(self.connect().await, &request).await
    }

    /// A well-formed request with a body.
    pub(super) async fn post(
        &self,
        credentials: &Credentials,
        path: &str,
        body: &impl Serialize,
    ) -> Answer {
        let body = serde_json::to_string(body).unwrap();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\n{}Content-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address(),
            credentials.0,
            body.len()
        );
        exchange_over(self.connect().await, &request).await
    }

    pub(super) async fn sign_in(&self, sent_with: &Credentials, password: &str) -> Answer {
        let sign_in = SignIn {
            name: USER.into(),
            password: password.into(),
            code: None,
        };
        self.post(sent_with, "/api/v1/auth/login", &sign_in).await
    }

    /// Responses with a status of 500 and more, as the server itself counts them.
    pub(super) async fn server_errors(&self) -> u64 {
        let answer = self.get(&self.credentials, "/metrics", "").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let samples = Samples::parse(&answer.body, false);
        samples.value("watchroom_http_requests_total{code=\"5xx\"}") as u64
    }

    pub(super) fn resident_kib(&self) -> u64 {
        let usage = ProcessUsage::of(self.running.id()).expect("the server runs");
        usage.rss_kib
    }

    pub(super) fn terminate(self) -> Finished {
        self.running.terminate()
    }
}

const ADDRESS_LIMITS: [&str; 4] = [
    "WATCHROOM_LIMITS__VIEWERS_PER_ADDRESS",
    "WATCHROOM_LIMITS__CONNECTIONS_PER_ADDRESS",
    "WATCHROOM_LIMITS__REQUESTS_PER_SECOND",
    "WATCHROOM_LIMITS__REQUESTS_BURST",
];

fn serve(workplace: &Workplace, arguments: &[&str]) -> Running {
    let mut command = workplace.command(&[
        "serve",
        "--demo",
        "--demo-days=0",
        "--demo-rate=50",
        "--listen=127.0.0.1:0",
        // Nobody reads its log before the end. A panic is printed all the same.
        "--log=error",
    ]);
    // All requests come from this machine, which has limits where a login is required.
    for name in ADDRESS_LIMITS {
        command.env(name, "1000000");
    }
    tokio::task::block_in_place(|| Running::start(command.args(arguments)))
}

/// Creates the only user, as its first one is created.
fn create_admin(workplace: &Workplace) {
    workplace.write("password", PASSWORD);
    let add = [
        "user",
        "add",
        USER,
        "--demo",
        "--role=admin",
        "--password-file=password",
    ];
    let added = workplace.run(&add);
    assert!(added.status.success(), "{added:?}");
}

/// A viewer that reads all the time.
pub(super) struct Watcher {
    stop: oneshot::Sender<()>,
    watching: JoinHandle<()>,
}

impl Watcher {
    pub(super) async fn start(target: &Target) -> Self {
        let url = format!("ws://{}/ws", target.address());
        let mut viewer = Viewer::open(target.connect().await, &url, &target.credentials).await;
        let streams = [Stream::Data, Stream::Metrics].map(|stream| (stream, last(0)));
        viewer.subscribe_to(&streams).await;
        let (stop, mut stopped) = oneshot::channel();
        let watching = tokio::spawn(async move {
            // Its chain is verified with each message.
            while stopped.try_recv().is_err() {
                let received = viewer.next().await;
                let is_gap = matches!(received.message, Ok(ServerMessage::Gap(_)));
                assert!(!is_gap, "{received:?}");
            }
            viewer.ping(1).await;
        });
        Self { stop, watching }
    }

    /// Everything must have arrived, and still does.
    pub(super) async fn stop(self) {
        assert!(!self.watching.is_finished(), "it stopped by itself");
        let _ = self.stop.send(());
        soon("the viewer", self.watching).await.unwrap();
    }
}
