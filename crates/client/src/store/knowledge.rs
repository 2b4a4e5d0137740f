use super::alerts::Alerts;
use super::counters::Counters;
use super::feed::Feed;
use super::gaps::Gaps;
use super::samples::Samples;
use super::server::Server;
use crate::Snapshot;
use crate::connection::Missed;
use protocol::{Processes, Received, ServerMessage, Stream, Timestamp};

/// How many entries the feed keeps.
const EVENTS_MAX: usize = 200;

/// How many lines of logs are kept.
const LOG_LINES_MAX: usize = 500;

/// Everything the page knows. The server builds one to render, the browser goes on with its twin.
///
/// Each part is bounded, so a page that is paused or hidden for hours does not grow.
#[derive(Debug, Clone)]
pub(crate) struct Knowledge {
    pub(crate) samples: Samples,
    pub(crate) processes: Option<Processes>,
    pub(crate) feed: Feed,
    pub(crate) counters: Counters,
    pub(crate) alerts: Alerts,
    pub(crate) logs: Feed,
    pub(crate) server: Server,
    /// Durable messages received since the page was rendered.
    pub(crate) updates: u64,
    gaps: Gaps,
}

/// What a message changed; widgets follow the parts they show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Samples,
    Processes,
    Feed,
    Counters,
    Alerts,
    Logs,
    Server,
    /// The count of updates, which every durable message changes.
    Updates,
}

impl Part {
    pub(crate) const COUNT: usize = Self::Updates as usize + 1;
}

impl Knowledge {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let mut knowledge = Self {
            samples: Samples::new(),
            processes: None,
            feed: Feed::new(EVENTS_MAX),
            counters: Counters::default(),
            alerts: Alerts::default(),
            logs: Feed::new(LOG_LINES_MAX),
            server: Server {
                version: snapshot.server_version.clone(),
                viewers: snapshot.viewers,
            },
            updates: 0,
            gaps: Gaps::default(),
        };
        for received in snapshot.received() {
            knowledge.apply(&received, &mut |_| {});
        }
        knowledge.updates = 0;
        knowledge
    }

    /// Takes a message in, and tells what it changed.
    pub(crate) fn apply(&mut self, received: &Received, changed: &mut dyn FnMut(Part)) {
        if received.position.is_some() {
            self.updates += 1;
            changed(Part::Updates);
        }
        let Ok(message) = &received.message else {
            return;
        };
        if let (Some(position), Some(at)) = (received.position, happened_at(message))
            && let Some(missed) = self.gaps.hear(position.stream, at)
        {
            self.feed.push_missed(missed);
            changed(Part::Feed);
        }
        if let Some(part) = self.learn(message) {
            changed(part);
        }
    }

    fn learn(&mut self, message: &ServerMessage) -> Option<Part> {
        match message {
            ServerMessage::Metrics(sample) => self.samples.push(sample).then_some(Part::Samples),
            ServerMessage::Processes(processes) => {
                self.processes = Some(processes.clone());
                Some(Part::Processes)
            }
            ServerMessage::Event(event) => {
                let (at, level) = (event.timestamp, event.level);
                self.feed.push(at, level, &event.source, &event.message);
                Some(Part::Feed)
            }
            ServerMessage::Data(data) => {
                self.counters.push(data);
                Some(Part::Counters)
            }
            ServerMessage::Alert(alert) => {
                self.alerts.push(alert);
                Some(Part::Alerts)
            }
            ServerMessage::Log(line) => {
                let (at, level) = (line.timestamp, line.level);
                self.logs.push(at, level, &line.source, &line.message);
                Some(Part::Logs)
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
            // In another epoch nothing was lost, but nobody knows what was not reported meanwhile.
            ServerMessage::Gap(gap) => self.cut(gap.stream),
            // The connection deals with these.
            ServerMessage::Subscribed(_) | ServerMessage::Error(_) | ServerMessage::Pong(_) => None,
        }
    }

    /// Messages were missed; the feed says so when it is known until when.
    pub(crate) fn miss(&mut self, missed: Missed) -> Option<Part> {
        self.gaps.open(missed);
        self.cut(missed.stream)
    }

    /// Lines of this stream end at their newest figure.
    fn cut(&mut self, stream: Stream) -> Option<Part> {
        match stream {
            Stream::Metrics => {
                self.samples.cut();
                Some(Part::Samples)
            }
            Stream::Data => {
                self.counters.cut();
                Some(Part::Counters)
            }
            Stream::Processes | Stream::Events | Stream::Alerts | Stream::Logs => None,
        }
    }

    /// The viewer asks for a sample in so many milliseconds.
    pub(crate) fn ask_interval(&mut self, interval_ms: u64) {
        self.samples.ask_interval(interval_ms);
    }

    /// The viewer does not want to see these events any more.
    pub(crate) fn clear_feed(&mut self) {
        self.feed.clear();
    }
}

