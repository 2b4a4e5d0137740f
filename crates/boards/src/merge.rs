//! Texts that several people edit at the same time.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Lines of the text of before, and what somebody has made of them.
struct Change<'a> {
    start: usize,
    /// Exclusive; the same as the start where lines are only added.
    end: usize,
    lines: Vec<&'a str>,
}

/// What two people have made of the same text, line by line. What only one of them has changed is as that one has it. Where both
/// have changed the same lines, both versions stand, theirs first, so that nothing is lost that somebody has typed.
#[must_use]
pub fn merge(base: &str, theirs: &str, mine: &str) -> String {
    if theirs == base || theirs == mine {
        return mine.to_owned();
    }
    if mine == base {
        return theirs.to_owned();
    }
    let base: Vec<&str> = base.split('\n').collect();
    let theirs: Vec<&str> = theirs.split('\n').collect();
    let mine: Vec<&str> = mine.split('\n').collect();
    let mut their_changes = changes(&base, &theirs).into_iter().peekable();
    let mut my_changes = changes(&base, &mine).into_iter().peekable();
    let mut merged: Vec<&str> = Vec::with_capacity(theirs.len() + mine.len());
    let mut done = 0;
    loop {
        let of_them = their_changes.peek();
        let of_me = my_changes.peek();
        let change = match (of_them, of_me) {
            (None, None) => break,
            (Some(a), Some(b)) if is_same_place(a, b) => {
                let (a, b) = (their_changes.next(), my_changes.next());
                let (Some(mut both), Some(b)) = (a, b) else {
                    break;
                };
                add(&mut both, b, &base);
                // What touches the same lines, too, becomes part of the conflict.
                loop {
                    if let Some(next) = their_changes.next_if(|it| it.start < both.end) {
                        add(&mut both, next, &base);
                    } else if let Some(next) = my_changes.next_if(|it| it.start < both.end) {
                        add(&mut both, next, &base);
                    } else {
                        break;
                    }
                }
                Some(both)
            }
            (Some(a), Some(b)) if (b.start, b.end) < (a.start, a.end) => my_changes.next(),
            (Some(_), _) => their_changes.next(),
            (None, Some(_)) => my_changes.next(),
        };
        let Some(change) = change else {
            break;
        };
        merged.extend(&base[done..change.start]);
        merged.extend(change.lines);
        done = change.end;
    }
    merged.extend(&base[done..]);
    merged.join("\n")
}

/// Texts that differ in more lines are not compared line by line: that takes a time of lines times changes.
const COMPARED_LINES_MAX: usize = 500;

fn changes<'a>(base: &[&str], text: &[&'a str]) -> Vec<Change<'a>> {
    let pairs = base.iter().zip(text);
    let before = pairs.take_while(|(a, b)| a == b).count();
    let pairs = base[before..].iter().rev().zip(text[before..].iter().rev());
    let behind = pairs.take_while(|(a, b)| a == b).count();
    let of_base = &base[before..base.len() - behind];
    let of_text = &text[before..text.len() - behind];
    if of_base.len().max(of_text.len()) > COMPARED_LINES_MAX {
        return vec![Change {
            start: before,
            end: base.len() - behind,
            lines: of_text.to_vec(),
        }];
    }
    let mut changes: Vec<Change<'a>> = Vec::new();
    for operation in capture_diff_slices(Algorithm::Myers, of_base, of_text) {
        if matches!(operation, DiffOp::Equal { .. }) {
            continue;
        }
        let (old, new) = (operation.old_range(), operation.new_range());
        let old = old.start + before..old.end + before;
        let new = new.start + before..new.end + before;
        match changes.last_mut() {
            // Lines that are removed and added at the same place are one change.
            Some(last) if old.start <= last.end => {
                last.end = last.end.max(old.end);
                last.lines.extend(&text[new]);
            }
            _ => changes.push(Change {
                start: old.start,
                end: old.end,
                lines: text[new].to_vec(),
            }),
        }
    }
    changes
}

/// Whether both concern the same lines, or add some at the same place.
fn is_same_place(a: &Change<'_>, b: &Change<'_>) -> bool {
    let is_overlapping = a.start < b.end && b.start < a.end;
    let is_empty = |it: &Change<'_>| it.start == it.end;
    is_overlapping || (is_empty(a) && is_empty(b) && a.start == b.start)
}

/// Adds to a change what another one adds: its lines that are neither of before nor in the first.
fn add<'a>(to: &mut Change<'a>, other: Change<'a>, base: &[&str]) {
    let original = &base[to.start.min(other.start)..to.end.max(other.end)];
    for line in other.lines {
        if !original.contains(&line) && !to.lines.contains(&line) {
            to.lines.push(line);
        }
    }
    to.start = to.start.min(other.start);
    to.end = to.end.max(other.end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &str, theirs: &str, mine: &str, expected: &str) {
        assert_eq!(merge(base, theirs, mine), expected);
    }

    #[test]
    fn different_lines_are_both_changed() {
        check("a\nb\nc", "A\nb\nc", "a\nb\nC", "A\nb\nC");
        check("a\nb\nc", "b\nc", "a\nb\nc\nd", "b\nc\nd");
        check("", "a", "", "a");
    }

    #[test]
    fn of_the_same_line_both_versions_stand() {
        check("one", "one two", "one three", "one two\none three");
        check("", "theirs", "mine", "theirs\nmine");
    }

    #[test]
    fn a_line_that_somebody_removed_and_somebody_else_changed_stays_changed() {
        check("a\nb", "a", "a\nbb", "a\nbb");
        check("a\nb", "a\nbb", "a", "a\nbb");
    }

    #[test]
    fn texts_of_thousands_of_lines_are_merged_at_once() {
        let lines = |line: &str| vec![line; 8_000].join("\n");
        let (base, theirs, mine) = ("\n".repeat(16_000), lines("a"), lines("b"));
        let merged = merge(&base, &theirs, &mine);
        assert!(merged.starts_with("a\n") && merged.ends_with("\nb"));
        // Where only one part differs, the rest is as each has it.
        let long = lines("x");
        let (theirs, mine) = (["first\n", &long].concat(), [&*long, "\nlast"].concat());
        let merged = merge(&long, &theirs, &mine);
        assert!(merged.starts_with("first\nx") && merged.ends_with("x\nlast"));
    }

    #[test]
    fn the_same_change_is_made_once() {
        check("a", "b", "b", "b");
        check("a\nz", "a\nx\nz", "a\nx\ny\nz", "a\nx\ny\nz");
    }

    /// Somebody goes on typing after others have added a line above.
    #[test]
    fn what_is_added_beside_a_changed_line_is_no_conflict() {
        check("x", "abc\nx", "xy", "abc\nxy");
        check("x", "x\nabc", "xy", "xy\nabc");
    }
}
