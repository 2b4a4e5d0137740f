use super::ring::Ring;
use protocol::{Event, Level, Timestamp};

/// How many entries the feed keeps.
const ENTRIES_MAX: usize = 100;

/// Of a longer text the feed shows the beginning, in characters.
const TEXT_CHARS_MAX: usize = 1_000;

/// The newest events.
#[derive(Debug, Clone)]
pub(crate) struct Feed {
    entries: Ring<Entry>,
    count: u64,
}

/// One event, as the feed shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Counts up; tells entries apart across epochs.
    pub(crate) id: u64,
    pub(crate) at: Timestamp,
    pub(crate) level: Level,
    pub(crate) source: String,
    pub(crate) text: String,
}

impl Feed {
    pub(super) fn new() -> Self {
        Self {
            entries: Ring::new(ENTRIES_MAX),
            count: 0,
        }
    }

    pub(super) fn push(&mut self, event: &Event) {
        self.count += 1;
        self.entries.push(Entry {
            id: self.count,
            at: event.timestamp,
            level: event.level,
            source: shorten(&event.source),
            text: shorten(&event.message),
        });
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS_MAX) {
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
            feed.push(&Event {
                timestamp: Timestamp::from_unix_ms(0),
                level: Level::Info,
                source: "test".into(),
                message: "ä".repeat(10_000),
            });
        }
        assert_eq!(feed.newest_first().count(), ENTRIES_MAX);
        let newest = feed.newest_first().next().unwrap();
        assert_eq!(newest.id, 105);
        assert_eq!(newest.text.chars().count(), TEXT_CHARS_MAX + 1);
    }
}
