//! What was sent up to a moment, as far as it is kept.

use super::Failure;
use crate::past::Archive;
use protocol::{AlertState, Durable, Stream, points};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::HashSet;
use store::{Entry, StoreError};
use utoipa::ToSchema;

/// What of the feed, alerts and logs is shown.
const NEWEST: usize = 100;

/// How far back it is looked for alerts that still fire.
const ALERTS_LOOKED_AT: usize = 1_000;

/// The newest messages among which a host's own must be: first a few, and where many hosts are in the log
/// more. One that is not found is told by its series all the same.
const HOSTS_LOOKED_AT: [usize; 2] = [4, 256];

/// The newest messages among which each series' newest `data` is looked for.
const DATA_LOOKED_AT: usize = 1_000;

/// What is older than this at the moment is none of it: three times the slowest usual interval.
pub(super) const WITHIN_MS: i64 = 3 * 60 * 1_000;

/// A moment, and who is looked at.
pub(super) struct Look<'a> {
    pub(super) archive: &'a Archive,
    pub(super) at_ms: i64,
    pub(super) host: &'a str,
}

/// A message of the protocol, as its JSON.
#[derive(Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub(super) struct Message(Box<RawValue>);

impl Message {
    /// As it was sent.
    pub(super) fn stored(entry: Entry) -> Option<Self> {
        RawValue::from_string(entry.body).ok().map(Self)
    }
}

impl Look<'_> {
    /// The host's newest sample.
    pub(super) async fn metrics(&self) -> Result<Option<Message>, Failure> {
        self.newest_of_host(Stream::Metrics).await
    }

    /// What programs reported last about the host, oldest first, so that whoever takes them in order ends
    /// with the newest. `None` where messages of then are no longer kept.
    pub(super) async fn data(&self) -> Result<Option<Vec<Message>>, Failure> {
        let entries = self.entries(Stream::Data, DATA_LOOKED_AT).await?;
        if entries.is_empty() {
            let log = self.archive.store().log_state().await?;
            let was_never_any = log.of(Stream::Data).floor_seq == 0;
            return Ok(was_never_any.then(Vec::new));
        }
        let mut known = HashSet::new();
        let mut newest: Vec<_> = entries
            .into_iter()
            .take_while(|entry| self.is_recent(entry))
            .filter(|entry| match Durable::from_json(&entry.body) {
                Ok(message @ Durable::Data(_)) if self.is_about(&entry.body) => points(&message)
                    .into_iter()
                    .all(|(point, _)| known.insert(point.series)),
                _ => false,
            })
            .filter_map(Message::stored)
            .collect();
        newest.reverse();
        Ok(Some(newest))
    }

    fn is_recent(&self, entry: &Entry) -> bool {
        entry.at_ms >= self.at_ms.saturating_sub(WITHIN_MS)
    }

    /// The newest look at the host's processes.
    pub(super) async fn processes(&self) -> Result<Option<Message>, Failure> {
        self.newest_of_host(Stream::Processes).await
    }

    /// A message may call this server's own host by a name that it had before, or name none.
    fn is_about(&self, body: &str) -> bool {
        let own = self.archive.own();
        let about: Result<About, _> = serde_json::from_str(body);
        let host = about.map(|about| about.host);
        host.is_ok_and(|host| own.resolve(host.as_deref().unwrap_or(own.name())) == self.host)
    }

    async fn newest_of_host(&self, stream: Stream) -> Result<Option<Message>, Failure> {
        for count in HOSTS_LOOKED_AT {
            let newest = self.entries(stream, count).await?;
            let are_all_recent =
                newest.len() == count && newest.iter().all(|it| self.is_recent(it));
            let mut own = newest
                .into_iter()
                .filter(|it| self.is_recent(it) && self.is_about(&it.body));
            if let Some(own) = own.next() {
                return Ok(Message::stored(own));
            }
            if !are_all_recent {
                break;
            }
        }
        Ok(None)
    }

    /// The newest messages of a stream, newest first.
    pub(super) async fn newest(&self, stream: Stream) -> Result<Vec<Message>, Failure> {
        let entries = self.entries(stream, NEWEST).await?;
        Ok(entries.into_iter().filter_map(Message::stored).collect())
    }

    /// The newest alerts, newest first, and behind them older ones that still fired.
    pub(super) async fn alerts(&self) -> Result<Vec<Message>, Failure> {
        let mut entries = self.entries(Stream::Alerts, NEWEST).await?;
        if entries.len() == NEWEST {
            entries = self.entries(Stream::Alerts, ALERTS_LOOKED_AT).await?;
        }
        let mut known = HashSet::new();
        let mut number = 0;
        entries.retain(|entry| {
            number += 1;
            let Ok(Durable::Alert(alert)) = Durable::from_json(&entry.body) else {
                return false;
            };
            let is_newest = known.insert((alert.rule, alert.host));
            number <= NEWEST || is_newest && alert.state == AlertState::Firing
        });
        Ok(entries.into_iter().filter_map(Message::stored).collect())
    }

    async fn entries(&self, stream: Stream, count: usize) -> Result<Vec<Entry>, StoreError> {
        self.archive.store().at(stream, self.at_ms, count).await
    }
}

#[derive(Deserialize)]
struct About<'a> {
    #[serde(borrow, default)]
    host: Option<std::borrow::Cow<'a, str>>,
}
