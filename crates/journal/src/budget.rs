/// The most messages a connection resumes with; for older ones the page queries history.
pub(crate) const RESUME_MESSAGES_MAX: usize = 10_000;

/// The same limit in bytes of JSON.
const RESUME_BYTES_MAX: usize = 8 << 20;

/// The most messages scanned for it, whether or not they pass the filter.
const SCAN_MESSAGES_MAX: usize = 100_000;

/// The same limit in bytes of JSON.
const SCAN_BYTES_MAX: usize = 64 << 20;

/// How long a connection's subscription may scan, in milliseconds.
pub(crate) const SCAN_MS_MAX: u64 = 2_000;

/// What a connection may still resume with, over all its streams.
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
    /// What a scope has taken so far.
    pub(crate) const NOTHING: Self = Self {
        messages: 0,
        bytes: 0,
    };

    /// Counts as taken what is missing of the budget of before.
    pub(crate) fn count(&mut self, before: Self, after: Self) {
        self.messages += before.messages - after.messages;
        self.bytes += before.bytes - after.bytes;
    }

    /// Gives back what was taken for nothing.
    pub(crate) fn give_back(&mut self, taken: &mut Self) {
        let Self { messages, bytes } = std::mem::replace(taken, Self::NOTHING);
        self.messages += messages;
        self.bytes += bytes;
    }

    /// The budget of a scan.
    pub(crate) fn scan() -> Self {
        Self {
            messages: SCAN_MESSAGES_MAX,
            bytes: SCAN_BYTES_MAX,
        }
    }

    /// Takes messages of these lengths; false, and none taken, if that exceeds the budget.
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
