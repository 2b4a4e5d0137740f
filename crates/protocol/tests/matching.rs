//! Selectors applied to series.

use proptest::prelude::*;
use protocol::{Durable, InvalidSelector, Selector, SeriesKey, points};
use std::time::{Duration, Instant};

fn key(host: &str, name: &str, labels: &[(&str, &str)]) -> SeriesKey {
    let labels = labels.iter();
    let labels = labels.map(|(label, value)| ((*label).to_owned(), (*value).to_owned()));
    SeriesKey::new(host, name, labels)
}

/// The texts of the series that a selector matches.
fn matched(text: &str) -> Vec<String> {
    let all = [
        key("web-1", "cpu", &[]),
        key("web-1", "cpu", &[("core", "0")]),
        key("web-22", "cpu", &[]),
        key("db", "disk_read", &[("mount", "/a\nb")]),
        key("", "Requests", &[("region", "eu")]),
    ];
    let selector: Selector = text.parse().unwrap_or_else(|why| panic!("{text}: {why}"));
    let compiled = selector
        .compile()
        .unwrap_or_else(|why| panic!("{text}: {why}"));
    let matched = all.iter().filter(|series| compiled.matches(series));
    matched
        .map(|series| format!("{}/{}", series.host, series.name))
        .collect()
}

#[test]
fn matchers_are_those_of_prometheus() {
    for (text, expected) in [
        ("cpu", "web-1/cpu web-1/cpu web-22/cpu"),
        (r#"cpu{core=""}"#, "web-1/cpu web-22/cpu"),
        (r#"cpu{core!=""}"#, "web-1/cpu"),
        // A whole value, and not a part of it.
        (r#"{host=~"web-."}"#, "web-1/cpu web-1/cpu"),
        (r#"{host=~"web|db"}"#, "db/disk_read"),
        (r#"{host!~"web-.*"}"#, "db/disk_read /Requests"),
        (r#"{host=~"web-\\d+",core=~""}"#, "web-1/cpu web-22/cpu"),
        (r#"{__name__=~"disk_.*|Req.*"}"#, "db/disk_read /Requests"),
        // A dot is a line break, too.
        (r#"{mount=~"/a.b"}"#, "db/disk_read"),
        (r#"{region=~"(?i)EU"}"#, "/Requests"),
        ("sum by (host) (cpu)", "web-1/cpu web-1/cpu web-22/cpu"),
        ("nothing", ""),
    ] {
        assert_eq!(matched(text).join(" "), expected, "{text}");
    }
}

#[test]
fn invalid_and_too_large_expressions_are_rejected() {
    for pattern in [
        "(",
        "a)|(b",
        "[a",
        "(?x)a #",
        "\\\\p{Nonsense}",
        "(\\\\w{50}){50}",
    ] {
        let text = format!("{{host=~\"{pattern}\"}}").replace("{50}", "\\{50\\}");
        let text = text.replace("{Nonsense}", "\\{Nonsense\\}");
        let selector: Selector = text.parse().unwrap_or_else(|why| panic!("{text}: {why}"));
        let refused = selector.compile().expect_err(&text);
        assert!(matches!(refused, InvalidSelector::Pattern { .. }), "{text}");
        assert!(!refused.to_string().contains('\n'), "{refused}");
    }
}

#[test]
fn no_expression_takes_long() {
    let label = "a".repeat(400);
    let series = key("x", "x", &[("a", &label)]);
    let begun = Instant::now();
    for pattern in ["(a*)*b", "(a|aa)+b", "(.*)(.*)(.*)(.*)(.*)b", "((a?)*)*b"] {
        let selector: Selector = format!("{{a=~\"{pattern}\"}}").parse().expect(pattern);
        assert!(!selector.compile().expect(pattern).matches(&series));
    }
    // Backtracking would take longer than the universe is old.
    assert!(begun.elapsed() < Duration::from_secs(10));
}

proptest! {
    #[test]
    fn no_expression_panics(pattern in "[a-z.*+?|()\\[\\]^$-]{0,16}") {
        let selector: Selector = format!("{{a=~\"{pattern}\"}}").parse().expect("a selector");
        if let Ok(compiled) = selector.compile() {
            compiled.matches(&key("x", "x", &[("a", "abc")]));
        }
    }
}

#[test]
fn each_series_of_a_message_is_matched_by_its_own_text() {
    let golden = include_str!("golden/server/metrics.json");
    let message = Durable::from_json(golden).expect("the golden message");
    let all = points(&message);
    for (point, _) in &all {
        let selector: Selector = point.series.to_string().parse().expect("a selector");
        assert_eq!(selector.key().as_ref(), Some(&point.series));
        assert!(
            selector
                .compile()
                .expect("no expression")
                .matches(&point.series)
        );
    }
    assert!(!all.is_empty());
}
