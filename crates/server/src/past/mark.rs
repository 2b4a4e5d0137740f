use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const FILE: &str = "shown-unwritten";

/// A disk that hangs must not hold up the messages that are shown because it hangs.
const PATIENCE: Duration = Duration::from_millis(100);

const SET: &[u8; 1] = b"1";
const CLEAR: &[u8; 1] = b"0";

/// Whether messages have been shown that the store does not have: one byte beside the store, in a file
/// that is there before, so that neither a full disk nor a database that is gone keeps it from being
/// written.
///
/// A crash amid an outage leaves nothing else to tell of what was shown and lost.
#[derive(Clone)]
pub(super) struct Mark(Option<Arc<File>>);

impl Mark {
    /// Opens the mark, and says whether it is set.
    pub(super) fn open(data_dir: &Path) -> io::Result<(Self, bool)> {
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(data_dir.join(FILE))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            write(&file, CLEAR)?;
        }
        Ok((Self(Some(Arc::new(file))), bytes == SET))
    }

    /// Keeps nothing, for a store without a folder.
    #[cfg(test)]
    pub(super) fn nowhere() -> Self {
        Self(None)
    }

    /// Sets it before anything is shown that is not written.
    pub(super) async fn set(&self) {
        self.write(SET).await;
    }

    /// Clears it once everything shown is written, or known to be lost.
    pub(super) async fn clear(&self) {
        self.write(CLEAR).await;
    }

    async fn write(&self, byte: &'static [u8; 1]) {
        let Some(file) = self.0.clone() else { return };
        let writing = tokio::task::spawn_blocking(move || write(&file, byte));
        match tokio::time::timeout(PATIENCE, writing).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => {
                tracing::warn!(%error, "What is shown unwritten could not be marked so.");
            }
            // It goes on by itself.
            Ok(Err(_)) | Err(_) => {}
        }
    }
}

fn write(mut file: &File, byte: &[u8; 1]) -> io::Result<()> {
    file.rewind()?;
    file.write_all(byte)?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_found_as_it_was_left() {
        let folder = tempfile::tempdir().unwrap();
        let (mark, is_set) = Mark::open(folder.path()).unwrap();
        assert!(!is_set);
        mark.set().await;
        assert!(Mark::open(folder.path()).unwrap().1);
        mark.clear().await;
        assert!(!Mark::open(folder.path()).unwrap().1);
    }
}
