//! Makes few messages of many points.

use super::sets::text_bytes;
use protocol::{ExtraSeries, Kind, Samples, SeriesKey, SetSeries, Timestamp, Unit};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The most bytes of a message, about: a larger frame fills the send buffer of a socket.
const MESSAGE_BYTES_MAX: usize = 15 << 10;

/// Bytes of a value that is missing: `null,`.
const NULL_BYTES: usize = 5;

/// Points of one new series in one message.
const SERIES_POINTS_MAX: usize = 500;

/// A point of a series that is in a set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SetPoint {
    /// The number of the set.
    pub(super) set: u32,
    pub(super) at_ms: i64,
    pub(super) column: u32,
    pub(super) value: f64,
}

/// A point of a series that is in none.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NewPoint {
    pub(super) key: Arc<SeriesKey>,
    pub(super) unit: Option<Unit>,
    pub(super) kind: Kind,
    pub(super) at_ms: i64,
    pub(super) value: f64,
}

/// Sorts points of sets, and has the last of several at the same millisecond replace the others.
pub(super) fn sort_set_points(points: &mut Vec<SetPoint>) {
    points.sort_by_key(|point| (point.set, point.at_ms, point.column));
    points.dedup_by(|later, earlier| {
        let is_same =
            (later.set, later.at_ms, later.column) == (earlier.set, earlier.at_ms, earlier.column);
        if is_same {
            earlier.value = later.value;
        }
        is_same
    });
}

/// The same for points of new series.
pub(super) fn sort_new_points(points: &mut Vec<NewPoint>) {
    points.sort_by(|a, b| (&a.key, a.at_ms).cmp(&(&b.key, b.at_ms)));
    points.dedup_by(|later, earlier| {
        let is_same = later.at_ms == earlier.at_ms && later.key == earlier.key;
        if is_same {
            earlier.value = later.value;
        }
        is_same
    });
}

/// The messages of the points of one set, which has `columns` series. The points are sorted.
pub(super) fn pack_set(
    points: &[SetPoint],
    columns: usize,
    (host, source, set): (&str, &str, &str),
    messages: &mut Vec<Samples>,
) {
    let mut union = vec![false; columns];
    let (mut start, mut union_count, mut rows, mut bytes) = (0, 0, 0, 0);
    let flush = |points: &[SetPoint], union: &[bool], messages: &mut Vec<Samples>| {
        let message = message(points, union, (host, source));
        messages.extend(message.map(|message| Samples {
            set: Some(set.to_owned()),
            ..message
        }));
    };
    let mut at = 0;
    for row in points.chunk_by(|a, b| a.at_ms == b.at_ms) {
        let new = row.iter().filter(|it| !is_in(&union, it.column)).count();
        let row_bytes: usize = row.iter().map(|it| value_bytes(it.value)).sum();
        let cells = (rows + 1) * (union_count + new);
        let values = at - start + row.len();
        let nulls = (cells - values) * NULL_BYTES;
        if rows > 0 && bytes + row_bytes + nulls > MESSAGE_BYTES_MAX {
            flush(&points[start..at], &union, messages);
            union.fill(false);
            (start, union_count, rows, bytes) = (at, 0, 0, 0);
        }
        for point in row {
            if let Some(is_in) = union.get_mut(point.column as usize) {
                union_count += usize::from(!*is_in);
                *is_in = true;
            }
        }
        rows += 1;
        bytes += row_bytes;
        at += row.len();
    }
    flush(&points[start..], &union, messages);
}

fn is_in(union: &[bool], column: u32) -> bool {
    union.get(column as usize).copied().unwrap_or(true)
}

