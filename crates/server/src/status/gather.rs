use super::html;
use super::summary::{DAYS, ShownCheck, ShownMaintenance, Summary, uptime};
use crate::alerts::Alerts;
use crate::checks::Checks;
use crate::config::{CheckConfig, StatusPage};
use crate::reading::{Archive, Reader};
use bytes::Bytes;
use history::query::{Aggregation, Query};
use protocol::checks::{CheckInfo, CheckState};
use protocol::{SeriesKey, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// What is shown is not older.
pub(crate) const FRESH: Duration = Duration::from_secs(5);

/// Uptimes by day change little.
const UPTIMES_EVERY: Duration = Duration::from_secs(60);

/// A store that does not answer must not delay the page, which is without bars then, or with those of before.
const UPTIMES_TIME_MAX: Duration = Duration::from_secs(2);

const DAY_MS: i64 = 86_400_000;

/// What the status page shows, gathered at most once in five seconds and shared by everybody who asks.
pub(crate) struct StatusPages {
    setting: StatusPage,
    /// The names of the checks that are shown with their series, in the order of the configuration.
    checks: Vec<(String, SeriesKey)>,
    newest: Mutex<Option<Arc<Shown>>>,
    /// Held while it is gathered. Until the end of that, others see what there was.
    gathering: tokio::sync::Mutex<Uptimes>,
}

/// Once gathered, in all its forms.
pub(crate) struct Shown {
    at: Instant,
    pub(crate) summary: Summary,
    pub(crate) html: Bytes,
    pub(crate) json: Bytes,
}

/// The days of each check, by its name.
#[derive(Default)]
struct Uptimes {
    asked: Option<Instant>,
    days: HashMap<String, Vec<Option<f64>>>,
}

impl StatusPages {
    pub(crate) fn new(setting: StatusPage, checks: &[CheckConfig]) -> Self {
        let public = checks.iter().filter(|check| check.public);
        Self {
            setting,
            checks: public
                .map(|check| (check.name.clone(), series_of(check)))
                .collect(),
            newest: Mutex::default(),
            gathering: tokio::sync::Mutex::default(),
        }
    }

    /// Whom it is for.
    pub(crate) fn setting(&self) -> StatusPage {
        self.setting
    }

    /// What there is to show.
    pub(crate) async fn current(
        &self,
        checks: &Checks,
        alerts: Option<&Alerts>,
        archive: Option<&Archive>,
    ) -> Arc<Shown> {
        let newest = self.newest().clone();
        if let Some(shown) = newest.as_ref().filter(|it| it.at.elapsed() < FRESH) {
            return Arc::clone(shown);
        }
        let mut uptimes = match (self.gathering.try_lock(), newest) {
            (Ok(uptimes), _) => uptimes,
            (Err(_), Some(shown)) => return shown,
            // Only at first.
            (Err(_), None) => self.gathering.lock().await,
        };
        // Whoever held it before may have gathered it.
        let newest = self.newest().clone();
        if let Some(shown) = newest.filter(|it| it.at.elapsed() < FRESH) {
            return shown;
        }
        let list = checks.list().checks;
        let shown = self.checks.iter().filter_map(|(name, series)| {
            let info = list.iter().find(|it| it.name == *name)?;
            Some((info, series))
        });
        let shown: Vec<(&CheckInfo, &SeriesKey)> = shown.collect();
        uptimes.refresh(&shown, archive).await;
        let shown = Arc::new(Shown::new(&shown, &uptimes, alerts));
        *self.newest() = Some(Arc::clone(&shown));
        shown
    }

    fn newest(&self) -> std::sync::MutexGuard<'_, Option<Arc<Shown>>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shown {
    fn new(
        checks: &[(&CheckInfo, &SeriesKey)],
        uptimes: &Uptimes,
        alerts: Option<&Alerts>,
    ) -> Self {
        let now = Timestamp::now();
        let mut windows: Vec<(String, ShownMaintenance)> = Vec::new();
        let mut shown = Vec::with_capacity(checks.len());
        for (check, series) in checks {
            let open = alerts.map(|it| it.open_maintenance(series));
            let open = open.unwrap_or_default();
            let days = uptimes.days.get(&check.name).cloned().unwrap_or_default();
            shown.push(ShownCheck {
                name: check.name.clone(),
                state: check.state,
                is_maintained: !open.is_empty(),
                uptime: uptime(&days),
                days,
            });
            for silence in open {
                match windows.iter_mut().find(|(id, _)| *id == silence.id) {
                    Some((_, window)) => window.checks.push(check.name.clone()),
                    None => windows.push((
                        silence.id,
                        ShownMaintenance {
                            checks: vec![check.name.clone()],
                            why: silence.why,
                            until: Timestamp::from_unix_ms(silence.ends_ms),
                        },
                    )),
                }
            }
        }
        let windows = windows.into_iter().map(|(_, window)| window);
        let summary = Summary::new(now, shown, windows.collect());
        let json = serde_json::to_vec(&summary).unwrap_or_default();
        Self {
            at: Instant::now(),
            html: html::page(&summary).into(),
            json: json.into(),
            summary,
        }
    }
}

impl Uptimes {
    /// Reads them again, if it is time. What cannot be read stays as it was.
    async fn refresh(&mut self, checks: &[(&CheckInfo, &SeriesKey)], archive: Option<&Archive>) {
        let is_old = self.asked.is_none_or(|at| at.elapsed() >= UPTIMES_EVERY);
        // After a start, and after its first result, a check has no days yet.
        let lacks_days = |(check, _): &(&CheckInfo, &SeriesKey)| {
            check.state != CheckState::Unknown && !self.days.contains_key(&check.name)
        };
        let is_due = is_old || checks.iter().any(lacks_days);
        let Some(archive) = archive.filter(|it| is_due && it.is_complete()) else {
            return;
        };
        self.asked = Some(Instant::now());
        let series = checks.iter();
        let series = series.map(|(check, series)| (check.name.clone(), series.to_string()));
        let reading = read(archive.clone(), series.collect());
        let read = timeout(UPTIMES_TIME_MAX, archive.in_background(reading)).await;
        if let Ok(Some(Some(days))) = read {
            // What cannot be read stays as it was.
            self.days.extend(days);
        }
    }
}

/// The share of results that were up, by days of UTC.
async fn read(
    archive: Archive,
    series: Vec<(String, String)>,
) -> Option<HashMap<String, Vec<Option<f64>>>> {
    let _permit = archive.permit(Reader::Public).await?;
    let now_ms = Timestamp::now().unix_ms();
    let end_ms = (now_ms.div_euclid(DAY_MS) + 1) * DAY_MS;
    let mut days = HashMap::new();
    for (name, series) in series {
        let query = Query {
            series: vec![series],
            from_ms: end_ms - DAYS as i64 * DAY_MS,
            to_ms: end_ms,
            points: DAYS + 1,
            aggregation: Aggregation::Avg,
        };
        // Before the first result there is no series.
        let Ok(result) = archive.series().query(&query, now_ms).await else {
            continue;
        };
        if let Some(column) = result.columns.into_iter().next() {
            let of_day = result.times_ms.iter().zip(column.values);
            let mut of_check = vec![None; DAYS];
            for (at_ms, value) in of_day {
                let day = (at_ms - query.from_ms).div_euclid(DAY_MS);
                if let Some(place) = usize::try_from(day)
                    .ok()
                    .and_then(|day| of_check.get_mut(day))
                {
                    *place = value;
                }
            }
            days.insert(name, of_check);
        }
    }
    Some(days)
}

/// The series of its results; without a host, they have none.
fn series_of(check: &CheckConfig) -> SeriesKey {
    let labels = [("check".to_owned(), check.name.clone())];
    SeriesKey::new(check.host.as_str(), "check_up", labels)
}
