//! Where points of other programs enter the log: each is accepted or rejected before its message is committed, and
//! what is accepted becomes a sample.

mod packing;
mod sets;
#[cfg(test)]
mod tests;

use super::{Unavailable, WeakAppender};
use history::TimeSeries;
use history::series::{AHEAD_MAX_MS, LATE_MAX_MS, Members, Recorder, WINDOW_SAMPLES_MAX};
use packing::{pack_new, pack_set, sort_new_points, sort_set_points};
use protocol::{
    Durable, Kind, Metric, OwnHost, Samples, SeriesKey, SeriesSet, Timestamp, Unit, is_disruptive,
};
use sets::{LoadedSet, Placed, Source, UsedSet};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::{SeriesSetRow, Store, StoreError};
use tokio::sync::watch;

/// The longest that points wait until there is room for their samples, or until those of the journal are replayed
/// after a start. Beyond, they are refused.
const ROOM_TIME_MAX: Duration = Duration::from_secs(10);

/// Messages of one commit. Larger ones could take longer than the store may, which would then count as unavailable for
/// everyone.
const COMMIT_MESSAGES_MAX: usize = 500;

/// Hosts of one request.
const HOSTS_MAX: usize = 1_000;

/// Sources with series; a new one beyond that shares the sets of an unnamed one.
const SOURCES_MAX: usize = 1_000;

/// A value that a program reports, as a parser of a format yields it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct IngestedPoint {
    /// The series. An empty host is the server's own.
    pub(crate) series: SeriesKey,
    /// When; the time of the request if absent.
    pub(crate) timestamp: Option<Timestamp>,
    /// The value. One that is not finite is rejected.
    pub(crate) value: f64,
    /// The unit, if the sender states one.
    pub(crate) unit: Option<Unit>,
    /// Whether it is a total that only grows.
    pub(crate) kind: Kind,
}

/// What became of the points of a request.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct PointsOutcome {
    /// How many are committed.
    pub(crate) accepted: u64,
    /// The others, by their index in the request, ascending.
    pub(crate) rejected: Vec<(usize, PointRejection)>,
}

/// Why a point is rejected. A retry would be rejected, too. Its text reads after "the point is rejected:".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PointRejection {
    /// NaN or infinite.
    #[error("its value is not finite")]
    NotFinite,
    /// Older than is accepted.
    #[error("its time is more than 24 hours ago")]
    TooLate,
    /// Ahead of the server's clock.
    #[error("its time is more than a minute ahead of the server's clock")]
    InFuture,
    /// The name is empty, too long with its labels, or has characters that are not printed.
    #[error(
        "its series is not valid: the name is empty, name and labels have more than {} bytes, or a character \
         that is not printed",
        SeriesKey::TEXT_BYTES_MAX
    )]
    InvalidSeries,
    /// Its host cannot be one.
    #[error("its host is `*`, or has more than {} bytes", OwnHost::NAME_BYTES_MAX)]
    InvalidHost,
    /// A host's own metrics come from its samples.
    #[error("its series is one of the metrics that the server itself samples")]
    HostMetric,
    /// There are as many series as there may be; existing ones continue.
    #[error("its series is new, and there are as many series as there may be")]
    SeriesLimit,
    /// A chunk has no room for more.
    #[error(
        "its series has {} points in this quarter of an hour already, which is as many as there may be",
        WINDOW_SAMPLES_MAX
    )]
    TooDense,
    /// A request has points of too many hosts.
    #[error("the request has points of more than {} hosts", HOSTS_MAX)]
    HostsLimit,
}

/// Where points of other programs enter the log. Cheap to clone.
#[derive(Clone)]
pub(crate) struct PointIntake {
    appender: WeakAppender,
    /// Absent without a store: then points are only published.
    series: Option<TimeSeries>,
    sources: Arc<Mutex<HashMap<String, Source>>>,
    ended: Arc<Mutex<Vec<Arc<UsedSet>>>>,
    /// Whether the samples of the journal are replayed.
    replayed: watch::Receiver<bool>,
}

/// Messages that are to be committed.
struct Batch {
    messages: Vec<Samples>,
    /// The sets that they refer to.
    sets: Vec<Arc<UsedSet>>,
    outcome: PointsOutcome,
    /// How many samples they become.
    samples: usize,
}

