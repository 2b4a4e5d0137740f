use crate::histogram::Histogram;
use crate::log::Log;
use crate::messages::Epoch;
use crate::rubbish::Rubbish;
use protocol::GapReason;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// Beyond this many broken chains the next one tells nothing new.
const EXAMPLES_MAX: usize = 10;

/// Everything counted while a plan is carried out.
pub(crate) struct Tally {
    pub(crate) connects: u64,
    pub(crate) connect_times: Histogram,
    pub(crate) failed_connects: BTreeMap<String, u64>,
    pub(crate) closes: BTreeMap<String, u64>,

    /// Whether the window is open; what is marked "in the window" is counted only then.
    pub(crate) measuring: bool,
    /// In the window.
    pub(crate) deliveries: u64,
    /// Of these, what a resumed or new viewer had missed.
    pub(crate) backlog: u64,
    /// In the window, by viewers that are not slow, without backlog.
    pub(crate) latencies: Histogram,
    /// Different messages, in the window.
    pub(crate) messages: u64,
    /// In the window.
    pub(crate) bytes: u64,

    pub(crate) duplicated: u64,
    pub(crate) reordered: u64,
    pub(crate) unreadable: u64,
    pub(crate) gaps: BTreeMap<&'static str, u64>,
    pub(crate) errors: BTreeMap<String, u64>,
    /// Answers to resuming, by what `recovered` said.
    pub(crate) resumed: u64,
    pub(crate) not_recovered: u64,
    pub(crate) subscribed: u64,

    pub(crate) rubbish: BTreeMap<Rubbish, BTreeMap<String, u64>>,

    /// What every viewer should have seen, by epoch.
    pub(crate) logs: HashMap<Option<Epoch>, Log>,
    /// The first things that went wrong, as sentences.
    pub(crate) examples: Vec<String>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            connects: 0,
            connect_times: Histogram::new(),
            failed_connects: BTreeMap::new(),
            closes: BTreeMap::new(),
            measuring: false,
            deliveries: 0,
            backlog: 0,
            latencies: Histogram::new(),
            messages: 0,
            bytes: 0,
            duplicated: 0,
            reordered: 0,
            unreadable: 0,
            gaps: BTreeMap::new(),
            errors: BTreeMap::new(),
            resumed: 0,
            not_recovered: 0,
            subscribed: 0,
            rubbish: BTreeMap::new(),
            logs: HashMap::new(),
            examples: Vec::new(),
        }
    }

    pub(crate) fn example(&mut self, sentence: impl FnOnce() -> String) {
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push(sentence());
        }
    }
}

/// Why a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// We wanted it so.
    OnPurpose,
    /// The server closed it with a close frame.
    Closed(u16),
    /// The connection ended without one.
    Eof,
    /// The system says so.
    Failed(String),
    /// The server did not keep to the protocol.
    Broken(String),
    /// The handshake was answered with something else.
    Refused(String),
    /// The handshake was not answered.
    TimedOut,
    /// A peer that speaks rubbish got an error message for it.
    Answered(String),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnPurpose => f.write_str("left open"),
            Self::Closed(code) => write!(f, "close {code}"),
            Self::Eof => f.write_str("ended without a close frame"),
            Self::Failed(error) => f.write_str(error),
            Self::Broken(what) => write!(f, "broke the protocol: {what}"),
            Self::Refused(what) => f.write_str(what),
            Self::TimedOut => f.write_str("timed out"),
            Self::Answered(code) => write!(f, "error {code}"),
        }
    }
}

impl From<std::io::Error> for End {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.kind().to_string())
    }
}

pub(crate) fn gap_name(reason: GapReason) -> &'static str {
    match reason {
        GapReason::Expired => "expired",
        GapReason::TooFar => "too_far",
        GapReason::Slow => "slow",
        GapReason::Restart => "restart",
        GapReason::Epoch => "epoch",
    }
}
