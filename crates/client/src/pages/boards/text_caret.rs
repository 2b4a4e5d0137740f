//! Where the caret is once others have changed a text.

/// The place of a caret in a text that was replaced by another: it stays beside what it was beside. Places count in UTF-16,
/// as in the browser.
pub(super) fn moved_caret(old: &str, new: &str, caret: u32) -> u32 {
    let old: Vec<u16> = old.encode_utf16().collect();
    let new: Vec<u16> = new.encode_utf16().collect();
    let caret = (caret as usize).min(old.len());
    let same = |(one, other): &(&u16, &u16)| one == other;
    let prefix = old.iter().zip(&new).take_while(same).count();
    if caret <= prefix {
        return caret as u32;
    }
    let most = old.len().min(new.len()) - prefix;
    let suffix = old.iter().rev().zip(new.iter().rev());
    let suffix = suffix.take_while(same).count().min(most);
    match caret >= old.len() - suffix {
        true => (caret + new.len() - old.len()) as u32,
        false => (new.len() - suffix).min(caret) as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(old: &str, new: &str, expected: &str) {
        let at = old.find('|').expect("a caret");
        let caret = old[..at].encode_utf16().count() as u32;
        let moved = moved_caret(&old.replace('|', ""), new, caret);
        let units: Vec<u16> = new.encode_utf16().collect();
        let (before, after) = units.split_at(moved as usize);
        let text = [
            &String::from_utf16_lossy(before),
            "|",
            &String::from_utf16_lossy(after),
        ]
        .concat();
        assert_eq!(text, expected);
    }

    #[test]
    fn the_caret_stays_beside_what_it_was_beside() {
        check("one\ntwo|", "zero\none\ntwo", "zero\none\ntwo|");
        check("one|\ntwo", "one\ntwo\nthree", "one|\ntwo\nthree");
        check("ö|🙂b", "a\nö🙂b", "a\nö|🙂b");
        check("a|b", "", "|");
        check("|ab", "xyab", "|xyab");
    }
}
