use crate::duration::format_duration;
use crate::evaluator::Transition;
use crate::machine::{Change, Reason};
use crate::rule::{Condition, Rule};
use protocol::alerting::AlertInfo;
use protocol::{
    Alert, AlertState, Comparison, HOST_LABEL, NAME_LABEL, OwnHost, Selector, SeriesKey, Timestamp,
    Unit,
};

/// The longest text of an alert, in characters.
const MESSAGE_CHARS_MAX: usize = 500;

impl Rule {
    /// The text of a series that it evaluates: of a fold, a selector of the members of its group.
    pub fn series_text(&self, series: &SeriesKey) -> String {
        match self.selector().fold {
            Some(_) => self.selector().of_group(series),
            None => series.to_string(),
        }
    }

    /// The series of a text that [`Rule::series_text`] has made; absent if it is not one that the rule evaluates now.
    pub fn series_of_text(&self, text: &str, own: &OwnHost) -> Option<SeriesKey> {
        let mut selector: Selector = text.parse().ok()?;
        own.resolve_selector(&mut selector);
        let Some(fold) = &self.selector().fold else {
            return selector.key().filter(|series| self.selects(series));
        };
        let value = |label: &String| {
            let mut matchers = selector.matchers.iter().rev();
            let matcher =
                matchers.find(|it| it.label == *label && it.comparison == Comparison::Equal);
            matcher.map(|it| it.value.clone()).unwrap_or_default()
        };
        let labels = fold.by.iter().map(|label| (label.clone(), value(label)));
        let by = |label: &str| fold.by.iter().find(|it| *it == label).map(value);
        let name = match by(NAME_LABEL) {
            Some(name) => name,
            None => self.selector().name.clone().unwrap_or_default(),
        };
        let series = SeriesKey::new(by(HOST_LABEL).unwrap_or_default(), name, labels);
        (self.series_text(&series) == selector.to_string()).then_some(series)
    }

    /// The alert's text: the summary with its placeholders replaced.
    fn message(&self, series: &SeriesKey, value: Option<f64>, unit: Option<&Unit>) -> String {
        let template = match &self.definition().summary {
            Some(summary) => summary.clone(),
            None => self.default_summary(),
        };
        let message = replace(&template, |name| match name {
            "value" => {
                Some(value.map_or_else(|| "no value".into(), |value| self.quantity(value, unit)))
            }
            "threshold" => {
                let threshold = self.condition().threshold();
                Some(threshold.map_or_else(String::new, |threshold| self.quantity(threshold, unit)))
            }
            "series" => Some(self.series_text(series)),
            "rule" => Some(self.name().to_owned()),
            "host" => Some(series.host.clone()),
            label => series.labels.get(label).cloned(),
        });
        let message = message.trim();
        let visible = message.chars().filter(|it| !protocol::is_disruptive(*it));
        visible.take(MESSAGE_CHARS_MAX).collect()
    }

    fn quantity(&self, value: f64, unit: Option<&Unit>) -> String {
        let per_second = match self.condition() {
            Condition::Rate { .. } => "/s",
            _ => "",
        };
        let number = number(value);
        match unit.map(Unit::as_str) {
            Some("B") => format!("{}{per_second}", bytes(value)),
            Some(unit) => format!("{number} {unit}{per_second}"),
            None => format!("{number}{per_second}"),
        }
    }

    fn default_summary(&self) -> String {
        let held = match self.for_ms() {
            0 => String::new(),
            for_ms => format!(" for {}", format_duration(for_ms)),
        };
        match self.condition() {
            Condition::Above(_) => format!("{{series}} is {{value}}, above {{threshold}}{held}"),
            Condition::Below(_) => format!("{{series}} is {{value}}, below {{threshold}}{held}"),
            Condition::Change { within_ms, .. } => format!(
                "{{series}} has changed by {{value}} within {}{held}",
                format_duration(within_ms)
            ),
            Condition::Rate { within_ms, .. } => format!(
                "{{series}} changes by {{value}} on average over {}{held}",
                format_duration(within_ms)
            ),
            Condition::Projected {
                is_upward,
                ahead_ms,
                ..
            } => format!(
                "{{series}} is going to be {{value}} in {}, {} {{threshold}}{held}",
                format_duration(ahead_ms),
                if is_upward { "above" } else { "below" },
            ),
            Condition::Absent { for_ms } => {
                format!(
                    "{{series}} has had no value for {}",
                    format_duration(for_ms)
                )
            }
        }
    }
}

/// At most two decimals, and four significant digits of what is smaller.
fn number(value: f64) -> String {
    let decimals = match value.abs() {
        0.0 => 0,
        size if size >= 0.1 => 2,
        size => (3 - size.log10().floor() as i32).clamp(2, 12) as usize,
    };
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn bytes(value: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = value;
    let mut unit = 0;
    while value.abs() >= 1_024.0 && unit + 1 < units.len() {
        value /= 1_024.0;
        unit += 1;
    }
    format!("{} {}", number(value), units[unit])
}

/// Replaces `{name}` by what there is for the name; others stay.
fn replace(template: &str, value_of: impl Fn(&str) -> Option<String>) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        text.push_str(&rest[..open]);
        rest = &rest[open..];
        let Some(close) = rest.find('}') else {
            break;
        };
        match value_of(&rest[1..close]) {
            Some(value) => text.push_str(&value),
            None => text.push_str(&rest[..=close]),
        }
        rest = &rest[close + 1..];
    }
    text.push_str(rest);
    text
}

