use super::ring::Ring;
use protocol::{Event, Level, Log, Timestamp};

/// How many entries a feed keeps.
const ENTRIES_MAX: usize = 200;

/// Of a longer text a feed keeps the beginning, in characters.
const TEXT_CHARS_MAX: usize = 10_000;

/// Of a longer source a feed keeps the beginning, in characters.
const SOURCE_CHARS_MAX: usize = 100;

/// The newest texts of one kind: events, or lines of logs.
#[derive(Debug, Clone)]
pub(crate) struct Feed {
    entries: Ring<Entry>,
    count: u64,
}

/// One text with its circumstances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Counts up; tells entries apart across epochs.
    pub(crate) id: u64,
    pub(crate) at: Timestamp,
    pub(crate) level: Level,
    pub(crate) source: String,
    pub(crate) text: String,
    /// Set on the page's own entry that says what never arrived; its text is empty, because times
    /// are written where the zone is known.
    pub(crate) missing: Option<Missing>,
}

/// Messages that never arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) count: u64,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

impl Feed {
    pub(super) fn new() -> Self {
        Self {
            entries: Ring::new(ENTRIES_MAX),
            count: 0,
        }
    }

    pub(super) fn push_event(&mut self, event: &Event) {
        self.push(event.timestamp, event.level, &event.source, &event.message);
    }

    pub(super) fn push_log(&mut self, log: &Log) {
        self.push(log.timestamp, log.level, &log.source, &log.message);
    }

    fn push(&mut self, at: Timestamp, level: Level, source: &str, text: &str) {
        self.count += 1;
        self.entries.push(Entry {
            id: self.count,
            at,
            level,
            source: shorten(source, SOURCE_CHARS_MAX),
            text: shorten(text, TEXT_CHARS_MAX),
            missing: None,
        });
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.last().is_none()
    }
}

fn shorten(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_bounded_in_number_and_length() {
        let mut feed = Feed::new();
        for _ in 0..ENTRIES_MAX + 5 {
            feed.push_event(&Event {
                timestamp: Timestamp::from_unix_ms(0),
                level: Level::Info,
                source: "test".into(),
                message: "ä".repeat(20_000),
            });
        }
        assert_eq!(feed.newest_first().count(), ENTRIES_MAX);
        let newest = feed.newest_first().next().unwrap();
        assert_eq!(newest.id, ENTRIES_MAX as u64 + 5);
        assert_eq!(newest.text.chars().count(), TEXT_CHARS_MAX + 1);
    }

    #[test]
    fn what_was_cleared_keeps_its_number() {
        let mut feed = Feed::new();
        let log = Log {
            timestamp: Timestamp::from_unix_ms(0),
            level: Level::Error,
            source: "nginx".into(),
            message: "upstream timed out".into(),
        };
        feed.push_log(&log);
        feed.clear();
        assert!(feed.is_empty());
        feed.push_log(&log);
        assert_eq!(feed.newest_first().next().map(|entry| entry.id), Some(2));
    }
}
