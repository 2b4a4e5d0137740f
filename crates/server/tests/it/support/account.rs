use super::{Answer, RawViewer, TestServer, exchange, soon};
use protocol::account::{CreatedToken, NewToken, NewUser, Role};
use serde::Serialize;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpStream, UnixStream};
use websocket::Message;

/// The pause before a request is repeated.
const REPEAT_AFTER: Duration = Duration::from_millis(100);

pub(crate) const PASSWORD: &str = "correct horse battery";

/// What a request comes with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Credentials(pub(crate) String);

impl Credentials {
    pub(crate) fn none() -> Self {
        Self::default()
    }

    pub(crate) fn bearer(token: &str) -> Self {
        Self(format!("Authorization: Bearer {token}\r\n"))
    }

    /// The cookie that a response sets.
    pub(crate) fn of_cookie(answer: &Answer) -> Self {
        let cookie = answer.header("Set-Cookie").expect("a cookie");
        let pair = cookie.split(';').next().unwrap_or_default();
        Self(format!("Cookie: {pair}\r\n"))
    }

    /// The secret itself.
    pub(crate) fn secret(&self) -> &str {
        self.0
            .trim_end()
            .rsplit(['=', ' '])
            .next()
            .unwrap_or_default()
    }
}

/// Sends a request with a JSON body. It is repeated while the response asks for that: a commit that takes long, as on a
/// busy disk, is withdrawn.
pub(crate) async fn send(
    server: &TestServer,
    credentials: &Credentials,
    method: &str,
    path: &str,
    body: &impl Serialize,
) -> Answer {
    repeated(async || send_once(server, credentials, method, path, body).await).await
}

/// The same, whatever the response is.
pub(crate) async fn send_once(
    server: &TestServer,
    credentials: &Credentials,
    method: &str,
    path: &str,
    body: &impl Serialize,
) -> Answer {
    let body = serde_json::to_string(body).unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n{}\r\n{body}",
        server.address(),
        body.len(),
        credentials.0
    );
    exchange(server, &request).await
}

/// Sends a request without a body, and reads only the head of the response.
pub(crate) async fn head(
    server: &TestServer,
    credentials: &Credentials,
    method: &str,
    path: &str,
) -> Answer {
    let request = request(server, credentials, method, path);
    soon("a head", async {
        let mut socket = TcpStream::connect(server.address()).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut lines = BufReader::new(socket).lines();
        let mut head = String::new();
        while let Some(line) = lines.next_line().await.unwrap().filter(|it| !it.is_empty()) {
            head.push_str(&line);
            head.push_str("\r\n");
        }
        Answer::parse(&head)
    })
    .await
}

async fn repeated(request: impl AsyncFn() -> Answer) -> Answer {
    soon("a response other than 503", async {
        loop {
            let answer = request().await;
            if answer.status != 503 || answer.header("Retry-After").is_none() {
                return answer;
            }
            tokio::time::sleep(REPEAT_AFTER).await;
        }
    })
    .await
}

/// Sends a request without a body, as [`send`] does.
pub(crate) async fn ask(
    server: &TestServer,
    credentials: &Credentials,
    method: &str,
    path: &str,
) -> Answer {
    let request = request(server, credentials, method, path);
    repeated(async || exchange(server, &request).await).await
}

/// Creates the first user, `admin`, as the command line does, and signs in.
pub(crate) async fn first_admin(server: &TestServer) -> Credentials {
    let request = serde_json::json!({
        "command": "add_user", "name": "admin", "password": PASSWORD, "role": "admin",
    });
    soon("the first user", async {
        // A commit that takes long, as on a busy disk, is withdrawn.
        loop {
            let answer = command(server, &request).await;
            if answer.contains(r#""type":"user""#) {
                break;
            }
            assert!(answer.contains("try again later"), "{answer}");
            tokio::time::sleep(REPEAT_AFTER).await;
        }
    })
    .await;
    sign_in(server, "admin").await
}

/// Sends a request as `watchroom user` and `watchroom token` do; returns the answer.
pub(crate) async fn command(server: &TestServer, request: &impl Serialize) -> String {
    let path = server.data_dir().join("control.sock");
    let mut socket = UnixStream::connect(path).await.unwrap();
    let text = serde_json::to_string(request).unwrap() + "\n";
    socket.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

pub(crate) async fn add_user(server: &TestServer, by: &Credentials, name: &str, role: Role) {
    let new = NewUser {
        name: name.into(),
        password: PASSWORD.into(),
        role,
    };
    let answer = send(server, by, "POST", "/api/v1/users", &new).await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

pub(crate) async fn sign_in(server: &TestServer, name: &str) -> Credentials {
    let body = serde_json::json!({"name": name, "password": PASSWORD});
    let answer = send(
        server,
        &Credentials::none(),
        "POST",
        "/api/v1/auth/login",
        &body,
    )
    .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    Credentials::of_cookie(&answer)
}

pub(crate) async fn create_token(
    server: &TestServer,
    by: &Credentials,
    scopes: &[&str],
) -> CreatedToken {
    let new = NewToken {
        name: "a test".into(),
        scopes: scopes.iter().map(|it| (*it).to_owned()).collect(),
        expires_days: None,
    };
    let answer = send(server, by, "POST", "/api/v1/tokens", &new).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

/// The code with which a WebSocket is closed.
pub(crate) async fn close_code(viewer: &mut RawViewer) -> u16 {
    loop {
        match viewer.next().await {
            Some(Message::Close(Some(close))) => return close.code,
            Some(_) => {}
            None => panic!("the connection ended without a close frame"),
        }
    }
}

/// A request without a body.
fn request(server: &TestServer, credentials: &Credentials, method: &str, path: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}\r\n",
        server.address(),
        credentials.0
    )
}
