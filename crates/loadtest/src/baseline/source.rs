use crate::random::Random;
use protocol::{
    Connection, Data, Durable, PROTOCOL_VERSION, Position, ServerMessage, Stream, Timestamp,
    splice_position,
};

/// Generates a baseline's messages: Watchroom's `data`.
pub(super) struct MessageSource {
    seq: u64,
    padding: String,
}

impl MessageSource {
    /// Messages of about `bytes` each.
    pub(super) fn new(bytes: usize) -> Self {
        let mut source = Self {
            seq: 0,
            padding: String::new(),
        };
        let bare = source.next_json().len();
        Self {
            seq: 0,
            padding: padding(bytes.saturating_sub(bare)),
        }
    }

    /// The next message, sent now.
    pub(super) fn next_json(&mut self) -> String {
        self.seq += 1;
        let data = Durable::Data(Data {
            timestamp: Timestamp::now(),
            label: "Requests".into(),
            value: 42.0,
            unit: Some("1/s".into()),
            source: Some(self.padding.clone()),
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

/// The first message of every connection.
pub(super) fn greeting() -> String {
    ServerMessage::Connection(Connection {
        message: "Connected to a baseline server".into(),
        client_id: "c-0".into(),
        client_count: 1,
        epoch: "baseline".into(),
        head: 0,
        protocol: PROTOCOL_VERSION,
        server_version: env!("CARGO_PKG_VERSION").into(),
        heartbeat_ms: 15_000,
    })
    .to_json()
}

/// Hexadecimal digits, which deflate to about a half, as typical messages do.
fn padding(length: usize) -> String {
    let mut random = Random::new(length as u64);
    std::iter::repeat_with(|| char::from_digit(random.below(16) as u32, 16))
        .flatten()
        .take(length)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Received;

    #[test]
    fn messages_have_the_requested_length_and_a_chain() {
        let mut source = MessageSource::new(300);
        for seq in 1..=12 {
            let json = source.next_json();
            assert!((299..=303).contains(&json.len()), "{}", json.len());
            let position = Received::parse(&json).position.unwrap();
            assert_eq!((position.seq, position.prev), (seq, seq - 1));
        }
    }
}
