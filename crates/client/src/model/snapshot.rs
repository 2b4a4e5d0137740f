use super::page_kind::Rights;
use crate::kit::json::Json;
use protocol::{OwnHost, Received, Source, Timestamp};
use serde::{Deserialize, Serialize};

/// What the server knows at the moment it renders the page.
///
/// It travels inside the page as JSON lines, this struct first and then each message as it is on
/// the wire, so that the browser starts from exactly what the server rendered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The server's version; the page that it rendered has the same.
    pub server_version: String,
    /// The name of the host that the page shows.
    pub host: String,
    /// Every host that the page may show, the server's own first.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Every name of the server's own host, its present one first: older messages have older names.
    #[serde(default)]
    pub own_names: Vec<String>,
    /// What the link to the account is called: the name of the user who is signed in, or `Sign in`. Absent while login
    /// is off.
    #[serde(default)]
    pub account: Option<String>,
    /// Whether the user manages the others.
    #[serde(default)]
    pub manages_users: bool,
    /// Whether it may see how the server is doing.
    #[serde(default)]
    pub reads_server: bool,
    /// The server's clock.
    pub now: Timestamp,
    /// The journal's epoch.
    pub epoch: String,
    /// The newest `seq`; everything after it comes over the connection.
    pub head: u64,
    /// The oldest stored message; absent without a store.
    pub oldest: Option<Timestamp>,
    /// Viewers connected now, without the one of this page.
    pub viewers: u64,
    /// Durable messages with their positions (see [`protocol::splice_position`]) in the order of
    /// `seq`, none beyond `head`: of each stream the newest, of metrics the newest 62, of events the newest 50,
    /// of data the newest of each label.
    #[serde(skip)]
    pub messages: Vec<String>,
}

impl Snapshot {
    /// That of a page which shows no data, and tells nothing of the server.
    #[must_use]
    pub fn without_data(now: Timestamp) -> Self {
        Self {
            server_version: String::new(),
            host: String::new(),
            hosts: Vec::new(),
            own_names: Vec::new(),
            account: None,
            manages_users: false,
            reads_server: false,
            now,
            epoch: String::new(),
            head: 0,
            oldest: None,
            viewers: 0,
            messages: Vec::new(),
        }
    }

    /// The text for a `<script>` element that holds data.
    ///
    /// In JSON `<` occurs only inside strings, where it may be escaped; without it no text can end
    /// the element or open a comment in it.
    pub(crate) fn to_script(&self) -> String {
        // Serialising fails only for maps without text keys and for writers that fail.
        let mut lines = serde_json::to_string(self).unwrap_or_default();
        for message in &self.messages {
            lines.push('\n');
            lines.push_str(message);
        }
        lines.replace('<', "\\u003c")
    }

    /// Reads what the page's script element `snapshot` holds.
    pub fn from_script(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let mut snapshot: Self = Json::new(lines.next()?).read().ok()?;
        snapshot.messages = lines.map(str::to_owned).collect();
        Some(snapshot)
    }

    /// What of the rail depends on who looks.
    pub(crate) fn rights(&self) -> Rights {
        Rights {
            manages_users: self.manages_users,
            reads_server: self.reads_server,
        }
    }

    /// The server's own host.
    pub(crate) fn own(&self) -> OwnHost {
        match self.own_names.split_first() {
            Some((name, former)) => OwnHost::renamed(name, former.iter().cloned()),
            None => OwnHost::default(),
        }
    }

    /// The host that the page shows, if it is not the server's own.
    pub(crate) fn other_host(&self) -> Option<&str> {
        let is_other = !self.hosts.is_empty() && !self.own().is(&self.host);
        is_other.then_some(&self.host)
    }

    /// The messages as they would have been received.
    pub(crate) fn received(&self) -> impl Iterator<Item = Received> {
        self.messages
            .iter()
            .map(|text| Received::read(&Json::new(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{Durable, Event, Level, Position, ServerMessage, Stream, splice_position};

    #[test]
    fn no_text_leaves_the_script_element() {
        let event = Event {
            timestamp: Timestamp::from_unix_ms(0),
            level: Level::Info,
            source: "<!--".into(),
            message: "</script><b>\n</b>".into(),
        };
        let position = Position {
            seq: 1,
            prev: 0,
            stream: Stream::Events,
        };
        let snapshot = Snapshot {
            server_version: "0.1.0".into(),
            host: "</script>".into(),
            hosts: vec!["</script>".into()],
            own_names: vec!["</script>".into()],
            account: Some("</script>".into()),
            manages_users: true,
            reads_server: true,
            now: Timestamp::from_unix_ms(1_768_473_000_123),
            epoch: "k3v9".into(),
            head: 1,
            oldest: None,
            viewers: 0,
            messages: vec![splice_position(
                &Durable::Event(event.clone()).to_json(),
                position,
            )],
        };
        let script = snapshot.to_script();
        assert!(!script.contains('<'), "{script}");

        let read = Snapshot::from_script(&script).unwrap();
        assert_eq!(read.host, snapshot.host);
        let received: Vec<_> = read.received().collect();
        assert_eq!(received[0].position, Some(position));
        assert_eq!(received[0].message, Ok(ServerMessage::Event(event)));
    }
}
