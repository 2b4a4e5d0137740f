use crate::duration::parse_duration;
use protocol::alerting::RuleDefinition;
use protocol::{CompiledSelector, OwnHost, Selector, SeriesKey, is_disruptive};
use std::sync::Arc;

/// More rules are not accepted.
pub const RULES_MAX: usize = 500;

/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 100;

/// The longest summary and runbook, in characters.
const TEXT_CHARS_MAX: usize = 500;

/// The most labels, and the longest name or value of one, in characters.
const LABELS_MAX: usize = 20;
const LABEL_CHARS_MAX: usize = 100;

/// The most labels by which a rule inhibits others.
const INHIBITS_MAX: usize = 5;

/// The longest duration of a rule: samples of twice this time are read at a start.
const DURATION_MAX_MS: i64 = 7 * 86_400_000;

/// The shortest window and absence.
const WINDOW_MIN_MS: i64 = 1_000;

/// The shortest window of a projection.
const PROJECTION_WINDOW_MIN_MS: i64 = 60_000;

/// When a rule's condition holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Condition {
    /// The value is above the threshold.
    Above(f64),
    /// The value is below the threshold.
    Below(f64),
    /// The value has risen by more than this within a window, or fallen by more if it is negative.
    Change {
        /// The change.
        by: f64,
        /// The window.
        within_ms: i64,
    },
    /// The same per second, on average over the window.
    Rate {
        /// The change in a second.
        per_second: f64,
        /// The window.
        within_ms: i64,
    },
    /// By its trend, the value is going to be beyond the threshold.
    Projected {
        /// The threshold.
        threshold: f64,
        /// Whether it is going to be above, rather than below.
        is_upward: bool,
        /// How far ahead.
        ahead_ms: i64,
        /// The window of the trend.
        within_ms: i64,
    },
    /// There is no value for this long.
    Absent {
        /// How long.
        for_ms: i64,
    },
}

impl Condition {
    /// What a value is compared with; absent for absence.
    pub fn threshold(self) -> Option<f64> {
        match self {
            Self::Above(threshold) | Self::Below(threshold) => Some(threshold),
            Self::Change { by, .. } => Some(by),
            Self::Rate { per_second, .. } => Some(per_second),
            Self::Projected { threshold, .. } => Some(threshold),
            Self::Absent { .. } => None,
        }
    }

    /// Whether it holds above its threshold, rather than below.
    pub(crate) fn is_upward(self) -> bool {
        match self {
            Self::Above(_) | Self::Absent { .. } => true,
            Self::Below(_) => false,
            Self::Change { by, .. } => by >= 0.0,
            Self::Rate { per_second, .. } => per_second >= 0.0,
            Self::Projected { is_upward, .. } => is_upward,
        }
    }

    /// The window that it looks back over.
    pub(crate) fn window_ms(self) -> Option<i64> {
        match self {
            Self::Change { within_ms, .. }
            | Self::Rate { within_ms, .. }
            | Self::Projected { within_ms, .. } => Some(within_ms),
            _ => None,
        }
    }
}

/// A rule that can be evaluated. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Rule(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    definition: RuleDefinition,
    selector: Selector,
    compiled: CompiledSelector<'static>,
    condition: Condition,
    for_ms: i64,
    clear: f64,
    keep_firing_ms: i64,
}

/// Why a definition is not a rule, a silence or a maintenance window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: {why}")]
pub struct InvalidRule {
    /// The field that is wrong.
    pub field: &'static str,
    /// What is wrong with it, and what would be right.
    pub why: String,
}

pub(crate) fn invalid(field: &'static str, why: impl Into<String>) -> InvalidRule {
    InvalidRule {
        field,
        why: why.into(),
    }
}

