//! A session in a room, and the example clients that talk to each other.

use crate::sessions::Viewer;
use crate::shape::Meaning;
use crate::signed_in::{JWT_SECRET, PASSWORD, command_line, member};
use crate::support::{ANYWHERE, Demo, PATIENCE, blocks, reference, root};
use std::collections::HashMap;
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

/// Runs a documented command, with the positions that it names, as the user whose token is named. Returns the body of
/// the response.
async fn run(demo: &Demo, command: &str, meaning: &Meaning, tokens: &[(&str, String)]) -> String {
    let url = command.split_whitespace().last().unwrap();
    let url = url.trim_matches('\'');
    let path = url.strip_prefix("http://127.0.0.1:8765").unwrap();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let is_position = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    let parts = path.split('/').map(|part| match is_position(part) {
        true => meaning.real(part),
        false => part,
    });
    let path = parts.collect::<Vec<_>>().join("/");
    let mut quoted = command.split('\'').skip(1).step_by(2);
    let body = quoted.find(|it| it.starts_with('{'));
    let method = match (command.split_once("-X "), body) {
        (Some((_, rest)), _) => rest.split_whitespace().next().unwrap(),
        (None, Some(_)) => "POST",
        (None, None) => "GET",
    };
    let body = body.map_or(String::new(), |body| meaning.translate(body));
    let by = tokens
        .iter()
        .find(|(name, _)| command.contains(&format!("Bearer ${name}")));
    let by = by.map_or(String::new(), |(_, token)| {
        format!("Authorization: Bearer {token}\r\n")
    });
    let address = demo.server.address();
    let request = format!(
        "{method} {path}?{query} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{by}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = exchange(demo, &request).await;
    assert!(answer.starts_with("HTTP/1.1 20"), "{command}: {answer}");
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
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
                ("$ ", command) => _ = run(&demo, command, &meaning, &[]).await,
                _ => panic!("neither said nor answered: {line}"),
            }
        }
        drop(viewer);
        until_alone(&demo).await;
    }
    demo.server.drain(DRAIN_GRACE).await;
}

/// Creates a user; returns a token of it, and its id.
async fn signed_in(demo: &Demo, name: &str, role: &str) -> (String, String) {
    let new = format!(
        r#"{{"command":"add_user","name":"{name}","password":"{PASSWORD}","role":"{role}"}}"#
    );
    let answer = tokio::task::block_in_place(|| command_line(demo.data_dir(), &new));
    assert!(answer.contains(r#""type":"user""#), "{answer}");
    let body = format!(r#"{{"name":"{name}","password":"{PASSWORD}"}}"#);
    let sign_in = format!("curl -d '{body}' http://127.0.0.1:8765/api/v1/auth/token");
    let answer = run(demo, &sign_in, &Meaning::default(), &[]).await;
    let tokens = [("NEW", member(&answer, "token"))];
    let list = r#"curl -H "Authorization: Bearer $NEW" http://127.0.0.1:8765/api/v1/rooms"#;
    let rooms = run(demo, list, &Meaning::default(), &tokens).await;
    let [(_, token)] = tokens;
    (token, member(&rooms, "id"))
}

/// Asserts that a response has what is shown between the dots, in this order.
fn expect_response(shown: &str, real: &str) {
    let mut rest = real;
    for part in shown.split('…') {
        let found = rest.split_once(part.trim_matches(','));
        rest = found
            .unwrap_or_else(|| panic!("the reference shows\n{shown}, the server said\n{real}"))
            .1;
    }
}

/// The connection of a user.
struct Seat<'a> {
    name: &'a str,
    viewer: Viewer,
    /// The newest state of each topic, by its type.
    states: HashMap<String, String>,
}

impl Seat<'_> {
    /// The next message that is no state of a topic.
    async fn next(&mut self, ids: &Ids) -> String {
        loop {
            let text = ids.shown(&self.viewer.next().await);
            if !comes_between(&text) {
                return text;
            }
            self.states.insert(type_of(&text), text);
        }
    }

    /// Reads until the state of a topic is the one that is shown: states before may be sent, too.
    async fn until_state(&mut self, ids: &Ids, shown: &str) {
        let mut others = Vec::new();
        let is_shown = async {
            while self.states.get(&type_of(shown)).map(String::as_str) != Some(shown) {
                let text = ids.shown(&self.viewer.next().await);
                others.push(text.clone());
                self.states.insert(type_of(&text), text);
            }
        };
        let is_shown = tokio::time::timeout(PATIENCE, is_shown).await;
        assert!(
            is_shown.is_ok(),
            "the reference shows\n{shown}\nthe server said\n{others:#?}"
        );
    }
}

/// What a message begins with.
fn type_of(text: &str) -> String {
    text.split(',').next().unwrap().to_owned()
}

/// The ids of users, which differ each time, with those that the reference shows.
struct Ids(Vec<(String, String)>);

impl Ids {
    fn shown(&self, real: &str) -> String {
        let quoted = |id: &str| format!("\"{id}\"");
        let ids = self.0.iter();
        ids.fold(real.to_owned(), |text, (real, shown)| {
            text.replace(&quoted(real), &quoted(shown))
        })
    }
}

/// What may arrive at any time: the state of a topic, or how far the log is.
fn comes_between(text: &str) -> bool {
    let types = ["client_count", "presence", "typing", "position"];
    let mut starts = types
        .map(|name| format!("{{\"type\":\"{name}\","))
        .into_iter();
    starts.any(|start| text.starts_with(&start))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_in_a_private_room_is_as_documented() {
    let session = blocks(&reference(), "text private-room-session").remove(0);
    let demo = Demo::with(ANYWHERE, |config| config.jwt_secret = JWT_SECRET.into()).await;
    let (ada, ada_id) = signed_in(&demo, "ada", "admin").await;
    let (bo, bo_id) = signed_in(&demo, "bo", "viewer").await;
    let ids = Ids(vec![(ada_id, "u1".into()), (bo_id, "u2".into())]);
    let tokens = [("ADA", ada), ("BO", bo)];
    let mut seats: Vec<Seat<'_>> = Vec::new();
    let (mut meaning, mut response) = (Meaning::default(), String::new());
    for line in session.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            response = run(&demo, command, &meaning, &tokens).await;
            continue;
        }
        if line.starts_with('{') {
            expect_response(line, &response);
            continue;
        }
        let (name, rest) = line.split_once(' ').unwrap();
        if seats.iter().all(|seat| seat.name != name) {
            let mut of = tokens.iter();
            let (_, token) = of.find(|(of, _)| of.eq_ignore_ascii_case(name)).unwrap();
            seats.push(Seat {
                name,
                viewer: Viewer::bearer(&demo, token).await,
                states: HashMap::new(),
            });
        }
        let seat = seats.iter_mut().find(|seat| seat.name == name).unwrap();
        match rest.split_at(2) {
            ("> ", shown) => seat.viewer.say(meaning.translate(shown)).await,
            ("< ", shown) if comes_between(shown) => seat.until_state(&ids, shown).await,
            ("< ", shown) => meaning.expect(shown, &seat.next(&ids).await),
            _ => panic!("neither said nor answered: {line}"),
        }
    }
    drop(seats);
    demo.server.drain(DRAIN_GRACE).await;
}
