use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A kind of durable message that a viewer may follow or leave out.
///
/// All streams share one order (`seq`); each has its own chain (`prev`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// A host's figures, once an interval.
    Metrics,
    /// A host's busiest processes.
    Processes,
    /// Things that happened.
    Events,
    /// Figures that other programs report, one label at a time.
    Data,
    /// Alerts that fire and resolve.
    Alerts,
    /// Lines of logs.
    Logs,
}

impl Stream {
    /// How many streams there are; tables by stream have this length.
    pub const COUNT: usize = Self::ALL.len();

    /// Every stream, in the order of [`Stream::index`].
    pub const ALL: [Self; 6] = [
        Self::Metrics,
        Self::Processes,
        Self::Events,
        Self::Data,
        Self::Alerts,
        Self::Logs,
    ];

    /// The stream's place in a table of [`Stream::COUNT`] entries.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Processes => "processes",
            Self::Events => "events",
            Self::Data => "data",
            Self::Alerts => "alerts",
            Self::Logs => "logs",
        }
    }

    /// The `type` of the messages on it.
    pub const fn message_type(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Processes => "processes",
            Self::Events => "event",
            Self::Data => "data",
            Self::Alerts => "alert",
            Self::Logs => "log",
        }
    }

    /// Whether each of its messages is about one host. What happens (events, alerts, logs) names none.
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
    fn names_on_the_wire_and_in_urls_are_the_same() {
        for (index, stream) in Stream::ALL.into_iter().enumerate() {
            assert_eq!(stream.index(), index);
            assert_eq!(
                serde_json::to_string(&stream).unwrap(),
                format!("\"{stream}\"")
            );
            assert_eq!(stream.name().parse(), Ok(stream));
        }
        assert_eq!("metric".parse::<Stream>(), Err(UnknownStream));
    }
}
