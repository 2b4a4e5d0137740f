use super::gaps::MissedSpan;
use super::ring::Ring;
use protocol::{Level, Timestamp};

/// Longer texts are cut off, in characters.
const TEXT_CHARS_MAX: usize = 10_000;

/// Longer sources are cut off, in characters.
const SOURCE_CHARS_MAX: usize = 100;

/// Older entries at most, beside the newest.
const OLDER_MAX: usize = 2_000;

/// Entries that came live count up from here, older ones down. Another list's count so much higher,
/// so that no entry is taken for one of this list.
const FIRST_ID: u64 = 1 << 32;

/// The newest of what happened, or of lines of logs.
#[derive(Debug, Clone)]
pub(crate) struct Feed {
    entries: Ring<Entry>,
    /// The most entries beside older ones that were requested.
    newest_max: usize,
    /// How many older ones were requested.
    older_max: usize,
    newest_id: u64,
    oldest_id: u64,
    /// What is older than everything that is listed is below this `seq`, while nothing is listed that
    /// has one; none where nothing is older.
    begin: Option<u64>,
    /// Whether the oldest there is is listed.
    has_oldest: bool,
    /// Whether entries have made room for newer ones since the list began.
    has_dropped: bool,
}

/// One event or line, as the feed shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Counts up across epochs.
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

/// The content of an entry.
#[derive(Clone, Copy)]
pub(crate) struct NewEntry<'a> {
    pub(crate) seq: Option<u64>,
    pub(crate) at: Timestamp,
    pub(crate) level: Level,
    pub(crate) source: &'a str,
    pub(crate) text: &'a str,
}

