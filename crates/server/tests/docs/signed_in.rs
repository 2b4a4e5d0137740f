//! The clients of `examples/clients` on a server that requires a login.

use crate::support::{PATIENCE, postgres, root};
use futures_util::StreamExt;
use server::Server;
use server::config::Config;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use tokio::task::block_in_place;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

pub(crate) const JWT_SECRET: &str = "a secret of the tests with more than 32 bytes";

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Ended when dropped.
struct Example(Child);

impl Drop for Example {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn example(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(args)
        .current_dir(root().join("examples/clients"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Sends a request as the command line does.
pub(crate) fn command_line(data_dir: &Path, request: &str) -> String {
    let mut socket = UnixStream::connect(data_dir.join("control.sock")).unwrap();
    writeln!(socket, "{request}").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

/// Creates the first user.
fn create_user(data_dir: &Path) {
    let request = format!(
        r#"{{"command":"add_user","name":"alice","password":"{PASSWORD}","role":"admin"}}"#
    );
    let answer = command_line(data_dir, &request);
    assert!(answer.contains(r#""type":"user""#), "{answer}");
}

/// The first line that a client prints, which is a message of the server.
fn first_line(mut command: Command, token: &str) -> String {
    let mut child = Example(command.env("WATCHROOM_TOKEN", token).spawn().unwrap());
    let (sender, line) = mpsc::channel();
    let mut output = BufReader::new(child.0.stdout.take().unwrap());
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = output.read_line(&mut line);
        // An error means that the test is over.
        let _ = sender.send(read.map(|_| line));
    });
    line.recv_timeout(PATIENCE).unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_receive_with_a_token_by_name_and_password() {
    let data_dir = tempfile::tempdir().unwrap();
    let config = Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data_dir: data_dir.path().to_owned(),
        demo: true,
        demo_days: 0,
        jwt_secret: JWT_SECRET.into(),
        restart_spread_ms: 0,
        ..Config::default()
    };
    let server = Server::start(&config).await.unwrap();
    let address = server.address();
    block_in_place(|| {
        create_user(data_dir.path());
        let url = format!("http://{address}");
        let token = |password: &str| {
            let mut command = example("python3", &["token.py", "alice", &url]);
            command
                .env("WATCHROOM_PASSWORD", password)
                .output()
                .unwrap()
        };
        let refused = token("a wrong password");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            !refused.status.success() && said.contains("the name or the password is wrong"),
            "{said}"
        );
        let token = token(PASSWORD);
        let token = String::from_utf8(token.stdout).unwrap().trim().to_owned();
        assert_eq!(token.split('.').count(), 3, "a JSON Web Token: {token:?}");

        let events = format!("{url}/api/events/all");
        let line = first_line(example("python3", &["watch.py", &events]), &token);
        assert!(line.contains(r#""type": "connection""#), "{line:?}");
        let socket = format!("ws://{address}/ws");
        for token_as in ["subprotocol", "header", "ticket"] {
            let mut node = example("node", &["--experimental-websocket", "watch.mjs", &socket]);
            node.env("WATCHROOM_TOKEN_AS", token_as);
            let line = first_line(node, &token);
            assert!(
                line.contains(r#""type":"connection""#),
                "{token_as}: {line:?}"
            );
        }
    });
    server.drain(Duration::from_secs(2)).await;
}

const DATABASE_PASSWORD: &str = "planted-database-password";

/// The program, with its settings in the environment.
fn program(args: &[&str], database_url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchroom"));
    command
        .args(args)
        .env("JWT_SECRET", JWT_SECRET)
        .env("DATABASE_URL", database_url)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

/// The first text after a key in JSON.
pub(crate) fn member(json: &str, key: &str) -> String {
    let rest = json.split(&format!(r#""{key}":""#)).nth(1);
    let value = rest.and_then(|rest| rest.split('"').next());
    value
        .unwrap_or_else(|| panic!("{key} in {json}"))
        .to_owned()
}

/// A ticket for the bearer of a token.
fn ticket(address: &str, token: &str) -> String {
    let mut socket = TcpStream::connect(address).unwrap();
    let request = format!(
        "POST /api/v1/auth/ticket HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: 0\r\nConnection: close\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    member(&answer, "ticket")
}

/// The first message of a WebSocket that is requested with this header.
async fn first_message(address: &str, name: &'static str, value: &str) -> String {
    let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
    request.headers_mut().insert(name, value.parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    let first = tokio::time::timeout(PATIENCE, socket.next()).await;
    first.unwrap().unwrap().unwrap().to_string()
}

/// As in a container: a database and a secret in the environment, and clients that know an address and a token.
#[tokio::test(flavor = "multi_thread")]
async fn clients_of_a_server_with_its_settings_in_the_environment_receive() {
    let database = postgres::Server::shared().await.new_database().await;
    let with_password = format!("//watchroom:{DATABASE_PASSWORD}@");
    let database_url = database.url().replace("//watchroom@", &with_password);
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    fs::create_dir(&data_dir).unwrap();
    let data = format!("--data-dir={}", data_dir.display());
    let log = folder.path().join("log");
    let serve = [
        "serve",
        "--demo",
        "--demo-days=0",
        "--listen=127.0.0.1:0",
        "--log=trace",
        &data,
    ];
    let mut command = program(&serve, &database_url);
    command.stderr(File::create(&log).unwrap());
    let mut server = Example(command.spawn().unwrap());
    let mut line = String::new();
    let output = server.0.stdout.take().unwrap();
    block_in_place(|| BufReader::new(output).read_line(&mut line)).unwrap();
    let address = line.trim().rsplit('/').next().unwrap().to_owned();

    let (api_token, jwt, ticket) = block_in_place(|| {
        create_user(&data_dir);
        let new = r#"{"name":"x","scopes":["read"],"expires_days":null}"#;
        let request = format!(r#"{{"command":"create_token","user":"alice","new":{new}}}"#);
        let api_token = member(&command_line(&data_dir, &request), "token");
        let url = format!("http://{address}");
        let mut get_token = example("python3", &["token.py", "alice", &url]);
        let jwt = get_token
            .env("WATCHROOM_PASSWORD", PASSWORD)
            .output()
            .unwrap();
        let jwt = String::from_utf8(jwt.stdout).unwrap().trim().to_owned();
        let ticket = ticket(&address, &api_token);
        (api_token, jwt, ticket)
    });
    for token in [&api_token, &jwt] {
        let bearer = format!("Bearer {token}");
        let message = first_message(&address, "authorization", &bearer).await;
        assert!(message.contains(r#""type":"connection""#), "{message}");
        block_in_place(|| {
            let socket = format!("ws://{address}/ws");
            let node = example("node", &["--experimental-websocket", "watch.mjs", &socket]);
            let line = first_line(node, token);
            assert!(line.contains(r#""type":"connection""#), "{line:?}");
        });
    }
    let offer = format!("watchroom.v1, watchroom.ticket.{ticket}");
    let message = first_message(&address, "sec-websocket-protocol", &offer).await;
    assert!(message.contains(r#""type":"connection""#), "{message}");

    let shown = block_in_place(|| program(&["config", "show", &data], &database_url).output());
    let shown = String::from_utf8(shown.unwrap().stdout).unwrap();
    let logged = fs::read_to_string(&log).unwrap();
    for (place, text) in [("config show", shown), ("the log", logged)] {
        assert!(!text.is_empty(), "{place}");
        for secret in [DATABASE_PASSWORD, JWT_SECRET, &api_token, &jwt, &ticket] {
            assert!(!text.contains(secret), "{secret} is in {place}");
        }
    }
}
