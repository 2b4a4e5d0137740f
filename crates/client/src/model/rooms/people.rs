//! People: names as avatars, and as they are completed while they are typed; the range of time that somebody looks at.

use protocol::Timestamp;

/// The units of a range that reaches back from now, as it is written, and in words.
const UNITS: [(char, &str); 4] = [('s', " s"), ('m', " min"), ('h', " h"), ('d', " d")];

/// The first letters of the first and the last word of a name.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    let mut words = words.by_ref().filter(|word| !word.is_empty());
    let first = words.next().unwrap_or("?");
    let mut letters: Vec<char> = first.chars().take(1).collect();
    match words.next_back() {
        Some(last) => letters.extend(last.chars().next()),
        None => letters.extend(first.chars().nth(1)),
    }
    let mut initials = String::new();
    for (place, letter) in letters.into_iter().enumerate() {
        match place {
            0 => initials.extend(letter.to_uppercase()),
            _ if first.chars().count() == 1 || name.contains([' ', '.', '-', '_']) => {
                initials.extend(letter.to_uppercase());
            }
            _ => initials.push(letter),
        }
    }
    initials
}

/// A hue in degrees, which stays the same for an id.
pub(crate) fn hue(id: &str) -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in id.bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    // 24 hues are still distinguished.
    (hash >> 8) % 24 * 15
}

/// The range of time of a place in words; none for one that is not known. `moment` writes a time.
pub(crate) fn range_text(range: &str, moment: impl Fn(f64) -> String) -> Option<String> {
    if let Some(span) = range.strip_prefix("now-") {
        let mut units = UNITS.into_iter();
        let span =
            units.find_map(|(unit, name)| Some([span.strip_suffix(unit)?, name].concat()))?;
        return Some(["last ", &span].concat());
    }
    let moment = |time: &str| {
        let time: Timestamp = time.parse().ok()?;
        Some(moment(time.unix_ms() as f64))
    };
    let (from, to) = range.split_once('/')?;
    Some([&moment(from)?, " – ", moment(to)?.as_str()].concat())
}

/// A name that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Begun {
    /// `@` for people, `#` for rooms.
    pub(crate) mark: char,
    /// What follows the mark.
    pub(crate) query: String,
    /// Where the mark is, and where the name ends, in bytes.
    start: usize,
    end: usize,
}

/// The name that is being typed at the caret, whose place is in UTF-16 as browsers count.
pub(crate) fn begun(text: &str, caret: usize) -> Option<Begun> {
    let end = byte_at(text, caret);
    let before = &text[..end];
    let start = before.rfind(['@', '#'])?;
    let mark = before[start..].chars().next()?;
    let query = &before[start + 1..];
    let is_word_start = !before[..start].ends_with(|c: char| c.is_alphanumeric() || c == '`');
    // Names have spaces within, but a space alone begins nothing.
    let is_name = query.chars().count() <= 40 && !query.contains('\n') && query.trim() == query;
    (is_word_start && is_name).then(|| Begun {
        mark,
        query: query.to_owned(),
        start,
        end,
    })
}

/// The text with a name in the place of the one that was begun, and the place of the caret behind it, in UTF-16.
pub(crate) fn complete(text: &str, begun: &Begun, name: &str) -> (String, usize) {
    let mut completed = text[..begun.start].to_owned();
    completed.push(begun.mark);
    completed.push_str(name);
    let rest = &text[begun.end..];
    if !rest.starts_with(' ') {
        completed.push(' ');
    }
    let caret = completed.encode_utf16().count() + usize::from(rest.starts_with(' '));
    completed.push_str(rest);
    (completed, caret)
}

/// The place in bytes of one in UTF-16.
fn byte_at(text: &str, place: usize) -> usize {
    let mut units = 0;
    for (at, letter) in text.char_indices() {
        if units >= place {
            return at;
        }
        units += letter.len_utf16();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        for (name, expected) in [
            ("ada", "Ad"),
            ("Ada Lovelace", "AL"),
            ("web-deploy", "WD"),
            ("jean marie le roux", "JR"),
            ("x", "X"),
            ("äöü", "Äö"),
            ("", "?"),
            ("🙂", "?"),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn a_range_is_written_in_words() {
        let text = |range| range_text(range, |at_ms| format!("{at_ms}"));
        assert_eq!(text("now-5m").as_deref(), Some("last 5 min"));
        assert_eq!(text("now-90s").as_deref(), Some("last 90 s"));
        let hour = "1970-01-01T00:00:01Z/1970-01-01T01:00:00.000Z";
        assert_eq!(text(hour).as_deref(), Some("1000 – 3600000"));
        for range in ["", "now-", "now-5y", "1970-01-01T00:00:01Z", "x/y"] {
            assert_eq!(text(range), None, "{range}");
        }
    }

    #[test]
    fn a_hue_is_stable_and_within_the_circle() {
        assert_eq!(hue("u3"), hue("u3"));
        let mut hues: Vec<u32> = (0..40).map(|id| hue(&format!("u{id}"))).collect();
        assert!(hues.iter().all(|hue| *hue < 360));
        hues.sort_unstable();
        hues.dedup();
        assert!(hues.len() > 10, "{hues:?}");
    }

    #[test]
    fn a_name_is_begun_by_its_mark_at_the_start_of_a_word() {
        let query = |text: &str| {
            let begun = begun(text, text.encode_utf16().count())?;
            Some((begun.mark, begun.query))
        };
        assert_eq!(query("hi @an"), Some(('@', "an".into())));
        assert_eq!(query("🙂 (#"), Some(('#', String::new())));
        assert_eq!(query("a@b"), None);
        assert_eq!(query("@Ann B"), Some(('@', "Ann B".into())));
        assert_eq!(query("@anna "), None);
        assert_eq!(query("@anna\nB"), None);
        assert_eq!(query("@ B"), None);
        assert_eq!(query("no mark"), None);
    }

    #[test]
    fn a_completed_name_is_followed_by_a_space() {
        let text = "🙂 @an, see";
        let begun = begun(text, 6).unwrap();
        assert_eq!(begun.query, "an");
        let (completed, caret) = complete(text, &begun, "Anna");
        assert_eq!(completed, "🙂 @Anna , see");
        assert_eq!(caret, "🙂 @Anna ".encode_utf16().count());
        let begun = super::begun("#g x", 2).unwrap();
        assert_eq!(
            complete("#g x", &begun, "General"),
            ("#General x".into(), 9)
        );
    }
}
