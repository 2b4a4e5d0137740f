use super::account::Credentials;
use super::chained::{ChainedViewer, Source};
use super::{Chain, TestServer, soon};
use futures_util::{SinkExt, StreamExt};
use protocol::{
    ClientMessage, Request, ServerMessage, Stream, StreamOptions, Subscribe, Subscribed,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderName;
use tokio_tungstenite::tungstenite::{self, Message};

/// A WebSocket viewer with another codec than the server's.
pub(crate) type Viewer = ChainedViewer<WebSocket>;

pub(crate) struct WebSocket(WebSocketStream<Box<dyn Wire>>);

/// A connection, plain or encrypted.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Wire for S {}

impl Source for WebSocket {
    async fn next_text(&mut self) -> String {
        loop {
            match self.next_frame().await {
                Ok(Message::Text(text)) => return text.as_str().into(),
                Ok(Message::Ping(_)) => {}
                other => panic!("instead of a message came {other:?}"),
            }
        }
    }
}

impl WebSocket {
    async fn next_frame(&mut self) -> Result<Message, tungstenite::Error> {
        match self.0.next().await {
            Some(frame) => frame,
            None => Err(tungstenite::Error::ConnectionClosed),
        }
    }
}

impl Viewer {
    pub(crate) async fn connect(server: &TestServer, path: &str) -> Self {
        let address = server.address();
        let connecting = TcpStream::connect(address);
        let socket = soon("a connection", connecting).await.unwrap();
        let url = format!("ws://{address}{path}");
        Self::open(socket, &url, &Credentials::none()).await
    }

    /// Opens a WebSocket over any connection.
    pub(crate) async fn open(
        wire: impl Wire + 'static,
        url: &str,
        credentials: &Credentials,
    ) -> Self {
        soon("a connection", async {
            let wire: Box<dyn Wire> = Box::new(wire);
            let mut request = url.into_client_request().unwrap();
            if let Some((name, value)) = credentials.0.trim_end().split_once(": ") {
                let name = HeaderName::try_from(name).unwrap();
                request.headers_mut().insert(name, value.parse().unwrap());
            }
            let (socket, _) = tokio_tungstenite::client_async(request, wire)
                .await
                .unwrap();
            Self::greeted(WebSocket(socket)).await
        })
        .await
    }

    /// Reconnects with the chain of an earlier connection.
    pub(crate) async fn resume_with(server: &TestServer, chain: Chain) -> Self {
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
        soon("a send", self.source.0.send(message)).await.unwrap();
    }

    /// Subscribes, and returns the answer, which must be the next message.
    pub(crate) async fn subscribe(&mut self, wanted: Subscribe) -> Subscribed {
        self.send(ClientMessage::Subscribe(wanted)).await;
        self.subscribed().await
    }

    pub(crate) async fn subscribe_to(&mut self, streams: &[(Stream, StreamOptions)]) -> Subscribed {
        self.subscribe(subscribe(streams)).await
    }

    /// A ping, whose pong shows that all earlier messages were handled.
    pub(crate) async fn ping(&mut self, id: u64) {
        let id = Some(id);
        self.send(ClientMessage::Ping(protocol::Ping { id })).await;
        self.until("a pong", |received| match &received.message {
            Ok(ServerMessage::Pong(pong)) if pong.id == id => Some(()),
            _ => None,
        })
        .await;
    }

    /// Reads to the end, and returns the code of the close frame.
    pub(crate) async fn close_code(&mut self) -> u16 {
        soon("a close frame", async {
            loop {
                match self.source.next_frame().await {
                    Ok(Message::Close(reason)) => return reason.unwrap().code.into(),
                    Ok(Message::Text(text)) => drop(self.read(&text)),
                    Ok(_) => {}
                    Err(error) => panic!("instead of a close frame came {error}"),
                }
            }
        })
        .await
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
        streams: protocol::sorted_streams(streams.iter().cloned()),
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
