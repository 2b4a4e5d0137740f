//! A message that is sent again after the server was killed is said once.

use crate::command_line::{Running, Workplace};
use crate::support::{Answer, exchange_over};
use protocol::rooms::RoomPage;
use rustix::process::Signal;
use std::net::SocketAddr;
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
