use super::{Chain, soon};
use protocol::{Connection, Gap, Position, Received, ServerMessage, Subscribed};
use std::collections::VecDeque;

/// Where a viewer's messages come from.
pub(crate) trait Source {
    /// The next message's text.
    async fn next_text(&mut self) -> String;
}

/// A viewer of any transport, which verifies each chain.
pub(crate) struct ChainedViewer<S> {
    pub(super) source: S,
    pub(crate) greeting: Connection,
    pub(crate) chain: Chain,
    /// Counts arrive at any time, so they are separate from the messages that tests wait for.
    pub(crate) client_counts: VecDeque<u64>,
}

impl<S: Source> ChainedViewer<S> {
    /// Reads the greeting, which must be the first message.
    pub(super) async fn greeted(mut source: S) -> Self {
        let first = Received::parse(&soon("a greeting", source.next_text()).await);
        let Ok(ServerMessage::Connection(greeting)) = first.message else {
            panic!("the first message is {first:?}");
        };
        Self {
            source,
            greeting,
            chain: Chain::default(),
            client_counts: VecDeque::new(),
        }
    }

    /// The answer to a change of subscription; live messages of earlier subscriptions may precede it.
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
                let text = self.source.next_text().await;
                if let Some(received) = self.read(&text) {
                    return received;
                }
            }
        })
        .await
    }

    pub(super) fn read(&mut self, text: &str) -> Option<Received> {
        let received = Received::parse(text);
        match &received.message {
            Ok(ServerMessage::ClientCount(count)) => {
                self.client_counts.push_back(count.count);
                return None;
            }
            Ok(ServerMessage::Gap(gap)) => self.chain.add_gap(gap),
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

    /// The next message, which must be a gap.
    pub(crate) async fn next_gap(&mut self) -> Gap {
        match self.next().await.message {
            Ok(ServerMessage::Gap(gap)) => gap,
            other => panic!("instead of a gap came {other:?}"),
        }
    }

    /// The next lines, with no other messages between them.
    pub(crate) async fn lines(&mut self, count: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for _ in 0..count {
            lines.push(self.next_line().await);
        }
        lines
    }

    /// Reads until a message matches.
    pub(crate) async fn until<T>(
        &mut self,
        what: &str,
        mut matches: impl FnMut(&Received) -> Option<T>,
    ) -> T {
        soon(what, async {
            loop {
                if let Some(found) = matches(&self.next().await) {
                    return found;
                }
            }
        })
        .await
    }

    /// Reads until the event of a stop.
    pub(crate) async fn until_stopping(&mut self) {
        self.until("the event of a stop", |received| match &received.message {
            Ok(ServerMessage::Event(event)) => {
                (event.message == "Watchroom is stopping").then_some(())
            }
            _ => None,
        })
        .await;
    }

    /// Reads until the newest client count is this one.
    pub(crate) async fn until_count(&mut self, wanted: u64) {
        soon("a client count", async {
            while self.client_counts.back() != Some(&wanted) {
                let text = self.source.next_text().await;
                self.read(&text);
            }
        })
        .await;
    }
}