impl PointIntake {
    /// `series` is where points become samples, unless there is no store; `replayed` says when those of the journal
    /// have.
    pub(crate) fn new(
        appender: WeakAppender,
        series: Option<TimeSeries>,
        replayed: watch::Receiver<bool>,
    ) -> Self {
        Self {
            appender,
            series,
            sources: Arc::default(),
            ended: Arc::default(),
            replayed,
        }
    }

    /// Commits the points of a request, and returns once they are committed and published. `source` names the
    /// input or target that they come through, such as `influx`; it is not a label of the series.
    ///
    /// # Errors
    ///
    /// While the store is unavailable, or samples arrive faster than they can be stored. Then none of the points is
    /// committed, or of a large request only some; committing them again changes nothing.
    pub(crate) async fn commit(
        &self,
        source: &str,
        points: Vec<IngestedPoint>,
    ) -> Result<PointsOutcome, Unavailable> {
        let mut room = self.room(points.len()).await?;
        let Batch {
            messages,
            sets,
            outcome,
            samples,
        } = self.batch(source, points, Timestamp::now());
        if messages.is_empty() {
            return Ok(outcome);
        }
        room.shrink_to(samples);
        let appender = self.appender.clone();
        // Whether it is committed decides what becomes of the room, even if the request is gone by then.
        let commit = tokio::spawn(async move {
            for slice in slices(messages) {
                let used = sets.iter().filter(|set| slice.sets.contains(&set.id));
                let used: Vec<_> = used.collect();
                let ends: Vec<u64> = used.iter().map(|set| set.ends()).collect();
                let rows = used.iter().filter_map(|set| set.unstored()).collect();
                appender.commit_with_sets(slice.messages, rows).await?;
                room.pass_on(slice.samples);
                used.iter()
                    .zip(ends)
                    .for_each(|(set, ends)| set.stored(ends));
            }
            Ok(())
        });
        match commit.await {
            Ok(committed) => committed.map(|()| outcome),
            Err(_) => Err(Unavailable),
        }
    }

    /// Reserves room for so many samples, once those of the journal are replayed.
    async fn room(&self, count: usize) -> Result<Room, Unavailable> {
        let Some(series) = &self.series else {
            return Ok(Room {
                series: None,
                count: 0,
            });
        };
        let mut replayed = self.replayed.clone();
        let reserve = async {
            replayed.wait_for(|replayed| *replayed).await.ok()?;
            series.reserve(count).await;
            Some(())
        };
        match tokio::time::timeout(ROOM_TIME_MAX, reserve).await {
            Ok(Some(())) => Ok(Room {
                series: Some(series.clone()),
                count,
            }),
            Ok(None) | Err(_) => Err(Unavailable),
        }
    }

    /// Decides which points are accepted, and makes messages of them.
    fn batch(&self, source: &str, points: Vec<IngestedPoint>, now: Timestamp) -> Batch {
        let mut sources = self.sources();
        let name = match sources.len() < SOURCES_MAX || sources.contains_key(source) {
            true => source,
            false => "",
        };
        let of_source = sources.entry(name.to_owned()).or_default();
        let (batch, ended) = match &self.series {
            Some(series) => {
                series.admit(|recorder| batch(of_source, name, points, now, Some(recorder)))
            }
            None => batch(of_source, name, points, now, None),
        };
        drop(sources);
        self.ended().extend(ended);
        batch
    }

    /// How many active series there are of each source.
    pub(crate) fn series_by_source(&self) -> HashMap<String, usize> {
        let sources = self.sources();
        let counts = sources
            .iter()
            .map(|(name, source)| (name.clone(), source.len()));
        counts.collect()
    }

    /// Continues with the sets of an earlier run.
    pub(crate) fn load(&self, rows: Vec<SeriesSetRow>) {
        let Some(series) = &self.series else {
            return;
        };
        let mut sources = self.sources();
        for row in rows.into_iter().filter(|row| row.last_seq.is_none()) {
            let Ok(set) = serde_json::from_str::<SeriesSet>(&row.series) else {
                tracing::warn!(set = row.id, "A set of series cannot be read.");
                continue;
            };
            let members = series.members(&set);
            let source = sources.entry(set.source.clone()).or_default();
            source.load(LoadedSet { row, set, members });
        }
    }

