use protocol::{Kind, Labels, SeriesKey, Unit};

use super::{Series, SeriesId, SeriesRow, StoredChunk};

/// Id, host, name, labels, unit, whether it is a counter.
pub(crate) type KeyRow = (i32, String, String, String, Option<String>, bool);

/// Start, end, samples, data.
pub(crate) type ChunkRow = (i64, i64, i64, Vec<u8>);

/// Host, name and labels as they are stored. PostgreSQL's text cannot contain NUL, so no key does on either
/// database.
pub(crate) fn key_columns(key: &SeriesKey) -> Result<[String; 3], sqlx::Error> {
    let text = |text: &str| text.replace('\0', "\u{fffd}");
    let labels =
        serde_json::to_string(&key.labels).map_err(|error| sqlx::Error::Encode(error.into()))?;
    Ok([text(&key.host), text(&key.name), labels])
}

/// That of a host's metric is known.
fn kind_of(key: &SeriesKey, is_counter: bool) -> Kind {
    match is_counter {
        true => Kind::Counter,
        false => Kind::of(key),
    }
}

pub(crate) fn labels_from(text: &str) -> Result<Labels, sqlx::Error> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(error.into()))
}

pub(crate) fn id_of(id: i32) -> SeriesId {
    SeriesId(id.unsigned_abs())
}

/// An id as it is stored.
pub(crate) fn number(SeriesId(id): SeriesId) -> i32 {
    i32::try_from(id).unwrap_or(i32::MAX)
}

pub(crate) fn row_of(
    (id, host, name, labels, unit, is_counter): KeyRow,
) -> Result<SeriesRow, sqlx::Error> {
    let labels = labels_from(&labels)?;
    let key = SeriesKey { host, name, labels };
    let unit = unit.as_deref().and_then(Unit::new);
    Ok(SeriesRow {
        id: id_of(id),
        series: Series {
            kind: kind_of(&key, is_counter),
            key,
            unit,
        },
    })
}

pub(crate) fn chunk_of(
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
pub(crate) fn sealed_of(rows: Vec<(i32, Option<i64>)>) -> Vec<(SeriesId, i64)> {
    let sealed = rows.into_iter();
    sealed
        .filter_map(|(id, end_ms)| Some((id_of(id), end_ms?)))
        .collect()
}

/// Resolutions without a chunk have no oldest.
pub(crate) fn oldest_of(rows: Vec<(i64, Option<i64>)>) -> Vec<(u32, i64)> {
    let oldest = rows.into_iter();
    oldest
        .filter_map(|(resolution, start_ms)| Some((u32::try_from(resolution).ok()?, start_ms?)))
        .collect()
}
