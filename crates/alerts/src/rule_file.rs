use crate::duration::parse_duration;
use crate::recurrence::Zones;
use crate::rule::{InvalidRule, RULES_MAX, Rule, invalid};
use crate::silence::Silencer;
use protocol::OwnHost;
use protocol::alerting::{Repeat, RuleDefinition, Silence, Weekday};
use serde::Deserialize;
use std::collections::HashSet;
use std::sync::Arc;
use toml::Spanned;

/// Why a file of rules is not loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {why}")]
pub struct RuleFileError {
    /// The file.
    pub file: String,
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong, with the field.
    pub why: String,
}

/// A file has at most so many maintenance windows.
const MAINTENANCE_MAX: usize = 100;

const RULE: &str = "[[rule]]";
const MAINTENANCE: &str = "[[maintenance]]";

/// What is in a file of rules.
#[derive(Debug, Clone, Default)]
pub struct RuleFile {
    /// Its rules, in order.
    pub rules: Vec<Rule>,
    /// Its maintenance windows, in order.
    pub maintenance: Vec<Arc<Silencer>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    #[serde(default)]
    rule: Vec<Spanned<RuleDefinition>>,
    #[serde(default)]
    maintenance: Vec<Spanned<MaintenanceDefinition>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MaintenanceDefinition {
    rule: Option<String>,
    series: Option<String>,
    days: Vec<Weekday>,
    at: String,
    zone: String,
    lasts: String,
    #[serde(default)]
    why: String,
}

/// Reads the rules of a file, each a `[[rule]]`, and its maintenance windows, each a `[[maintenance]]`.
///
/// # Errors
///
/// The first mistake, with its line and field.
pub fn parse_rules(
    file: &str,
    text: &str,
    own: &OwnHost,
    zones: Zones<'_>,
) -> Result<RuleFile, RuleFileError> {
    let error = |at: usize, why: String| RuleFileError {
        file: file.to_owned(),
        line: line_of(text, at),
        why,
    };
    let parsed: Tables = toml::from_str(text).map_err(|cause| {
        let at = cause.span().map_or(0, |span| span.start);
        error(at, one_line(cause.message()))
    })?;
    if parsed.rule.len() > RULES_MAX {
        return Err(error(0, format!("a file has at most {RULES_MAX} rules")));
    }
    if parsed.maintenance.len() > MAINTENANCE_MAX {
        let why = format!("a file has at most {MAINTENANCE_MAX} maintenance windows");
        return Err(error(0, why));
    }
    let mut names = HashSet::new();
    let mut read = RuleFile::default();
    for spanned in parsed.rule {
        let start = start_of_table(text, spanned.span().start, RULE);
        let definition = spanned.into_inner();
        let name = definition.name.clone();
        let rule = Rule::new(definition, own).map_err(|invalid| {
            let at = place_of(text, start, invalid.field);
            error(at, format!("rule `{name}`, {invalid}"))
        })?;
        if !names.insert(name.clone()) {
            let at = place_of(text, start, "name");
            return Err(error(at, format!("two rules have the name `{name}`")));
        }
        read.rules.push(rule);
    }
    for (index, spanned) in parsed.maintenance.into_iter().enumerate() {
        let start = start_of_table(text, spanned.span().start, MAINTENANCE);
        let id = format!("{file}-{}", index + 1);
        let silencer = silencer(spanned.into_inner(), id, file, own, zones);
        let silencer = silencer.map_err(|invalid| {
            let at = place_of(text, start, invalid.field);
            error(at, format!("maintenance, {invalid}"))
        })?;
        read.maintenance.push(Arc::new(silencer));
    }
    Ok(read)
}

fn silencer(
    definition: MaintenanceDefinition,
    id: String,
    file: &str,
    own: &OwnHost,
    zones: Zones<'_>,
) -> Result<Silencer, InvalidRule> {
    let lasts_ms = parse_duration(&definition.lasts);
    let silence = Silence {
        id,
        rule: definition.rule,
        series: definition.series,
        starts_ms: 0,
        ends_ms: lasts_ms.map_err(|error| invalid("lasts", error.to_string()))?,
        repeat: Some(Repeat {
            days: definition.days,
            at: definition.at,
            zone: definition.zone,
        }),
        by: file.to_owned(),
        file: Some(file.to_owned()),
        why: definition.why,
    };
    Silencer::new(silence, own, zones)
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The start of the line of the header, such as `[[rule]]`, that a place belongs to.
fn start_of_table(text: &str, at: usize, header: &str) -> usize {
    let upto = text.get(..at).unwrap_or(text);
    let line_start = upto.rfind('\n').map_or(0, |newline| newline + 1);
    let is_header = text[line_start..].trim_start().starts_with(header);
    match is_header {
        true => line_start,
        false => upto.rfind(header).unwrap_or(line_start),
    }
}

/// Where a field of a table is set, or the table begins if it is not.
fn place_of(text: &str, start: usize, field: &str) -> usize {
    let mut at = start;
    for (number, line) in text[start..].split_inclusive('\n').enumerate() {
        let trimmed = line.trim_start();
        if number > 0 && trimmed.starts_with("[[") {
            break;
        }
        let after = trimmed.strip_prefix(field).map(str::trim_start);
        let is_table = trimmed.starts_with(&format!("[rule.{field}]"));
        if is_table || after.is_some_and(|after| after.starts_with(['=', '.'])) {
            return at;
        }
        at += line.len();
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(name: &str) -> Option<jiff::tz::TimeZone> {
        (name == "UTC").then_some(jiff::tz::TimeZone::UTC)
    }

    fn parse_file(text: &str) -> Result<RuleFile, RuleFileError> {
        parse_rules("web.toml", text, &OwnHost::new("web-1"), &utc)
    }

    fn parse(text: &str) -> Result<Vec<Rule>, RuleFileError> {
        parse_file(text).map(|file| file.rules)
    }

    #[test]
    fn a_file_has_rules() {
        let rules = parse(
            r#"
                [[rule]]
                name = "CPU is busy"
                series = 'cpu{core=""}'
                above = 90
                for = "5m"
                level = "error"
                labels = { team = "web" }

                [[rule]]
                name = "Backup"
                series = "Backup"
                absent = "25h"
            "#,
        );
        let rules = rules.unwrap();
        let names: Vec<_> = rules.iter().map(Rule::name).collect();
        assert_eq!(names, ["CPU is busy", "Backup"]);
        assert_eq!(rules[0].for_ms(), 300_000);
        assert_eq!(rules[0].definition().labels["team"], "web");
        assert!(parse("").unwrap().is_empty());
    }

    #[test]
    fn a_mistake_has_a_line_and_a_field() {
        let check = |text: &str, expected: &str| {
            assert_eq!(parse(text).expect_err(text).to_string(), expected);
        };
        let first = "[[rule]]\nname = \"a\"\nseries = \"cpu\"\nabove = 1\n\n";
        check(
            &format!(
                "{first}[[rule]]\nname = \"b\"\nseries = \"cpu\"\nabove = 1\nfor = \"soon\"\n"
            ),
            "web.toml, line 10: rule `b`, `for`: `soon` is not a duration: write it as in `30s`, `5m`, `1h30m` or \
             `7d`, at most 366d",
        );
        check(
            &format!("{first}{first}"),
            "web.toml, line 7: two rules have the name `a`",
        );
        check(
            &format!("{first}[[rule]]\nname = \"b\"\nseries = \"cpu\"\nabov = 1\n"),
            "web.toml, line 9: unknown field `abov`, expected one of `name`, `series`, `above`, `below`, `change`, \
             `rate`, `projected_above`, `projected_below`, `absent`, `ahead`, `within`, `for`, `clear`, \
             `keep_firing_for`, `level`, `labels`, `summary`, `runbook`, `inhibits`, `enabled`",
        );
        check(
            &format!("{first}[[rule]]\nname = \"b\"\nseries = \"cpu\"\n"),
            "web.toml, line 6: rule `b`, `above`: a rule has exactly one of `above`, `below`, `change`, `rate`, \
             `projected_above`, `projected_below` and `absent`",
        );
        let malformed = parse("[[rule]]\nname = \"a\nabove = 1\n").expect_err("an open text");
        assert_eq!(malformed.line, 2);
        let mistyped = parse("[[rule]]\nname = \"a\"\nseries = \"b\"\nabove = \"1\"\n");
        let mistyped = mistyped.expect_err("a text for a number");
        assert_eq!(mistyped.line, 4, "{mistyped}");
    }

    #[test]
    fn a_file_has_maintenance_windows() {
        let rule = "[[rule]]\nname = \"a\"\nseries = \"cpu\"\nabove = 1\n\n";
        let window = "[[maintenance]]\nseries = 'cpu{host=\"local\"}'\ndays = [\"mon\"]\nat = \"02:00\"\n\
                      lasts = \"2h\"\nwhy = \"backups\"\n";
        let file = parse_file(&format!("{rule}{window}zone = \"UTC\"\n")).unwrap();
        let [silencer] = &file.maintenance[..] else {
            panic!("{file:?}")
        };
        // 1970-01-05 was a Monday.
        let monday_ms = 4 * 86_400_000;
        let shown = silencer.shown(monday_ms);
        let starts_ms = monday_ms + 7_200_000;
        assert_eq!(
            (shown.starts_ms, shown.ends_ms),
            (starts_ms, starts_ms + 7_200_000)
        );
        assert_eq!(
            (shown.why.as_str(), shown.file.as_deref()),
            ("backups", Some("web.toml"))
        );
        let series = protocol::SeriesKey::new("web-1", "cpu", []);
        assert!(silencer.applies("a", &series, starts_ms));
        assert!(!silencer.applies("a", &series, monday_ms));
        let mistake = parse_file(&format!("{rule}{window}zone = \"Mars\"\n"));
        assert_eq!(
            mistake.expect_err("Mars").to_string(),
            "web.toml, line 12: maintenance, `zone`: `Mars` is not a known time zone: write its IANA name, as in \
             `Europe/Berlin` or `UTC`"
        );
        let mistake = parse_file(&format!("{window}zone = \"UTC\"\nday = 1\n"));
        assert_eq!(mistake.expect_err("a wrong name").line, 8);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(\\[\\[rule\\]\\]|\\[\\[maintenance\\]\\]|name|series|above| = |\"|\n|[a-z0-9.é])*") {
            let _ = parse(&text);
        }
    }
}
