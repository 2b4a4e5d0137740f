//! What somebody may write.

use super::RoomError;
use protocol::{is_blank, is_disruptive};

const TEXT_CHARS_MAX: usize = 4_000;

const ROOM_NAME_CHARS_MAX: usize = 60;

const ID_CHARS_MAX: usize = 64;

/// The text as it is stored: without control characters other than line breaks and tabs.
pub(super) fn checked_text(text: &str) -> Result<String, RoomError> {
    let text = text.replace("\r\n", "\n");
    let is_shown = |it: &char| !it.is_control() || matches!(it, '\n' | '\t');
    let text: String = text.trim_end().chars().filter(is_shown).collect();
    match text.chars().count() {
        _ if is_blank(&text) => Err(RoomError::Invalid("`text` is empty".into())),
        0..=TEXT_CHARS_MAX => Ok(text),
        count => Err(RoomError::Invalid(format!(
            "`text` has {count} characters; {TEXT_CHARS_MAX} are accepted"
        ))),
    }
}

pub(super) fn checked_room_name(name: Option<&str>) -> Result<String, RoomError> {
    let name = name.unwrap_or_default().trim();
    let is_name = (1..=ROOM_NAME_CHARS_MAX).contains(&name.chars().count());
    match is_name && !is_blank(name) && !name.chars().any(is_disruptive) {
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

/// The words behind `@`, each of which may be the name of a guest who is not here.
pub(super) fn named_words(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |it: char| it.is_alphanumeric() || matches!(it, '.' | '_' | '-');
    let words = text.match_indices('@').map(move |(at, _)| {
        let rest = &text[at + 1..];
        let length = rest.find(|it| !is_name(it)).unwrap_or(rest.len());
        // What ends a sentence is no part of the name.
        rest[..length].trim_end_matches(['.', '-', '_'])
    });
    words.filter(|word| !word.is_empty())
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
        assert_eq!(checked("\u{200b}\n\u{2060}"), None, "without width");
        let longest = "ä".repeat(TEXT_CHARS_MAX);
        assert_eq!(checked(&longest), Some(longest.clone()));
        assert_eq!(checked(&(longest + "a")), None);
    }

    #[test]
    fn words_may_name_guests() {
        let words: Vec<_> = named_words("@ada and (@Bo.b). @, mail x@example").collect();
        assert_eq!(words, ["ada", "Bo.b", "example"]);
    }

    #[test]
    fn ids_and_names_are_checked() {
        assert!(checked_id(Some("5f-0.c_A".into())).is_ok());
        for id in ["", "a b", &"a".repeat(65)] {
            assert!(checked_id(Some(id.into())).is_err(), "{id}");
        }
        assert_eq!(checked_room_name(Some(" Web ")).unwrap(), "Web");
        for name in [
            None,
            Some(""),
            Some("a\nb"),
            Some("\u{200b}"),
            Some(&*"a".repeat(61)),
        ] {
            assert!(checked_room_name(name).is_err(), "{name:?}");
        }
    }
}
