use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

const FILE: &str = "known-time";

/// A crash loses the time since the last write, by which the clock then seems to be ahead.
const WRITE_EVERY: Duration = Duration::from_secs(60);

/// The newest trusted time, in a file next to the store. The stored messages do not show it, since a wrong
/// clock may have stamped some.
pub(crate) struct KnownTime {
    file: PathBuf,
    write_at: Instant,
    /// The last write, which may hang.
    writing: Option<JoinHandle<()>>,
}

impl KnownTime {
    /// Opens the file, and returns the time; `None` at the first start, and for an unreadable file.
    pub(crate) fn open(data_dir: &Path) -> (Self, Option<i64>) {
        let file = data_dir.join(FILE);
        let text = std::fs::read_to_string(&file).ok();
        let known_ms = text.and_then(|text| text.trim_end().parse().ok());
        let known_time = Self {
            file,
            write_at: Instant::now(),
            writing: None,
        };
        (known_time, known_ms)
    }

    /// Writes it once a minute, without waiting for the disk.
    pub(crate) fn set(&mut self, known_ms: i64) {
        let is_busy = self.writing.as_ref().is_some_and(|it| !it.is_finished());
        if is_busy || Instant::now() < self.write_at {
            return;
        }
        self.write_at = Instant::now() + WRITE_EVERY;
        let file = self.file.clone();
        self.writing = Some(tokio::task::spawn_blocking(move || {
            if let Err(error) = replace(&file, known_ms) {
                tracing::debug!(%error, "The known time could not be written.");
            }
        }));
    }
}

/// Atomic: an interruption leaves the old or the new file.
fn replace(file: &Path, known_ms: i64) -> io::Result<()> {
    let new = file.with_extension("new");
    std::fs::write(&new, format!("{known_ms}\n"))?;
    std::fs::rename(&new, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_time_is_restored() {
        let folder = tempfile::tempdir().unwrap();
        let found = || KnownTime::open(folder.path()).1;
        let (mut known_time, known_ms) = KnownTime::open(folder.path());
        assert_eq!(known_ms, None);
        for (set_ms, expected_ms) in [(-1, -1), (1_768_473_000_123, -1), (5, 5)] {
            known_time.set(set_ms);
            if let Some(writing) = &mut known_time.writing {
                writing.await.unwrap();
            }
            known_time.writing = None;
            assert_eq!(found(), Some(expected_ms), "once a minute");
            if set_ms != -1 {
                tokio::time::advance(WRITE_EVERY).await;
            }
        }
        std::fs::write(folder.path().join(FILE), "yesterday").unwrap();
        assert_eq!(found(), None);
    }
}
