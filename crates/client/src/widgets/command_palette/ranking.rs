//! Which commands a typed text finds, and in which order.

use super::commands::Command;

/// The commands that a text finds, the best match first; all of them in their order if it is empty.
pub(super) fn ranked(query: &str, commands: &[Command]) -> Vec<Command> {
    let query = query.to_lowercase();
    let mut found: Vec<(u32, &Command)> = Vec::new();
    for command in commands {
        if let Some(rank) = rank(&query, &command.text.to_lowercase()) {
            found.push((rank, command));
        }
    }
    // Stable: of equal ones the order of the commands remains.
    found.sort_by_key(|(rank, _)| *rank);
    let mut commands = Vec::with_capacity(found.len());
    for (_, command) in found {
        commands.push(command.clone());
    }
    commands
}

/// How well a text matches, 0 at best: each word of the query begins a word, is within the text, or has its letters in
/// the text in this order. None if one of them does not match at all.
fn rank(query: &str, text: &str) -> Option<u32> {
    let mut total = 0;
    for word in query.split_whitespace() {
        total += if text.starts_with(word) {
            0
        } else if text
            .split([' ', '-', '/', '.'])
            .any(|of| of.starts_with(word))
        {
            1
        } else if text.contains(word) {
            10
        } else if has_in_order(text, word) {
            100
        } else {
            return None;
        };
    }
    Some(total)
}

fn has_in_order(text: &str, letters: &str) -> bool {
    let mut text = text.chars();
    letters.chars().all(|letter| text.any(|of| of == letter))
}

/// The time of day that a text is, in seconds: `3:12`, `03:12`, `03:12:05`.
pub(super) fn clock_seconds(text: &str) -> Option<u32> {
    let mut seconds = 0;
    let mut count = 0;
    for part in text.trim().split(':') {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let limit = if count == 0 { 24 } else { 60 };
        if part.len() > 2 || !is_number {
            return None;
        }
        let value = part
            .bytes()
            .fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
        if value >= limit || count == 3 {
            return None;
        }
        seconds = seconds * 60 + value;
        count += 1;
    }
    match count {
        2 => Some(seconds * 60),
        3 => Some(seconds),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_of_words_come_before_letters_within() {
        let mut texts = ["Stop", "Custom apse", "Show processes", "Pause"];
        texts.sort_by_key(|text| rank("p", &text.to_lowercase()));
        assert_eq!(texts, ["Pause", "Show processes", "Stop", "Custom apse"]);
        assert_eq!(rank("net tra", "network traffic"), Some(1));
        assert_eq!(rank("nwk", "network traffic"), Some(100));
        assert_eq!(rank("work", "network traffic"), Some(10));
        assert_eq!(rank("x", "network traffic"), None);
        assert_eq!(rank("net x", "network traffic"), None);
        assert_eq!(rank("", "anything"), Some(0));
    }

    #[test]
    fn times_of_day_are_read() {
        assert_eq!(clock_seconds("03:12"), Some(11_520));
        assert_eq!(clock_seconds(" 3:12:05 "), Some(11_525));
        for none in [
            "", ":", "3", "24:00", "12:60", "1:2:3:4", "-1:00", "١:٠٠", "100:00", "1:",
        ] {
            assert_eq!(clock_seconds(none), None, "{none}");
        }
    }
}
