use super::gaps::MissedSpan;
use super::ring::Ring;
use protocol::{Level, Timestamp};

/// Of a longer text the feed keeps the beginning, in characters.
const TEXT_CHARS_MAX: usize = 10_000;

/// Of a longer source the feed keeps the beginning, in characters.
const SOURCE_CHARS_MAX: usize = 100;

/// So many older entries can be fetched beside the newest.
const OLDER_MAX: usize = 2_000;

/// Entries that came live count up from here, older ones down. Another list's count so much higher,
/// so that no entry is taken for one of this list.
const FIRST_ID: u64 = 1 << 32;

/// The newest of what happened, or of lines of logs.
#[derive(Debug, Clone)]
pub(crate) struct Feed {
    entries: Ring<Entry>,
    /// How many entries are kept beside older ones that were fetched.
    newest_max: usize,
    newest_id: u64,
    oldest_id: u64,
    /// How many older entries were fetched.
    older: usize,
    /// Whether the oldest there is has been fetched.
    is_all: bool,
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
    /// The message's position.
    pub(crate) seq: Option<u64>,
}

/// What an event or a line says.
#[derive(Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) seq: Option<u64>,
    pub(crate) at: Timestamp,
    pub(crate) level: Level,
    pub(crate) source: &'a str,
    pub(crate) text: &'a str,
}

impl Said<'_> {
    fn entry(self, id: u64) -> Entry {
        Entry {
            id,
            at: self.at,
            level: self.level,
            source: shorten(self.source, SOURCE_CHARS_MAX),
            text: shorten(self.text, TEXT_CHARS_MAX),
            missed: None,
            seq: self.seq,
        }
    }
}

impl Feed {
    pub(super) fn new(entries_max: usize) -> Self {
        Self {
            entries: Ring::new(entries_max),
            newest_max: entries_max,
            newest_id: FIRST_ID,
            oldest_id: FIRST_ID,
            older: 0,
            is_all: false,
        }
    }

    /// An empty one for another moment.
    pub(super) fn at_moment(&self) -> Self {
        let first_id = self.newest_id + FIRST_ID;
        Self {
            newest_id: first_id,
            oldest_id: first_id,
            ..Self::new(self.newest_max)
        }
    }

    pub(super) fn push(&mut self, said: Said<'_>) {
        self.newest_id += 1;
        self.entries.push(said.entry(self.newest_id));
    }

    /// Takes older ones in, newest first; those that are listed already are passed over. `is_all` says
    /// that there are no others.
    pub(super) fn push_older(&mut self, older: &[Said<'_>], is_all: bool) {
        let oldest_seq = self.oldest_seq().unwrap_or(u64::MAX);
        for said in older {
            if said.seq.is_some_and(|seq| seq < oldest_seq) && self.older < OLDER_MAX {
                self.older += 1;
                self.oldest_id -= 1;
                self.entries.push_oldest(said.entry(self.oldest_id));
            }
        }
        self.is_all = is_all || self.older == OLDER_MAX;
    }

    /// Of the messages that are listed.
    pub(crate) fn oldest_seq(&self) -> Option<u64> {
        self.entries.iter().find_map(|entry| entry.seq)
    }

    /// Whether there are no older entries, or none that are shown.
    pub(crate) fn is_all(&self) -> bool {
        self.is_all
    }

    pub(super) fn push_missed(&mut self, missed: MissedSpan) {
        self.newest_id += 1;
        self.entries.push(Entry {
            id: self.newest_id,
            at: missed.until,
            level: Level::Warning,
            source: String::new(),
            text: String::new(),
            missed: Some(missed),
            seq: None,
        });
    }

    pub(super) fn clear(&mut self) {
        // The room that older ones took goes with them.
        self.entries = Ring::new(self.newest_max);
        self.is_all = false;
        self.older = 0;
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

    fn said(seq: u64, text: &str) -> Said<'_> {
        Said {
            seq: Some(seq),
            at: Timestamp::from_unix_ms(0),
            level: Level::Info,
            source: "test",
            text,
        }
    }

    fn texts(feed: &Feed) -> Vec<&str> {
        feed.newest_first().map(|entry| &*entry.text).collect()
    }

    #[test]
    fn is_bounded_in_number_and_length() {
        let mut feed = Feed::new(100);
        let text = "ä".repeat(20_000);
        for seq in 0..105 {
            feed.push(said(seq, &text));
        }
        assert_eq!(feed.newest_first().count(), 100);
        let newest = feed.newest_first().next().unwrap();
        assert_eq!(newest.seq, Some(104));
        assert_eq!(newest.text.chars().count(), TEXT_CHARS_MAX + 1);
    }

    #[test]
    fn goes_on_after_it_was_cleared() {
        let mut feed = Feed::new(100);
        for seq in 0..2 {
            feed.push(said(seq, "x"));
            feed.clear();
            assert!(feed.is_empty());
        }
        feed.push(said(2, "x"));
        assert_eq!(feed.newest_first().count(), 1);
    }

    #[test]
    fn no_entry_of_another_moment_is_taken_for_one_of_this() {
        let mut feed = Feed::new(100);
        feed.push(said(1, "now"));
        let mut then = feed.at_moment();
        then.push(said(1, "then"));
        then.push_older(&[said(0, "before")], true);
        let mut ids: Vec<_> = [&feed, &then]
            .iter()
            .flat_map(|feed| feed.newest_first().map(|entry| entry.id))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 3);
    }

    #[test]
    fn older_entries_stand_behind_and_stay_there() {
        let mut feed = Feed::new(2);
        for (seq, text) in [(5, "e"), (6, "f"), (7, "g")] {
            feed.push(said(seq, text));
        }
        // What is listed already is not listed twice.
        feed.push_older(&[said(6, "f"), said(5, "e"), said(4, "d")], false);
        assert_eq!(texts(&feed), ["g", "f", "e", "d"]);
        assert_eq!((feed.oldest_seq(), feed.is_all()), (Some(4), false));
        feed.push(said(8, "h"));
        assert_eq!(texts(&feed), ["h", "g", "f", "e"], "no hole in between");
        feed.push_older(&[said(4, "d")], true);
        assert!(feed.is_all());
        let mut bounded = feed.clone();
        bounded.clear();
        for seq in 10..20 {
            bounded.push(said(seq, "x"));
        }
        assert_eq!(bounded.newest_first().count(), 2, "their room is gone");
        let mut ids: Vec<_> = feed.newest_first().map(|entry| entry.id).collect();
        ids.dedup();
        assert_eq!(ids.len(), 5);
    }
}
