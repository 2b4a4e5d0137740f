//! The streams, and everything that differs between them. A new stream is an entry here.

use crate::named_enum::named_enum;
use std::fmt;
use std::str::FromStr;

named_enum! {
    /// A kind of durable message that a viewer may subscribe to, unless it is internal.
    ///
    /// All streams share one order (`seq`); each has its own chains (`prev`). Internal ones are the last.
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
        /// Values that other programs report, many in one message.
        Samples = "samples",
        /// What people and bots say in rooms.
        Rooms = "rooms",
        /// Changes to boards.
        Boards = "boards",
        /// What only the server itself reads, such as who is a member of a channel.
        #[serde(skip_deserializing)]
        Control = "control",
    }
}

/// What differs between streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamDefinition {
    /// Its number in the store, which never changes its meaning.
    pub store_code: i16,
    /// Whether each of its messages is about one host; others name none.
    pub is_about_a_host: bool,
    /// Whether clients that name no streams receive it. Those of the first release, so that clients receive
    /// what they know.
    pub is_in_presets: bool,
    /// Whether viewers neither receive it nor can name it.
    pub is_internal: bool,
    /// Whether it has so many messages that it has a budget of its own in memory.
    pub is_bulk: bool,
    /// Whether its messages have points of series.
    pub has_points: bool,
    /// The members of its messages that are columns of its CSV, beside time and number.
    pub columns: &'static [&'static str],
    /// The age in days at which its messages are deleted, by default.
    pub retention_days: u32,
    /// The size in MiB beyond which its oldest messages are deleted, by default.
    pub retention_mib: u32,
    /// How the page shows it, if it does.
    pub on_page: Option<PageStream>,
}

/// How the page shows a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageStream {
    /// Its name.
    pub title: &'static str,
    /// The identifier of its switch.
    pub switch_id: &'static str,
    /// What its switch does.
    pub switch_title: &'static str,
    /// How many of its newest messages come with the page; of `data` so many are scanned for the newest of
    /// each series.
    pub snapshot: usize,
    /// How many of its newest messages the page requests where it cannot resume.
    pub backlog: u32,
}

/// What most streams have in common.
const PLAIN: StreamDefinition = StreamDefinition {
    store_code: 0,
    is_about_a_host: false,
    is_in_presets: false,
    is_internal: false,
    is_bulk: false,
    has_points: false,
    columns: &["level", "source", "message"],
    retention_days: 30,
    retention_mib: 64,
    on_page: None,
};

const fn page(
    title: &'static str,
    switch_id: &'static str,
    switch_title: &'static str,
    snapshot: usize,
    backlog: u32,
) -> Option<PageStream> {
    Some(PageStream {
        title,
        switch_id,
        switch_title,
        snapshot,
        backlog,
    })
}

impl Stream {
    /// What it is like.
    pub const fn definition(self) -> StreamDefinition {
        match self {
            // Of samples and data, the values are stored as series for longer. Too much for a row of CSV.
            Self::Metrics => StreamDefinition {
                store_code: 1,
                has_points: true,
                is_about_a_host: true,
                is_in_presets: true,
                columns: &["host"],
                retention_days: 1,
                retention_mib: 256,
                // The snapshot fills the minute that charts show at first, so that no history is fetched.
                on_page: page(
                    "Metrics",
                    "stream-metrics",
                    "Pause or resume Metrics",
                    62,
                    50,
                ),
                ..PLAIN
            },
            Self::Processes => StreamDefinition {
                store_code: 2,
                is_about_a_host: true,
                is_in_presets: true,
                columns: &["host"],
                retention_days: 14,
                retention_mib: 512,
                on_page: page(
                    "Processes",
                    "stream-processes",
                    "Pause or resume Processes",
                    1,
                    1,
                ),
                ..PLAIN
            },
            Self::Events => StreamDefinition {
                store_code: 3,
                is_in_presets: true,
                retention_mib: 128,
                on_page: page("Events", "stream-events", "Pause or resume Events", 50, 50),
                ..PLAIN
            },
            Self::Data => StreamDefinition {
                store_code: 4,
                has_points: true,
                is_about_a_host: true,
                is_in_presets: true,
                columns: &["label", "value", "unit", "source", "host", "labels"],
                retention_days: 1,
                retention_mib: 256,
                on_page: page("Data", "stream-data", "Pause or resume Data", 500, 200),
                ..PLAIN
            },
            Self::Alerts => StreamDefinition {
                store_code: 5,
                is_in_presets: true,
                columns: &["state", "level", "rule", "message", "value", "host"],
                on_page: page("Alerts", "stream-alerts", "Pause or resume Alerts", 50, 50),
                ..PLAIN
            },
            Self::Logs => StreamDefinition {
                store_code: 6,
                is_in_presets: true,
                is_bulk: true,
                retention_days: 14,
                retention_mib: 512,
                on_page: page("Logs", "stream-logs", "Pause or resume Logs", 50, 200),
                ..PLAIN
            },
            Self::Samples => StreamDefinition {
                store_code: 8,
                has_points: true,
                is_about_a_host: true,
                is_bulk: true,
                columns: &["host", "source", "set"],
                retention_days: 1,
                retention_mib: 256,
                ..PLAIN
            },
            Self::Rooms => StreamDefinition {
                store_code: 9,
                columns: &["room", "action", "author", "text"],
                retention_days: 365,
                retention_mib: 256,
                ..PLAIN
            },
            // Each board is stored as a whole, too.
            Self::Boards => StreamDefinition {
                store_code: 10,
                columns: &["board", "action", "author"],
                ..PLAIN
            },
            Self::Control => StreamDefinition {
                store_code: 7,
                is_internal: true,
                retention_days: 3_650,
                ..PLAIN
            },
        }
    }