fn happened_at(message: &ServerMessage) -> Option<Timestamp> {
    match message {
        ServerMessage::Metrics(message) => Some(message.timestamp),
        ServerMessage::Processes(message) => Some(message.timestamp),
        ServerMessage::Event(message) => Some(message.timestamp),
        ServerMessage::Data(message) => Some(message.timestamp),
        ServerMessage::Alert(message) => Some(message.timestamp),
        ServerMessage::Log(message) => Some(message.timestamp),
        ServerMessage::Connection(_)
        | ServerMessage::ClientCount(_)
        | ServerMessage::Subscribed(_)
        | ServerMessage::Gap(_)
        | ServerMessage::Error(_)
        | ServerMessage::Pong(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn apply(knowledge: &mut Knowledge, text: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        knowledge.apply(&Received::parse(text), &mut |part| parts.push(part));
        parts
    }

    #[test]
    fn each_message_finds_its_part() {
        let mut knowledge = Knowledge::new(&snapshot(&[
            r#"{"type":"event","seq":3,"prev":0,"stream":"events","timestamp":"2026-01-15T10:30:00Z","level":"info","source":"a","message":"b"}"#,
        ]));
        assert_eq!(knowledge.updates, 0);
        assert!(!knowledge.feed.is_empty());
        for (text, parts) in [
            (
                r#"{"type":"metrics","seq":4,"prev":0,"stream":"metrics","host":"local","timestamp":"2026-01-15T10:30:00Z","interval_ms":1000,"cpu":45.2}"#,
                &[Part::Updates, Part::Samples][..],
            ),
            (
                r#"{"type":"metrics","stream":"metrics","host":"local","timestamp":"2026-01-15T10:30:00Z","interval_ms":1000,"cpu":45.2}"#,
                &[],
            ),
            (
                r#"{"type":"data","seq":5,"prev":0,"stream":"data","timestamp":"2026-01-15T10:30:00Z","label":"x","value":-1e300}"#,
                &[Part::Updates, Part::Counters],
            ),
            (
                r#"{"type":"processes","seq":6,"prev":0,"stream":"processes","host":"local","timestamp":"2026-01-15T10:30:00Z","top":[]}"#,
                &[Part::Updates, Part::Processes],
            ),
            (
                r#"{"type":"log","seq":7,"prev":0,"stream":"logs","timestamp":"2026-01-15T10:30:00Z","level":"info","source":"a","message":"b"}"#,
                &[Part::Updates, Part::Logs],
            ),
            (r#"{"type":"client_count","count":6}"#, &[Part::Server]),
            (
                r#"{"type":"hologram","seq":8,"prev":0,"stream":"logs"}"#,
                &[Part::Updates],
            ),
        ] {
            assert_eq!(apply(&mut knowledge, text), parts, "{text}");
        }
        assert_eq!(knowledge.updates, 5);
        assert_eq!(knowledge.server.viewers, 6);
        assert_eq!(knowledge.samples.latest().and_then(|s| s.cpu), Some(45.2));
    }

    #[test]
    fn what_was_missed_is_listed_once_its_end_is_known() {
        let mut knowledge = Knowledge::new(&snapshot(&[]));
        let log = |second: u32, seq: u32| {
            format!(
                r#"{{"type":"log","seq":{seq},"prev":0,"stream":"logs","timestamp":"1970-01-01T00:00:{second:02}Z","level":"info","source":"a","message":"b"}}"#
            )
        };
        apply(&mut knowledge, &log(1, 10));
        knowledge.miss(Missed {
            stream: Stream::Logs,
            after: 10,
            before: 12,
        });
        assert!(knowledge.feed.is_empty());
        assert_eq!(
            apply(&mut knowledge, &log(5, 12)),
            [Part::Updates, Part::Feed, Part::Logs]
        );
        let missed = knowledge
            .feed
            .newest_first()
            .next()
            .unwrap()
            .missed
            .unwrap();
        assert_eq!(missed.from, Some(Timestamp::from_unix_ms(1_000)));
        assert_eq!(missed.until, Timestamp::from_unix_ms(5_000));
        assert_eq!(missed.at_most, 1);
    }
}
