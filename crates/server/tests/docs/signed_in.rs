//! The clients of `examples/clients` on a server that requires a login.

use crate::support::{PATIENCE, root};
use server::Server;
use server::config::Config;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

const PASSWORD: &str = "correct horse battery";

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
fn command(data_dir: &Path, request: &str) -> String {
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
    let answer = command(data_dir, &request);
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
        jwt_secret: "a secret of the tests with more than 32 bytes".into(),
        restart_spread_ms: 0,
        ..Config::default()
    };
    let server = Server::start(&config).await.unwrap();
    let address = server.address();
    tokio::task::block_in_place(|| {
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
        let node = example("node", &["--experimental-websocket", "watch.mjs", &socket]);
        let line = first_line(node, &token);
        assert!(line.contains(r#""type":"connection""#), "{line:?}");
    });
    server.drain(Duration::from_secs(2)).await;
}
