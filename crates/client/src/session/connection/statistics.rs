use crate::model::Missed;

/// How the connection has fared since the page was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Statistics {
    /// Messages received, of every type.
    pub(crate) messages: u64,
    /// Their text, in bytes.
    pub(crate) bytes: u64,
    /// Times that a lost connection came back.
    pub(crate) reconnects: u64,
    /// How long the last question took to be answered.
    pub(crate) round_trip_ms: Option<f64>,
    /// How often messages were lost.
    pub(crate) gaps: u64,
    /// The last time.
    pub(crate) last_gap: Option<Missed>,
}

impl Statistics {
    pub(super) fn record_gap(&mut self, missed: Missed) {
        self.gaps += 1;
        self.last_gap = Some(missed);
    }
}
