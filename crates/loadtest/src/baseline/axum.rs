use super::source::{MessageSource, greeting};
use super::{BaselineOptions, BaselineServer};
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{self, Sender};
use tokio::time::{MissedTickBehavior, interval};

const CHANNEL_MESSAGES: usize = 1_024;

/// Starts a textbook axum server: a broadcast channel, and for each viewer a task that builds its own
/// `Message`.
pub fn start_axum(options: &BaselineOptions) -> io::Result<BaselineServer> {
    let runtime = tokio::runtime::Runtime::new()?;
    let listener = runtime.block_on(TcpListener::bind(options.listen))?;
    let address = listener.local_addr()?;
    let stop = Arc::new(AtomicBool::new(false));
    let (sender, _) = broadcast::channel(CHANNEL_MESSAGES);
    let router = Router::new()
        .route("/ws", any(upgrade))
        .with_state(sender.clone());
    let (options, stopped) = (options.clone(), stop.clone());
    let thread = std::thread::Builder::new()
        .name("axum".into())
        .spawn(move || {
            runtime.spawn(async move { axum::serve(listener, router).await });
            runtime.block_on(send_messages(&options, &sender, &stopped));
            // Viewers' tasks end with the runtime.
            runtime.shutdown_background();
        })?;
    Ok(BaselineServer {
        address,
        stop,
        thread: Some(thread),
    })
}

async fn send_messages(options: &BaselineOptions, sender: &Sender<String>, stop: &AtomicBool) {
    let mut source = MessageSource::new(options.message_bytes);
    let mut ticks = interval(Duration::from_secs(1) / options.rate.max(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while !stop.load(Ordering::Relaxed) {
        ticks.tick().await;
        // Fails while there are no viewers.
        let _ = sender.send(source.next_json());
    }
}

async fn upgrade(upgrade: WebSocketUpgrade, State(sender): State<Sender<String>>) -> Response {
    upgrade.on_upgrade(move |socket| serve_viewer(socket, sender))
}

async fn serve_viewer(mut socket: WebSocket, sender: Sender<String>) {
    let mut messages = sender.subscribe();
    drop(sender);
    if socket.send(Message::Text(greeting().into())).await.is_err() {
        return;
    }
    loop {
        tokio::select! {
            message = messages.recv() => match message {
                Ok(json) => {
                    if socket.send(Message::Text(json.into())).await.is_err() {
                        return;
                    }
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
            // Requests are ignored.
            request = socket.recv() => {
                if !matches!(request, Some(Ok(_))) {
                    return;
                }
            }
        }
    }
}
