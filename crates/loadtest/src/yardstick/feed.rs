use crate::random::Random;
use protocol::{
    Connection, Data, Durable, PROTOCOL_VERSION, Position, ServerMessage, Stream, Timestamp,
    splice_position,
};
use std::time::{SystemTime, UNIX_EPOCH};

/// The messages of a yardstick: Watchroom's `data`, one after the other.
pub(super) struct Feed {
    seq: u64,
    filler: String,
}

impl Feed {
    /// Messages of about `bytes` each.
    pub(super) fn new(bytes: usize) -> Self {
        let mut feed = Self {
            seq: 0,
            filler: String::new(),
        };
        let bare = feed.next_json().len();
        Self {
            seq: 0,
            filler: filler(bytes.saturating_sub(bare)),
        }
    }

    /// The next message, sent now.
    pub(super) fn next_json(&mut self) -> String {
        self.seq += 1;
        let data = Durable::Data(Data {
            timestamp: now(),
            label: "Requests".into(),
            value: 42.0,
            unit: Some("1/s".into()),
            source: Some(self.filler.clone()),
            ..Data::default()
        });
        let position = Position {
            seq: self.seq,
            prev: self.seq - 1,
            stream: Stream::Data,
        };
        splice_position(&data.to_json(), position)
    }
}

/// The greeting of every connection.
pub(super) fn greeting() -> String {
    ServerMessage::Connection(Connection {
        message: "Connected to a yardstick".into(),
        client_id: "c-0".into(),
        client_count: 1,
        epoch: "yardstick".into(),
        head: 0,
        protocol: PROTOCOL_VERSION,
        server_version: env!("CARGO_PKG_VERSION").into(),
        heartbeat_ms: 15_000,
    })
    .to_json()
}

/// Hexadecimal digits, which deflate to about the half as ordinary messages do, not to nothing.
fn filler(length: usize) -> String {
    let mut random = Random::new(length as u64);
    std::iter::repeat_with(|| char::from_digit(random.below(16) as u32, 16))
        .flatten()
        .take(length)
        .collect()
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_unix_ms(since.as_millis() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Received;

    #[test]
    fn messages_are_as_long_as_asked_and_chained() {
        let mut feed = Feed::new(300);
        for seq in 1..=12 {
            let json = feed.next_json();
            assert!((299..=303).contains(&json.len()), "{}", json.len());
            let position = Received::parse(&json).position.unwrap();
            assert_eq!((position.seq, position.prev), (seq, seq - 1));
        }
    }
}