impl Rule {
    /// Checks a definition. Selectors may name the own host by any of its names.
    ///
    /// # Errors
    ///
    /// The first field that is not accepted.
    pub fn new(definition: RuleDefinition, own: &OwnHost) -> Result<Self, InvalidRule> {
        check_name(&definition.name)?;
        let mut selector: Selector = definition
            .series
            .parse()
            .map_err(|error: protocol::InvalidSelector| invalid("series", error.to_string()))?;
        own.resolve_selector(&mut selector);
        let compiled = selector
            .compile()
            .map_err(|error| invalid("series", error.to_string()))?
            .into_owned();
        let condition = condition(&definition)?;
        let for_ms = optional_duration("for", definition.for_.as_deref())?;
        let keep_firing_ms =
            optional_duration("keep_firing_for", definition.keep_firing_for.as_deref())?;
        let clear = clear(&definition, condition)?;
        check_texts(&definition)?;
        Ok(Self(Arc::new(Parts {
            definition,
            selector,
            compiled,
            condition,
            for_ms,
            clear,
            keep_firing_ms,
        })))
    }

    /// What it was made of.
    pub fn definition(&self) -> &RuleDefinition {
        &self.0.definition
    }

    /// Whether an alert of this rule about one series keeps quiet what other rules find of another one: they have the same
    /// values of all labels that the rule names.
    pub fn inhibits(&self, of: &SeriesKey, other: &SeriesKey) -> bool {
        let labels = &self.0.definition.inhibits;
        let is_same = |label: &String| {
            let value = label_value(of, label);
            value.is_some() && value == label_value(other, label)
        };
        !labels.is_empty() && labels.iter().all(is_same)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.definition.name
    }

    /// The series that it evaluates.
    pub fn selector(&self) -> &Selector {
        &self.0.selector
    }

    /// Whether it may evaluate a series; of a fold, as a member of a group.
    pub fn selects(&self, series: &SeriesKey) -> bool {
        self.0.selector.key().as_ref() == Some(series) || self.matches(series)
    }

    /// Whether the matchers of its selector match a series.
    pub(crate) fn matches(&self, series: &SeriesKey) -> bool {
        self.0.compiled.matches(series)
    }

    /// Its condition.
    pub fn condition(&self) -> Condition {
        self.0.condition
    }

    /// How long the condition must hold.
    pub fn for_ms(&self) -> i64 {
        self.0.for_ms
    }

    /// How long the condition must not hold before an alert resolves.
    pub fn keep_firing_ms(&self) -> i64 {
        self.0.keep_firing_ms
    }

    /// How far back samples matter for what is pending or resolving.
    pub fn lookback_ms(&self) -> i64 {
        let window_ms = match self.0.condition {
            Condition::Absent { for_ms } => for_ms,
            condition => condition.window_ms().unwrap_or(0),
        };
        self.0.for_ms + self.0.keep_firing_ms + 2 * window_ms
    }

    /// Whether the condition holds for a value, or, while it is firing, still holds.
    pub(crate) fn holds(&self, value: f64, is_firing: bool) -> bool {
        let threshold = match is_firing {
            true => self.0.clear,
            false => self.0.condition.threshold().unwrap_or(0.0),
        };
        match self.0.condition.is_upward() {
            true => value > threshold,
            false => value < threshold,
        }
    }
}

fn check_name(name: &str) -> Result<(), InvalidRule> {
    let is_name = (1..=NAME_CHARS_MAX).contains(&name.chars().count())
        && name.trim() == name
        && !name.contains(is_disruptive);
    match is_name {
        true => Ok(()),
        false => Err(invalid(
            "name",
            "write 1 to 100 characters of one line, without white space at the ends",
        )),
    }
}

