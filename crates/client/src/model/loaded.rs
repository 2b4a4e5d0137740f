use super::{Ask, Lines, Track};

/// What the server tells of a stretch of time.
pub(crate) struct Loaded {
    pub(crate) lines: Lines,
    pub(crate) labels: Vec<LoadedLabel>,
    /// The stretch does not reach to the present.
    pub(crate) has_ended: bool,
}

/// The past of what a program reports.
pub(crate) struct LoadedLabel {
    pub(crate) source: String,
    pub(crate) label: String,
    pub(crate) unit: String,
    pub(crate) track: Track,
}

impl Loaded {
    pub(crate) fn new(ask: &Ask) -> Self {
        Self {
            lines: Lines::new(),
            labels: Vec::new(),
            has_ended: !ask.follows,
        }
    }
}
