/// The most messages a connection is resumed with; further back the page asks history.
pub(crate) const RESUME_MESSAGES_MAX: usize = 10_000;

/// The same in bytes of JSON.
const RESUME_BYTES_MAX: usize = 8 << 20;

/// Messages that are looked at for it, wanted or not, are no more than this.
const SCAN_MESSAGES_MAX: usize = 100_000;

/// The same in bytes of JSON.
const SCAN_BYTES_MAX: usize = 64 << 20;

/// What is left to resume a connection with, over all its streams.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    messages: usize,
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            messages: RESUME_MESSAGES_MAX,
            bytes: RESUME_BYTES_MAX,
        }
    }
}

impl Budget {
    /// What is left to be looked at.
    pub(crate) fn scan() -> Self {
        Self {
            messages: SCAN_MESSAGES_MAX,
            bytes: SCAN_BYTES_MAX,
        }
    }

    /// Takes messages of these lengths; takes none of them, and says so, if that is too much.
    pub(crate) fn take(&mut self, mut lengths: impl Iterator<Item = usize>) -> bool {
        let left = lengths.try_fold((self.messages, self.bytes), |(messages, bytes), length| {
            Some((messages.checked_sub(1)?, bytes.checked_sub(length)?))
        });
        if let Some((messages, bytes)) = left {
            (self.messages, self.bytes) = (messages, bytes);
        }
        left.is_some()
    }
}