fn condition(definition: &RuleDefinition) -> Result<Condition, InvalidRule> {
    let window = |field: &'static str| {
        let text = definition.within.as_deref();
        let text = text.ok_or_else(|| {
            invalid(
                "within",
                format!("`{field}` needs a window, as in `within = \"10m\"`"),
            )
        })?;
        duration("within", text, WINDOW_MIN_MS)
    };
    let mut conditions = Vec::new();
    if let Some(threshold) = definition.above {
        conditions.push(Condition::Above(finite("above", threshold)?));
    }
    if let Some(threshold) = definition.below {
        conditions.push(Condition::Below(finite("below", threshold)?));
    }
    if let Some(by) = definition.change {
        let by = not_zero("change", by)?;
        let within_ms = window("change")?;
        conditions.push(Condition::Change { by, within_ms });
    }
    if let Some(per_second) = definition.rate {
        let per_second = not_zero("rate", per_second)?;
        let within_ms = window("rate")?;
        conditions.push(Condition::Rate {
            per_second,
            within_ms,
        });
    }
    for (field, threshold, is_upward) in [
        ("projected_above", definition.projected_above, true),
        ("projected_below", definition.projected_below, false),
    ] {
        if let Some(threshold) = threshold {
            conditions.push(Condition::Projected {
                threshold: finite(field, threshold)?,
                is_upward,
                ahead_ms: ahead(definition, field)?,
                within_ms: projection_window(window(field)?)?,
            });
        }
    }
    if let Some(text) = definition.absent.as_deref() {
        let for_ms = duration("absent", text, WINDOW_MIN_MS)?;
        conditions.push(Condition::Absent { for_ms });
    }
    let [condition] = conditions[..] else {
        return Err(invalid(
            "above",
            "a rule has exactly one of `above`, `below`, `change`, `rate`, `projected_above`, `projected_below` and \
             `absent`",
        ));
    };
    if definition.within.is_some() && condition.window_ms().is_none() {
        let why = "only `change`, `rate`, `projected_above` and `projected_below` have a window";
        return Err(invalid("within", why));
    }
    if definition.ahead.is_some() && !matches!(condition, Condition::Projected { .. }) {
        let why = "only `projected_above` and `projected_below` look ahead";
        return Err(invalid("ahead", why));
    }
    Ok(condition)
}

fn ahead(definition: &RuleDefinition, field: &str) -> Result<i64, InvalidRule> {
    let text = definition.ahead.as_deref().ok_or_else(|| {
        let why = format!("`{field}` needs how far it looks ahead, as in `ahead = \"24h\"`");
        invalid("ahead", why)
    })?;
    let ahead_ms = parse_duration(text).map_err(|error| invalid("ahead", error.to_string()))?;
    match ahead_ms >= WINDOW_MIN_MS {
        true => Ok(ahead_ms),
        false => Err(invalid("ahead", "it is at least `1s`")),
    }
}

fn projection_window(within_ms: i64) -> Result<i64, InvalidRule> {
    match within_ms >= PROJECTION_WINDOW_MIN_MS {
        true => Ok(within_ms),
        false => Err(invalid(
            "within",
            "the window of a projection is at least `1m`",
        )),
    }
}

fn finite(field: &'static str, value: f64) -> Result<f64, InvalidRule> {
    match value.is_finite() {
        true => Ok(value),
        false => Err(invalid(field, "write a finite number")),
    }
}

fn not_zero(field: &'static str, value: f64) -> Result<f64, InvalidRule> {
    match finite(field, value)? {
        0.0 => Err(invalid(
            field,
            "write a number above 0 for a rise, or below 0 for a fall",
        )),
        value => Ok(value),
    }
}

fn optional_duration(field: &'static str, text: Option<&str>) -> Result<i64, InvalidRule> {
    text.map_or(Ok(0), |text| duration(field, text, 0))
}

fn duration(field: &'static str, text: &str, least_ms: i64) -> Result<i64, InvalidRule> {
    let duration_ms = parse_duration(text).map_err(|error| invalid(field, error.to_string()))?;
    match (least_ms..=DURATION_MAX_MS).contains(&duration_ms) {
        true => Ok(duration_ms),
        false if duration_ms > DURATION_MAX_MS => Err(invalid(field, "it is at most `7d`")),
        false => Err(invalid(field, "it is at least `1s`")),
    }
}

