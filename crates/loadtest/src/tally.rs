use crate::Report;
use crate::histogram::Histogram;
use crate::message_cache::Epoch;
use crate::seen::SeenMessages;
use std::collections::HashMap;
use std::fmt;

/// More examples of broken chains would add nothing to a report.
const EXAMPLES_MAX: usize = 10;

/// Everything counted while a plan is carried out.
#[derive(Default)]
pub(crate) struct Tally {
    /// The counts that the report shows as they are.
    pub(crate) report: Report,
    pub(crate) connect_times: Histogram,
    /// In the window, without slow viewers and backlog.
    pub(crate) latencies: Histogram,
    /// Whether the window is open.
    pub(crate) measuring: bool,
    /// Responses to `subscribe`.
    pub(crate) subscribed: u64,
    /// The messages every viewer should have seen, by epoch.
    pub(crate) seen: HashMap<Option<Epoch>, SeenMessages>,
}

impl Tally {
    pub(crate) fn example(&mut self, sentence: impl FnOnce() -> String) {
        if self.report.examples.len() < EXAMPLES_MAX {
            self.report.examples.push(sentence());
        }
    }
}

/// Why a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Disconnect {
    /// By the plan.
    Intended,
    /// The server closed it with a close frame.
    Closed(u16),
    /// The connection ended without one.
    Eof,
    /// A system call failed.
    Failed(String),
    /// The server violated the protocol.
    Broken(String),
    /// The server rejected the handshake.
    Refused(String),
    /// The handshake got no response.
    TimedOut,
    /// A malformed message got an error message.
    Rejected(&'static str),
}

impl fmt::Display for Disconnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intended => f.write_str("left open"),
            Self::Closed(code) => write!(f, "close {code}"),
            Self::Eof => f.write_str("ended without a close frame"),
            Self::Failed(error) => f.write_str(error),
            Self::Broken(what) => write!(f, "broke the protocol: {what}"),
            Self::Refused(what) => f.write_str(what),
            Self::TimedOut => f.write_str("timed out"),
            Self::Rejected(code) => write!(f, "error {code}"),
        }
    }
}

impl From<std::io::Error> for Disconnect {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.kind().to_string())
    }
}
