//! Writes down what the collector sees of this machine, at the collector's own pace.

use collector::{Collector, Moment, Watched};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// One message a line, as on the wire; each line is on disk before the next sample is taken, so that
/// a recording that is cut off is a shorter recording.
pub(crate) fn record(seconds: u64, path: &Path) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut collector = Collector::local("local", Duration::from_secs(1), Instant::now());
    let (_never, sleep) = mpsc::channel::<()>();
    while Instant::now() < end {
        let watched = Watched::default();
        let wait = collector.next_due(watched) - Instant::now();
        // Sleeps like the server's sampler: on a channel without messages.
        let _ = sleep.recv_timeout(wait);
        for message in collector.collect(Moment::now(), watched) {
            writeln!(file, "{}", message.to_json())?;
        }
        file.flush()?;
    }
    Ok(())
}
