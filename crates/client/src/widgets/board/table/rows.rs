//! The rows of a table, as data.

use crate::widgets::board::source::{Item, Source};
use std::cmp::Ordering;

/// Of more rows the first are shown.
pub(super) const ROWS_MAX: usize = 100;

/// The multiplier and the offset of FNV-1a, in 64 bits.
const FNV_PRIME: u64 = 0x0100_0000_01b3;
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// What series of the same host and labels have.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) key: u64,
    pub(super) name: String,
    /// For each selector its value and unit.
    pub(super) values: Vec<Option<(f64, String)>>,
}

/// What a table is sorted by: its names, or the values of a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Order {
    column: Option<usize>,
    is_descending: bool,
}

impl Order {
    /// Sorts by another column, or the other way. Of values the largest are first at first.
    pub(super) fn by(&mut self, column: Option<usize>) {
        self.is_descending = match self.column == column {
            true => !self.is_descending,
            false => column.is_some(),
        };
        self.column = column;
    }

    pub(super) fn aria_sort(self, column: Option<usize>) -> &'static str {
        match (self.column == column, self.is_descending) {
            (false, _) => "none",
            (true, true) => "descending",
            (true, false) => "ascending",
        }
    }
}

/// What the first column is called.
pub(super) fn head_name(source: &Source) -> &str {
    source.options.label.as_deref().unwrap_or("Series")
}

/// All rows, in the order of their names.
pub(super) fn rows(source: &Source) -> Vec<Row> {
    let label = source.options.label.as_deref();
    source.read(|items| arranged(items, source.series.len(), label))
}

fn arranged(items: &[Item], columns: usize, label: Option<&str>) -> Vec<Row> {
    let first = items.first().map_or("", |item| &item.series.host);
    let hosts_differ = items.iter().any(|item| item.series.host != first);
    let mut rows: Vec<Row> = Vec::new();
    for item in items {
        let name = row_name(item, label, hosts_differ);
        let key = hash(&name);
        let place = rows.iter().position(|row| row.key == key);
        let place = place.unwrap_or_else(|| {
            rows.push(Row {
                key,
                name,
                values: vec![None; columns],
            });
            rows.len() - 1
        });
        let value = item.value.map(|value| (value, item.unit.clone()));
        if let Some(cell) = rows[place].values.get_mut(item.place)
            && cell.is_none()
        {
            *cell = value;
        }
    }
    sorted(rows, Order::default())
}

/// The labels' values, and the host where there are several, or nothing else.
fn row_name(item: &Item, label: Option<&str>, hosts_differ: bool) -> String {
    if let Some(label) = label {
        return item.series.label(label).to_owned();
    }
    let mut parts = Vec::new();
    let has_labels = item.series.labels.keys().next().is_some();
    if hosts_differ || !has_labels {
        parts.push(item.series.host.as_str());
    }
    for (_, value) in item.series.labels.iter() {
        parts.push(value);
    }
    parts.join(" · ")
}

fn hash(text: &str) -> u64 {
    let mut hash = FNV_BASIS;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
    }
    hash
}

/// Rows in an order. Those without a value are last, whichever way.
pub(super) fn sorted(mut rows: Vec<Row>, order: Order) -> Vec<Row> {
    rows.sort_by(|one, other| {
        let ordering = match order.column {
            None => directed(natural(&one.name, &other.name), order),
            Some(column) => {
                let value = |row: &Row| Some(row.values.get(column)?.as_ref()?.0);
                match (value(one), value(other)) {
                    (Some(one), Some(other)) => directed(one.total_cmp(&other), order),
                    (one, other) => one.is_none().cmp(&other.is_none()),
                }
            }
        };
        ordering.then_with(|| natural(&one.name, &other.name))
    });
    rows
}

fn directed(ordering: Ordering, order: Order) -> Ordering {
    match order.is_descending {
        true => ordering.reverse(),
        false => ordering,
    }
}

/// Numbers by their size, other texts by their letters.
fn natural(one: &str, other: &str) -> Ordering {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    match is_number(one) && is_number(other) {
        true => one.len().cmp(&other.len()).then_with(|| one.cmp(other)),
        false => one.cmp(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widgets::board::source::test_support::item;

    fn table(items: &[Item], label: Option<&str>) -> Vec<(String, Vec<Option<f64>>)> {
        let rows = arranged(items, 2, label).into_iter();
        let values = |row: &Row| {
            row.values
                .iter()
                .map(|it| it.as_ref().map(|it| it.0))
                .collect()
        };
        rows.map(|row| (row.name.clone(), values(&row))).collect()
    }

    #[test]
    fn series_of_the_same_labels_are_a_row() {
        let items = [
            item("a rx nic=eth10", 0, 1.0),
            item("a rx nic=eth0", 0, 2.0),
            item("a tx nic=eth0", 1, 3.0),
        ];
        assert_eq!(
            table(&items, None),
            [
                ("eth0".into(), vec![Some(2.0), Some(3.0)]),
                ("eth10".into(), vec![Some(1.0), None]),
            ]
        );
    }

    #[test]
    fn hosts_are_named_where_there_are_several() {
        let items = [
            item("a cpu", 0, 1.0),
            item("b cpu", 0, 2.0),
            item("b rx nic=x", 1, 3.0),
        ];
        let names: Vec<_> = table(&items, None).into_iter().map(|row| row.0).collect();
        assert_eq!(names, ["a", "b", "b · x"]);
        let names: Vec<_> = table(&items, Some("host"))
            .into_iter()
            .map(|row| row.0)
            .collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn a_column_is_sorted_either_way_and_absent_values_are_last() {
        let items = [
            item("a q n=1", 0, 5.0),
            item("a q n=2", 0, 9.0),
            item("a q n=10", 0, 7.0),
            item("a z n=3", 1, 1.0),
        ];
        let mut order = Order::default();
        let names = |order| {
            let rows = sorted(arranged(&items, 2, None), order).into_iter();
            rows.map(|row| row.name).collect::<Vec<_>>()
        };
        assert_eq!(names(order), ["1", "2", "3", "10"]);
        order.by(Some(0));
        assert_eq!(order.aria_sort(Some(0)), "descending");
        assert_eq!(names(order), ["2", "10", "1", "3"]);
        order.by(Some(0));
        assert_eq!(names(order), ["1", "10", "2", "3"]);
        assert_eq!(order.aria_sort(None), "none");
    }
}
