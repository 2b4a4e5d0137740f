//! Texts in which a backslash stands before special characters.

use crate::Reason;
use crate::batch::text;

/// The text without the backslashes before `special` bytes. Others mean themselves.
pub(crate) fn unescape(bytes: &[u8], special: &[u8]) -> Result<String, Reason> {
    let text = text(bytes)?;
    if !bytes.contains(&b'\\') {
        return Ok(text.to_owned());
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        let is_escape = character == '\\'
            && next
                .is_some_and(|next| u8::try_from(next).is_ok_and(|next| special.contains(&next)));
        match is_escape {
            true => plain.extend(characters.next()),
            false => plain.push(character),
        }
    }
    Ok(plain)
}

/// A text in quotes as Prometheus has it: `\n`, `\"` and `\\`; before other characters a backslash means itself.
pub(crate) fn unquote(bytes: &[u8]) -> Result<String, Reason> {
    let text = text(bytes)?;
    if !bytes.contains(&b'\\') {
        return Ok(text.to_owned());
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => plain.push('\n'),
            Some(it @ ('"' | '\\')) => plain.push(it),
            Some(other) => plain.extend(['\\', other]),
            None => plain.push('\\'),
        }
    }
    Ok(plain)
}

/// Where a text in quotes ends: the place of the quote that no backslash stands before.
pub(crate) fn closing_quote(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return Some(at),
            _ => at += 1,
        }
    }
    None
}
