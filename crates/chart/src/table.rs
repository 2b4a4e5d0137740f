//! The numbers behind a chart: rows for a table, and text for a file.

use crate::merge::Merge;
use crate::{Line, Series, Window, iso};
use protocol::push_csv_cell;

/// What some series have at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Unix time in milliseconds.
    pub at_ms: f64,
    /// For each series its value, where it has one at exactly this time.
    pub values: Vec<Option<f64>>,
}

/// The newest `rows_max` rows of a window, newest first: 36,000 rows are too many to read, and the page
/// holds them all.
#[must_use]
pub fn rows(series: &[&Series], window: Window, rows_max: usize) -> Vec<Row> {
    // No time can be missing if each series may have as many.
    let from_ms = series
        .iter()
        .filter_map(|series| {
            let visible = series.visible(window);
            series.get(visible.end.saturating_sub(rows_max).max(visible.start))
        })
        .map(|sample| sample.at_ms)
        .fold(f64::INFINITY, f64::min);
    let mut rows = Vec::new();
    let newest = Window::new(from_ms.max(window.from_ms()), window.to_ms());
    each_row(series, newest, |row| rows.push(row));
    rows.reverse();
    rows.truncate(rows_max);
    rows
}

/// What a column has within one bucket of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// The mean of its samples.
    pub avg: f64,
    /// The lowest of what they stand for.
    pub min: f64,
    /// The highest.
    pub max: f64,
}

/// What some lines have within one bucket of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    /// Where it begins: Unix time in milliseconds.
    pub at_ms: f64,
    /// For each line, if it has samples in the bucket.
    pub cells: Vec<Option<Cell>>,
}

