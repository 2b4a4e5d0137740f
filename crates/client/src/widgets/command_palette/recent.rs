//! The commands that were run last come first.

use super::commands::Command;
use crate::kit::browser::{recall, remember};

/// Where their texts are remembered, a line each.
const RECENT_KEY: &str = "watchroom-recent";

/// So many are remembered: some may not be there next time.
const REMEMBERED_MAX: usize = 12;

/// So many are listed at most.
const LISTED_MAX: usize = 4;

const RECENT: &str = "Recent";

/// Remembers that a command was run.
pub(super) fn note(text: &str) {
    let remembered = recall(RECENT_KEY).unwrap_or_default();
    remember(RECENT_KEY, &noted(&remembered, text));
}

/// The commands, those that were run last before all others, in a group of their own.
pub(super) fn recent_first(commands: &[Command]) -> Vec<Command> {
    ordered(&recall(RECENT_KEY).unwrap_or_default(), commands)
}

fn noted(remembered: &str, text: &str) -> String {
    let others = remembered.lines().filter(|line| *line != text);
    let mut lines = vec![text];
    lines.extend(others.take(REMEMBERED_MAX - 1));
    lines.join("\n")
}

fn ordered(remembered: &str, commands: &[Command]) -> Vec<Command> {
    let mut ordered: Vec<Command> = Vec::with_capacity(commands.len());
    for text in remembered.lines() {
        let known = commands.iter().find(|command| command.text == text);
        if let Some(command) = known.filter(|_| ordered.len() < LISTED_MAX) {
            ordered.push(Command {
                group: RECENT,
                ..command.clone()
            });
        }
    }
    let recent = ordered.len();
    for command in commands {
        if !ordered[..recent].iter().any(|it| it.text == command.text) {
            ordered.push(command.clone());
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn what_was_run_last_comes_first_and_only_once() {
        let commands = ["CPU", "Last 1 h", "Pause"].map(|text| Command {
            group: "Go to",
            text: text.to_owned(),
            key: String::new(),
            run: Arc::new(|| ()),
        });
        let remembered = noted(&noted(&noted("", "Pause"), "Last 1 h"), "Pause");
        assert_eq!(remembered, "Pause\nLast 1 h");
        let remembered = noted(&remembered, "Playback");
        let ordered = ordered(&remembered, &commands);
        let texts: Vec<_> = ordered.iter().map(|it| (it.group, &*it.text)).collect();
        let expected = [
            ("Recent", "Pause"),
            ("Recent", "Last 1 h"),
            ("Go to", "CPU"),
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn no_more_is_remembered_than_is_useful() {
        let mut remembered = String::new();
        for number in 0..100 {
            remembered = noted(&remembered, &number.to_string());
        }
        assert_eq!(remembered.lines().count(), REMEMBERED_MAX);
        assert!(remembered.starts_with("99\n98\n"));
    }
}
