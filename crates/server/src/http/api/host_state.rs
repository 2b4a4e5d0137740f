//! The stored messages up to a moment.

use super::error::ApiError;
use crate::reading::Archive;
use access::Access;
use journal::named_host;
use protocol::{AlertState, Durable, Stream, points};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::HashSet;
use store::{Entry, StoreError};
use utoipa::ToSchema;

/// The limit of events, alerts and logs.
const NEWEST: usize = 100;

/// How many alerts are scanned for those that still fire.
const ALERTS_SCANNED: usize = 1_000;

/// How many messages are scanned for one of the host: first a few, and more where many hosts are in the log.
/// Its series are in the answer even if none is found.
const HOSTS_SCANNED: [usize; 2] = [4, 256];

/// How many `data` messages are scanned for the newest of each series.
const DATA_SCANNED: usize = 1_000;

/// Older values do not belong to the moment: three times the slowest usual interval.
pub(super) const WITHIN_MS: i64 = 3 * 60 * 1_000;

/// Reads what was stored about a host at a moment.
pub(super) struct HostStateReader<'a> {
    pub(super) archive: &'a Archive,
    /// Without channels.
    pub(super) access: Access,
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

impl HostStateReader<'_> {
    /// The host's newest sample.
    pub(super) async fn metrics(&self) -> Result<Option<Message>, ApiError> {
        self.newest_of_host(Stream::Metrics).await
    }

    /// The newest `data` message of each of the host's series, oldest first. `None` if messages of that time
    /// have expired.
    pub(super) async fn data(&self) -> Result<Option<Vec<Message>>, ApiError> {
        let entries = self.entries(Stream::Data, DATA_SCANNED).await?;
        if entries.is_empty() {
            let kept = self.archive.store().log_state().await?;
            let was_never_any = kept.of(Stream::Data).floor_seq == 0;
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

    /// The newest list of the host's processes.
    pub(super) async fn processes(&self) -> Result<Option<Message>, ApiError> {
        self.newest_of_host(Stream::Processes).await
    }

    /// A message may have a former name of the own host, or none.
    fn is_about(&self, body: &str) -> bool {
        let own = self.archive.own();
        let named = named_host(body);
        named.is_ok_and(|host| own.resolve(host.as_deref().unwrap_or(own.name())) == self.host)
    }

    async fn newest_of_host(&self, stream: Stream) -> Result<Option<Message>, ApiError> {
        for count in HOSTS_SCANNED {
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
    pub(super) async fn newest(&self, stream: Stream) -> Result<Vec<Message>, ApiError> {
        let entries = self.entries(stream, NEWEST).await?;
        Ok(entries.into_iter().filter_map(Message::stored).collect())
    }

    /// The newest alerts, newest first, then older ones that still fired.
    pub(super) async fn alerts(&self) -> Result<Vec<Message>, ApiError> {
        let mut entries = self.entries(Stream::Alerts, NEWEST).await?;
        if entries.len() == NEWEST {
            entries = self.entries(Stream::Alerts, ALERTS_SCANNED).await?;
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
        self.archive
            .store()
            .at(&self.access, stream, self.at_ms, count)
            .await
    }
}
