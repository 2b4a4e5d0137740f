//! Time series: their keys, and their samples in chunks whose bytes mean nothing here.

mod changes;
mod row;
mod span;
mod statements;

use async_trait::async_trait;
use protocol::{Kind, SeriesKey, Unit};

use crate::StoreError;

pub(crate) use changes::TierChanges;
pub(crate) use row::{
    ChunkRow, KeyRow, chunk_of, id_of, key_columns, labels_from, number, oldest_of, row_of,
    sealed_of,
};
pub(crate) use span::spans_of;
pub(crate) use statements::*;

/// Identifies a series in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub u32);

/// A series, with the unit and the kind that were reported last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Host, name and labels.
    pub key: SeriesKey,
    /// Absent if it has none.
    pub unit: Option<Unit>,
    /// Whether it is a total that only grows.
    pub kind: Kind,
}

impl Series {
    /// A series of the kind that its metric has; a gauge if it is not of a host's metric.
    pub fn new(key: SeriesKey, unit: Option<Unit>) -> Self {
        Self {
            kind: Kind::of(&key),
            key,
            unit,
        }
    }
}

/// A series with its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesRow {
    /// Its id.
    pub id: SeriesId,
    /// Its key and unit.
    pub series: Series,
}

/// The time range in which a series has chunks, as precisely as its finest resolution has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The series.
    pub series: SeriesId,
    /// No later than the first sample: where its chunk begins.
    pub start_ms: i64,
    /// The last sample's time; where only coarser chunks are left, the end of its bucket.
    pub end_ms: i64,
}

/// Some minutes of one series at one resolution. The codec of the caller defines `data`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChunk {
    /// The series.
    pub series: SeriesId,
    /// The tier: 1,000 for each second, 60,000, 3,600,000.
    pub resolution_ms: u32,
    /// The first sample's time; with series and resolution, the chunk's key.
    pub start_ms: i64,
    /// The last sample's time.
    pub end_ms: i64,
    /// How many samples.
    pub count: u32,
    /// The samples, compressed.
    pub data: Vec<u8>,
}

/// The tables of time series.
#[async_trait]
pub trait SeriesStore: Send + Sync {
    /// The ids of these series, in the same order; a new one gets the next id. The newest unit is
    /// stored.
    async fn series(&self, series: &[Series]) -> Result<Vec<SeriesId>, StoreError>;

    /// Deletes those of these series that have no chunk; their ids may be reused. Not to be called
    /// between [`SeriesStore::series`] and the [`SeriesStore::put_chunks`] that it is for.
    async fn forget_series(&self, series: &[SeriesId]) -> Result<(), StoreError>;

    /// Deletes a series with all its chunks; its id may be reused. Under the same condition.
    async fn remove_series(&self, series: SeriesId) -> Result<(), StoreError>;

    /// Every series, by id.
    async fn catalogue(&self) -> Result<Vec<SeriesRow>, StoreError>;

    /// Writes chunks in one transaction; one with the same series, resolution and start is replaced.
    async fn put_chunks(&self, chunks: &[StoredChunk]) -> Result<(), StoreError>;

    /// The chunks of these series at a resolution that have a sample's time between `from_ms` and
    /// `to_ms`, both included, judged by their first and last; by series in the order requested,
    /// then by start.
    async fn chunks(
        &self,
        series: &[SeriesId],
        resolution_ms: u32,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<StoredChunk>, StoreError>;

    /// The chunks of these series at a resolution that start at this time, in no order.
    async fn chunks_at(
        &self,
        series: &[SeriesId],
        resolution_ms: u32,
        start_ms: i64,
    ) -> Result<Vec<StoredChunk>, StoreError>;

    /// The last sample's time of each series' newest chunk at a resolution; series without one are
    /// left out.
    async fn sealed(&self, resolution_ms: u32) -> Result<Vec<(SeriesId, i64)>, StoreError>;

    /// The time range in which each series has chunks, by id; series without one are left out.
    async fn spans(&self) -> Result<Vec<Span>, StoreError>;

    /// The start of the oldest chunk that ends at `from_ms` or later, at each resolution that has one.
    async fn oldest_chunks(&self, from_ms: i64) -> Result<Vec<(u32, i64)>, StoreError>;

    /// Deletes the oldest chunks at a resolution that end before `before_ms`, at most `chunks_max`.
    /// Returns how many.
    async fn expire_chunks(
        &self,
        resolution_ms: u32,
        before_ms: i64,
        chunks_max: usize,
    ) -> Result<u64, StoreError>;
}

/// Series of one statement of [`SeriesStore::chunks_at`].
pub(crate) const CHUNKS_AT_SERIES_MAX: usize = 50;

/// Chunks of one read, so that no read lasts long.
pub(crate) const CHUNKS_PAGE_MAX: usize = 500;

/// The earliest start of a range: from here the databases can still subtract a chunk's span.
pub(crate) const EARLIEST_MS: i64 = i64::MIN / 2;
