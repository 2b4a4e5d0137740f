use super::Missed;
use super::Snapshot;
use super::alerts::Alerts;
use super::catalog::{Catalog, LoadedLine, MomentValue};
use super::feed::{Feed, NewEntry};
use super::gaps::Gaps;
use super::server::Server;
use super::tracks::Moment;
use protocol::{Received, ServerMessage, Stream};

/// Entries of the feed at most.
const EVENTS_MAX: usize = 200;

/// Lines of logs at most.
const LOG_LINES_MAX: usize = 500;

/// All data of the page. The server builds it for rendering, the browser builds the same and updates it.
///
/// Each part is bounded, so a page that is paused or hidden for hours does not grow.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) catalog: Catalog,
    pub(crate) feed: Feed,
    pub(crate) alerts: Alerts,
    pub(crate) logs: Feed,
    pub(crate) server: Server,
    /// Durable messages received since the page was rendered.
    pub(crate) updates: u64,
    gaps: Gaps,
}

/// A part that a message changes; widgets follow the parts they show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Samples,
    Processes,
    Feed,
    Data,
    Alerts,
    Logs,
    Server,
    /// The count of updates, which every durable message changes.
    Updates,
}

impl Part {
    pub(crate) const ALL: [Self; 8] = [
        Self::Samples,
        Self::Processes,
        Self::Feed,
        Self::Data,
        Self::Alerts,
        Self::Logs,
        Self::Server,
        Self::Updates,
    ];
    pub(crate) const COUNT: usize = Self::ALL.len();
}

impl Model {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        // Older messages may be stored.
        let begin = Some(snapshot.head + 1);
        let mut model = Self {
            catalog: Catalog::new(snapshot.own()),
            feed: Feed::new(EVENTS_MAX, begin),
            alerts: Alerts::default(),
            logs: Feed::new(LOG_LINES_MAX, begin),
            server: Server {
                version: snapshot.server_version.clone(),
                viewers: snapshot.viewers,
            },
            updates: 0,
            gaps: Gaps::default(),
        };
        for received in snapshot.received() {
            model.apply(&received, &mut |_| {});
        }
        model.updates = 0;
        model
    }

    /// The same page with the values and the messages of another moment. Lines stay as they are.
    pub(crate) fn at_moment(&self, values: &[MomentValue], messages: &[Received]) -> Self {
        let mut then = Self {
            catalog: self.catalog.at_moment(values),
            feed: self.feed.at_moment(),
            alerts: Alerts::default(),
            logs: self.logs.at_moment(),
            server: self.server.clone(),
            updates: self.updates,
            gaps: Gaps::default(),
        };
        for received in messages {
            then.apply(received, &mut |_| {});
        }
        then
    }

    /// When a host's newest sample was taken.
    pub(crate) fn newest(&self, host: &str) -> Option<Moment> {
        self.catalog.host(host)?.newest
    }

    /// Copies the lines of charts.
    pub(crate) fn take_lines(&mut self, other: &Self) {
        self.catalog.take_lines(&other.catalog);
    }

    /// Draws lines that were loaded, extended by those of `live` after a moment.
    pub(crate) fn load_lines(
        &mut self,
        loaded: &[LoadedLine],
        live: &Self,
        follows_ms: Option<f64>,
    ) {
        self.catalog.load_lines(loaded, &live.catalog, follows_ms);
    }

    /// Applies a message, and reports which parts it changed.
    pub(crate) fn apply(&mut self, received: &Received, changed: &mut dyn FnMut(Part)) {
        if received.position.is_some() {
            self.updates += 1;
            changed(Part::Updates);
        }
        let Ok(message) = &received.message else {
            return;
        };
        if let (Some(position), Some(at)) = (received.position, message.timestamp())
            && let Some(missed) = self.gaps.receive(position.stream, at)
        {
            self.feed.push_missed(missed);
            changed(Part::Feed);
        }
        let seq = received.position.map(|position| position.seq);
        if let Some(part) = self.apply_message(seq, message) {
            changed(part);
        }
    }

    fn apply_message(&mut self, seq: Option<u64>, message: &ServerMessage) -> Option<Part> {
        match message {
            ServerMessage::Metrics(sample) => {
                self.catalog.push_metrics(sample).then_some(Part::Samples)
            }
            ServerMessage::Processes(processes) => {
                let host = self.catalog.host_mut(&processes.host)?;
                host.processes = Some(processes.clone());
                Some(Part::Processes)
            }
            ServerMessage::Event(_) => {
                self.feed.push(new_entry(seq, message)?);
                Some(Part::Feed)
            }
            ServerMessage::Data(data) => {
                self.catalog.push_data(data);
                Some(Part::Data)
            }
            ServerMessage::Alert(alert) => {
                self.alerts.push(alert);
                Some(Part::Alerts)
            }
            ServerMessage::Log(_) => {
                self.logs.push(new_entry(seq, message)?);
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
            // Another epoch loses nothing, but what happened in between was not reported.
            ServerMessage::Gap(gap) => self.cut(gap.stream),
            // The connection handles these, except samples, of which charts request what they show, and rooms, which
            // have a model of their own.
            ServerMessage::Subscribed(_)
            | ServerMessage::Error(_)
            | ServerMessage::Pong(_)
            | ServerMessage::PositionUpdate(_)
            | ServerMessage::Samples(_)
            | ServerMessage::Presence(_)
            | ServerMessage::Typing(_)
            | ServerMessage::RoomMessage(_)
            | ServerMessage::BoardMessage(_) => None,
        }
    }

    /// Adds what happened before this `seq`, newest first, if the list begins there.
    pub(crate) fn add_older(
        &mut self,
        stream: Stream,
        before: u64,
        messages: &[Received],
        is_all: bool,
    ) {
        let Some(feed) = self.list_mut(stream) else {
            return;
        };
        let mut older = Vec::new();
        for received in messages {
            let seq = received.position.map(|position| position.seq);
            let message = received.message.as_ref().ok();
            older.extend(message.and_then(|message| new_entry(seq, message)));
        }
        feed.push_older(before, &older, is_all);
    }

    /// The list of a stream, if it has one.
    pub(crate) fn list(&self, stream: Stream) -> Option<&Feed> {
        match stream {
            Stream::Events => Some(&self.feed),
            Stream::Logs => Some(&self.logs),
            _ => None,
        }
    }

    pub(crate) fn list_mut(&mut self, stream: Stream) -> Option<&mut Feed> {
        match stream {
            Stream::Events => Some(&mut self.feed),
            Stream::Logs => Some(&mut self.logs),
            _ => None,
        }
    }

    /// Messages were missed; the feed lists them once it is known until when.
    pub(crate) fn miss(&mut self, missed: Missed) -> Option<Part> {
        self.gaps.open(missed);
        self.cut(missed.stream)
    }

    /// Ends the lines of this stream at their newest value.
    fn cut(&mut self, stream: Stream) -> Option<Part> {
        match stream {
            Stream::Metrics => {
                self.catalog.cut(true);
                Some(Part::Samples)
            }
            Stream::Data => {
                self.catalog.cut(false);
                Some(Part::Data)
            }
            _ => None,
        }
    }

    /// The viewer requests a sample in so many milliseconds.
    pub(crate) fn set_interval(&mut self, interval_ms: u64) {
        self.catalog.set_interval(interval_ms);
    }

    /// The viewer clears the feed; what it was is returned.
    pub(crate) fn clear_feed(&mut self) -> Feed {
        self.feed.clear()
    }

    /// The viewer has cleared the feed by mistake.
    pub(crate) fn restore_feed(&mut self, cleared: &Feed) {
        self.feed.restore(cleared);
    }
}

