//! Selectors as texts: they round-trip, and mistakes are described.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use protocol::*;

/// Text with all special characters of selectors.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "[ \\t\"\\\\{}(),=!~a\u{e9}]{1,6}",
        "(sum|avg|min|max|count)( by)? ?\\(x\\)?( ?\\(y\\))?",
        "\\PC{1,8}",
    ]
}

fn labels() -> impl Strategy<Value = Vec<(String, String)>> {
    vec((text(), "\\PC{0,8}|[ \"\\\\{}(),=!~\n]{0,5}"), 0..4)
}

fn key() -> impl Strategy<Value = SeriesKey> {
    (option::of(text()), text(), labels())
        .prop_map(|(host, name, labels)| SeriesKey::new(host.unwrap_or_default(), name, labels))
}

fn selector() -> impl Strategy<Value = Selector> {
    let comparison = prop::sample::select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Matches,
        Comparison::MatchesNot,
    ]);
    let matcher =
        (text(), comparison, "\\PC{0,8}").prop_map(|(label, comparison, value)| Matcher {
            label,
            comparison,
            value,
        });
    let operation = prop::sample::select(Operation::ALL.map(|(_, operation)| operation).to_vec());
    let by = prop::collection::btree_set(text(), 0..3);
    let fold = (operation, by).prop_map(|(operation, by)| Fold {
        operation,
        by: by.into_iter().collect(),
    });
    (text(), vec(matcher, 0..4), option::of(fold)).prop_map(|(name, matchers, fold)| Selector {
        // One without a name needs a matcher.
        name: Some(name).filter(|it| matchers.is_empty() || it.len() % 2 == 0),
        matchers,
        fold,
    })
}

proptest! {
    #[test]
    fn the_text_of_a_series_selects_it(key in key()) {
        let text = key.to_string();
        prop_assume!(text.len() <= SeriesKey::TEXT_BYTES_MAX);
        let selector: Selector = text.parse().expect("the text of a series is a selector");
        prop_assert_eq!(selector.key(), Some(key));
        prop_assert_eq!(selector.to_string(), text);
    }

    #[test]
    fn a_selector_round_trips(selector in selector()) {
        let text = selector.to_string();
        prop_assume!(text.len() <= Selector::TEXT_BYTES_MAX);
        prop_assert_eq!(text.parse(), Ok(selector), "{}", text);
    }

    #[test]
    fn no_text_panics(text in "(sum by \\(a\\) ?\\()?[a-z]?\\{?[^a-z]{0,8}\\PC{0,12}") {
        let Ok(selector) = text.parse::<Selector>() else { return Ok(()) };
        prop_assert_eq!(selector.to_string().parse(), Ok(selector));
    }
}

fn selector_of(text: &str) -> Selector {
    text.parse().unwrap_or_else(|why| panic!("{text}: {why}"))
}

#[test]
fn white_space_and_a_trailing_comma_are_ignored() {
    let plain = selector_of(r#"sum by (a,b) (x y{host=~"web-.*",z!="1"})"#);
    let spaced = selector_of(" sum  by ( a , b )\t( x y { host =~ \"web-.*\" , z != \"1\" , } ) ");
    assert_eq!(plain, spaced);
    let fold = plain.fold.expect("a fold");
    assert_eq!((fold.operation, fold.by.len()), (Operation::Sum, 2));
    assert_eq!(plain.name.as_deref(), Some("x y"));
    // What is no fold is a name.
    for name in ["Load (1m)", "sum", "sum by", "summary (x)", "sumby (x)"] {
        assert_eq!(selector_of(name).name.as_deref(), Some(name));
    }
}

#[test]
fn mistakes_are_described() {
    for (text, why) in [
        ("", "it has neither a name nor a matcher"),
        (" {} ", "it has neither a name nor a matcher"),
        ("cpu{", "the name of a label is expected at character 5"),
        (
            r#"cpu{host}"#,
            "`=`, `!=`, `=~` or `!~` is expected at character 9",
        ),
        (r#"cpu{host=web}"#, "`\"` is expected at character 10"),
        (r#"cpu{host="web}"#, "`\"` is expected at character 15"),
        (
            r#"cpu{a="b" c="d"}"#,
            "`,` or `}` is expected at character 11",
        ),
        (r#"cpu{a="b"} x"#, "the end is expected at character 12"),
        (
            r#"cpu"x""#,
            "a name, `{` or the end is expected at character 4",
        ),
        (
            r#"cpu{a=~"\d"}"#,
            r"`\d` is no escape; a backslash is written `\\`",
        ),
        (
            "a\\",
            "a character behind the backslash is expected at character 3",
        ),
        ("sum(cpu", "`)` is expected at character 8"),
        ("sum by (a) cpu", "`(` is expected at character 12"),
        ("sum by (a,a) (cpu)", "`a` is there twice in `by`"),
        (
            "sum by (a b) (cpu)",
            "`,` or `)` is expected at character 11",
        ),
        ("é{é}", "`=`, `!=`, `=~` or `!~` is expected at character 4"),
    ] {
        let refused = text.parse::<Selector>().expect_err(text);
        assert_eq!(refused.to_string(), why, "{text}");
    }
    let nested = "sum(max(cpu))".parse::<Selector>().expect_err("nested");
    assert!(
        nested.to_string().contains("takes no other fold"),
        "{nested}"
    );
}

#[test]
fn only_the_text_of_a_series_may_be_long() {
    let of = |comparison: &str, bytes: usize| {
        let text = format!("disk{{mount{comparison}\"{}\"}}", "x".repeat(bytes));
        text.parse::<Selector>()
    };
    assert!(of("=", 490).is_ok_and(|it| it.key().is_some()));
    assert!(matches!(of("=", 600), Err(InvalidSelector::TooLong(_))));
    assert!(of("=~", 230).is_ok());
    assert!(matches!(of("=~", 300), Err(InvalidSelector::TooLong(_))));
}

#[test]
fn a_group_is_selected_by_its_text() {
    let text = r#"avg by (host,region) (Requests{shard!="1",region="eu"})"#;
    let selector = selector_of(text);
    let label = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    let member = SeriesKey::new(
        "web-1",
        "Requests",
        [label("region", "eu"), label("shard", "7")],
    );
    let fold = selector.fold.as_ref().expect("a fold");
    let group = fold.group("Requests", &member);
    assert_eq!(
        selector.of_group(&group),
        r#"avg by (host,region) (Requests{shard!="1",region="eu",host="web-1"})"#
    );
}
