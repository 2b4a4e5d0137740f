//! StatsD (<https://github.com/statsd/statsd/blob/master/docs/metric_types.md>), with the tags of DogStatsD, and what adds up
//! its datagrams between two writes.
//!
//! A counter is the total since the server's start, or since it was last heard of; a timer has a count, a sum, and quantiles
//! of its newest values; a set has the number of its different values.

use crate::batch::{Batch, LabelSet, ParsedPoint, Reason, TEXT_BYTES_MAX};
use protocol::{Kind, SeriesKey, Timestamp, Unit};
use std::collections::{BTreeMap, HashSet, btree_map, hash_map::RandomState};
use std::hash::BuildHasher;

/// The most series that are added up.
const SERIES_MAX: usize = 10_000;

/// The most values of a timer between two writes of which quantiles are made.
const VALUES_MAX: usize = 1_000;

/// The most different values of a set that are distinguished.
const MEMBERS_MAX: usize = 10_000;

/// After this time without a datagram a series is forgotten.
const FORGOTTEN_AFTER_MS: i64 = 300_000;

/// The least time between two searches for such series.
const FORGET_EVERY_MS: i64 = 10_000;

/// The most points of a batch; far fewer than a body may have, so that its labels are within their limit, too.
const BATCH_POINTS_MAX: usize = 5_000;

/// The most points of a series at once.
const SUM_POINTS_MAX: usize = 5;

/// The most different values and timers' values together.
const REMEMBERED_MAX: usize = 1_000_000;

/// A line of a datagram.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    series: SeriesKey,
    value: Value,
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Count(f64),
    Gauge(f64),
    Change(f64),
    /// The unit is that of `ms`.
    Timing {
        value: f64,
        times: f64,
        is_ms: bool,
    },
    Member(String),
}

/// Adds up what datagrams say.
#[derive(Debug, Default)]
pub struct Aggregator {
    series: BTreeMap<SeriesKey, Sum>,
    hasher: RandomState,
    remembered: usize,
    forgot_at: Timestamp,
}

#[derive(Debug)]
struct Sum {
    heard_at: Timestamp,
    has_changed: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    Count(f64),
    Gauge(f64),
    Timing {
        count: f64,
        sum: f64,
        is_ms: bool,
        newest: Vec<f64>,
        /// The place of the oldest of them, once there are as many as there may be.
        oldest: usize,
    },
    Set(HashSet<u64>),
}

impl Aggregator {
    /// Adds a datagram. Returns how many of its lines cannot be read, or have no room.
    pub fn add(&mut self, datagram: &[u8], now: Timestamp) -> u64 {
        let mut rejected = 0;
        for line in datagram.split(|byte| *byte == b'\n') {
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            let is_added = parse(line).is_ok_and(|line| self.add_line(line, now));
            rejected += u64::from(!is_added);
        }
        rejected
    }

    fn add_line(&mut self, line: Line, now: Timestamp) -> bool {
        let is_new = !self.series.contains_key(&line.series);
        if is_new && self.series.len() >= SERIES_MAX {
            self.forget(now);
            if self.series.len() >= SERIES_MAX {
                return false;
            }
        }
        let has_room = self.remembered < REMEMBERED_MAX;
        let sum = self.series.entry(line.series).or_insert_with(|| Sum {
            heard_at: now,
            has_changed: true,
            state: State::of(&line.value),
        });
        sum.heard_at = now;
        sum.has_changed = true;
        match (&mut sum.state, line.value) {
            (State::Count(total), Value::Count(more)) => return add(total, more),
            (State::Gauge(value), Value::Gauge(new)) => *value = new,
            (State::Gauge(value), Value::Change(change)) => return add(value, change),
            (
                State::Timing {
                    count,
                    sum,
                    newest,
                    oldest,
                    ..
                },
                Value::Timing { value, times, .. },
            ) => {
                if !(add(sum, value * times) && add(count, times)) {
                    return false;
                }
                // Beyond the limit the newest replace the oldest.
                if newest.len() < VALUES_MAX && has_room {
                    newest.push(value);
                    self.remembered += 1;
                } else if let Some(place) = newest.get_mut(*oldest) {
                    *place = value;
                    *oldest = (*oldest + 1) % newest.len();
                }
            }
            (State::Set(members), Value::Member(member)) => {
                if members.len() < MEMBERS_MAX && has_room {
                    let is_new = members.insert(self.hasher.hash_one(member));
                    self.remembered += usize::from(is_new);
                }
            }
            // The same name with another type.
            _ => return false,
        }
        true
    }

