//! The numbers behind a chart: rows for a table, and text for a file.

use crate::merge::Merge;
use crate::{Series, Window, iso};
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

/// All of a window as comma-separated values (RFC 4180), oldest first: a column of UTC times and
/// one for each series, empty where it has no value.
///
/// `number` writes a value in full; browsers can, and what could here is larger than all of this.
#[must_use]
pub fn csv(
    names: &[&str],
    series: &[&Series],
    window: Window,
    number: &dyn Fn(f64) -> String,
) -> String {
    let mut text = String::from("time");
    for name in names {
        text.push(',');
        push_csv_cell(&mut text, name);
    }
    text.push_str("\r\n");
    each_row(series, window, |row| {
        text.push_str(&iso(row.at_ms));
        for value in row.values {
            text.push(',');
            if let Some(value) = value {
                text.push_str(&number(value));
            }
        }
        text.push_str("\r\n");
    });
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
        let text = csv(&names, &[&one, &two], window(0.0, 1e6), &|value| {
            value.to_string()
        });
        let expected = "time,\"a,\"\"b\"\"\",\"'=1+1\"\r\n\
                        1970-01-01T00:00:00.000Z,1.5,-2\r\n\
                        1970-01-01T00:00:01.000Z,,\r\n";
        assert_eq!(text, expected);
    }
}
