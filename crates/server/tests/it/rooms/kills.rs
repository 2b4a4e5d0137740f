//! A message that is sent again after the server was killed is said once, and everybody sees the same ones in the same
//! order.

use crate::command_line::{Running, Workplace};
use crate::support::{Answer, exchange_over};
use loadtest::{Talker, Target};
use protocol::rooms::RoomPage;
use rustix::process::Signal;
use serde::Deserialize;
use std::net::{SocketAddr, TcpStream as BlockingStream};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// How often the server is killed.
const KILLS: usize = 3;

/// Messages between two kills. A person may write ten in ten seconds, and starts may be faster.
const MESSAGES: usize = 8;

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

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_after_a_kill_is_said_once() {
    let workplace = Workplace::new();
    let serve = || {
        let arguments = ["serve", "--demo", "--demo-days=0", "--listen=127.0.0.1:0"];
        tokio::task::block_in_place(|| Running::start(&mut workplace.command(&arguments)))
    };
    let mut server = serve();
    let mut said = Vec::new();
    for life in 0..=KILLS {
        let mut unanswered = Vec::new();
        for number in 0..MESSAGES {
            let text = format!("{life}-{number}");
            let path = format!("/api/v1/rooms/r1/messages?name=life{life}");
            let body = format!(r#"{{"text":"{text}","id":"{text}"}}"#);
            // The last ones are on their way when the server is killed.
            if number + 2 < MESSAGES || life == KILLS {
                let answer = request(server.address, "POST", &path, &body).await.unwrap();
                assert_eq!(answer.status, 201, "{answer:?}");
            } else {
                let address = server.address;
                let request = request_owned(address, path.clone(), body.clone());
                unanswered.push(tokio::spawn(request));
            }
            said.push((path, body, text));
        }
        if life == KILLS {
            break;
        }
        server.signal(Signal::KILL);
        tokio::task::block_in_place(|| server.finish());
        for request in unanswered {
            let _ = request.await;
        }
        server = serve();
        // Those that were said, and those that may have been.
        for (path, body, _) in &said[said.len() - 3..] {
            let answer = request(server.address, "POST", path, body).await.unwrap();
            assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        }
        let (path, body, text) = &said[said.len() - 3];
        let answer = request(server.address, "POST", path, body).await.unwrap();
        assert_eq!(answer.status, 200, "{text} was said before: {answer:?}");
    }
    let path = "/api/v1/rooms/r1/messages?limit=200";
    let page = request(server.address, "GET", path, "").await.unwrap();
    let page: RoomPage = page.json();
    let mut texts: Vec<_> = page
        .messages
        .into_iter()
        .filter_map(|it| it.message.text)
        .collect();
    let mut expected: Vec<_> = said.into_iter().map(|it| it.2).collect();
    texts.sort_unstable();
    expected.sort_unstable();
    assert_eq!(texts, expected);
    assert!(
        tokio::task::block_in_place(|| server.terminate())
            .status
            .success()
    );
}

async fn request_owned(address: SocketAddr, path: String, body: String) -> Option<Answer> {
    request(address, "POST", &path, &body).await
}

const WRITERS: usize = 3;

/// Messages of each writer between two kills. All guests of an address may write thirty in ten seconds.
const MESSAGES_OF_EACH: usize = 2;

/// Only for what never comes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Listens to what is said, and resumes where the connection to a server has ended.
#[derive(Default)]
struct Listener {
    talker: Option<Talker>,
    epoch: String,
    seen: Vec<(u64, String)>,
}

#[derive(Deserialize)]
struct Received {
    r#type: String,
    seq: Option<u64>,
    text: Option<String>,
    epoch: Option<String>,
}

impl Listener {
    fn connect(&mut self, address: SocketAddr) {
        let target = Target::parse(&format!("http://{address}"), false).unwrap();
        let socket = BlockingStream::connect(address).unwrap();
        let mut talker = Talker::open(socket, &target).unwrap();
        let after = match self.epoch.as_str() {
            "" => String::new(),
            epoch => {
                let seq = self.seen.last().map_or(0, |seen| seen.0);
                format!(r#","epoch":"{epoch}","after":{seq}"#)
            }
        };
        let subscribe = format!(r#"{{"type":"subscribe","streams":["rooms"]{after}}}"#);
        talker.send(&subscribe).unwrap();
        self.talker = Some(talker);
        while self.epoch.is_empty() {
            assert!(self.read(), "no subscription");
        }
    }

    /// Reads a message; false if the connection has ended.
    fn read(&mut self) -> bool {
        let talker = self.talker.as_mut().unwrap();
        let Ok(text) = talker.receive(Instant::now() + PATIENCE) else {
            return false;
        };
        let text = text.expect("a message");
        let received: Received = serde_json::from_str(&text).unwrap();
        assert_ne!(received.r#type, "gap", "{text}");
        if let ("subscribed", Some(epoch)) = (received.r#type.as_str(), received.epoch) {
            self.epoch = epoch;
        }
        if let (Some(seq), Some(text)) = (received.seq, received.text) {
            self.seen.push((seq, text));
        }
        true
    }
}

/// Says something until there is no answer; returns what was not answered.
async fn write(address: SocketAddr, life: usize, writer: usize) -> Option<(String, String)> {
    for number in 0..MESSAGES_OF_EACH {
        let text = format!("{life}-{writer}-{number}");
        let path = format!("/api/v1/rooms/r1/messages?name=writer{writer}");
        let body = format!(r#"{{"text":"{text}","id":"{text}"}}"#);
        match request(address, "POST", &path, &body).await {
            Some(answer) => assert_eq!(answer.status, 201, "{answer:?}"),
            None => return Some((path, body)),
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_the_same_over_kills() {
    let workplace = Workplace::new();
    let serve = || {
        let arguments = ["serve", "--demo", "--demo-days=0", "--listen=127.0.0.1:0"];
        tokio::task::block_in_place(|| Running::start(&mut workplace.command(&arguments)))
    };
    let mut server = serve();
    let mut listeners = [(); 3].map(|()| Listener::default());
    for life in 0..=KILLS {
        let address = server.address;
        tokio::task::block_in_place(|| {
            for listener in &mut listeners {
                listener.connect(address);
            }
        });
        let before = listeners[0].seen.len();
        let writers: [_; WRITERS] =
            std::array::from_fn(|writer| tokio::spawn(write(address, life, writer)));
        // What one has seen is not lost, whatever was on its way.
        tokio::task::block_in_place(|| {
            while listeners[0].seen.len() == before {
                assert!(listeners[0].read());
            }
        });
        if life == KILLS {
            for writer in writers {
                assert_eq!(writer.await.unwrap(), None);
            }
            break;
        }
        server.signal(Signal::KILL);
        tokio::task::block_in_place(|| {
            server.finish();
            for listener in &mut listeners {
                while listener.read() {}
            }
        });
        server = serve();
        for writer in writers {
            if let Some((path, body)) = writer.await.unwrap() {
                let answer = request(server.address, "POST", &path, &body).await.unwrap();
                assert!(matches!(answer.status, 200 | 201), "{answer:?}");
            }
        }
    }
    let path = "/api/v1/rooms/r1/messages?limit=200";
    let page = request(server.address, "GET", path, "").await.unwrap();
    let page: RoomPage = page.json();
    let said = page.messages.into_iter();
    let said: Vec<_> = said
        .map(|it| (it.seq, it.message.text.unwrap_or_default()))
        .collect();
    let newest = said.last().map(|it| it.0);
    for listener in &mut listeners {
        tokio::task::block_in_place(|| {
            while listener.seen.last().map(|it| it.0) < newest {
                assert!(listener.read());
            }
        });
        assert_eq!(listener.seen, said);
    }
    tokio::task::block_in_place(|| server.terminate());
}
