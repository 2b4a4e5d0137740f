//! A session in a room, and the example clients that talk to each other.

use crate::sessions::Viewer;
use crate::shape::Meaning;
use crate::support::{Demo, PATIENCE, blocks, reference, root};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream as Socket};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const DRAIN_GRACE: Duration = Duration::from_secs(2);

/// A client in a room; ended when dropped.
struct Talker {
    process: Child,
    heard: Receiver<String>,
}

impl Drop for Talker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The lines of an output, as they come.
fn lines(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // An error means that the test is over.
            let _ = sender.send(line);
        }
    });
    lines
}

impl Talker {
    /// Starts a client, and waits until it receives what is said.
    fn start(program: &str, arguments: &[&str], url: &str) -> Self {
        let mut process = Command::new(program)
            .args(arguments)
            .arg(url)
            .current_dir(root().join("examples/clients"))
            .env_remove("WATCHROOM_TOKEN")
            .env_remove("WATCHROOM_NAME")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let heard = lines(process.stdout.take().unwrap());
        let notes = lines(process.stderr.take().unwrap());
        let talker = Self { process, heard };
        while notes.recv_timeout(PATIENCE).unwrap() != "listening" {}
        talker
    }

    fn say(&mut self, line: &str) {
        let mut input = self.process.stdin.as_ref().unwrap();
        writeln!(input, "{line}").unwrap();
    }

    fn heard(&self) -> String {
        self.heard.recv_timeout(PATIENCE).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_clients_talk_in_a_room() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("python3 is not on PATH, so its client is not tested here");
        return;
    }
    let demo = Demo::anywhere().await;
    let url = format!("http://{}", demo.server.address());
    tokio::task::block_in_place(|| {
        let mut python = Talker::start("python3", &["room.py"], &url);
        let node = ["--experimental-websocket", "room.mjs"];
        let mut node = Talker::start("node", &node, &url);
        python.say("the disk is full");
        node.say("since 10:12, says \u{201e}df\u{201c}");
        for talker in [&python, &node] {
            let mut heard = [talker.heard(), talker.heard()];
            heard.sort();
            let said = "node: since 10:12, says \u{201e}df\u{201c}";
            assert_eq!(heard, [said, "python: the disk is full"]);
        }
    });
    demo.server.drain(DRAIN_GRACE).await;
}

/// A request's head and body.
fn read_request(socket: &mut Socket) -> String {
    let mut request = String::new();
    let mut reader = BufReader::new(socket);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.trim().parse().unwrap();
        }
        request.push_str(&line);
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request + &String::from_utf8(body).unwrap()
}

#[test]
fn the_python_client_repeats_what_a_server_fails_to_take_and_ends_where_it_may_not_read() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("python3 is not on PATH, so its client is not tested here");
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (said, all_said) = mpsc::channel();
    let server = std::thread::spawn(move || {
        let mut bodies = Vec::new();
        let mut stream = None;
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let request = read_request(&mut socket);
            let is_said = request.starts_with("POST ");
            let head = match (is_said, bodies.len()) {
                (true, 0) => "500 Internal Server Error\r\n",
                (true, 1) => {
                    "503 Service Unavailable\r\nRetry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n"
                }
                (true, _) => "201 Created\r\n",
                (false, 0) => "200 OK\r\nContent-Type: text/event-stream\r\n",
                (false, _) => "401 Unauthorized\r\n",
            };
            let head = format!("HTTP/1.1 {head}Connection: close\r\n\r\n");
            socket.write_all(head.as_bytes()).unwrap();
            if is_said {
                bodies.push(request.split_once("\r\n\r\n").unwrap().1.to_owned());
                socket.write_all(br#"{"error":"it is broken"}"#).unwrap();
            } else if bodies.is_empty() {
                let messages = [("said", "one"), ("edited", "two")].map(|(action, text)| {
                    format!(
                        r#"data: {{"type":"room","room":"r1","action":"{action}","author":{{"name":"ada"}},"text":"{text}"}}"#
                    )
                });
                let [said, edited] = messages;
                let events = format!("data: {{\"type\":\"subscribed\"}}\n\n{said}\n\n{edited}\n\n");
                socket.write_all(events.as_bytes()).unwrap();
                stream = Some(socket);
            } else {
                break;
            }
            if bodies.len() == 3 {
                // The next request for events is refused.
                stream = None;
            }
        }
        drop(stream);
        said.send(bodies).unwrap();
    });
    let mut python = Talker::start("python3", &["room.py"], &url);
    assert_eq!(
        [python.heard(), python.heard()],
        ["ada: one", "ada (edited): two"]
    );
    python.say("the disk is full");
    let bodies = all_said.recv_timeout(PATIENCE).unwrap();
    assert_eq!(bodies.len(), 3);
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    server.join().unwrap();
    // Its input stays open meanwhile.
    let deadline = Instant::now() + PATIENCE;
    let ended = loop {
        if let Some(status) = python.process.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "the client goes on");
        std::thread::yield_now();
    };
    assert_eq!(ended.code(), Some(1));
}

/// Runs a documented command, with the position that it names.
async fn run(demo: &Demo, command: &str, meaning: &Meaning) {
    let quoted: Vec<_> = command.split('\'').skip(1).step_by(2).collect();
    let url = quoted.last().unwrap();
    let path = url.strip_prefix("http://127.0.0.1:8765").unwrap();
    let (start, rest) = path.split_once("/messages").unwrap();
    let (seq, query) = rest.split_once('?').unwrap();
    let seq = match seq.strip_prefix('/') {
        Some(seq) => format!("/{}", meaning.real(seq)),
        None => String::new(),
    };
    let method = command
        .split_once("-X ")
        .map_or("POST", |(_, rest)| rest.split_whitespace().next().unwrap());
    let body = quoted.iter().find(|it| it.starts_with('{')).copied();
    let body = body.unwrap_or_default();
    let address = demo.server.address();
    let request = format!(
        "{method} {start}/messages{seq}?{query} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = exchange(demo, &request).await;
    assert!(answer.starts_with("HTTP/1.1 20"), "{command}: {answer}");
}

async fn exchange(demo: &Demo, request: &str) -> String {
    let mut socket = TcpStream::connect(demo.server.address()).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Waits until the server has noticed that the last viewer has left, which the next one would count otherwise.
async fn until_alone(demo: &Demo) {
    let address = demo.server.address();
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let nobody = r#"watchroom_viewers{transport="websocket"} 0"#;
    let left = async {
        while !exchange(demo, &request).await.contains(nobody) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, left).await.unwrap();
}

/// The next message of the type that is shown; counts, and changes of presence, may arrive in between.
async fn next_like(viewer: &mut Viewer, shown: &str) -> String {
    let type_of = |text: &str| text.split(',').next().unwrap().to_owned();
    loop {
        let text = viewer.next().await;
        if type_of(&text) == type_of(shown) {
            return text;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_in_a_room_is_as_documented() {
    let session = blocks(&reference(), "text rooms-session").remove(0);
    let demo = Demo::anywhere().await;
    let mut meaning = Meaning::default();
    for connection in session.split("---\n") {
        let mut viewer = Viewer::connect(&demo).await;
        for line in connection.lines() {
            match line.split_at(2) {
                ("< ", shown) => meaning.expect(shown, &next_like(&mut viewer, shown).await),
                ("> ", shown) => viewer.say(meaning.translate(shown)).await,
                ("$ ", command) => run(&demo, command, &meaning).await,
                _ => panic!("neither said nor answered: {line}"),
            }
        }
        drop(viewer);
        until_alone(&demo).await;
    }
    demo.server.drain(DRAIN_GRACE).await;
}
