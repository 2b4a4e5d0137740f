//! What messages with many values need beside the journal: the sets of series that they refer to, and up to where
//! their values are in chunks.

use async_trait::async_trait;

use crate::StoreError;
use crate::integer::unsigned;

/// A set of series, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesSetRow {
    /// What messages refer to it by.
    pub id: String,
    /// The set as JSON.
    pub series: String,
    /// The newest message that refers to it; absent while further ones may.
    pub last_seq: Option<u64>,
}

/// The tables of sets of series. [`JournalStore::commit_with`](crate::JournalStore::commit_with) adds sets.
#[async_trait]
pub trait SeriesSetStore: Send + Sync {
    /// Every set.
    async fn series_sets(&self) -> Result<Vec<SeriesSetRow>, StoreError>;

    /// A set.
    async fn series_set(&self, id: &str) -> Result<Option<SeriesSetRow>, StoreError>;

    /// No further message refers to these sets; the newest that may have done so is `last_seq`.
    async fn end_series_sets(&self, ids: &[String], last_seq: u64) -> Result<(), StoreError>;

    /// Deletes the ended sets whose messages are all deleted. Returns how many.
    async fn expire_series_sets(&self) -> Result<u64, StoreError>;

    /// Everything up to this number that becomes samples is in chunks; absent if that is not known.
    async fn sealed_seq(&self) -> Result<Option<u64>, StoreError>;

    /// Records [`SeriesSetStore::sealed_seq`]. From then on [`expire`](crate::JournalStore::expire) deletes no message
    /// after it that becomes samples.
    async fn set_sealed_seq(&self, seq: u64) -> Result<(), StoreError>;
}

/// Id, series, last.
pub(crate) type SetColumns = (String, String, Option<i64>);

pub(crate) fn set_of((id, series, last): SetColumns) -> SeriesSetRow {
    SeriesSetRow {
        id,
        series,
        last_seq: last.map(unsigned),
    }
}

pub(crate) const SETS: &str = "SELECT id, series, last FROM series_set ORDER BY id";

pub(crate) const SET: &str = "SELECT id, series, last FROM series_set WHERE id = $1";

pub(crate) const ADD_SET: &str = "INSERT INTO series_set (id, series) VALUES ($1, $2) \
     ON CONFLICT (id) DO UPDATE SET last = NULL";

pub(crate) const END_SET: &str = "UPDATE series_set SET last = $2 WHERE id = $1 AND last IS NULL";

/// By the code of the stream of the messages.
pub(crate) const EXPIRE_SETS: &str =
    "DELETE FROM series_set WHERE last <= (SELECT horizon FROM stream WHERE code = $1)";

pub(crate) const SEALED_SEQ: &str = "SELECT sealed FROM about";

pub(crate) const SET_SEALED_SEQ: &str = "UPDATE about SET sealed = $1";
