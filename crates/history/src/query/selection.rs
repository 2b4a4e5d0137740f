use super::QueryError;
use protocol::{Comparison, CompiledSelector, Kind, Operation, OwnHost, Selector, SeriesKey};
use std::collections::{BTreeMap, HashSet};
use store::Series;

/// The most regular expressions of one query.
pub(super) const PATTERNS_MAX: usize = 50;

/// The most series that the folds of one query read.
pub const FOLDED_MAX: usize = 500;

/// A column of a result, and the series that it is computed from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Selected {
    /// Its selector.
    pub(crate) text: String,
    /// The series, or the result of a fold.
    pub(crate) series: Series,
    /// How its members are folded. Without it, it is a series itself, and its only member.
    pub(crate) operation: Option<Operation>,
    /// The series that are read, in their order.
    pub(crate) members: Vec<SeriesKey>,
}

/// The columns of some selectors, in the order of the selectors and then of the series; a series that more than
/// one of them selects is returned once. Selectors may use any name of the server's own host. `find` looks up a
/// single series; `matching` finds all that a compiled selector matches, sorted.
pub(crate) fn select(
    texts: &[String],
    own: &OwnHost,
    find: impl Fn(&SeriesKey) -> Option<Series>,
    matching: impl Fn(&CompiledSelector) -> Vec<Series>,
) -> Result<Vec<Selected>, QueryError> {
    let mut selected = Vec::new();
    let (mut patterns, mut folded) = (0, 0);
    for text in texts {
        let invalid = |why| QueryError::Selector(text.clone(), why);
        let mut selector: Selector = text.parse().map_err(invalid)?;
        own.resolve_selector(&mut selector);
        if let Some(series) = selector.key().and_then(|key| find(&key)) {
            selected.push(Selected::of(series));
            continue;
        }
        patterns += selector
            .matchers
            .iter()
            .filter(|it| is_pattern(it.comparison))
            .count();
        if patterns > PATTERNS_MAX {
            return Err(QueryError::PatternCount(patterns));
        }
        let compiled = selector.compile().map_err(invalid)?;
        let matched = matching(&compiled);
        if matched.is_empty() {
            return Err(QueryError::UnknownSeries(text.clone()));
        }
        if selector.fold.is_some() {
            folded += matched.len();
            if folded > FOLDED_MAX {
                return Err(QueryError::FoldedCount(folded));
            }
            selected.extend(groups(&selector, &matched.iter().collect::<Vec<_>>()));
        } else {
            selected.extend(matched.into_iter().map(Selected::of));
        }
    }
    let mut seen = HashSet::new();
    selected.retain(|it| seen.insert(it.text.clone()));
    Ok(selected)
}

impl Selected {
    fn of(series: Series) -> Self {
        Self {
            text: series.key.to_string(),
            members: vec![series.key.clone()],
            series,
            operation: None,
        }
    }
}

fn is_pattern(comparison: Comparison) -> bool {
    matches!(comparison, Comparison::Matches | Comparison::MatchesNot)
}

