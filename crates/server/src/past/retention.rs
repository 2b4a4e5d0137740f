use crate::clock;
use history::{Retention, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often it is looked whether anything is too old or too much.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Between two steps while there is something to remove, so that commits come first.
const STEP_EVERY: Duration = Duration::from_millis(50);

/// Removes what is too old or too much, a little at a time.
pub(crate) async fn run(
    store: Arc<dyn Store>,
    retention: Retention,
    mut stop: watch::Receiver<bool>,
) {
    let mut wait = LOOK_EVERY;
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
    }
}
