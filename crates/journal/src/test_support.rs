//! Messages for the tests of this crate.

use crate::Log;
use access::Access;
use protocol::{Data, Durable, Event, Level, Log as LogLine, Stream, Timestamp};

pub(crate) fn event(level: Level, source: &str) -> Durable {
    Durable::Event(Event {
        timestamp: Timestamp::from_unix_ms(0),
        level,
        source: source.into(),
        message: "something happened".into(),
    })
}

pub(crate) fn data(label: &str) -> Durable {
    Durable::Data(Data {
        timestamp: Timestamp::from_unix_ms(0),
        label: label.into(),
        value: 1.0,
        unit: None,
        source: None,
        ..Data::default()
    })
}

/// Data about a host; about none with an empty one.
pub(crate) fn about(host: &str, label: &str) -> Durable {
    match data(label) {
        Durable::Data(data) => Durable::Data(Data {
            host: Some(host.to_owned()).filter(|host| !host.is_empty()),
            ..data
        }),
        other => other,
    }
}

/// A message on any of three streams.
pub(crate) fn on(stream: Stream) -> Durable {
    match stream {
        Stream::Events => event(Level::Info, "test"),
        Stream::Logs => Durable::Log(LogLine {
            timestamp: Timestamp::from_unix_ms(0),
            level: Level::Info,
            source: "test".into(),
            message: "a line".into(),
        }),
        _ => data("test"),
    }
}

/// The access of somebody who is in no channel.
pub(crate) fn everyone() -> Access {
    Access::member([])
}

pub(crate) fn append(log: &mut Log, message: &Durable) {
    log.append(message, &message.to_json());
}