/// The length of the buckets of lines whose samples stand for many; `None` if all are single ones.
///
/// Lines that follow the live end have single samples behind the last bucket: listed as they are, they would be
/// all that a table has room for.
#[must_use]
pub fn bucket_ms(lines: &[Line<'_>], window: Window) -> Option<f64> {
    let mut longest_ms = 0;
    for line in lines.iter().filter(|line| line.band.is_some()) {
        for sample in line.series.samples(line.series.visible(window)) {
            longest_ms = longest_ms.max(sample.interval_ms);
        }
    }
    (longest_ms > 0).then(|| f64::from(longest_ms))
}

/// The buckets of a window, oldest first, without those that have no sample.
#[must_use]
pub fn buckets(lines: &[Line<'_>], window: Window, bucket_ms: f64) -> Vec<Bucket> {
    let mut buckets: Vec<Bucket> = Vec::new();
    let mut counts: Vec<Vec<f64>> = Vec::new();
    for (column, line) in lines.iter().enumerate() {
        for index in line.series.visible(window) {
            let Some(sample) = line.series.get(index) else {
                continue;
            };
            let Some(value) = sample.value else { continue };
            let at_ms = (sample.at_ms / bucket_ms).floor() * bucket_ms;
            let place = buckets.partition_point(|bucket| bucket.at_ms < at_ms);
            if buckets
                .get(place)
                .is_none_or(|bucket| bucket.at_ms != at_ms)
            {
                let cells = vec![None; lines.len()];
                buckets.insert(place, Bucket { at_ms, cells });
                counts.insert(place, vec![0.0; lines.len()]);
            }
            let reached = |of: Option<&Series>| {
                let same = of?.get(index).filter(|it| it.at_ms == sample.at_ms);
                same.and_then(|it| it.value)
            };
            let low = reached(line.band.map(|band| band.low)).unwrap_or(value);
            let high = reached(line.band.map(|band| band.high)).unwrap_or(value);
            let count = &mut counts[place][column];
            *count += 1.0;
            let cell = buckets[place].cells[column].get_or_insert(Cell {
                avg: value,
                min: low,
                max: high,
            });
            cell.avg += (value - cell.avg) / *count;
            cell.min = cell.min.min(low);
            cell.max = cell.max.max(high);
        }
    }
    buckets
}

/// All of a window as comma-separated values (RFC 4180), oldest first: a column of UTC times and
/// one for each line, empty where it has no value; where its samples stand for many, three: mean, lowest, highest.
///
/// `number` writes a value; browsers can, and what could here is larger than all of this.
#[must_use]
pub fn csv(
    names: &[&str],
    lines: &[Line<'_>],
    window: Window,
    number: &dyn Fn(f64) -> String,
) -> String {
    let bucket_ms = bucket_ms(lines, window);
    let kinds: &[&str] = match bucket_ms {
        Some(_) => &["_mean", "_min", "_max"],
        None => &[""],
    };
    let mut text = String::from("time");
    for name in names {
        for kind in kinds {
            text.push(',');
            push_csv_cell(&mut text, &[name, *kind].concat());
        }
    }
    text.push_str("\r\n");
    let mut row = |at_ms: f64, values: &[Option<f64>]| {
        text.push_str(&iso(at_ms));
        for value in values {
            text.push(',');
            if let Some(value) = value {
                text.push_str(&number(*value));
            }
        }
        text.push_str("\r\n");
    };
    match bucket_ms {
        Some(bucket_ms) => {
            for bucket in buckets(lines, window, bucket_ms) {
                let mut values = Vec::with_capacity(lines.len() * kinds.len());
                for cell in bucket.cells {
                    values.push(cell.map(|cell| cell.avg));
                    values.push(cell.map(|cell| cell.min));
                    values.push(cell.map(|cell| cell.max));
                }
                row(bucket.at_ms, &values);
            }
        }
        None => {
            let mut series = Vec::with_capacity(lines.len());
            for line in lines {
                series.push(line.series);
            }
            each_row(&series, window, |it| row(it.at_ms, &it.values));
        }
    }
    text
}

fn each_row(series: &[&Series], window: Window, mut each: impl FnMut(Row)) {
    let mut merge = Merge::visible(series, window);
    while let Some(at_ms) = merge.next_time() {
        let exact = |(series, index): (&&Series, &usize)| {
            let sample = series.get(*index).filter(|sample| sample.at_ms == at_ms);
            sample.and_then(|sample| sample.value)
        };
        let values = series.iter().zip(merge.indices()).map(exact).collect();
        each(Row { at_ms, values });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{series, window};
    use crate::{Band, Sample};

    #[test]
    fn rows_are_the_newest_of_all_series() {
        let one = series(&[(1_000.0, Some(1.0)), (2_000.0, Some(2.0)), (3_000.0, None)]);
        let two = series(&[
            (500.0, Some(5.0)),
            (2_000.0, Some(20.0)),
            (2_500.0, Some(25.0)),
        ]);
        let found = |rows_max| -> Vec<_> {
            let rows = rows(&[&one, &two], window(900.0, 9_000.0), rows_max);
            rows.into_iter()
                .map(|row| (row.at_ms, row.values))
                .collect()
        };
        let all = [
            (3_000.0, vec![None, None]),
            (2_500.0, vec![None, Some(25.0)]),
            (2_000.0, vec![Some(2.0), Some(20.0)]),
            (1_000.0, vec![Some(1.0), None]),
        ];
        for rows_max in 0..5 {
            assert_eq!(found(rows_max), all[..rows_max.min(4)]);
        }
        assert_eq!(rows(&[], window(0.0, 1.0), 5), []);
    }

    #[test]
    fn a_file_has_all_of_them() {
        let one = series(&[(0.0, Some(1.5)), (1_000.0, None)]);
        let two = series(&[(0.0, Some(-2.0))]);
        let names = ["a,\"b\"", "=1+1"];
        let lines = [line(&one, None), line(&two, None)];
        let text = csv(&names, &lines, window(0.0, 1e6), &|value| value.to_string());
        let expected = "time,\"a,\"\"b\"\"\",\"'=1+1\"\r\n\
                        1970-01-01T00:00:00.000Z,1.5,-2\r\n\
                        1970-01-01T00:00:01.000Z,,\r\n";
        assert_eq!(text, expected);
    }

    fn line<'a>(series: &'a Series, band: Option<Band<'a>>) -> Line<'a> {
        Line {
            series,
            filled: false,
            band,
        }
    }

    #[test]
    fn samples_that_stand_for_many_are_rows_of_their_buckets() {
        let mut means = Series::new(10);
        let (mut low, mut high) = (Series::new(10), Series::new(10));
        let mut put = |at_ms: f64, interval_ms, values: [f64; 3]| {
            for (series, value) in [&mut means, &mut low, &mut high].into_iter().zip(values) {
                let value = Some(value);
                series.put(Sample {
                    at_ms,
                    interval_ms,
                    value,
                });
            }
        };
        put(60_000.0, 60_000, [20.0, 5.0, 50.0]);
        put(120_000.0, 60_000, [30.0, 10.0, 60.0]);
        // Single ones, of the bucket that is not over yet.
        put(181_000.0, 1_000, [40.0, 40.0, 40.0]);
        put(182_000.0, 1_000, [50.0, 50.0, 50.0]);
        let (low, high) = (&low, &high);
        let lines = [line(&means, Some(Band { low, high }))];
        let window = window(0.0, 200_000.0);
        assert_eq!(bucket_ms(&lines, window), Some(60_000.0));
        let text = csv(&["cpu"], &lines, window, &|value| value.to_string());
        let expected = "time,cpu_mean,cpu_min,cpu_max\r\n\
                        1970-01-01T00:01:00.000Z,20,5,50\r\n\
                        1970-01-01T00:02:00.000Z,30,10,60\r\n\
                        1970-01-01T00:03:00.000Z,45,40,50\r\n";
        assert_eq!(text, expected);
        assert_eq!(bucket_ms(&[line(&means, None)], window), None);
    }
}
