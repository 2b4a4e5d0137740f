use crate::rule::{RULES_MAX, Rule};
use protocol::OwnHost;
use protocol::alerting::RuleDefinition;
use serde::Deserialize;
use std::collections::HashSet;
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    #[serde(default)]
    rule: Vec<Spanned<RuleDefinition>>,
}

/// Reads the rules of a file, each a `[[rule]]`.
///
/// # Errors
///
/// The first mistake, with its line and field.
pub fn parse_rules(file: &str, text: &str, own: &OwnHost) -> Result<Vec<Rule>, RuleFileError> {
    let error = |at: usize, why: String| RuleFileError {
        file: file.to_owned(),
        line: line_of(text, at),
        why,
    };
    let parsed: RuleFile = toml::from_str(text).map_err(|cause| {
        let at = cause.span().map_or(0, |span| span.start);
        error(at, one_line(cause.message()))
    })?;
    if parsed.rule.len() > RULES_MAX {
        return Err(error(0, format!("a file has at most {RULES_MAX} rules")));
    }
    let mut names = HashSet::new();
    let mut rules = Vec::with_capacity(parsed.rule.len());
    for spanned in parsed.rule {
        let start = start_of_table(text, spanned.span().start);
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
        rules.push(rule);
    }
    Ok(rules)
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The start of the line of the `[[rule]]` that a place belongs to.
fn start_of_table(text: &str, at: usize) -> usize {
    let upto = text.get(..at).unwrap_or(text);
    let line_start = upto.rfind('\n').map_or(0, |newline| newline + 1);
    let is_header = text[line_start..].trim_start().starts_with("[[rule]]");
    match is_header {
        true => line_start,
        false => upto.rfind("[[rule]]").unwrap_or(line_start),
    }
}

/// Where a field of a table is set, or the table begins if it is not.
fn place_of(text: &str, start: usize, field: &str) -> usize {
    let mut at = start;
    for (number, line) in text[start..].split_inclusive('\n').enumerate() {
        let trimmed = line.trim_start();
        if number > 0 && trimmed.starts_with("[[rule]]") {
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

    fn parse(text: &str) -> Result<Vec<Rule>, RuleFileError> {
        parse_rules("web.toml", text, &OwnHost::new("web-1"))
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
             `rate`, `absent`, `within`, `for`, `clear`, `keep_firing_for`, `level`, `labels`, `summary`, `runbook`, \
             `inhibits`, `enabled`",
        );
        check(
            &format!("{first}[[rule]]\nname = \"b\"\nseries = \"cpu\"\n"),
            "web.toml, line 6: rule `b`, `above`: a rule has exactly one of `above`, `below`, `change`, `rate` and \
             `absent`",
        );
        let malformed = parse("[[rule]]\nname = \"a\nabove = 1\n").expect_err("an open text");
        assert_eq!(malformed.line, 2);
        let mistyped = parse("[[rule]]\nname = \"a\"\nseries = \"b\"\nabove = \"1\"\n");
        let mistyped = mistyped.expect_err("a text for a number");
        assert_eq!(mistyped.line, 4, "{mistyped}");
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(\\[\\[rule\\]\\]|name|series|above| = |\"|\n|[a-z0-9.é])*") {
            let _ = parse(&text);
        }
    }
}
