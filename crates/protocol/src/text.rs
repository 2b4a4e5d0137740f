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

#[cfg(test)]
mod tests {
    use super::*;

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