/// The series that a fold makes of those that it matches.
fn groups(selector: &Selector, matched: &[&Series]) -> Vec<Selected> {
    let Some(fold) = &selector.fold else {
        return Vec::new();
    };
    let name = selector.name.as_deref().unwrap_or_default();
    let mut groups: BTreeMap<SeriesKey, Vec<&Series>> = BTreeMap::new();
    for series in matched {
        let group = groups.entry(fold.group(name, &series.key));
        group.or_default().push(series);
    }
    let groups = groups.into_iter().map(|(key, members)| {
        let unit = members[0].unit.clone();
        // Series of different units have none in common, and a count has none at all.
        let is_common = members.iter().all(|it| it.unit == unit);
        let has_unit = is_common && fold.operation != Operation::Count;
        Selected {
            text: selector.of_group(&key),
            series: Series {
                // A fold of counters is one, except their number.
                kind: match fold.operation {
                    Operation::Count => Kind::Gauge,
                    _ => members[0].kind,
                },
                key,
                unit: unit.filter(|_| has_unit),
            },
            operation: Some(fold.operation),
            members: members.iter().map(|it| it.key.clone()).collect(),
        }
    });
    groups.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Unit;

    fn series(text: &str, unit: &str) -> Series {
        let selector: Selector = text.parse().expect("a selector");
        Series::new(
            selector.key().expect("the text of a series"),
            Unit::new(unit),
        )
    }

    fn catalogue() -> Vec<Series> {
        vec![
            series(r#"Requests{region="us",shard="1"}"#, "1/s"),
            series(r#"Requests{region="eu",shard="1"}"#, "1/s"),
            series(r#"Requests{region="eu",shard="2"}"#, "1/s"),
            series(r#"cpu{host="a"}"#, "%"),
            series(r#"cpu{core="0",host="a"}"#, "%"),
            series(r#"cpu{core="1",host="a"}"#, "%"),
            series(r#"load1{host="a"}"#, ""),
        ]
    }

    fn select(texts: &[&str]) -> Result<Vec<Selected>, QueryError> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let find = |key: &SeriesKey| catalogue().into_iter().find(|it| it.key == *key);
        let matching = |selector: &CompiledSelector| {
            let mut matched = catalogue();
            matched.retain(|it| selector.matches(&it.key));
            matched.sort_by(|one, other| one.key.cmp(&other.key));
            matched
        };
        super::select(&texts, &OwnHost::new("a"), find, matching)
    }

    /// Text, unit and number of members of each column.
    fn check(texts: &[&str], expected: &[(&str, &str, usize)]) {
        let selected = select(texts).unwrap_or_else(|why| panic!("{texts:?}: {why}"));
        let folded = selected.iter().map(|it| {
            let unit = it.series.unit.as_ref().map_or("", Unit::as_str);
            (it.text.as_str(), unit, it.members.len())
        });
        assert_eq!(folded.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_text_of_a_series_is_that_one_alone() {
        check(&[r#"cpu{host="a"}"#], &[(r#"cpu{host="a"}"#, "%", 1)]);
        check(
            &[r#"cpu{host="a",core="1"}"#],
            &[(r#"cpu{core="1",host="a"}"#, "%", 1)],
        );
    }

    #[test]
    fn the_own_host_has_an_alias() {
        check(&[r#"cpu{host="local"}"#], &[(r#"cpu{host="a"}"#, "%", 1)]);
        check(
            &[r#"max(cpu{host="local"})"#],
            &[(r#"max(cpu{host="a"})"#, "%", 3)],
        );
        check(
            &[r#"load1{host="local"}"#, r#"load1{host="a"}"#],
            &[(r#"load1{host="a"}"#, "", 1)],
        );
    }

    #[test]
    fn others_are_all_that_match_and_each_once() {
        let all = [
            (r#"cpu{host="a"}"#, "%", 1),
            (r#"cpu{core="0",host="a"}"#, "%", 1),
            (r#"cpu{core="1",host="a"}"#, "%", 1),
        ];
        check(&["cpu"], &all);
        check(
            &[
                r#"cpu{host=~"a|b"}"#,
                r#"cpu{core="1",host="a"}"#,
                "cpu{core!=\"\"}",
            ],
            &all,
        );
    }

    #[test]
    fn folds_are_series_of_their_own() {
        check(
            &["sum by (region) (Requests)", r#"sum(Requests{shard="1"})"#],
            &[
                (r#"sum by (region) (Requests{region="eu"})"#, "1/s", 2),
                (r#"sum by (region) (Requests{region="us"})"#, "1/s", 1),
                (r#"sum(Requests{shard="1"})"#, "1/s", 2),
            ],
        );
        // All that match, the total among them; and no unit where there is none in common.
        check(
            &[r#"max(cpu{host="a"})"#],
            &[(r#"max(cpu{host="a"})"#, "%", 3)],
        );
        check(&[r#"min({host="a"})"#], &[(r#"min({host="a"})"#, "", 4)]);
        check(&["count(cpu)"], &[("count(cpu)", "", 3)]);
        let texts = ["avg by (__name__) ({host=~\".+\"})"];
        let selected = select(&texts).expect("possible");
        let names = selected.iter().map(|it| it.series.key.name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["cpu", "load1"]);
    }

    #[test]
    fn what_selects_nothing_or_is_no_selector_is_said() {
        let refused = |text: &str| select(&[text]).expect_err(text).to_string();
        assert_eq!(
            refused("disk"),
            "find a series that `disk` selects: there is none"
        );
        assert_eq!(
            refused("cpu{"),
            "read the selector `cpu{`: the name of a label is expected at character 5"
        );
        let many: Vec<String> = (0..11)
            .map(|n| format!("{{{}b=~\"{n}|\"}}", "a=~\"\",".repeat(4)))
            .collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let refused = select(&many).expect_err("55 expressions");
        assert!(matches!(refused, QueryError::PatternCount(55)), "{refused}");
    }
}
