use crate::events::{Response, get};
use crate::shape::Meaning;
use crate::support::{Demo, PATIENCE, blocks, reference};
use futures_util::{SinkExt, StreamExt};
use protocol::{Received, ServerMessage};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Messages before a client connects, and while it is disconnected.
const SAMPLES: usize = 4;

pub(crate) struct Viewer(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Viewer {
    pub(crate) async fn connect(demo: &Demo) -> Self {
        Self::request(demo, None).await
    }

    /// As the bearer of a token.
    pub(crate) async fn bearer(demo: &Demo, token: &str) -> Self {
        Self::request(demo, Some(token)).await
    }

    async fn request(demo: &Demo, token: Option<&str>) -> Self {
        let url = format!("ws://{}/ws", demo.server.address());
        let mut request = url.into_client_request().unwrap();
        if let Some(token) = token {
            let bearer = format!("Bearer {token}").parse().unwrap();
            request.headers_mut().insert("authorization", bearer);
        }
        Self(connect_async(request).await.unwrap().0)
    }

    pub(crate) async fn say(&mut self, text: String) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn next(&mut self) -> String {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next()).await;
            if let Message::Text(text) = message.unwrap().unwrap().unwrap() {
                return text.as_str().to_owned();
            }
        }
    }

    /// The next message of the expected type; others may arrive in between.
    async fn next_like(&mut self, shown: &str) -> String {
        loop {
            let text = self.next().await;
            if !comes_between(&text, shown) {
                return text;
            }
        }
    }
}

/// A client count may arrive at any time, and live messages before an answer.
fn comes_between(text: &str, shown: &str) -> bool {
    let received = Received::parse(text);
    let is_count = matches!(received.message, Ok(ServerMessage::ClientCount(_)));
    let is_live = received.position.is_some();
    is_count || is_live && !shown.contains(r#""seq":"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_websocket_session_is_as_documented() {
    let session = blocks(&reference(), "text websocket-session").remove(0);
    let demo = Demo::anywhere().await;
    let mut meaning = Meaning::default();
    for connection in session.split("---\n") {
        demo.samples(SAMPLES).await;
        let mut viewer = Viewer::connect(&demo).await;
        for line in connection.lines() {
            match line.split_at(2) {
                ("< ", shown) => meaning.expect(shown, &viewer.next_like(shown).await),
                ("> ", shown) => viewer.say(meaning.translate(shown)).await,
                _ => panic!("neither said nor answered: {line}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sse_session_is_as_documented() {
    let session = blocks(&reference(), "text sse-session").remove(0);
    let demo = Demo::anywhere().await;
    let mut meaning = Meaning::default();
    for request in session.split("$ curl -iN ").skip(1) {
        demo.samples(SAMPLES).await;
        let (arguments, answer) = request.split_once('\n').unwrap();
        let mut response = ask(&demo, arguments, &meaning).await;
        let (head, events) = answer.split_once("\n\n").unwrap();
        for line in head.lines().skip(1) {
            assert!(response.head.contains(line), "{line} in {}", response.head);
        }
        assert!(response.head.contains(" 200 OK"), "{}", response.head);
        for shown in events.trim_end().split("\n\n") {
            expect_event(&mut meaning, shown, &mut response).await;
        }
    }
}

/// Runs the documented command.
async fn ask(demo: &Demo, arguments: &str, meaning: &Meaning) -> Response {
    let quoted: Vec<_> = arguments.split('\'').skip(1).step_by(2).collect();
    let url = quoted.last().unwrap();
    let path = url.strip_prefix("http://127.0.0.1:8765").unwrap();
    let header = quoted[0].split_once("Last-Event-ID: ");
    let header = header.map(|(_, id)| format!("Last-Event-ID: {}", meaning.translate_id(id)));
    get(demo.server.address(), path, header.as_deref()).await
}

async fn expect_event(meaning: &mut Meaning, shown: &str, response: &mut Response) {
    let real = loop {
        let event = response.next_event().await;
        if !event.starts_with("event: client_count\n") {
            break event;
        }
    };
    assert_eq!(
        (shown.lines().count(), field_names(shown)),
        (real.lines().count(), field_names(&real)),
        "the reference shows\n{shown}\nthe server said\n{real}"
    );
    for (shown, real) in shown.lines().zip(real.lines()) {
        match (
            shown.split_once(": ").unwrap(),
            real.split_once(": ").unwrap(),
        ) {
            (("id", shown), (_, real)) => meaning.expect_id(shown, real),
            (("data", shown), (_, real)) => meaning.expect(shown, real),
            // Each viewer has its own.
            (("retry", _), (_, real)) => {
                assert!(
                    (1_000..3_000).contains(&real.parse::<u32>().unwrap()),
                    "{real}"
                );
            }
            _ => assert_eq!(shown, real),
        }
    }
}

fn field_names(event: &str) -> Vec<&str> {
    let lines = event.lines();
    lines.filter_map(|line| line.split(':').next()).collect()
}
