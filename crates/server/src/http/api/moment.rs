//! What is gathered of a moment, as messages: a page shows them with the code that shows the live ones.

use super::Failure;
use crate::past::Archive;
use history::series;
use history::{Current, Entry, StoreError};
use protocol::{AlertState, Durable, Metric, Position, SeriesKey, Stream, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::HashSet;
use utoipa::ToSchema;

/// What of the feed, alerts and logs is shown.
const NEWEST: usize = 100;

/// How far back it is looked for alerts that still fire.
const ALERTS_LOOKED_AT: usize = 1_000;

/// The newest messages among which a host's own must be.
const HOSTS_LOOKED_AT: usize = 16;

/// What is older than this at the moment is none of it: three times the slowest usual interval.
pub(super) const WITHIN_MS: i64 = 3 * 60 * 1_000;

/// The interval of a sample that is alone.
const INTERVAL_MS: i64 = 1_000;

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
    /// The host's newest sample: as it was sent, or made of its series where it is no longer kept.
    pub(super) async fn metrics(&self, samples: &[Current]) -> Result<Option<Message>, Failure> {
        match self.newest_of_host(Stream::Metrics).await? {
            Some(sent) => Ok(Some(sent)),
            None => Ok(metrics(self.host, samples).and_then(|message| out_of_turn(&message))),
        }
    }

    /// The newest look at the host's processes.
    pub(super) async fn processes(&self) -> Result<Option<Message>, Failure> {
        self.newest_of_host(Stream::Processes).await
    }

    /// A message may call this server's own host by a name that it had before.
    fn is_about(&self, body: &str) -> bool {
        let host = serde_json::from_str(body).map(|about: About| about.host);
        host.is_ok_and(|host| self.archive.own().resolve(&host) == self.host)
    }

    async fn newest_of_host(&self, stream: Stream) -> Result<Option<Message>, Failure> {
        let newest = self.entries(stream, HOSTS_LOOKED_AT).await?.into_iter();
        let mut own = newest.filter(|entry| {
            entry.at_ms >= self.at_ms.saturating_sub(WITHIN_MS) && self.is_about(&entry.body)
        });
        Ok(own.next().and_then(Message::stored))
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

/// What programs reported last, oldest first, so that whoever takes them in order ends with the newest.
pub(super) fn data(samples: &[Current]) -> Vec<Message> {
    let told = samples.iter().filter_map(|it| {
        let timestamp = Timestamp::from_unix_ms(it.at_ms);
        series::data(&it.series, timestamp, it.value)
    });
    let mut told: Vec<_> = told.collect();
    told.sort_by_key(|data| data.timestamp);
    let messages = told.into_iter().map(Durable::Data);
    messages.filter_map(|data| out_of_turn(&data)).collect()
}

/// A host's newest sample, of its series. All values of a sample are of the same millisecond: an older
/// one is of something that is gone, such as a disk that was taken out.
fn metrics(host: &str, samples: &[Current]) -> Option<Durable> {
    // What programs report about the host comes at times of its own.
    let is_own = |key: &SeriesKey| key.host == host && Metric::of(key).is_some();
    let own = || samples.iter().filter(|it| is_own(&it.series.key));
    let newest = own().max_by_key(|it| it.at_ms)?;
    let values = own().filter(|it| it.at_ms == newest.at_ms);
    let values = values.map(|it| (&it.series.key, it.value));
    let interval_ms = newest.interval_ms.unwrap_or(INTERVAL_MS);
    let timestamp = Timestamp::from_unix_ms(newest.at_ms);
    let metrics = series::metrics(host, timestamp, interval_ms.unsigned_abs(), values);
    Some(Durable::Metrics(metrics))
}

/// As `request_metrics` is answered: with its stream, and no place in the log.
fn out_of_turn(message: &Durable) -> Option<Message> {
    let position = Position {
        seq: 0,
        prev: 0,
        stream: message.stream(),
    };
    let json = protocol::splice_position(&message.to_json(), position);
    let json = RawValue::from_string(protocol::without_position(&json));
    json.ok().map(Message)
}

#[derive(Deserialize)]
struct About<'a> {
    #[serde(borrow)]
    host: std::borrow::Cow<'a, str>,
}
