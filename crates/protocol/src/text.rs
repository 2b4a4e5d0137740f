//! Characters that must not be displayed in text from other programs.

/// Whether a character changes how the text around it is displayed. By their properties in the Unicode
/// Character Database, these are:
///
/// - control characters (general category `Cc`: C0, DEL and C1), line breaks and tabs among them;
/// - the separators of lines and paragraphs (categories `Zl` and `Zp`: U+2028, U+2029);
/// - the bidirectional controls (property `Bidi_Control`; UAX #9, section 2), which can display
///   `fdp.exe` as `exe.pdf`: U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069.
pub fn is_disruptive(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{61c}'
                | '\u{200e}'..='\u{200f}'
                | '\u{2028}'..='\u{2029}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

/// Whether a text shows nothing: it has only spaces, [disruptive](is_disruptive) characters, those that the Unicode
/// Character Database calls default ignorable (property `Default_Ignorable_Code_Point`), such as spaces without width, and
/// the blank pattern of Braille.
pub fn is_blank(text: &str) -> bool {
    let is_ignorable = |char: char| {
        matches!(
            char,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
    };
    text.chars()
        .all(|char| char.is_whitespace() || is_disruptive(char) || is_ignorable(char))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_shows_nothing_is_blank() {
        for blank in [
            "",
            " \n\t",
            "\u{0}\u{1b}",
            "\u{200b}\u{2060} \u{feff}",
            "\u{3164}\u{2800}",
        ] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for shown in [".", "\u{200b}a", "\u{1f642}\u{fe0f}", "\u{e4}"] {
            assert!(!is_blank(shown), "{shown:?}");
        }
    }

    #[test]
    fn exactly_the_controls_are_disruptive() {
        let expected: Vec<u32> = (0x00..=0x1f)
            .chain(0x7f..=0x9f)
            .chain([0x61c, 0x200e, 0x200f, 0x2028, 0x2029])
            .chain(0x202a..=0x202e)
            .chain(0x2066..=0x2069)
            .collect();
        let found: Vec<u32> = ('\0'..=char::MAX)
            .filter(|&char| is_disruptive(char))
            .map(u32::from)
            .collect();
        assert_eq!(found, expected);
    }
}
