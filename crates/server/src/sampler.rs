use crate::health::Health;
use crate::intake::{OwnMessage, WeakAppender};
use crate::viewers::Hub;
use collector::{Collector, Moment, Watched};
use protocol::{Durable, Stream};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// The longest sleep, and so the longest that a new viewer of processes waits for the first list.
const SLEEP_MAX: Duration = Duration::from_millis(500);

/// Samples the host into the journal until the other end of `stop` is dropped.
pub(crate) fn run(
    mut collector: Collector,
    appender: &WeakAppender,
    hub: &Hub,
    health: &Health,
    stop: &Receiver<()>,
) {
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
        let messages = collector.collect(Moment::now(), watched);
        if messages
            .iter()
            .any(|message| matches!(message, Durable::Metrics(_)))
        {
            health.sampled();
            hub.metrics().set_host(collector.counters());
        }
        let (mut own, mut others) = (Vec::with_capacity(messages.len()), Vec::new());
        for message in messages {
            match OwnMessage::of_collector(message) {
                Ok(message) => own.push(message),
                Err(message) => others.push(message),
            }
        }
        appender.publish_blocking(own);
        // Those of simulated programs, which are treated as real ones.
        appender.commit_or_discard_blocking(others);
    }
}
