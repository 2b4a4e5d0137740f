use crate::named_enum::named_enum;
use std::fmt;
use std::str::FromStr;

named_enum! {
    /// A kind of durable message that a viewer may subscribe to.
    ///
    /// All streams share one order (`seq`); each has its own chain (`prev`).
    pub enum Stream {
        /// A host's samples, once per interval.
        Metrics = "metrics",
        /// A host's busiest processes.
        Processes = "processes",
        /// Events.
        Events = "events",
        /// Values that other programs report.
        Data = "data",
        /// Alerts that fire and resolve.
        Alerts = "alerts",
        /// Lines of logs.
        Logs = "logs",
    }
}

impl Stream {
    /// The number of streams; tables by stream have this length.
    pub const COUNT: usize = Self::ALL.len();

    /// The stream's index in a table of [`Stream::COUNT`] entries.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Whether each of its messages is about one host; events, alerts and logs have none.
    pub const fn is_about_a_host(self) -> bool {
        matches!(self, Self::Metrics | Self::Processes | Self::Data)
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Stream {
    type Err = UnknownStream;

    fn from_str(name: &str) -> Result<Self, UnknownStream> {
        Self::ALL
            .into_iter()
            .find(|stream| stream.name() == name)
            .ok_or(UnknownStream)
    }
}

/// The name is not one of [`Stream::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown stream; known are metrics, processes, events, data, alerts and logs")]
pub struct UnknownStream;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_indices_identify_streams() {
        for (index, stream) in Stream::ALL.into_iter().enumerate() {
            assert_eq!(stream.index(), index);
            assert_eq!(stream.name().parse(), Ok(stream));
        }
        assert_eq!("metric".parse::<Stream>(), Err(UnknownStream));
    }
}