    /// The number of streams; tables by stream have this length.
    pub const COUNT: usize = Self::ALL.len();

    /// How many are not internal.
    pub const PUBLIC_COUNT: usize = count(false);

    /// Those that are not internal, in order.
    pub const PUBLIC: [Self; Self::PUBLIC_COUNT] = select(false);

    /// Those that clients receive that name none, in order.
    pub const PRESET: [Self; count(true)] = select(true);

    /// The stream's index in a table of [`Stream::COUNT`] entries. Those of public streams are below
    /// [`Stream::PUBLIC_COUNT`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Whether each of its messages is about one host; events, alerts and logs have none.
    pub const fn is_about_a_host(self) -> bool {
        self.definition().is_about_a_host
    }

    /// Whether viewers neither receive it nor can name it.
    pub const fn is_internal(self) -> bool {
        self.definition().is_internal
    }

    const fn is_selected(self, presets: bool) -> bool {
        let definition = self.definition();
        if presets {
            definition.is_in_presets
        } else {
            !definition.is_internal
        }
    }
}

/// How many streams are public, or in presets.
const fn count(presets: bool) -> usize {
    let (mut count, mut index) = (0, 0);
    while index < Stream::ALL.len() {
        count += Stream::ALL[index].is_selected(presets) as usize;
        index += 1;
    }
    count
}

/// The streams that are public, or in presets.
const fn select<const COUNT: usize>(presets: bool) -> [Stream; COUNT] {
    let mut selected = [Stream::Metrics; COUNT];
    let (mut next, mut index) = (0, 0);
    while index < Stream::ALL.len() {
        if Stream::ALL[index].is_selected(presets) {
            selected[next] = Stream::ALL[index];
            next += 1;
        }
        index += 1;
    }
    selected
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Stream {
    type Err = UnknownStream;

    fn from_str(name: &str) -> Result<Self, UnknownStream> {
        Self::PUBLIC
            .into_iter()
            .find(|stream| stream.name() == name)
            .ok_or(UnknownStream)
    }
}

/// The name is not one of [`Stream::PUBLIC`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown stream; known are metrics, processes, events, data, alerts, logs, samples, rooms and boards"
)]
pub struct UnknownStream;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_indices_identify_streams() {
        for (index, stream) in Stream::ALL.into_iter().enumerate() {
            assert_eq!(stream.index(), index);
            assert_eq!(
                stream.name().parse::<Stream>().is_ok(),
                !stream.is_internal()
            );
        }
        assert_eq!("metric".parse::<Stream>(), Err(UnknownStream));
        assert_eq!(
            UnknownStream.to_string(),
            "unknown stream; known are metrics, processes, events, data, alerts, logs, samples, rooms and boards"
        );
    }

    #[test]
    fn internal_streams_are_the_last() {
        assert_eq!(Stream::PUBLIC[..], Stream::ALL[..Stream::PUBLIC_COUNT]);
        let definitions = Stream::ALL.map(Stream::definition);
        let internal = definitions.into_iter().filter(|it| it.is_internal);
        for definition in internal {
            assert!(!definition.is_in_presets && definition.on_page.is_none());
        }
        let codes = BTreeSet::from(definitions.map(|it| it.store_code));
        assert_eq!(codes.len(), Stream::COUNT, "each has its own code");
        assert!(!codes.contains(&0));
    }
}
