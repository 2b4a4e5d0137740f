//! Days of a few hosts into a real SQLite file, as fast as it goes.

use crate::replay::Replay;
use history::query::RetentionPeriods;
use history::{Tier, TimeSeries};
use protocol::OwnHost;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Config, Location, Store};

/// The server seals every few seconds; so does this, by the clock of the samples.
const SEAL_EVERY: usize = 10;
const DAY_SAMPLES: usize = 24 * 60 * 60;
/// Points of the memory's curve a day.
const CURVE_POINTS: usize = 12;

pub(crate) struct Ingested {
    pub(crate) time_series: TimeSeries,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) now_ms: i64,
    pub(crate) samples: u64,
    pub(crate) elapsed: Duration,
    /// Resident memory over the run, in MiB.
    pub(crate) memory_mib: Vec<f64>,
}

pub(crate) async fn ingest(replay: &Replay, days: usize, directory: &Path) -> Ingested {
    let config = Config::of(Location::Sqlite(directory.to_owned()));
    let store = store::open(&config).await.expect("a new store");
    let time_series = TimeSeries::open(
        store.clone(),
        RetentionPeriods::default(),
        OwnHost::default(),
    )
    .await
    .expect("a new store");
    let start = Instant::now();
    let (mut samples, mut now_ms, mut memory_mib) = (0, 0, Vec::new());
    for number in 0..days * DAY_SAMPLES {
        for message in replay.nth(number) {
            now_ms = message.timestamp().unix_ms();
            let outcome = time_series.ingest(&message, 0, now_ms);
            assert_eq!(outcome.rejected(), 0);
            samples += outcome.added;
        }
        if number % SEAL_EVERY == 0 {
            time_series.seal(now_ms).await.expect("sealed");
        }
        if number % (DAY_SAMPLES / CURVE_POINTS) == 0 {
            memory_mib.push(resident_mib());
        }
    }
    let elapsed = start.elapsed();
    memory_mib.push(resident_mib());
    // The last window, so that all samples count.
    now_ms += 2 * Tier::Second.window_ms();
    time_series.seal(now_ms).await.expect("sealed");
    Ingested {
        time_series,
        store,
        now_ms,
        samples,
        elapsed,
        memory_mib,
    }
}

fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1_024.0
}