impl NewEntry<'_> {
    fn with_id(self, id: u64) -> Entry {
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
    /// What is older is below `begin`; without it nothing is.
    pub(crate) fn new(entries_max: usize, begin: Option<u64>) -> Self {
        Self {
            entries: Ring::new(entries_max),
            newest_max: entries_max,
            older_max: 0,
            newest_id: FIRST_ID,
            oldest_id: FIRST_ID,
            begin,
            has_oldest: false,
            has_dropped: false,
        }
    }

    /// An empty one for another moment.
    pub(crate) fn at_moment(&self) -> Self {
        let first_id = self.newest_id + FIRST_ID;
        Self {
            newest_id: first_id,
            oldest_id: first_id,
            ..Self::new(self.newest_max, None)
        }
    }

    pub(crate) fn push(&mut self, entry: NewEntry<'_>) {
        self.newest_id += 1;
        self.put(entry.with_id(self.newest_id));
    }

    fn put(&mut self, entry: Entry) {
        if self.entries.push(entry).is_some() {
            self.has_oldest = false;
            self.has_dropped = true;
        }
    }

    /// Makes room for so many older ones.
    pub(crate) fn make_room(&mut self, count: usize) {
        self.older_max = (self.older_max + count).min(OLDER_MAX);
        self.entries.grow(self.newest_max + self.older_max);
    }

    /// Adds older ones, newest first: those right before `before`, unless the list begins elsewhere. `is_all` if
    /// there are no others.
    pub(crate) fn push_older(&mut self, before: u64, older: &[NewEntry<'_>], is_all: bool) {
        if !self.continues_at(before) {
            return;
        }
        self.has_oldest = is_all;
        for entry in older {
            self.oldest_id -= 1;
            if !self.entries.push_oldest(entry.with_id(self.oldest_id)) {
                self.has_oldest = false;
                return;
            }
        }
    }

    /// Whether nothing is missing between what is listed and what is right before this `seq`. A list
    /// that was empty when older entries were asked for may have got live ones meanwhile.
    fn continues_at(&self, before: u64) -> bool {
        let oldest = self.entries.iter().find_map(|entry| entry.seq);
        let only_live = self.begin == Some(before)
            && !self.has_dropped
            && oldest.is_none_or(|oldest| oldest >= before);
        only_live || self.before() == Some(before)
    }

    /// What is older than everything that is listed is below this `seq`; none if nothing is.
    pub(crate) fn before(&self) -> Option<u64> {
        let listed = self.entries.iter().find_map(|entry| entry.seq);
        listed.or(self.begin)
    }

    /// Whether no older entries can be asked for.
    pub(crate) fn is_all(&self) -> bool {
        self.has_oldest || self.older_max == OLDER_MAX || self.before().is_none()
    }

    pub(crate) fn push_missed(&mut self, missed: MissedSpan) {
        self.newest_id += 1;
        self.put(Entry {
            id: self.newest_id,
            at: missed.until,
            level: Level::Warning,
            source: String::new(),
            text: String::new(),
            missed: Some(missed),
            seq: None,
        });
    }

    /// Empties it, and returns what it was; see [`Feed::restore`].
    pub(crate) fn clear(&mut self) -> Self {
        let cleared = self.clone();
        let newest = self.newest_first().find_map(|entry| entry.seq);
        self.begin = newest.map(|seq| seq + 1).or(self.begin);
        // The room that older ones took goes with them.
        self.entries = Ring::new(self.newest_max);
        self.older_max = 0;
        self.has_oldest = false;
        self.has_dropped = false;
        cleared
    }

    /// Undoes a clearing: what it was, and what has come since.
    pub(crate) fn restore(&mut self, cleared: &Self) {
        let since = std::mem::replace(self, cleared.clone());
        for entry in since.entries.iter().filter(|it| it.id > cleared.newest_id) {
            self.put(entry.clone());
        }
        self.newest_id = since.newest_id;
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

pub(crate) fn shorten(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => [&text[..end], "…"].concat(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: u64, text: &str) -> NewEntry<'_> {
        NewEntry {
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
        let mut feed = Feed::new(100, Some(1));
        let text = "ä".repeat(20_000);
        for seq in 1..=105 {
            feed.push(entry(seq, &text));
        }
        assert_eq!(feed.newest_first().count(), 100);
        let newest = feed.newest_first().next().unwrap();
        assert_eq!(newest.seq, Some(105));
        assert_eq!(newest.text.chars().count(), TEXT_CHARS_MAX + 1);
    }

    #[test]
    fn goes_on_after_it_was_cleared() {
        let mut feed = Feed::new(100, Some(1));
        for seq in 1..=2 {
            feed.push(entry(seq, "x"));
            feed.clear();
            assert!(feed.is_empty());
        }
        feed.push(entry(3, "x"));
        assert_eq!(feed.newest_first().count(), 1);
    }

    #[test]
    fn no_entry_of_another_moment_is_taken_for_one_of_this() {
        let mut feed = Feed::new(100, Some(1));
        feed.push(entry(5, "now"));
        let mut then = feed.at_moment();
        then.push(entry(3, "then"));
        then.make_room(1);
        then.push_older(3, &[entry(2, "before")], true);
        let mut ids: Vec<_> = [&feed, &then]
            .iter()
            .flat_map(|feed| feed.newest_first().map(|entry| entry.id))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 3);
    }

    #[test]
    fn older_entries_come_although_a_live_one_came_before_the_answer() {
        let mut feed = Feed::new(2, Some(1));
        feed.push(entry(5, "e"));
        feed.clear();
        feed.make_room(2);
        let before = feed.before().unwrap();
        feed.push(entry(8, "live"));
        feed.push_older(before, &[entry(5, "e"), entry(4, "d")], false);
        assert_eq!(texts(&feed), ["live", "e", "d"]);
        // The same answer again is not listed twice.
        feed.push_older(before, &[entry(5, "e"), entry(4, "d")], false);
        assert_eq!(texts(&feed), ["live", "e", "d"]);

        // Where live ones have made room for others, something is missing in between.
        feed.clear();
        let before = feed.before().unwrap();
        for seq in 10..13 {
            feed.push(entry(seq, "live"));
        }
        feed.push_older(before, &[entry(8, "live")], false);
        assert_eq!(feed.newest_first().count(), 2);
    }

    #[test]
    fn older_entries_stand_behind_and_stay_there() {
        let mut feed = Feed::new(2, Some(9));
        for (seq, text) in [(5, "e"), (6, "f"), (7, "g")] {
            feed.push(entry(seq, text));
        }
        feed.make_room(2);
        feed.push_older(6, &[entry(5, "e"), entry(4, "d")], false);
        assert_eq!(texts(&feed), ["g", "f", "e", "d"]);
        assert_eq!((feed.before(), feed.is_all()), (Some(4), false));

        feed.make_room(1);
        feed.push_older(4, &[entry(3, "c")], true);
        assert!(feed.is_all());
        feed.push(entry(8, "h"));
        assert_eq!(
            texts(&feed),
            ["h", "g", "f", "e", "d"],
            "no hole in between"
        );
        assert!(!feed.is_all(), "the oldest has made room");

        feed.clear();
        for seq in 10..20 {
            feed.push(entry(seq, "x"));
        }
        assert_eq!(feed.newest_first().count(), 2, "their room is gone");
    }

    #[test]
    fn older_entries_are_listed_only_where_they_follow() {
        let mut feed = Feed::new(1, Some(1));
        feed.push(entry(7, "g"));
        let asked = feed.clone();
        feed.push(entry(8, "h"));
        for before in [asked.before(), Some(4), Some(100)] {
            feed.push_older(before.unwrap(), &[entry(3, "c")], true);
        }
        assert_eq!(texts(&feed), ["h"], "between h and c some are missing");
        // With room for what comes meanwhile they do follow.
        let mut feed = asked;
        feed.make_room(2);
        feed.push(entry(8, "h"));
        feed.push_older(7, &[entry(6, "f"), entry(5, "e")], false);
        assert_eq!(texts(&feed), ["h", "g", "f"]);
        assert_eq!(feed.before(), Some(6));
    }

    #[test]
    fn what_was_cleared_is_older_and_before_a_quiet_moment_is_nothing() {
        let mut feed = Feed::new(2, Some(9));
        assert_eq!(
            feed.before(),
            Some(9),
            "what had happened when the page came"
        );
        feed.push(entry(10, "x"));
        feed.push(entry(12, "y"));
        feed.clear();
        assert_eq!((feed.before(), feed.is_all()), (Some(13), false));
        assert!(feed.at_moment().is_all());
    }
}
