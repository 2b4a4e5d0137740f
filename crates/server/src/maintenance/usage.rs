use crate::metrics::Metrics;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::sync::watch;

/// How often it is measured; monitoring systems ask about as often.
const MEASURE_EVERY: Duration = Duration::from_secs(15);

/// Measures how much is stored.
pub(crate) async fn run(store: Arc<dyn Store>, metrics: Metrics, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            usage = store.usage() => match usage {
                Ok(usage) => metrics.set_usage(&usage),
                Err(error) => tracing::debug!(%error, "The size of the store could not be read."),
            },
            _ = stop.changed() => return,
        }
        tokio::select! {
            () = tokio::time::sleep(MEASURE_EVERY) => {}
            _ = stop.changed() => return,
        }
    }
}
