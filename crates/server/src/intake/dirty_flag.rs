use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const FILE: &str = "shown-unwritten";

/// A disk that hangs must not delay the messages that are published because it hangs.
const WRITE_TIME_MAX: Duration = Duration::from_millis(100);

const SET: u8 = b'1';
const CLEAR: u8 = b'0';

/// Whether messages were published that are not in the store: one byte in a file next to it, which exists
/// already, so that neither a full disk nor an unreachable database prevents the write.
///
/// After a crash during an outage nothing else shows that published messages were lost.
#[derive(Clone)]
pub(crate) struct DirtyFlag(Option<Arc<Byte>>);

/// The byte, and its intended value: one write may still hang when the next begins.
struct Byte {
    file: Mutex<File>,
    is_set: AtomicBool,
}

impl DirtyFlag {
    /// Opens the flag, and returns whether it is set.
    pub(crate) fn open(data_dir: &Path) -> io::Result<(Self, bool)> {
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

    /// A flag without a file.
    #[cfg(test)]
    pub(crate) fn nowhere() -> Self {
        Self(None)
    }

    /// Set it before publishing anything that is not committed.
    pub(crate) async fn set(&self) {
        self.write(true).await;
    }

    /// Clear it once everything published is committed, or known to be lost.
    pub(crate) async fn clear(&self) {
        self.write(false).await;
    }

    async fn write(&self, is_set: bool) {
        let Some(byte) = self.0.clone() else { return };
        byte.is_set.store(is_set, Ordering::Relaxed);
        let writing = tokio::task::spawn_blocking(move || byte.write());
        match tokio::time::timeout(WRITE_TIME_MAX, writing).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => {
                tracing::warn!(%error, "The flag for uncommitted messages could not be written.");
            }
            // The write continues on its own thread.
            Ok(Err(_)) | Err(_) => {}
        }
    }
}

impl Byte {
    /// Writes the intended value of that moment: so the last write is right, whichever of them hung.
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
    async fn the_flag_is_restored() {
        let folder = tempfile::tempdir().unwrap();
        let (flag, is_set) = DirtyFlag::open(folder.path()).unwrap();
        assert!(!is_set);
        flag.set().await;
        assert!(DirtyFlag::open(folder.path()).unwrap().1);
        flag.clear().await;
        assert!(!DirtyFlag::open(folder.path()).unwrap().1);
    }

    #[tokio::test]
    async fn concurrent_writes_leave_the_last_value() {
        let folder = tempfile::tempdir().unwrap();
        let (flag, _) = DirtyFlag::open(folder.path()).unwrap();
        tokio::join!(flag.clear(), flag.set(), flag.clear(), flag.set());
        assert_eq!(std::fs::read(folder.path().join(FILE)).unwrap(), [SET]);
        // As earlier versions may have left it.
        std::fs::write(folder.path().join(FILE), [SET, CLEAR]).unwrap();
        assert!(DirtyFlag::open(folder.path()).unwrap().1);
    }
}