    fn forget(&mut self, now: Timestamp) {
        if (0..FORGET_EVERY_MS).contains(&(now.unix_ms() - self.forgot_at.unix_ms())) {
            return;
        }
        self.forgot_at = now;
        self.series
            .retain(|_, sum| now.unix_ms() - sum.heard_at.unix_ms() < FORGOTTEN_AFTER_MS);
    }

    /// The points to write now, in batches: the totals of counters and timers, and of the others what has changed.
    pub fn flush(&mut self, now: Timestamp) -> Flush<'_> {
        self.forget(now);
        self.remembered = 0;
        Flush {
            series: self.series.iter_mut(),
            now,
        }
    }
}

/// The batches of [`Aggregator::flush`], each made when it is asked for.
#[derive(Debug)]
pub struct Flush<'a> {
    series: btree_map::IterMut<'a, SeriesKey, Sum>,
    now: Timestamp,
}

impl Iterator for Flush<'_> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let now = self.now;
        let mut batch = Batch::default();
        while batch.points.len() + SUM_POINTS_MAX <= BATCH_POINTS_MAX {
            let Some((series, sum)) = self.series.next() else {
                break;
            };
            let has_changed = std::mem::take(&mut sum.has_changed);
            let mut points = Points {
                series,
                now,
                batch: &mut batch,
            };
            match &mut sum.state {
                State::Count(total) => points.push("", None, *total, None, Kind::Counter),
                State::Gauge(value) if has_changed => {
                    points.push("", None, *value, None, Kind::Gauge);
                }
                State::Timing {
                    count,
                    sum,
                    is_ms,
                    newest,
                    oldest,
                } => {
                    *oldest = 0;
                    let unit = is_ms.then(|| Unit::new("ms")).flatten();
                    points.push("_count", None, *count, None, Kind::Counter);
                    points.push("_sum", None, *sum, unit.clone(), Kind::Counter);
                    let mut sorted = std::mem::take(newest);
                    sorted.sort_by(f64::total_cmp);
                    for (label, quantile) in [("0.5", 0.5), ("0.95", 0.95), ("0.99", 0.99)] {
                        let at = (sorted.len() as f64 * quantile).ceil() as usize;
                        if let Some(value) = sorted.get(at.saturating_sub(1)) {
                            points.push("", Some(label), *value, unit.clone(), Kind::Gauge);
                        }
                    }
                }
                State::Set(members) if has_changed => {
                    points.push("", None, members.len() as f64, None, Kind::Gauge);
                    members.clear();
                }
                State::Gauge(_) | State::Set(_) => {}
            }
        }
        (!batch.points.is_empty()).then_some(batch)
    }
}

/// Adds to a total, unless it would be no number any more: from that it would never recover.
fn add(total: &mut f64, more: f64) -> bool {
    let new = *total + more;
    if new.is_finite() {
        *total = new;
    }
    new.is_finite()
}

impl State {
    fn of(value: &Value) -> Self {
        match value {
            Value::Count(_) => Self::Count(0.0),
            Value::Gauge(_) | Value::Change(_) => Self::Gauge(0.0),
            Value::Timing { is_ms, .. } => Self::Timing {
                count: 0.0,
                sum: 0.0,
                is_ms: *is_ms,
                newest: Vec::new(),
                oldest: 0,
            },
            Value::Member(_) => Self::Set(HashSet::new()),
        }
    }
}

