use super::alerts::Alerts;
use super::counters::Counters;
use super::feed::Feed;
use super::samples::Samples;
use super::server::Server;
use crate::Snapshot;
use protocol::{Processes, Received, ServerMessage};

/// Everything the page knows. The server builds one to render, the browser goes on with its twin.
#[derive(Debug, Clone)]
pub(crate) struct Knowledge {
    pub(crate) samples: Samples,
    pub(crate) feed: Feed,
    pub(crate) counters: Counters,
    pub(crate) processes: Option<Processes>,
    pub(crate) alerts: Alerts,
    pub(crate) logs: Feed,
    pub(crate) server: Server,
    /// Durable messages received since the page was rendered.
    pub(crate) updates: u64,
}

/// What a message changed; widgets follow the parts they show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Samples,
    Feed,
    Counters,
    Processes,
    Alerts,
    Logs,
    Server,
    /// The count of updates, which every durable message changes.
    Updates,
}

impl Part {
    pub(crate) const ALL: [Self; 8] = [
        Self::Samples,
        Self::Feed,
        Self::Counters,
        Self::Processes,
        Self::Alerts,
        Self::Logs,
        Self::Server,
        Self::Updates,
    ];
}

impl Knowledge {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let mut knowledge = Self {
            samples: Samples::new(),
            feed: Feed::new(),
            counters: Counters::default(),
            processes: None,
            alerts: Alerts::default(),
            logs: Feed::new(),
            server: Server {
                version: snapshot.server_version.clone(),
                viewers: snapshot.viewers,
            },
            updates: 0,
        };
        for received in snapshot.received() {
            knowledge.apply(&received);
        }
        knowledge.updates = 0;
        knowledge
    }

    /// Takes a message in, and tells what it changed besides [`Part::Updates`].
    pub(crate) fn apply(&mut self, received: &Received) -> Option<Part> {
        self.updates += u64::from(received.position.is_some());
        match received.message.as_ref().ok()? {
            ServerMessage::Metrics(sample) => self.samples.push(sample).then_some(Part::Samples),
            ServerMessage::Event(event) => {
                self.feed.push_event(event);
                Some(Part::Feed)
            }
            ServerMessage::Data(data) => {
                self.counters.push(data);
                Some(Part::Counters)
            }
            ServerMessage::Connection(connection) => {
                self.server.version.clone_from(&connection.server_version);
                self.server.viewers = connection.client_count;
                Some(Part::Server)
            }
            ServerMessage::ClientCount(viewers) => {
                self.server.viewers = viewers.count;
                Some(Part::Server)
            }
            ServerMessage::Processes(processes) => {
                self.processes = Some(processes.clone());
                Some(Part::Processes)
            }
            ServerMessage::Alert(alert) => {
                self.alerts.push(alert);
                Some(Part::Alerts)
            }
            ServerMessage::Log(log) => {
                self.logs.push_log(log);
                Some(Part::Logs)
            }
            // The connection deals with these.
            ServerMessage::Subscribed(_)
            | ServerMessage::Gap(_)
            | ServerMessage::Error(_)
            | ServerMessage::Pong(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Timestamp;

    fn snapshot(messages: &[&str]) -> Snapshot {
        Snapshot {
            server_version: "0.1.0".into(),
            host: "test".into(),
            now: Timestamp::from_unix_ms(0),
            epoch: "e1".into(),
            head: 9,
            viewers: 2,
            messages: messages.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    #[test]
    fn each_message_finds_its_part() {
        let mut knowledge = Knowledge::new(&snapshot(&[
            r#"{"type":"event","seq":3,"prev":0,"stream":"events","timestamp":"2026-01-15T10:30:00Z","level":"info","source":"a","message":"b"}"#,
        ]));
        assert_eq!(knowledge.updates, 0);
        assert!(!knowledge.feed.is_empty());
        for (text, part) in [
            (
                r#"{"type":"metrics","seq":4,"prev":0,"stream":"metrics","host":"local","timestamp":"2026-01-15T10:30:00Z","interval_ms":1000,"cpu":45.2}"#,
                Some(Part::Samples),
            ),
            (
                r#"{"type":"data","seq":5,"prev":0,"stream":"data","timestamp":"2026-01-15T10:30:00Z","label":"x","value":-1e300}"#,
                Some(Part::Counters),
            ),
            (r#"{"type":"client_count","count":6}"#, Some(Part::Server)),
            (
                r#"{"type":"hologram","seq":6,"prev":0,"stream":"logs"}"#,
                None,
            ),
        ] {
            assert_eq!(knowledge.apply(&Received::parse(text)), part, "{text}");
        }
        assert_eq!(knowledge.updates, 3);
        assert_eq!(knowledge.server.viewers, 6);
        assert_eq!(knowledge.samples.latest().and_then(|s| s.cpu), Some(45.2));
    }
}
