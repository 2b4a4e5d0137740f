use crate::viewers::Hub;
use collector::{Collector, Moment, Watched};
use journal::Journal;
use protocol::Stream;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// The longest sleep: whoever begins to watch processes waits no longer for the first.
const SLEEP_MAX: Duration = Duration::from_millis(500);

/// Samples the host into the journal until the other end of `stop` is dropped.
pub(crate) fn run(mut collector: Collector, journal: &Journal, hub: &Hub, stop: &Receiver<()>) {
    loop {
        let watched = Watched {
            processes: hub.is_watched(Stream::Processes),
        };
        let wait = collector
            .next_due(watched)
            .saturating_duration_since(Instant::now());
        match stop.recv_timeout(wait.min(SLEEP_MAX)) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
        journal.append(&collector.collect(Moment::now(), watched));
    }
}