fn message(points: &[SetPoint], union: &[bool], (host, source): (&str, &str)) -> Option<Samples> {
    let start_ms = points.first()?.at_ms;
    let columns: Vec<u32> = (0..)
        .zip(union)
        .filter(|(_, is_in)| **is_in)
        .map(|(column, _)| column)
        .collect();
    let mut message = new_message(start_ms, host, source);
    for row in points.chunk_by(|a, b| a.at_ms == b.at_ms) {
        message.offsets_ms.push(row[0].at_ms - start_ms);
        let mut row = row.iter().peekable();
        let values = columns.iter().map(|column| {
            row.next_if(|point| point.column == *column)
                .map(|point| point.value)
        });
        message.values.push(values.collect());
    }
    message.columns = (columns.len() < union.len()).then_some(columns);
    Some(message)
}

/// The messages of points of new series, which are sorted.
pub(super) fn pack_new(points: &[NewPoint], source: &str, messages: &mut Vec<Samples>) {
    for of_host in points.chunk_by(|a, b| a.key.host == b.key.host) {
        let of_series = of_host.chunk_by(|a, b| a.key == b.key);
        let mut runs: Vec<&[NewPoint]> = Vec::new();
        let mut times: BTreeSet<i64> = BTreeSet::new();
        let (mut texts, mut values) = (0, 0);
        for run in of_series.flat_map(|series| series.chunks(SERIES_POINTS_MAX)) {
            let text = text_bytes(&run[0].key);
            let value_bytes: usize = run.iter().map(|it| value_bytes(it.value)).sum();
            let new_times = run.iter().filter(|it| !times.contains(&it.at_ms)).count();
            let cells = (runs.len() + 1) * (times.len() + new_times);
            let bytes = texts + text + values + value_bytes + cells * NULL_BYTES;
            // A series is in a message once.
            let is_repeated = runs.last().is_some_and(|last| last[0].key == run[0].key);
            if is_repeated || !runs.is_empty() && bytes > MESSAGE_BYTES_MAX {
                messages.push(new_series(&runs, &times, source));
                runs.clear();
                times.clear();
                (texts, values) = (0, 0);
            }
            runs.push(run);
            times.extend(run.iter().map(|it| it.at_ms));
            texts += text;
            values += value_bytes;
        }
        if !runs.is_empty() {
            messages.push(new_series(&runs, &times, source));
        }
    }
}

fn new_series(runs: &[&[NewPoint]], times: &BTreeSet<i64>, source: &str) -> Samples {
    let start_ms = times.first().copied().unwrap_or_default();
    let mut message = new_message(start_ms, &runs[0][0].key.host, source);
    message.offsets_ms = times.iter().map(|at_ms| at_ms - start_ms).collect();
    for run in runs {
        let first = &run[0];
        let mut points = run.iter().peekable();
        let values = times.iter().map(|at_ms| {
            points
                .next_if(|point| point.at_ms == *at_ms)
                .map(|point| point.value)
        });
        message.extra.push(ExtraSeries {
            series: SetSeries::new(&first.key, first.unit.as_ref(), first.kind),
            values: values.collect(),
        });
    }
    message
}

fn new_message(start_ms: i64, host: &str, source: &str) -> Samples {
    Samples {
        timestamp: Timestamp::from_unix_ms(start_ms),
        host: Some(host.to_owned()).filter(|host| !host.is_empty()),
        source: source.to_owned(),
        ..Samples::default()
    }
}

