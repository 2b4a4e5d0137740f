use super::Entry;
use protocol::Level;

/// Which entries of a list are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    /// The least that matters.
    pub(crate) level: Level,
    /// The one source wanted; empty for all.
    pub(crate) source: String,
    /// What source or text contain, ignoring ASCII case (other tables would be loaded).
    pub(crate) text: String,
}

impl Filter {
    pub(crate) const NONE: Self = Self {
        level: Level::Debug,
        source: String::new(),
        text: String::new(),
    };

    pub(crate) fn passes(&self, entry: &Entry) -> bool {
        entry.level >= self.level
            && (self.source.is_empty() || self.source == entry.source)
            && (contains(&entry.text, &self.text) || contains(&entry.source, &self.text))
    }
}

fn contains(text: &str, part: &str) -> bool {
    let part = part.as_bytes();
    part.is_empty()
        || text
            .as_bytes()
            .windows(part.len())
            .any(|window| window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Timestamp;

    #[test]
    fn level_source_and_text_all_have_to_fit() {
        let entry = Entry {
            id: 1,
            at: Timestamp::from_unix_ms(0),
            level: Level::Warning,
            source: "Nginx".into(),
            text: "Upstream “Größe” timed out".into(),
            missed: None,
            seq: None,
        };
        let passes = |level, source: &str, text: &str| {
            let filter = Filter {
                level,
                source: source.into(),
                text: text.into(),
            };
            filter.passes(&entry)
        };
        assert!(Filter::NONE.passes(&entry));
        assert!(passes(Level::Warning, "Nginx", "UPSTREAM"));
        assert!(passes(Level::Debug, "", "größe"));
        assert!(passes(Level::Debug, "", "nginx"), "a source is text, too");
        assert!(!passes(Level::Error, "", ""));
        assert!(!passes(Level::Debug, "nginx", ""), "a source is exact");
        assert!(!passes(Level::Debug, "", "timed in"));
    }
}
