use crate::clock;
use history::{Past, Retention, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How often it is looked whether anything is too old or too much.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Between two steps while there is something to remove, so that commits come first.
const STEP_EVERY: Duration = Duration::from_millis(50);

/// How often series of which nothing is kept are looked for.
const FORGET_EVERY: Duration = Duration::from_secs(60 * 60);

/// Removes what is too old or too much, a little at a time.
pub(crate) async fn run(
    store: Arc<dyn Store>,
    series: Past,
    retention: Retention,
    mut stop: watch::Receiver<bool>,
) {
    let mut wait = LOOK_EVERY;
    let mut forget_at = Instant::now();
    loop {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stop.changed() => return,
        }
        let now_ms = clock::wall_time().unix_ms();
        wait = match retention.step(&*store, now_ms).await {
            Ok(removed) if removed > 0 => STEP_EVERY,
            Ok(_) => LOOK_EVERY,
            Err(error) => {
                tracing::debug!(%error, "Nothing could be removed from the store.");
                LOOK_EVERY
            }
        };
        if Instant::now() >= forget_at {
            forget_at = Instant::now() + FORGET_EVERY;
            if let Err(error) = series.forget().await {
                tracing::debug!(%error, "Series of which nothing is kept could not be forgotten.");
            }
        }
    }
}