/// The entry of an event or a line of a log; none of any other message.
fn new_entry(seq: Option<u64>, message: &ServerMessage) -> Option<NewEntry<'_>> {
    let (at, level, source, text) = match message {
        ServerMessage::Event(it) => (it.timestamp, it.level, &it.source, &it.message),
        ServerMessage::Log(it) => (it.timestamp, it.level, &it.source, &it.message),
        _ => return None,
    };
    Some(NewEntry {
        seq,
        at,
        level,
        source,
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SeriesFilter;
    use protocol::Timestamp;

    fn snapshot(messages: &[&str]) -> Snapshot {
        Snapshot {
            server_version: "0.1.0".into(),
            host: "test".into(),
            hosts: Vec::new(),
            own_names: Vec::new(),
            account: None,
            manages_users: false,
            reads_server: false,
            now: Timestamp::from_unix_ms(0),
            epoch: "e1".into(),
            head: 9,
            oldest: None,
            viewers: 2,
            messages: messages.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    fn apply(model: &mut Model, text: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        model.apply(&Received::parse(text), &mut |part| parts.push(part));
        parts
    }

    #[test]
    fn each_message_changes_its_part() {
        let mut model = Model::new(&snapshot(&[
            r#"{"type":"event","seq":3,"prev":0,"stream":"events","timestamp":"2026-01-15T10:30:00Z","level":"info","source":"a","message":"b"}"#,
        ]));
        assert_eq!(model.updates, 0);
        assert!(!model.feed.is_empty());
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
                &[Part::Updates, Part::Data],
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
            assert_eq!(apply(&mut model, text), parts, "{text}");
        }
        assert_eq!(model.updates, 5);
        assert_eq!(model.server.viewers, 6);
        let cpu = r#"cpu{core="",host="local"}"#.parse().expect("a selector");
        let cpu = model.catalog.select(SeriesFilter::Matching(cpu));
        assert_eq!(model.catalog.lines(cpu)[0].value, Some(45.2));
    }

    #[test]
    fn what_was_missed_is_listed_once_its_end_is_known() {
        let mut model = Model::new(&snapshot(&[]));
        let log = |second: u32, seq: u32| {
            format!(
                r#"{{"type":"log","seq":{seq},"prev":0,"stream":"logs","timestamp":"1970-01-01T00:00:{second:02}Z","level":"info","source":"a","message":"b"}}"#
            )
        };
        apply(&mut model, &log(1, 10));
        model.miss(Missed {
            stream: Stream::Logs,
            after: 10,
            before: 12,
        });
        assert!(model.feed.is_empty());
        assert_eq!(
            apply(&mut model, &log(5, 12)),
            [Part::Updates, Part::Feed, Part::Logs]
        );
        let missed = model.feed.newest_first().next().unwrap().missed.unwrap();
        assert_eq!(missed.from, Some(Timestamp::from_unix_ms(1_000)));
        assert_eq!(missed.until, Timestamp::from_unix_ms(5_000));
        assert_eq!(missed.at_most, 1);
    }
}
