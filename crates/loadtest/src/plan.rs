use crate::Target;
use protocol::{Stream, StreamOptions};
use std::time::Duration;

/// The most viewers of one plan, of all kinds together.
const VIEWERS_MAX: usize = 50_000;

/// The longest a window may last.
const WINDOW_S_MAX: u64 = 3_600;

/// The load and the faults to put on a server.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The server.
    pub target: Target,
    /// How viewers connect.
    pub transport: Transport,
    /// Whether WebSocket viewers offer permessage-deflate.
    pub deflate: bool,
    /// The streams every viewer subscribes to.
    pub streams: Vec<Stream>,
    /// `last` of a viewer's first `subscribe`.
    pub last: u32,
    /// At most one message of each stream in this time; each one if 0. The chain of `prev` cannot
    /// be checked then, since the server skips messages on purpose.
    pub interval_ms: u64,
    /// Viewers that read all they get and stay.
    pub viewers: usize,
    /// Viewers that subscribe and never read again.
    pub stalled: usize,
    /// Viewers that read [`Plan::slow_bytes_per_s`].
    pub slow: usize,
    /// How fast slow viewers read.
    pub slow_bytes_per_s: usize,
    /// Viewers that disconnect at random and resume.
    pub churn: usize,
    /// How long a churning viewer stays connected, on average; it stays away for half of that.
    pub churn_ms: u64,
    /// Clients that send malformed input, again and again.
    pub malformed: usize,
    /// How long all of [`Plan::viewers`] are cut off at the window's start.
    pub cut: Option<Duration>,
    /// How fast viewers connect and reconnect.
    pub connects_per_s: u32,
    /// How long all viewers are connected before the window, so that it starts with an idle server.
    pub settle: Duration,
    /// The measured time.
    pub window: Window,
    /// The server's process, to report its CPU time and memory.
    pub pid: Option<u32>,
    /// Makes random choices repeatable.
    pub seed: u64,
}

/// How viewers connect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// RFC 6455, at `/ws`.
    #[default]
    Websocket,
    /// Server-Sent Events, at `/api/events`.
    Sse,
}

/// When measuring ends.
#[derive(Debug, Clone, Copy)]
pub enum Window {
    /// After this time.
    Time(Duration),
    /// Once viewers together have seen this many different messages, or at the limit.
    Messages {
        /// How many messages.
        count: u64,
        /// When to stop even if fewer have been seen.
        limit: Duration,
    },
}

impl Window {
    pub(crate) fn limit(self) -> Duration {
        match self {
            Self::Time(limit) | Self::Messages { limit, .. } => limit,
        }
    }
}

/// Why a plan cannot be carried out.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPlan {
    /// All kinds of viewers are 0.
    #[error("no viewers: all kinds of viewers are 0")]
    NoViewers,
    /// Too many viewers.
    #[error("{0} viewers are more than the limit of {VIEWERS_MAX}")]
    TooMany(usize),
    /// No streams.
    #[error("no streams: name at least one")]
    NoStreams,
    /// The window is too long.
    #[error("a window of {0} s is longer than the limit of {WINDOW_S_MAX} s")]
    TooLong(u64),
    /// The cut leaves no time to reconnect.
    #[error("a cut of {cut_s} s does not fit into a window of {window_s} s")]
    CutTooLong {
        /// The cut.
        cut_s: u64,
        /// The window.
        window_s: u64,
    },
    /// A rate or duration of zero.
    #[error("`{0}` must not be 0")]
    Zero(&'static str),
    /// permessage-deflate belongs to WebSocket.
    #[error("Server-Sent Events have no permessage-deflate")]
    DeflateWithoutWebSocket,
}

impl Plan {
    /// One viewer of everything but processes, for ten seconds.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            transport: Transport::Websocket,
            deflate: false,
            streams: Stream::PRESET
                .into_iter()
                .filter(|stream| *stream != Stream::Processes)
                .collect(),
            last: 0,
            interval_ms: 0,
            viewers: 1,
            stalled: 0,
            slow: 0,
            slow_bytes_per_s: 100,
            churn: 0,
            churn_ms: 2_000,
            malformed: 0,
            cut: None,
            connects_per_s: 1_000,
            settle: Duration::from_secs(1),
            window: Window::Time(Duration::from_secs(10)),
            pid: None,
            seed: 1,
        }
    }

    /// Connections of all kinds.
    pub(crate) fn connections_total(&self) -> usize {
        self.viewers + self.stalled + self.slow + self.churn + self.malformed
    }

    /// Whether the chain of `prev` can be checked.
    pub(crate) fn chained(&self) -> bool {
        self.interval_ms == 0
    }

    /// The options of a viewer's first `subscribe`.
    pub(crate) fn subscription(&self) -> Vec<(Stream, StreamOptions)> {
        let options = StreamOptions {
            last: (self.last > 0).then_some(self.last),
            interval_ms: (self.interval_ms > 0).then_some(self.interval_ms),
            ..StreamOptions::default()
        };
        let streams = self.streams.iter();
        protocol::sorted_streams(streams.map(|stream| (*stream, options.clone())))
    }

    pub(crate) fn check(&self) -> Result<(), InvalidPlan> {
        let window_s = self.window.limit().as_secs();
        let cut_s = self.cut.map_or(0, |cut| cut.as_secs());
        let zero = [
            ("connects per second", u64::from(self.connects_per_s)),
            ("churn_ms", self.churn_ms),
            ("slow bytes per second", self.slow_bytes_per_s as u64),
        ]
        .into_iter()
        .find(|(_, value)| *value == 0);
        match (self.connections_total(), zero) {
            (0, _) => Err(InvalidPlan::NoViewers),
            (VIEWERS_MAX.., _) if self.connections_total() > VIEWERS_MAX => {
                Err(InvalidPlan::TooMany(self.connections_total()))
            }
            (_, Some((name, _))) => Err(InvalidPlan::Zero(name)),
            _ if self.streams.is_empty() => Err(InvalidPlan::NoStreams),
            _ if window_s > WINDOW_S_MAX => Err(InvalidPlan::TooLong(window_s)),
            _ if cut_s > 0 && cut_s >= window_s => Err(InvalidPlan::CutTooLong { cut_s, window_s }),
            _ if self.deflate && self.transport == Transport::Sse => {
                Err(InvalidPlan::DeflateWithoutWebSocket)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Plan), expected: Result<(), InvalidPlan>) {
        let mut plan = Plan::new(Target::parse("http://127.0.0.1:1", false).unwrap());
        change(&mut plan);
        assert_eq!(plan.check(), expected);
    }

    #[test]
    fn everything_is_bounded() {
        check(|_| (), Ok(()));
        check(|plan| plan.viewers = 50_000, Ok(()));
        check(|plan| plan.viewers = 0, Err(InvalidPlan::NoViewers));
        check(|plan| plan.slow = 50_000, Err(InvalidPlan::TooMany(50_001)));
        check(|plan| plan.streams.clear(), Err(InvalidPlan::NoStreams));
        check(
            |plan| plan.window = Window::Time(Duration::from_secs(3_601)),
            Err(InvalidPlan::TooLong(3_601)),
        );
        check(
            |plan| plan.cut = Some(Duration::from_secs(10)),
            Err(InvalidPlan::CutTooLong {
                cut_s: 10,
                window_s: 10,
            }),
        );
        check(
            |plan| plan.connects_per_s = 0,
            Err(InvalidPlan::Zero("connects per second")),
        );
    }
}
