use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const FILE: &str = "shown-unwritten";

/// A disk that hangs must not hold up the messages that are shown because it hangs.
const PATIENCE: Duration = Duration::from_millis(100);

const SET: u8 = b'1';
const CLEAR: u8 = b'0';

/// Whether messages have been shown that the store does not have: one byte beside the store, in a file
/// that is there before, so that neither a full disk nor a database that is gone keeps it from being
/// written.
///
/// A crash amid an outage leaves nothing else to tell of what was shown and lost.
#[derive(Clone)]
pub(super) struct Mark(Option<Arc<Byte>>);

/// The byte, and what it should be: one write may still hang when the next begins.
struct Byte {
    file: Mutex<File>,
    is_set: AtomicBool,
}

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
        let is_set = bytes.first() == Some(&SET);
        let byte = Byte {
            file: Mutex::new(file),
            is_set: AtomicBool::new(is_set),
        };
        if bytes.is_empty() {
            byte.write()?;
        }
        Ok((Self(Some(Arc::new(byte))), is_set))
    }

    /// Keeps nothing, for a store without a folder.
    #[cfg(test)]
    pub(super) fn nowhere() -> Self {
        Self(None)
    }

    /// Sets it before anything is shown that is not written.
    pub(super) async fn set(&self) {
        self.write(true).await;
    }

    /// Clears it once everything shown is written, or known to be lost.
    pub(super) async fn clear(&self) {
        self.write(false).await;
    }

    async fn write(&self, is_set: bool) {
        let Some(byte) = self.0.clone() else { return };
        byte.is_set.store(is_set, Ordering::Relaxed);
        let writing = tokio::task::spawn_blocking(move || byte.write());
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

impl Byte {
    /// One after the other, and each what is wanted by then: so the last to write is right, whichever
    /// of them hung.
    fn write(&self) -> io::Result<()> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let byte = match self.is_set.load(Ordering::Relaxed) {
            true => SET,
            false => CLEAR,
        };
        file.write_all_at(&[byte], 0)?;
        file.sync_data()
    }
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

    #[tokio::test]
    async fn two_writes_at_once_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let (mark, _) = Mark::open(folder.path()).unwrap();
        tokio::join!(mark.clear(), mark.set(), mark.clear(), mark.set());
        assert_eq!(std::fs::read(folder.path().join(FILE)).unwrap(), [SET]);
        // What an earlier version may have left of such.
        std::fs::write(folder.path().join(FILE), [SET, CLEAR]).unwrap();
        assert!(Mark::open(folder.path()).unwrap().1);
    }
}
