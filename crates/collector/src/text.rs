//! Makes names that a host reports safe to display.

use protocol::is_disruptive;
use std::collections::HashSet;

const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// A name of arbitrary bytes as text of at most `chars_max` characters; a longer one ends in `…`.
///
/// The kernel accepts any bytes as the name of a mount, an interface or a process. Invalid UTF-8 and
/// characters that would garble the text around the name (see [`is_disruptive`]) become U+FFFD. Different
/// names may become equal: identities must compare the bytes.
pub(crate) fn display_name(name: &[u8], chars_max: usize) -> String {
    let chars = name.utf8_chunks().flat_map(|chunk| {
        let invalid = (!chunk.invalid().is_empty()).then_some(REPLACEMENT);
        chunk.valid().chars().chain(invalid)
    });
    let mut text = String::new();
    for (count, char) in chars.enumerate() {
        if count == chars_max {
            text.pop();
            text.push('…');
            break;
        }
        text.push(if is_disruptive(char) {
            REPLACEMENT
        } else {
            char
        });
    }
    text
}

/// [`display_name`] of a name that is already text.
pub(crate) fn bounded(name: &str, chars_max: usize) -> String {
    display_name(name.as_bytes(), chars_max)
}

/// Makes equal names distinct: the second becomes `name (2)`. Call it in a stable order, so that each name
/// stays the same.
pub(crate) fn unique(name: String, taken: &mut HashSet<String>) -> String {
    let mut unique = name.clone();
    let mut number = 1;
    while !taken.insert(unique.clone()) {
        number += 1;
        unique = format!("{name} ({number})");
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_utf8_is_replaced_and_the_rest_stays() {
        for (name, expected) in [
            (&b"pok\xe9mon"[..], "pok\u{fffd}mon"),
            // Cut by the kernel inside a character of three bytes.
            (b"\xe6\x97\xa5\xe6\x9c", "日\u{fffd}"),
            (b"\xff\xfe", "\u{fffd}\u{fffd}"),
            // A surrogate, as CESU-8 writes it.
            (b"a\xed\xa0\x80b", "a\u{fffd}\u{fffd}\u{fffd}b"),
            (
                "mätrum 日本 👩\u{200d}🚒".as_bytes(),
                "mätrum 日本 👩\u{200d}🚒",
            ),
            (b"", ""),
        ] {
            assert_eq!(display_name(name, 64), expected);
        }
    }

    #[test]
    fn disruptive_characters_are_replaced() {
        let shown = display_name("a\u{202e}b\nc\u{2066}d".as_bytes(), 64);
        assert_eq!(shown, "a\u{fffd}b\u{fffd}c\u{fffd}d");
    }

    #[test]
    fn long_names_are_truncated() {
        for (name, expected) in [
            (&b""[..], ""),
            (b"init", "init"),
            (b"12345", "12345"),
            (b"123456", "1234…"),
            ("äöüäöü".as_bytes(), "äöüä…"),
            (
                b"\xff\xff\xff\xff\xff",
                "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
            ),
            (
                b"\xff\xff\xff\xff\xff\xff",
                "\u{fffd}\u{fffd}\u{fffd}\u{fffd}…",
            ),
            (b"a\nb\x1b", "a\u{fffd}b\u{fffd}"),
        ] {
            assert_eq!(display_name(name, 5), expected);
        }
        assert_eq!(bounded("123456", 5), "1234…");
    }

    #[test]
    fn equal_names_become_distinct() {
        let mut taken = HashSet::new();
        let mut names = |name: &str| unique(name.to_owned(), &mut taken);
        assert_eq!(names("/mnt/\u{fffd}"), "/mnt/\u{fffd}");
        assert_eq!(names("/mnt/\u{fffd}"), "/mnt/\u{fffd} (2)");
        assert_eq!(names("/mnt/\u{fffd}"), "/mnt/\u{fffd} (3)");
        assert_eq!(names("/mnt/\u{fffd} (2)"), "/mnt/\u{fffd} (2) (2)");
    }
}
