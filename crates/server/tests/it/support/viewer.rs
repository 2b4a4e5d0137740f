use super::{Chain, TestServer, soon};
use futures_util::{SinkExt, StreamExt};
use protocol::{
    ClientMessage, Connection, Position, Received, Request, ServerMessage, Stream, StreamOptions,
    Subscribe, Subscribed,
};
use std::collections::VecDeque;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, Message};

/// A viewer as others would write one: another codec than the server's, and the chain verified.
pub(crate) struct Viewer {
    socket: WebSocketStream<TcpStream>,
    pub(crate) greeting: Connection,
    pub(crate) chain: Chain,
    /// They come at any time, so they are kept apart from what tests wait for.
    pub(crate) client_counts: VecDeque<u64>,
}

impl Viewer {
    pub(crate) async fn connect(server: &TestServer, path: &str) -> Self {
        soon("a connection", async {
            let address = server.address();
            let socket = TcpStream::connect(address).await.unwrap();
            let url = format!("ws://{address}{path}");
            let (mut socket, _) = tokio_tungstenite::client_async(url, socket).await.unwrap();
            let first = socket.next().await.unwrap().unwrap();
            let first = Received::parse(first.to_text().unwrap());
            let Ok(ServerMessage::Connection(greeting)) = first.message else {
                panic!("the first message is {first:?}");
            };
            Self {
                socket,
                greeting,
                chain: Chain::default(),
                client_counts: VecDeque::new(),
            }
        })
        .await
    }

    /// Comes back as someone who has seen what `chain` has.
    pub(crate) async fn return_with(server: &TestServer, chain: Chain) -> Self {
        let viewer = Self::connect(server, "/ws").await;
        Self { chain, ..viewer }
    }

    pub(crate) async fn send(&mut self, message: ClientMessage) {
        self.say(&Request::from(message).to_json()).await;
    }

    /// Sends any text.
    pub(crate) async fn say(&mut self, text: &str) {
        self.send_frame(Message::text(text)).await;
    }

    pub(crate) async fn send_frame(&mut self, message: Message) {
        soon("a send", self.socket.send(message)).await.unwrap();
    }

    /// Subscribes, and gives the answer that must be the next message.
    pub(crate) async fn subscribe(&mut self, wanted: Subscribe) -> Subscribed {
        self.send(ClientMessage::Subscribe(wanted)).await;
        self.subscribed().await
    }

    /// The next message must be the answer to a change of subscription; live messages of what was
    /// on before may come first.
    pub(crate) async fn subscribed(&mut self) -> Subscribed {
        self.until("an answer", |received| match &received.message {
            Ok(ServerMessage::Subscribed(subscribed)) => Some(subscribed.clone()),
            _ => None,
        })
        .await
    }

    /// The next message that is no client count.
    pub(crate) async fn next(&mut self) -> Received {
        soon("a message", async {
            loop {
                match self.next_frame().await {
                    Ok(Message::Text(text)) => {
                        if let Some(received) = self.read(&text) {
                            return received;
                        }
                    }
                    Ok(Message::Ping(_)) => {}
                    other => panic!("instead of a message came {other:?}"),
                }
            }
        })
        .await
    }

    fn read(&mut self, text: &str) -> Option<Received> {
        let received = Received::parse(text);
        match &received.message {
            Ok(ServerMessage::ClientCount(count)) => {
                self.client_counts.push_back(count.count);
                return None;
            }
            Ok(ServerMessage::Gap(gap)) => self.chain.name(gap),
            Ok(_) => {}
            Err(error) => panic!("{error}: {text}"),
        }
        if let Some(position) = received.position {
            self.chain.take(position);
        }
        Some(received)
    }

    /// The next message, which must be a durable one.
    pub(crate) async fn next_position(&mut self) -> Position {
        let received = self.next().await;
        received
            .position
            .unwrap_or_else(|| panic!("not durable: {received:?}"))
    }

    /// The next message, which must be a line of a log.
    pub(crate) async fn next_line(&mut self) -> String {
        match self.next().await.message {
            Ok(ServerMessage::Log(log)) => log.message,
            other => panic!("instead of a line came {other:?}"),
        }
    }

    /// So many lines, with nothing else between them.
    pub(crate) async fn lines(&mut self, count: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for _ in 0..count {
            lines.push(self.next_line().await);
        }
        lines
    }

    /// Reads until a message is what is sought.
    pub(crate) async fn until<T>(
        &mut self,
        what: &str,
        mut sought: impl FnMut(&Received) -> Option<T>,
    ) -> T {
        soon(what, async {
            loop {
                if let Some(found) = sought(&self.next().await) {
                    return found;
                }
            }
        })
        .await
    }

    /// Reads until this viewer has been told the count.
    pub(crate) async fn until_count(&mut self, wanted: u64) {
        soon("a client count", async {
            while self.client_counts.back() != Some(&wanted) {
                match self.next_frame().await {
                    Ok(Message::Text(text)) => drop(self.read(&text)),
                    Ok(Message::Ping(_)) => {}
                    other => panic!("instead of a count came {other:?}"),
                }
            }
        })
        .await;
    }

    /// A question, whose answer shows that everything before it has been dealt with.
    pub(crate) async fn ping(&mut self, id: u64) {
        self.send(ClientMessage::Ping(protocol::Ping { id })).await;
        self.until("a pong", |received| match &received.message {
            Ok(ServerMessage::Pong(pong)) if pong.id == id => Some(()),
            _ => None,
        })
        .await;
    }

    /// Reads to the end, and gives the code of the close frame that must come.
    pub(crate) async fn close_code(&mut self) -> u16 {
        soon("a close frame", async {
            loop {
                match self.next_frame().await {
                    Ok(Message::Close(reason)) => return reason.unwrap().code.into(),
                    Ok(Message::Text(text)) => drop(self.read(&text)),
                    Ok(_) => {}
                    Err(error) => panic!("instead of a close frame came {error}"),
                }
            }
        })
        .await
    }

    async fn next_frame(&mut self) -> Result<Message, tungstenite::Error> {
        match self.socket.next().await {
            Some(frame) => frame,
            None => Err(tungstenite::Error::ConnectionClosed),
        }
    }
}

/// The newest `count` of a stream, and all that follow.
pub(crate) fn last(count: u32) -> StreamOptions {
    StreamOptions {
        last: Some(count),
        ..StreamOptions::default()
    }
}

pub(crate) fn subscribe(streams: &[(Stream, StreamOptions)]) -> Subscribe {
    Subscribe {
        streams: streams.iter().cloned().collect(),
        ..Subscribe::default()
    }
}

pub(crate) fn subscribe_after(
    streams: &[(Stream, StreamOptions)],
    epoch: &str,
    after: u64,
) -> Subscribe {
    Subscribe {
        epoch: Some(epoch.into()),
        after: Some(after),
        ..subscribe(streams)
    }
}