fn clear(definition: &RuleDefinition, condition: Condition) -> Result<f64, InvalidRule> {
    let Some(threshold) = condition.threshold() else {
        return match definition.clear {
            None => Ok(0.0),
            Some(_) => Err(invalid("clear", "`absent` has no threshold to clear")),
        };
    };
    let clear = finite("clear", definition.clear.unwrap_or(threshold))?;
    let is_beyond = match condition.is_upward() {
        true => clear <= threshold,
        false => clear >= threshold,
    };
    match is_beyond {
        true => Ok(clear),
        false => Err(invalid(
            "clear",
            format!(
                "it lies on the side of the threshold {threshold} where the condition does not hold"
            ),
        )),
    }
}

/// The value of a label that a series has, or its host.
fn label_value<'a>(series: &'a SeriesKey, label: &str) -> Option<&'a str> {
    match label {
        protocol::HOST_LABEL => Some(&*series.host).filter(|host| !host.is_empty()),
        _ => series.labels.get(label).map(String::as_str),
    }
}

fn check_texts(definition: &RuleDefinition) -> Result<(), InvalidRule> {
    for (field, text) in [
        ("summary", &definition.summary),
        ("runbook", &definition.runbook),
    ] {
        let text = text.as_deref().unwrap_or_default();
        if text.chars().count() > TEXT_CHARS_MAX || text.contains(is_disruptive) {
            return Err(invalid(field, "write at most 500 characters of one line"));
        }
    }
    let runbook = definition.runbook.as_deref();
    let is_link = |link: &str| link.starts_with("https://") || link.starts_with("http://");
    if runbook.is_some_and(|link| !is_link(link)) {
        return Err(invalid(
            "runbook",
            "write a link that begins with `https://` or `http://`",
        ));
    }
    let is_name = |label: &String| (1..=LABEL_CHARS_MAX).contains(&label.chars().count());
    if definition.inhibits.len() > INHIBITS_MAX || !definition.inhibits.iter().all(is_name) {
        return Err(invalid("inhibits", "at most 5 names of labels, or `host`"));
    }
    let is_long =
        |text: &String| text.chars().count() > LABEL_CHARS_MAX || text.contains(is_disruptive);
    let mut labels = definition.labels.iter();
    if definition.labels.len() > LABELS_MAX
        || labels.any(|(label, value)| label.is_empty() || is_long(label) || is_long(value))
    {
        return Err(invalid(
            "labels",
            "at most 20, whose names and values are one line of at most 100 characters",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(change: impl FnOnce(&mut RuleDefinition)) -> Result<Rule, InvalidRule> {
        let mut definition = RuleDefinition::new("CPU", r#"cpu{host="local"}"#);
        change(&mut definition);
        Rule::new(definition, &OwnHost::new("web-1"))
    }

    #[test]
    fn a_projection_looks_back_and_ahead() {
        let projected = |within: Option<&str>, ahead: Option<&str>| {
            checked(|it| {
                it.projected_below = Some(0.0);
                it.within = within.map(str::to_owned);
                it.ahead = ahead.map(str::to_owned);
            })
        };
        let field = |rule: Result<Rule, InvalidRule>| rule.expect_err("a mistake").field;
        assert_eq!(field(projected(None, Some("24h"))), "within");
        assert_eq!(field(projected(Some("3h"), None)), "ahead");
        assert_eq!(field(projected(Some("1s"), Some("24h"))), "within");
        assert_eq!(field(projected(Some("3h"), Some("367d"))), "ahead");
        assert_eq!(
            field(checked(
                |it| (it.above, it.ahead) = (Some(1.0), Some("1h".into()))
            )),
            "ahead"
        );
        let rule = projected(Some("3h"), Some("30d")).unwrap();
        assert!(rule.holds(-1.0, false) && !rule.holds(1.0, false));
        assert_eq!(rule.lookback_ms(), 6 * 3_600_000);
    }

    #[test]
    fn a_rule_has_exactly_one_condition() {
        assert!(checked(|_| {}).is_err());
        assert!(checked(|it| (it.above, it.below) = (Some(1.0), Some(0.0))).is_err());
        let rule = checked(|it| it.above = Some(90.0)).unwrap();
        assert_eq!(rule.condition(), Condition::Above(90.0));
        assert_eq!(rule.selector().to_string(), r#"cpu{host="web-1"}"#);
        let rule = checked(|it| {
            it.rate = Some(-2.0);
            it.within = Some("10m".into());
        });
        let expected = Condition::Rate {
            per_second: -2.0,
            within_ms: 600_000,
        };
        assert_eq!(rule.unwrap().condition(), expected);
    }

    #[test]
    fn an_invalid_field_is_named() {
        let check = |field: &str, change: &dyn Fn(&mut RuleDefinition)| {
            let refused = checked(|it| {
                it.above = Some(90.0);
                change(it);
            });
            assert_eq!(refused.expect_err(field).field, field);
        };
        check("name", &|it| it.name = " a".into());
        check("name", &|it| it.name = "a\nb".into());
        check("series", &|it| it.series = "cpu{".into());
        check("series", &|it| it.series = r#"cpu{a=~"("}"#.into());
        check("above", &|it| it.above = Some(f64::NAN));
        check("above", &|it| it.below = Some(0.0));
        check("within", &|it| it.within = Some("1m".into()));
        check("for", &|it| it.for_ = Some("soon".into()));
        check("for", &|it| it.for_ = Some("8d".into()));
        check("keep_firing_for", &|it| {
            it.keep_firing_for = Some("-1s".into());
        });
        check("clear", &|it| it.clear = Some(91.0));
        check("summary", &|it| it.summary = Some("a\u{202e}b".into()));
        check("runbook", &|it| {
            it.runbook = Some("javascript:alert(1)".into());
        });
        check("labels", &|it| {
            drop(it.labels.insert(String::new(), "a".into()));
        });
        check("absent", &|it| {
            it.above = None;
            it.absent = Some("0s".into());
        });
        check("change", &|it| {
            it.above = None;
            it.change = Some(0.0);
        });
    }

    #[test]
    fn a_firing_alert_is_compared_with_the_clear_threshold() {
        let rule = checked(|it| (it.above, it.clear) = (Some(90.0), Some(80.0))).unwrap();
        let holds = [79.0, 80.0, 85.0, 90.0, 91.0]
            .map(|value| (rule.holds(value, false), rule.holds(value, true)));
        assert_eq!(
            holds,
            [
                (false, false),
                (false, false),
                (false, true),
                (false, true),
                (true, true)
            ]
        );
        let rule = checked(|it| (it.below, it.clear) = (Some(10.0), Some(20.0))).unwrap();
        let holds =
            [9.0, 10.0, 20.0].map(|value| (rule.holds(value, false), rule.holds(value, true)));
        assert_eq!(holds, [(true, true), (false, true), (false, false)]);
    }

    #[test]
    fn a_rule_inhibits_series_with_the_same_labels() {
        let inhibiting = |labels: &[&str]| {
            checked(|it| {
                it.above = Some(90.0);
                it.inhibits = labels.iter().map(|label| (*label).to_owned()).collect();
            })
        };
        let series = |host: &str, check: &str| {
            let labels = [("check".to_owned(), check.to_owned())];
            SeriesKey::new(host.to_owned(), "check_up".to_owned(), labels)
        };
        let rule = inhibiting(&["host", "check"]).unwrap();
        assert!(rule.inhibits(&series("a", "site"), &series("a", "site")));
        assert!(!rule.inhibits(&series("a", "site"), &series("b", "site")));
        assert!(!rule.inhibits(&series("a", ""), &series("a", "")));
        let rule = inhibiting(&[]).unwrap();
        assert!(!rule.inhibits(&series("a", "site"), &series("a", "site")));
        assert_eq!(inhibiting(&[""]).unwrap_err().field, "inhibits");
    }
}
