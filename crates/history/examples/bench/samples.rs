//! What was recorded, as columns.

use history::Tier;
use protocol::Durable;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// A series' name as text, its times and its values.
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) times_ms: Vec<i64>,
    pub(crate) values: Vec<f64>,
}

pub(crate) fn messages(path: &Path) -> io::Result<Vec<Durable>> {
    let mut messages = Vec::new();
    for line in BufReader::new(File::open(path)?).lines() {
        messages.push(serde_json::from_str(&line?)?);
    }
    Ok(messages)
}

pub(crate) fn series(messages: &[Durable]) -> Vec<Series> {
    let mut all: BTreeMap<String, Series> = BTreeMap::new();
    for message in messages {
        for (point, _) in protocol::points(message) {
            let labels: String = point
                .series
                .labels
                .into_iter()
                .map(|(_, value)| value)
                .collect();
            let name = format!("{} {labels}", point.series.name);
            let entry = all.entry(name.clone());
            let series = entry.or_insert_with(|| Series {
                name,
                times_ms: Vec::new(),
                values: Vec::new(),
            });
            series.times_ms.push(message.timestamp().unix_ms());
            series.values.push(point.value);
        }
    }
    all.into_values().collect()
}

/// As chunks of the tier with every sample.
pub(crate) fn windows(series: &Series) -> Vec<(&[i64], &[f64])> {
    let mut start = 0;
    let chunks = series
        .times_ms
        .chunk_by(|a, b| Tier::Second.window_start_ms(*a) == Tier::Second.window_start_ms(*b));
    chunks
        .map(|times_ms| {
            let values = &series.values[start..start + times_ms.len()];
            start += times_ms.len();
            (times_ms, values)
        })
        .collect()
}
