use std::collections::BTreeMap;

use protocol::{SeriesKey, Unit};

use super::code::count;

/// A series' number in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub u32);

/// A series and the unit of its values, which is the newest that was reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// What identifies it.
    pub key: SeriesKey,
    /// Absent if it has none.
    pub unit: Option<Unit>,
}

/// A series with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesRow {
    /// Its number.
    pub id: SeriesId,
    /// Which it is.
    pub series: Series,
}

/// From when to when a series has chunks, as the finest resolution that it has there tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Whose.
    pub series: SeriesId,
    /// No later than the first sample: where its chunk begins.
    pub start_ms: i64,
    /// The last sample's time; where only coarser chunks are left, the end of its bucket.
    pub end_ms: i64,
}

/// Some minutes of one series at one resolution. What `data` means is the codec's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChunk {
    /// Whose.
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

/// Chunks read at a time, so that no read lasts long.
pub(super) const CHUNKS_PAGE_MAX: usize = 500;

/// No range begins earlier: from here the databases can still subtract a chunk's span.
pub(super) const EARLIEST_MS: i64 = i64::MIN / 2;

/// A series as both databases tell it: number, host, name, labels, unit.
pub(super) type NameRow = (i32, String, String, String, Option<String>);

/// A chunk as both databases tell it: start, end, samples, data.
pub(super) type ChunkRow = (i64, i64, i64, Vec<u8>);

/// PostgreSQL has no text with a NUL in it, so no series has one in its name on either.
pub(super) fn text(given: &str) -> String {
    given.replace('\0', "\u{fffd}")
}

pub(super) fn labels_of(key: &SeriesKey) -> Result<String, sqlx::Error> {
    serde_json::to_string(&key.labels).map_err(|error| sqlx::Error::Encode(error.into()))
}

pub(super) fn labels_from(text: &str) -> Result<BTreeMap<String, String>, sqlx::Error> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(error.into()))
}

pub(super) fn id_of(id: i32) -> SeriesId {
    SeriesId(id.unsigned_abs())
}

/// As the databases have it.
pub(super) fn number(SeriesId(id): SeriesId) -> i32 {
    i32::try_from(id).unwrap_or(i32::MAX)
}

pub(super) fn row_of((id, host, name, labels, unit): NameRow) -> Result<SeriesRow, sqlx::Error> {
    let labels = labels_from(&labels)?;
    let key = SeriesKey { host, name, labels };
    let unit = unit.as_deref().and_then(Unit::new);
    Ok(SeriesRow {
        id: id_of(id),
        series: Series { key, unit },
    })
}

pub(super) fn chunk_of(
    series: SeriesId,
    resolution_ms: u32,
    (start_ms, end_ms, samples, data): ChunkRow,
) -> StoredChunk {
    StoredChunk {
        series,
        resolution_ms,
        start_ms,
        end_ms,
        count: u32::try_from(samples).unwrap_or(u32::MAX),
        data,
    }
}

/// Series without a chunk have no end.
pub(super) fn sealed_of(rows: Vec<(i32, Option<i64>)>) -> Vec<(SeriesId, i64)> {
    let sealed = rows.into_iter();
    sealed
        .filter_map(|(id, end_ms)| Some((id_of(id), end_ms?)))
        .collect()
}

/// Resolutions without a chunk have no oldest.
pub(super) fn oldest_of(rows: Vec<(i64, Option<i64>)>) -> Vec<(u32, i64)> {
    let oldest = rows.into_iter();
    oldest
        .filter_map(|(resolution, start_ms)| Some((u32::try_from(resolution).ok()?, start_ms?)))
        .collect()
}

/// A series at a resolution as both databases tell it: number, start and end of its first chunk, end of
/// its last.
pub(super) type SpanRow = (i32, Option<i64>, Option<i64>, Option<i64>);

/// Series without a chunk span nothing. Rows are by series, one for each resolution, the finest first:
/// it knows best. A coarse chunk begins with its window, long before its first sample, and ends with its
/// last bucket, in the future perhaps; so it counts only where it ended before anything finer began.
pub(super) fn spans_of(rows: Vec<SpanRow>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for row in rows {
        let (id, Some(start_ms), Some(first_end_ms), Some(end_ms)) = row else {
            continue;
        };
        let series = id_of(id);
        match spans.last_mut() {
            Some(span) if span.series == series => {
                if first_end_ms < span.start_ms {
                    span.start_ms = start_ms;
                }
            }
            _ => spans.push(Span {
                series,
                start_ms,
                end_ms,
            }),
        }
    }
    spans
}

/// What chunks that were put change, by resolution.
#[derive(Debug, Default)]
pub(super) struct ChunkTally(BTreeMap<u32, ChunkChange>);

/// What one resolution's chunks changed by.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ChunkChange {
    pub(super) chunks: i64,
    pub(super) bytes: i64,
    /// The longest of them.
    pub(super) span_ms: i64,
}

impl ChunkTally {
    /// A chunk, and how long the one was that it replaced.
    pub(super) fn put(&mut self, chunk: &StoredChunk, replaced: Option<i64>) {
        let change = self.0.entry(chunk.resolution_ms).or_default();
        change.chunks += i64::from(replaced.is_none());
        change.bytes += count(chunk.data.len()) - replaced.unwrap_or(0);
        change.span_ms = change.span_ms.max(chunk.end_ms - chunk.start_ms);
    }

    /// A chunk that left, and how long it was.
    pub(super) fn removed(&mut self, resolution_ms: i64, bytes: i64) {
        let Ok(resolution_ms) = u32::try_from(resolution_ms) else {
            return;
        };
        let change = self.0.entry(resolution_ms).or_default();
        change.chunks -= 1;
        change.bytes -= bytes;
    }

    pub(super) fn changes(&self) -> impl Iterator<Item = (i64, ChunkChange)> {
        self.0
            .iter()
            .map(|(&resolution_ms, &change)| (i64::from(resolution_ms), change))
    }
}