struct Points<'a> {
    series: &'a SeriesKey,
    now: Timestamp,
    batch: &'a mut Batch,
}

impl Points<'_> {
    fn push(
        &mut self,
        ending: &str,
        quantile: Option<&str>,
        value: f64,
        unit: Option<Unit>,
        kind: Kind,
    ) {
        let mut series = self.series.clone();
        series.name.push_str(ending);
        if let Some(quantile) = quantile {
            series
                .labels
                .insert("quantile".to_owned(), quantile.to_owned());
        }
        // A batch ends before it has too many.
        let _ = self.batch.push(ParsedPoint {
            series,
            timestamp: Some(self.now),
            value,
            unit,
            kind,
            place: 0,
        });
    }
}

/// Reads `name:value|type|@rate|#tag:value,…`, with tags of Influx in the name as in `name,tag=value`.
fn parse(line: &[u8]) -> Result<Line, Reason> {
    const WRONG: Reason = Reason::Syntax("it is not `name:value|type`");
    let text = str::from_utf8(line).map_err(|_| Reason::NotUtf8)?;
    if text.len() > 2 * TEXT_BYTES_MAX {
        return Err(Reason::TextLength);
    }
    let mut parts = text.split('|');
    let (name, value) = parts
        .next()
        .and_then(|it| it.rsplit_once(':'))
        .ok_or(WRONG)?;
    let kind = parts.next().ok_or(WRONG)?;
    let mut labels = LabelSet::default();
    let mut names = name.split(',');
    let name = names.next().filter(|name| !name.is_empty()).ok_or(WRONG)?;
    labels.set_name(name.to_owned())?;
    for tag in names {
        let (tag, value) = tag.split_once('=').ok_or(WRONG)?;
        labels.push(tag.to_owned(), value.to_owned())?;
    }
    let mut rate = 1.0;
    for part in parts {
        if let Some(text) = part.strip_prefix('@') {
            rate = text
                .parse()
                .ok()
                .filter(|it| *it > 0.0 && *it <= 1.0)
                .ok_or(WRONG)?;
        } else if let Some(tags) = part.strip_prefix('#') {
            for tag in tags.split(',').filter(|tag| !tag.is_empty()) {
                let (tag, value) = tag.split_once(':').unwrap_or((tag, "true"));
                labels.push(tag.to_owned(), value.to_owned())?;
            }
        }
        // DogStatsD's containers and times are not read.
    }
    let number = || {
        let number = value.parse().ok().filter(|it: &f64| it.is_finite());
        number.ok_or(Reason::Syntax("its value is no number"))
    };
    let value = match kind {
        "c" => {
            let count = Some(number()? / rate).filter(|it| it.is_finite());
            Value::Count(count.ok_or(Reason::Syntax("its value by its rate is no number"))?)
        }
        "g" if value.starts_with(['+', '-']) => Value::Change(number()?),
        "g" => Value::Gauge(number()?),
        "ms" | "h" | "d" => Value::Timing {
            value: number()?,
            times: 1.0 / rate,
            is_ms: kind == "ms",
        },
        "s" => Value::Member(value.to_owned()),
        _ => return Err(WRONG),
    };
    Ok(Line {
        series: labels.into_series(),
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms)
    }

    fn flushed(aggregator: &mut Aggregator, now_ms: i64) -> Vec<String> {
        let batches = aggregator.flush(at(now_ms));
        batches
            .flat_map(|batch| batch.points)
            .map(|it| format!("{} = {}", it.series, it.value))
            .collect()
    }

    #[test]
    fn datagrams_are_added_up() {
        let mut aggregator = Aggregator::default();
        let datagram = b"hits:1|c\nhits:2|c|@0.5\ntemp:20|g\ntemp:+5|g\ntemp:-1|g\n\
            lat:10|ms|#region:eu,canary\nlat:30|ms|#region:eu,canary\nusers:a|s\nusers:b|s\nusers:a|s\nq,shard=7:3|g";
        assert_eq!(aggregator.add(datagram, at(0)), 0);
        let labels = |more: &str| format!("{{canary=\"true\",{more}region=\"eu\"}}");
        let expected = [
            "hits = 5".to_owned(),
            format!("lat_count{} = 2", labels("")),
            format!("lat_sum{} = 40", labels("")),
            format!("lat{} = 10", labels("quantile=\"0.5\",")),
            format!("lat{} = 30", labels("quantile=\"0.95\",")),
            format!("lat{} = 30", labels("quantile=\"0.99\",")),
            "q{shard=\"7\"} = 3".to_owned(),
            "temp = 24".to_owned(),
            "users = 2".to_owned(),
        ];
        assert_eq!(flushed(&mut aggregator, 1_000), expected);
        // Totals go on, so that there is a rate; what has not changed does not.
        let expected = [
            "hits = 5".to_owned(),
            format!("lat_count{} = 2", labels("")),
            format!("lat_sum{} = 40", labels("")),
        ];
        assert_eq!(flushed(&mut aggregator, 2_000), expected);
        assert!(flushed(&mut aggregator, FORGOTTEN_AFTER_MS).is_empty());
    }

    #[test]
    fn other_lines_are_counted_as_rejected() {
        let mut aggregator = Aggregator::default();
        let lines = [
            "a", "a:1", ":1|c", "a:x|c", "a:nan|g", "a:1|z", "a:1|c|@0", "a:1|c|@2", "a,b:1|c",
        ];
        for line in lines {
            assert_eq!(aggregator.add(line.as_bytes(), at(0)), 1, "{line}");
        }
        assert_eq!(aggregator.add(b"\xff:1|c\n\n", at(0)), 1);
        assert_eq!(aggregator.add(b"b:1|c\nb:1|g", at(0)), 1, "another type");
    }

    #[test]
    fn memory_is_limited() {
        let mut aggregator = Aggregator::default();
        for series in 0..SERIES_MAX + 5 {
            aggregator.add(format!("s{series}:1|c").as_bytes(), at(0));
        }
        assert_eq!(aggregator.series.len(), SERIES_MAX);
        assert_eq!(aggregator.add(b"new:1|c", at(FORGOTTEN_AFTER_MS)), 0);
        for value in 0..2 * VALUES_MAX {
            aggregator.add(format!("t:{value}|ms").as_bytes(), at(FORGOTTEN_AFTER_MS));
        }
        let batch = aggregator.flush(at(FORGOTTEN_AFTER_MS)).next();
        let batch = batch.expect("points");
        let last = batch.points.last().expect("a quantile");
        assert_eq!(last.value, 1_989.0, "of the newest");
    }

    #[test]
    fn a_total_stays_a_number() {
        let mut aggregator = Aggregator::default();
        let lines = b"c:1e308|c|@0.001\nc:1|c\ng:1e308|g\ng:+1e308|g\nt:1e308|h|@0.001\nt:2|h";
        assert_eq!(aggregator.add(lines, at(0)), 3);
        for _ in 0..2 {
            aggregator.add(b"c:1e308|c", at(0));
        }
        let expected = [
            "c = 100000000000000000000",
            "g = 100000000000000000000",
            "t_count = 1",
            "t_sum = 2",
        ];
        let found = flushed(&mut aggregator, 1_000);
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}");
        }
    }

    #[test]
    fn many_timers_are_flushed_in_several_batches() {
        let mut aggregator = Aggregator::default();
        for series in 0..SERIES_MAX {
            aggregator.add(format!("t{series}:1|ms").as_bytes(), at(0));
        }
        let batches: Vec<_> = aggregator.flush(at(0)).collect();
        let points = batches.iter().map(|batch| batch.points.len());
        assert_eq!(points.clone().sum::<usize>(), SERIES_MAX * SUM_POINTS_MAX);
        assert_eq!(points.max(), Some(BATCH_POINTS_MAX));
    }
}