/// Bytes of a value in JSON with its comma, at most.
fn value_bytes(value: f64) -> usize {
    const LONGEST: usize = 25;
    let size = value.abs();
    if value.fract() != 0.0 || size >= 1e15 {
        // Most have few digits after the point.
        return if (value * 1e3).fract() == 0.0 && size < 1e9 {
            15
        } else {
            LONGEST
        };
    }
    // Digits, a sign, `.0` and a comma.
    (size as u64).checked_ilog10().unwrap_or(0) as usize + 5
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(at_ms: i64, column: u32, value: f64) -> SetPoint {
        SetPoint {
            set: 0,
            at_ms,
            column,
            value,
        }
    }

    fn packed(mut points: Vec<SetPoint>, columns: usize) -> Vec<Samples> {
        sort_set_points(&mut points);
        let mut messages = Vec::new();
        pack_set(&points, columns, ("web", "influx", "a9"), &mut messages);
        messages
    }

    /// All values of all messages.
    fn values(messages: &[Samples]) -> Vec<(i64, usize, f64)> {
        let values = messages.iter().flat_map(Samples::set_values);
        let mut values: Vec<_> = values
            .map(|(column, at_ms, value)| (at_ms, column, value))
            .collect();
        values.sort_by_key(|value| (value.0, value.1));
        values
    }

    #[test]
    fn whole_rows_name_no_columns_and_the_last_of_a_millisecond_counts() {
        let points = vec![
            point(1_000, 1, 2.0),
            point(0, 0, 1.0),
            point(0, 1, 1.5),
            point(1_000, 1, 3.0),
        ];
        let messages = packed(points, 2);
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].columns, None);
        assert_eq!(messages[0].offsets_ms, [0, 1_000]);
        assert_eq!(
            messages[0].values,
            [vec![Some(1.0), Some(1.5)], vec![None, Some(3.0)]]
        );
    }

    #[test]
    fn a_few_of_many_series_name_their_columns() {
        let messages = packed(vec![point(0, 7, 1.0), point(0, 300, 2.0)], 512);
        assert_eq!(messages[0].columns, Some(vec![7, 300]));
        assert_eq!(values(&messages), [(0, 7, 1.0), (0, 300, 2.0)]);
    }

    #[test]
    fn messages_stay_small_whatever_the_times() {
        let dense = (0..20).flat_map(|row| (0..512).map(move |column| (row, column)));
        let sparse = (0..1_000).map(|number| (number, number as u32 % 512));
        for points in [dense.collect::<Vec<_>>(), sparse.collect()] {
            let points: Vec<_> = points
                .into_iter()
                .map(|(at_ms, column)| point(at_ms, column, f64::from(column) / 7.0))
                .collect();
            let messages = packed(points.clone(), 512);
            for message in &messages {
                let json = protocol::Durable::Samples(message.clone()).to_json();
                assert!(json.len() <= 16 << 10, "{}", json.len());
            }
            let mut expected: Vec<_> = points
                .iter()
                .map(|it| (it.at_ms, it.column as usize, it.value))
                .collect();
            expected.sort_by_key(|value| (value.0, value.1));
            assert_eq!(values(&messages), expected);
        }
    }

    #[test]
    fn new_series_travel_with_their_values() {
        let new = |host: &str, name: &str, at_ms: i64, value: f64| NewPoint {
            key: Arc::new(SeriesKey::new(host, name, [])),
            unit: Unit::new("B"),
            kind: Kind::Counter,
            at_ms,
            value,
        };
        let mut points = vec![
            new("web", "b", 5, 1.0),
            new("web", "a", 5, 2.0),
            new("web", "a", 9, 3.0),
            new("", "a", 5, 4.0),
        ];
        points.extend((0..1_200).map(|at_ms| new("x", "long", at_ms, 1.0)));
        sort_new_points(&mut points);
        let mut messages = Vec::new();
        pack_new(&points, "otlp", &mut messages);
        assert_eq!(messages[0].host, None);
        let web = &messages[1];
        assert_eq!(web.offsets_ms, [0, 4]);
        let extra: Vec<_> = web
            .extra
            .iter()
            .map(|it| (it.series.name.as_str(), it.values.clone()))
            .collect();
        assert_eq!(
            extra,
            [
                ("a", vec![Some(2.0), Some(3.0)]),
                ("b", vec![Some(1.0), None])
            ]
        );
        let total: usize = messages.iter().map(Samples::len).sum();
        assert_eq!(total, points.len());
        for message in &messages {
            let json = protocol::Durable::Samples(message.clone()).to_json();
            assert!(json.len() <= 16 << 10, "{}", json.len());
        }
    }
}