    /// The series of a set of this run, by its id.
    pub(crate) fn members(&self, source: &str, id: &str) -> Option<Arc<Members>> {
        let sources = self.sources();
        let of_source = sources.get(source)?;
        let set = of_source.find(id).cloned();
        drop(sources);
        let ended = || {
            let ended = self.ended();
            ended.iter().find(|set| set.id == id).cloned()
        };
        Some(Arc::clone(set.or_else(ended)?.members()))
    }

    /// Forgets series that are no longer active, and their sets.
    pub(crate) fn forget_ended(&self) {
        let Some(series) = &self.series else {
            return;
        };
        let mut sources = self.sources();
        let ended = series.admit(|recorder| {
            let all = sources.values_mut();
            let ended = all.flat_map(|source| source.forget(|key| recorder.has(key)));
            ended.collect::<Vec<_>>()
        });
        sources.retain(|_, source| source.len() > 0);
        drop(sources);
        self.ended().extend(ended);
    }

    /// Records sets that no message refers to any more from now on. `head` returns the newest message.
    ///
    /// # Errors
    ///
    /// If the store fails; they are recorded the next time.
    pub(crate) async fn end_sets(
        &self,
        store: &dyn Store,
        head: impl FnOnce() -> u64,
    ) -> Result<(), StoreError> {
        // A message that is being committed holds its sets.
        let is_unused = |set: &mut Arc<UsedSet>| Arc::strong_count(set) == 1;
        let mut unused: Vec<_> = self.ended().extract_if(.., is_unused).collect();
        // The same series may have become a set again.
        let live = |id: &str| {
            let sources = self.sources();
            sources.values().find_map(|it| it.find(id)).cloned()
        };
        unused.retain(|set| live(&set.id).is_none());
        let in_commits = self.ended().clone();
        unused.retain(|set| in_commits.iter().all(|other| other.id != set.id));
        drop(in_commits);
        if unused.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = unused.iter().map(|set| set.id.clone()).collect();
        let ended = store.end_series_sets(&ids, head()).await;
        // Or it became one meanwhile, and is marked as ended now: its next message stores it again.
        for set in ids.iter().filter_map(|id| live(id)) {
            set.end();
        }
        if ended.is_err() {
            self.ended().extend(unused);
        }
        ended
    }

    fn sources(&self) -> MutexGuard<'_, HashMap<String, Source>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ended(&self) -> MutexGuard<'_, Vec<Arc<UsedSet>>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room for samples, given back if it is dropped before their messages are committed.
struct Room {
    series: Option<TimeSeries>,
    count: usize,
}

impl Room {
    fn shrink_to(&mut self, count: usize) {
        if let Some(series) = &self.series {
            series.unreserve(self.count.saturating_sub(count));
        }
        self.count = self.count.min(count);
    }

