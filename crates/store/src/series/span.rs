use super::{Span, id_of};

/// Of a series at a resolution: its id, start and end of its first chunk, end of its last.
type SpanRow = (i32, Option<i64>, Option<i64>, Option<i64>);

/// Rows are by series, one for each resolution, the finest first, which is the most precise. A coarse chunk
/// begins with its window, long before its first sample, and ends with its last bucket, perhaps in the
/// future; so it counts only where it ended before the finer chunks begin. Series without a chunk are left
/// out.
pub(crate) fn spans_of(rows: Vec<SpanRow>) -> Vec<Span> {
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