/// Identifies an alert by its rule, its series and the time at which it fired: 64 bits of FNV-1a, since whatever
/// computes it again must find the same.
fn alert_id(rule: &str, series: &str, fired_ms: i64) -> String {
    let bytes = rule.bytes().chain([0]).chain(series.bytes()).chain([0]);
    let hash = bytes
        .chain(fired_ms.to_be_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    format!("{hash:016x}")
}

impl Transition {
    /// The message for viewers.
    pub fn alert(&self) -> Alert {
        let series = self.rule.series_text(&self.series);
        let definition = self.rule.definition();
        let (state, at_ms, fired_ms, value) = match self.change {
            Change::Fired { at_ms, value } => (AlertState::Firing, at_ms, at_ms, value),
            Change::Resolved {
                at_ms,
                fired_ms,
                value,
                ..
            } => (AlertState::Resolved, at_ms, fired_ms, value),
        };
        let message = match self.change {
            Change::Resolved {
                reason: Reason::Silent,
                ..
            } => format!("{series} has no values any more"),
            _ => self.rule.message(&self.series, value, self.unit.as_ref()),
        };
        let is_resolved = state == AlertState::Resolved;
        Alert {
            timestamp: Timestamp::from_unix_ms(at_ms),
            state,
            level: definition.level,
            rule: definition.name.clone(),
            message,
            value,
            host: Some(self.series.host.clone()).filter(|host| !host.is_empty()),
            id: Some(alert_id(&definition.name, &series, fired_ms)),
            series: Some(series),
            fired_at: is_resolved.then(|| Timestamp::from_unix_ms(fired_ms)),
            runbook: definition.runbook.clone(),
        }
    }
}

/// What is listed of an alert that is firing; absent if the message is about another thing.
pub fn alert_info(alert: &Alert) -> Option<AlertInfo> {
    Some(AlertInfo {
        id: alert.id.clone()?,
        rule: alert.rule.clone(),
        series: alert.series.clone()?,
        host: alert.host.clone(),
        level: alert.level,
        message: alert.message.clone(),
        value: alert.value,
        fired_ms: alert.timestamp.unix_ms(),
        is_unknown: false,
        runbook: alert.runbook.clone(),
        acknowledged: None,
        silence: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::OwnHost;
    use protocol::alerting::RuleDefinition;

    fn message(summary: Option<&str>, unit: Option<&str>, value: f64) -> String {
        let mut definition = RuleDefinition::new("Disk", "disk");
        definition.above = Some(90.0);
        definition.for_ = Some("5m".into());
        definition.summary = summary.map(str::to_owned);
        let rule = Rule::new(definition, &OwnHost::new("web-1")).unwrap();
        let labels = [("mount".to_owned(), "/srv".to_owned())];
        let series = SeriesKey::new("web-1", "disk", labels);
        rule.message(&series, Some(value), unit.and_then(Unit::new).as_ref())
    }

    #[test]
    fn placeholders_are_replaced() {
        assert_eq!(
            message(None, Some("%"), 93.126),
            r#"disk{host="web-1",mount="/srv"} is 93.13 %, above 90 % for 5m"#
        );
        let summary = "{mount} of {host}: {value} ({rule}, {unknown}, {";
        assert_eq!(
            message(Some(summary), Some("B"), 3.0 * 1024.0 * 1024.0),
            "/srv of web-1: 3 MiB (Disk, {unknown}, {"
        );
    }

    #[test]
    fn the_text_of_a_series_is_read_again() {
        let check = |selector: &str, series: &SeriesKey, expected: bool| {
            let mut definition = RuleDefinition::new("Disk", selector);
            definition.above = Some(90.0);
            let own = OwnHost::new("web-1");
            let rule = Rule::new(definition, &own).unwrap();
            let text = rule.series_text(series);
            let found = rule.series_of_text(&text, &own);
            assert_eq!(
                found.as_ref() == Some(series),
                expected,
                "{selector}: {text}"
            );
        };
        let labels = |labels: &[(&str, &str)]| -> Vec<(String, String)> {
            let labels = labels.iter();
            labels
                .map(|(label, value)| ((*label).to_owned(), (*value).to_owned()))
                .collect()
        };
        let disk = SeriesKey::new("web-1", "disk", labels(&[("mount", "/srv")]));
        check("disk", &disk, true);
        check(r#"disk{mount!=""}"#, &disk, true);
        check("cpu", &disk, false);
        check("sum(disk)", &SeriesKey::new("", "disk", []), true);
        check(
            "sum by (host) (disk)",
            &SeriesKey::new("web-1", "disk", []),
            true,
        );
        let by_mount = SeriesKey::new("", "disk", labels(&[("mount", "/a{\"}")]));
        check("max by (mount) (disk)", &by_mount, true);
    }

    #[test]
    fn numbers_are_short() {
        let numbers = [0.0, 1.0, 93.126, 0.000_123_45, -2.5, 1_234_567.0].map(number);
        assert_eq!(numbers, ["0", "1", "93.13", "0.0001234", "-2.5", "1234567"]);
    }
}
