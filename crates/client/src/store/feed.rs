use super::gaps::MissedSpan;
use super::ring::Ring;
use protocol::{Level, Timestamp};

/// Of a longer text the feed keeps the beginning, in characters.
const TEXT_CHARS_MAX: usize = 10_000;

/// Of a longer source the feed keeps the beginning, in characters.
const SOURCE_CHARS_MAX: usize = 100;

/// The newest of what happened, or of lines of logs.
#[derive(Debug, Clone)]
pub(crate) struct Feed {
    entries: Ring<Entry>,
    count: u64,
}

/// One event or line, as the feed shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Counts up; tells entries apart across epochs.
    pub(crate) id: u64,
    pub(crate) at: Timestamp,
    pub(crate) level: Level,
    pub(crate) source: String,
    pub(crate) text: String,
    /// This is no event: the page missed some messages. Source and text are empty then.
    pub(crate) missed: Option<MissedSpan>,
}

impl Feed {
    pub(super) fn new(entries_max: usize) -> Self {
        Self {
            entries: Ring::new(entries_max),
            count: 0,
        }
    }

    pub(super) fn push(&mut self, at: Timestamp, level: Level, source: &str, text: &str) {
        self.add(Entry {
            id: 0,
            at,
            level,
            source: shorten(source, SOURCE_CHARS_MAX),
            text: shorten(text, TEXT_CHARS_MAX),
            missed: None,
        });
    }

    pub(super) fn push_missed(&mut self, missed: MissedSpan) {
        self.add(Entry {
            id: 0,
            at: missed.until,
            level: Level::Warning,
            source: String::new(),
            text: String::new(),
            missed: Some(missed),
        });
    }

    fn add(&mut self, mut entry: Entry) {
        self.count += 1;
        entry.id = self.count;
        self.entries.push(entry);
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev()
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Entry> {
        self.newest_first().find(|entry| entry.id == id)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

pub(super) fn shorten(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => [&text[..end], "…"].concat(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_bounded_in_number_and_length() {
        let mut feed = Feed::new(100);
        for _ in 0..105 {
            let text = "ä".repeat(20_000);
            feed.push(Timestamp::from_unix_ms(0), Level::Info, "test", &text);
        }
        assert_eq!(feed.newest_first().count(), 100);
        let newest = feed.newest_first().next().unwrap();
        assert_eq!(newest.id, 105);
        assert_eq!(newest.text.chars().count(), TEXT_CHARS_MAX + 1);
    }

    #[test]
    fn goes_on_after_it_was_cleared() {
        let mut feed = Feed::new(100);
        for _ in 0..2 {
            feed.push(Timestamp::from_unix_ms(0), Level::Info, "test", "x");
            feed.clear();
            assert!(feed.is_empty());
        }
        feed.push(Timestamp::from_unix_ms(0), Level::Info, "test", "x");
        assert_eq!(feed.newest_first().next().map(|entry| entry.id), Some(3));
    }
}
