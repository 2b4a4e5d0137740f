use crate::support::{blocks, reference, root};
use std::collections::BTreeMap;
use std::fs;

/// JSON without the line breaks and the spaces that the reference adds for its readers.
fn compact(json: &str) -> String {
    let mut within_text = false;
    let mut escaped = false;
    json.chars()
        .filter(|&letter| {
            let kept = within_text || !letter.is_whitespace();
            within_text ^= letter == '"' && !escaped;
            escaped = letter == '\\' && !escaped;
            kept
        })
        .collect()
}

/// Every golden file, by its text.
fn golden() -> BTreeMap<String, String> {
    let folder = root().join("crates/protocol/tests/golden");
    ["client", "server", "envelope/client", "envelope/server"]
        .into_iter()
        .flat_map(|side| fs::read_dir(folder.join(side)).unwrap())
        .map(|entry| {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            (compact(&text), path.display().to_string())
        })
        .collect()
}

#[test]
fn every_example_is_a_golden_file_and_every_golden_file_an_example() {
    let mut golden = golden();
    for example in blocks(&reference(), "json") {
        let file = golden.remove(&compact(&example));
        assert!(file.is_some(), "no golden file says this:\n{example}");
    }
    assert!(golden.is_empty(), "without an example: {golden:#?}");
}

#[test]
fn documented_limits_are_those_of_the_code() {
    let reference = reference();
    let thousands = |number: u64| match number {
        1_000_000.. => format!(
            "{},{:03},{:03}",
            number / 1_000_000,
            number / 1_000 % 1_000,
            number % 1_000
        ),
        1_000.. => format!("{},{:03}", number / 1_000, number % 1_000),
        _ => number.to_string(),
    };
    let (shortest, longest) = protocol::INTERVAL_MS_RANGE.into_inner();
    let config = server::config::Config::default();
    let rows = [
        format!(
            "| a message from a client | {} KiB after inflation |",
            protocol::CLIENT_MESSAGE_BYTES_MAX >> 10
        ),
        format!("| `last` | {} |", thousands(protocol::LAST_MAX.into())),
        format!(
            "| `interval_ms` | 0, or {shortest} to {} |",
            thousands(longest)
        ),
        format!(
            "| messages from a client, of any kind | {} a second, {} at once (configurable) |",
            config.limits.messages_per_second, config.limits.messages_burst
        ),
        format!(
            "| messages kept in memory | {} or {} MiB (configurable) |",
            thousands(config.ring.frames as u64),
            config.ring.bytes >> 20
        ),
        format!(
            "| viewers | {} (configurable) |",
            thousands(config.limits.viewers as u64)
        ),
        format!(
            "| viewers from one address, except this machine's while login is off | {} (configurable) |",
            config.limits.viewers_per_address
        ),
    ];
    for row in rows {
        assert!(reference.contains(&row), "the reference lacks: {row}");
    }
}
