//! A server that is killed while people edit: what was answered is there, what is sent again is made once, and the document
//! is what follows from the messages.

use super::Follower;
use crate::command_line::{Running, Workplace};
use crate::rooms::parsed;
use crate::support::{Answer, exchange_over};
use loadtest::{Talker, Target};
use protocol::boards::BoardDocument;
use rustix::process::Signal;
use serde_json::json;
use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpStream as BlockingStream};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// How often the server is killed.
const KILLS: usize = 3;

const WRITERS: usize = 3;

/// Changes of each writer between two kills: as many as one may make in a second.
const EDITS_OF_EACH: usize = 18;

/// How many are answered before a kill.
const ANSWERED: usize = 6;

/// Only for what never comes.
const PATIENCE: Duration = Duration::from_secs(30);

async fn request(address: SocketAddr, method: &str, path: &str, body: &str) -> Option<Answer> {
    let socket = TcpStream::connect(address).await.ok()?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    // The server may be killed in between, and then there is no response.
    let answering = tokio::spawn(async move { exchange_over(socket, &request).await });
    answering.await.ok()
}

/// What a writer has sent.
#[derive(Default)]
struct Written {
    answered: Vec<String>,
    /// The path and the body of the one without an answer, and its id.
    unanswered: Option<(String, String, String)>,
}

async fn write(address: SocketAddr, board: String, life: usize, writer: usize) -> Written {
    let mut written = Written::default();
    for number in 0..EDITS_OF_EACH {
        let id = format!("e{life}-{writer}-{number}");
        let text = format!("a\n{id}\n");
        let widget = json!({"kind": "text", "title": id, "options": {"text": text}});
        let operations = json!([
            {"op": "add", "section": "s1", "item": {"widget": id, "x": writer * 4, "y": number, "w": 4, "h": 2},
             "widget": widget},
            {"op": "remove", "widget": id},
            {"op": "set_text", "widget": "w0", "base": "a\n", "text": text},
        ]);
        let path = format!("/api/v1/boards/{board}/operations?name=writer{writer}");
        let body = json!({"id": id, "operations": operations}).to_string();
        match request(address, "POST", &path, &body).await {
            Some(answer) if answer.status == 200 => written.answered.push(id),
            Some(answer) => panic!("{answer:?}"),
            None => {
                written.unanswered = Some((path, body, id));
                break;
            }
        }
    }
    written
}

async fn document(address: SocketAddr, board: &str) -> BoardDocument {
    let path = format!("/api/v1/boards/{board}");
    request(address, "GET", &path, "").await.unwrap().json()
}

/// All messages of the stream, from the first on.
fn messages(address: SocketAddr, board: &str, version: u64) -> Follower {
    let target = Target::parse(&format!("http://{address}"), false).unwrap();
    let mut talker = Talker::open(BlockingStream::connect(address).unwrap(), &target).unwrap();
    let subscribe = r#"{"type":"subscribe","streams":{"boards":{"last":1000}}}"#;
    talker.send(subscribe).unwrap();
    let mut follower = Follower::default();
    while follower.board.version < version {
        let text = talker.receive(Instant::now() + PATIENCE).unwrap();
        follower.follow(board, &text.expect("a message"));
    }
    follower
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_answered_is_lost_and_nothing_is_made_twice() {
    let workplace = Workplace::new();
    let serve = || {
        let arguments = ["serve", "--demo", "--demo-days=0", "--listen=127.0.0.1:0"];
        tokio::task::block_in_place(|| Running::start(&mut workplace.command(&arguments)))
    };
    let mut server = serve();
    let new = json!({"title": "Web", "visibility": "team"}).to_string();
    let created = request(server.address, "POST", "/api/v1/boards", &new).await;
    let board = parsed::<BoardDocument>(&created.unwrap()).info.id;
    let first = json!({"operations": [
        {"op": "add", "section": "s1", "item": {"widget": "w0", "x": 0, "y": 0, "w": 12, "h": 2},
         "widget": {"kind": "text", "title": "a", "options": {"text": "a\n"}}},
    ]});
    let path = format!("/api/v1/boards/{board}/operations");
    let answer = request(server.address, "POST", &path, &first.to_string()).await;
    assert_eq!(answer.unwrap().status, 200);
    let mut made = BTreeSet::new();
    for life in 0..=KILLS {
        let address = server.address;
        let before = document(address, &board).await.board.version;
        let writers: [_; WRITERS] =
            std::array::from_fn(|writer| tokio::spawn(write(address, board.clone(), life, writer)));
        if life < KILLS {
            // Numbers of other streams count, too, so this is early.
            let until = before + ANSWERED as u64;
            while document(address, &board).await.board.version < until {}
            server.signal(Signal::KILL);
            tokio::task::block_in_place(|| server.finish());
            server = serve();
        }
        for writer in writers {
            let Written {
                answered,
                unanswered,
            } = writer.await.unwrap();
            made.extend(answered);
            let Some((path, body, id)) = unanswered else {
                continue;
            };
            // Twice: whether it was made before or not, once is enough.
            for _ in 0..2 {
                let answer = request(server.address, "POST", &path, &body).await.unwrap();
                assert_eq!(answer.status, 200, "{answer:?}");
            }
            made.insert(id);
        }
        let stored = document(server.address, &board).await.board;
        let version = stored.version;
        let follower = tokio::task::block_in_place(|| messages(server.address, &board, version));
        assert_eq!(follower.board, stored);
        let mut ids = follower.ids;
        ids.sort();
        assert_eq!(ids, made.iter().cloned().collect::<Vec<_>>());
        let text = stored.widgets.get("w0").unwrap().options.text.clone();
        let text = text.unwrap();
        for id in &made {
            let line = format!("{id}\n");
            assert_eq!(
                text.lines().filter(|it| *it == line.trim_end()).count(),
                1,
                "{id}"
            );
        }
    }
    tokio::task::block_in_place(|| server.terminate());
}