    /// The series give back so much of it when they ingest the samples.
    fn pass_on(&mut self, count: usize) {
        self.count = self.count.saturating_sub(count);
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Some(series) = &self.series {
            series.unreserve(self.count);
        }
    }
}

/// What is committed at once.
struct Slice {
    messages: Vec<Durable>,
    /// The ids of the sets that they refer to.
    sets: HashSet<String>,
    samples: usize,
}

fn slices(messages: Vec<Samples>) -> Vec<Slice> {
    let mut messages = messages.into_iter().peekable();
    let mut slices = Vec::new();
    while messages.peek().is_some() {
        let slice: Vec<_> = messages.by_ref().take(COMMIT_MESSAGES_MAX).collect();
        slices.push(Slice {
            sets: slice.iter().filter_map(|it| it.set.clone()).collect(),
            samples: slice.iter().map(Samples::len).sum(),
            messages: slice.into_iter().map(Durable::Samples).collect(),
        });
    }
    slices
}

/// The messages of some points, and the sets that are used no more.
fn batch(
    source: &mut Source,
    name: &str,
    points: Vec<IngestedPoint>,
    now: Timestamp,
    mut recorder: Option<&mut Recorder>,
) -> (Batch, Vec<Arc<UsedSet>>) {
    let mut placed = Placed::default();
    let mut outcome = PointsOutcome::default();
    let mut hosts: HashSet<String> = HashSet::new();
    for (index, mut point) in points.into_iter().enumerate() {
        let host = &point.series.host;
        if !hosts.contains(host) {
            if hosts.len() >= HOSTS_MAX {
                outcome.rejected.push((index, PointRejection::HostsLimit));
                continue;
            }
            hosts.insert(host.clone());
        }
        match place(source, &mut point, now, recorder.as_deref_mut()) {
            Ok(at_ms) => {
                let reported = (point.unit, point.kind);
                source.add(&point.series, reported, at_ms, point.value, &mut placed);
                outcome.accepted += 1;
            }
            Err(why) => outcome.rejected.push((index, why)),
        }
    }
    let Placed {
        mut in_sets,
        mut new,
    } = placed;
    sort_set_points(&mut in_sets);
    sort_new_points(&mut new);
    let mut messages = Vec::new();
    let mut sets = Vec::new();
    for of_set in in_sets.chunk_by(|a, b| a.set == b.set) {
        if let Some(set) = source.set(of_set[0].set) {
            let names = (set.host(), name, set.id.as_str());
            pack_set(of_set, set.len(), names, &mut messages);
            sets.push(Arc::clone(set));
        }
    }
    pack_new(&new, name, &mut messages);
    // Without a store a set could not be looked up.
    let ended = match recorder {
        Some(recorder) => source.end_batch(name, &new, now.unix_ms(), |set| recorder.members(set)),
        None => Vec::new(),
    };
    let batch = Batch {
        samples: messages.iter().map(Samples::len).sum(),
        messages,
        sets,
        outcome,
    };
    (batch, ended)
}

/// Checks a point, and that its series has a place and is active. Returns its time.
fn place(
    source: &mut Source,
    point: &mut IngestedPoint,
    now: Timestamp,
    recorder: Option<&mut Recorder>,
) -> Result<i64, PointRejection> {
    let now_ms = now.unix_ms();
    let at_ms = point.timestamp.unwrap_or(now).unix_ms();
    let ahead_ms = at_ms.saturating_sub(now_ms);
    if !point.value.is_finite() {
        return Err(PointRejection::NotFinite);
    }
    if ahead_ms < -LATE_MAX_MS {
        return Err(PointRejection::TooLate);
    }
    if ahead_ms > AHEAD_MAX_MS {
        return Err(PointRejection::InFuture);
    }
    let Some(recorder) = recorder else {
        return place_unrecorded(source, point).map(|()| at_ms);
    };
    let key = &mut point.series;
    recorder.resolve(key);
    let releases = recorder.releases();
    if let Some(place) = source.place(key) {
        if place.releases != releases {
            if !recorder.admit(key, now_ms) {
                return Err(PointRejection::SeriesLimit);
            }
            // Admitting one may release others.
            place.releases = recorder.releases();
        }
        return match place.count(at_ms) {
            true => Ok(at_ms),
            false => Err(PointRejection::TooDense),
        };
    }
    check_series(key)?;
    if !recorder.admit(key, now_ms) {
        return Err(PointRejection::SeriesLimit);
    }
    let shared = recorder.key(key).unwrap_or_else(|| Arc::new(key.clone()));
    let (unit, releases) = (point.unit.clone(), recorder.releases());
    source.insert(shared, unit, point.kind, releases);
    if let Some(place) = source.place(key) {
        place.count(at_ms);
    }
    Ok(at_ms)
}

/// The same without a store.
fn place_unrecorded(source: &mut Source, point: &IngestedPoint) -> Result<(), PointRejection> {
    if source.place(&point.series).is_some() {
        return Ok(());
    }
    check_series(&point.series)?;
    if source.len() >= history::series::SERIES_MAX {
        return Err(PointRejection::SeriesLimit);
    }
    let key = Arc::new(point.series.clone());
    source.insert(key, point.unit.clone(), point.kind, 0);
    Ok(())
}

fn check_series(key: &SeriesKey) -> Result<(), PointRejection> {
    // Where hosts are listed, an asterisk is all of them.
    if key.host == "*" || key.host.len() > OwnHost::NAME_BYTES_MAX {
        return Err(PointRejection::InvalidHost);
    }
    let is_printed = |text: &str| !text.contains(is_disruptive);
    let labels = &key.labels;
    let is_valid = !key.name.is_empty()
        && is_printed(&key.name)
        && is_printed(&key.host)
        && labels
            .iter()
            .all(|(label, value)| is_printed(label) && is_printed(value))
        && key.to_string().len() <= SeriesKey::TEXT_BYTES_MAX;
    if !is_valid {
        return Err(PointRejection::InvalidSeries);
    }
    match Metric::of(key) {
        Some(_) => Err(PointRejection::HostMetric),
        None => Ok(()),
    }
}
