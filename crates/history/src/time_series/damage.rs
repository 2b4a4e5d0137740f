use crate::Tier;
use crate::codec::DecodeError;
use store::{SeriesId, StoredChunk};

/// Decodes a chunk. A damaged one is logged here, once, and is a gap for the caller: a chart with a gap
/// shows more than none.
pub(super) fn or_damaged<T>(
    chunk: &StoredChunk,
    decode: impl FnOnce(&[u8]) -> Result<T, DecodeError>,
) -> Option<T> {
    decode(&chunk.data)
        .inspect_err(|error| {
            let SeriesId(series) = chunk.series;
            let (start_ms, resolution_ms) = (chunk.start_ms, chunk.resolution_ms);
            tracing::error!(series, start_ms, resolution_ms, %error, "a chunk of samples is damaged");
        })
        .ok()
}

/// The first and the last millisecond of the window that contains a time.
pub(super) fn window(tier: Tier, at_ms: i64) -> (i64, i64) {
    let start_ms = tier.window_start_ms(at_ms);
    (start_ms, start_ms + tier.window_ms() - 1)
}
