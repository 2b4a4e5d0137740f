//! What somebody may write.

use super::RoomError;
use protocol::is_disruptive;

const TEXT_CHARS_MAX: usize = 4_000;

const ROOM_NAME_CHARS_MAX: usize = 60;

const ID_CHARS_MAX: usize = 64;

/// People whom one text can mention.
const MENTIONS_MAX: usize = 50;

/// The text as it is stored: without control characters other than line breaks and tabs.
pub(super) fn checked_text(text: &str) -> Result<String, RoomError> {
    let text = text.replace("\r\n", "\n");
    let is_shown = |it: &char| !it.is_control() || matches!(it, '\n' | '\t');
    let text: String = text.trim_end().chars().filter(is_shown).collect();
    match text.chars().count() {
        0 => Err(RoomError::Invalid("`text` is empty".into())),
        1..=TEXT_CHARS_MAX => Ok(text),
        count => Err(RoomError::Invalid(format!(
            "`text` has {count} characters; {TEXT_CHARS_MAX} are accepted"
        ))),
    }
}

pub(super) fn checked_room_name(name: Option<&str>) -> Result<String, RoomError> {
    let name = name.unwrap_or_default().trim();
    let is_name = (1..=ROOM_NAME_CHARS_MAX).contains(&name.chars().count());
    match is_name && !name.chars().any(is_disruptive) {
        true => Ok(name.to_owned()),
        false => Err(RoomError::Invalid(format!(
            "`name` has 1 to {ROOM_NAME_CHARS_MAX} characters, and no line breaks"
        ))),
    }
}

pub(super) fn checked_id(id: Option<String>) -> Result<Option<String>, RoomError> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
    let is_id = |id: &String| (1..=ID_CHARS_MAX).contains(&id.len()) && id.chars().all(is_plain);
    match id.as_ref().is_none_or(is_id) {
        true => Ok(id),
        false => Err(RoomError::Invalid(format!(
            "`id` has 1 to {ID_CHARS_MAX} letters, digits, dots, hyphens and underscores"
        ))),
    }
}

/// The ids of the people whom the text mentions with `@name`, each once; `find` knows names.
pub(super) fn mentions(text: &str, find: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let is_name = |it: char| it.is_alphanumeric() || matches!(it, '.' | '_' | '-' | '@');
    let mut mentioned = Vec::new();
    for (at, _) in text.match_indices('@') {
        let follows_a_word = text[..at].chars().next_back().is_some_and(is_name);
        if follows_a_word || mentioned.len() >= MENTIONS_MAX {
            continue;
        }
        let rest = &text[at + 1..];
        let length = rest.find(|it| !is_name(it)).unwrap_or(rest.len());
        let name = &rest[..length];
        // What ends a sentence may be a part of the name.
        let id = find(name).or_else(|| find(name.trim_end_matches(['.', '-', '_'])));
        mentioned.extend(id.filter(|id| !mentioned.contains(id)));
    }
    mentioned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_no_control_characters_and_is_not_empty() {
        let checked = |text: &str| checked_text(text).ok();
        assert_eq!(checked("a\r\nb\tc\u{0}\u{1b}"), Some("a\nb\tc".into()));
        assert_eq!(checked(" \n"), None);
        assert_eq!(checked("\u{1b}"), None);
        let longest = "ä".repeat(TEXT_CHARS_MAX);
        assert_eq!(checked(&longest), Some(longest.clone()));
        assert_eq!(checked(&(longest + "a")), None);
    }

    #[test]
    fn people_are_mentioned_by_name() {
        let find = |name: &str| {
            let name = name.to_lowercase();
            ["ada", "bo.b", "a@example.org"]
                .contains(&&*name)
                .then_some(name)
        };
        let mentioned = |text: &str| mentions(text, find).join(" ");
        assert_eq!(mentioned("@ada and @Bo.b. @ada?"), "ada bo.b");
        assert_eq!(mentioned("(@ada)"), "ada");
        assert_eq!(mentioned("mail x@ada, @cy, @, @@ada"), "");
        assert_eq!(mentioned("@a@example.org!"), "a@example.org");
    }

    #[test]
    fn ids_and_names_are_checked() {
        assert!(checked_id(Some("5f-0.c_A".into())).is_ok());
        for id in ["", "a b", &"a".repeat(65)] {
            assert!(checked_id(Some(id.into())).is_err(), "{id}");
        }
        assert_eq!(checked_room_name(Some(" Web ")).unwrap(), "Web");
        for name in [None, Some(""), Some("a\nb"), Some(&*"a".repeat(61))] {
            assert!(checked_room_name(name).is_err(), "{name:?}");
        }
    }
}
