//! Names that a host reports, made fit for a message.

/// At most `chars_max` characters of a name; a longer one ends in `…`. Control characters, with
/// which a process could garble a terminal or a log, are replaced.
pub(crate) fn bounded(name: &str, chars_max: usize) -> String {
    let fits = name.chars().nth(chars_max).is_none();
    let kept = if fits { chars_max } else { chars_max - 1 };
    let mut text: String = name
        .chars()
        .take(kept)
        .map(|char| if char.is_control() { '\u{fffd}' } else { char })
        .collect();
    if !fits {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_and_control_characters_replaced() {
        for (name, expected) in [
            ("", ""),
            ("init", "init"),
            ("12345", "12345"),
            ("123456", "1234…"),
            ("äöüäöü", "äöüä…"),
            ("a\nb\u{1b}", "a\u{fffd}b\u{fffd}"),
        ] {
            assert_eq!(bounded(name, 5), expected);
        }
    }
}
