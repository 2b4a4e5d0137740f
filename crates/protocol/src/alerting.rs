//! The requests and responses of `/api/v1/rules`, `/api/v1/alerts` and `/api/v1/silences`, and of the files of rules.
//!
//! Times are milliseconds since the Unix epoch. Durations are texts such as `30s`, `5m`, `1h30m` and `7d`.

mod repeat;

pub use repeat::{Repeat, Weekday};

use crate::named_enum::named_enum;
use crate::{Labels, Level};
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// A rule, as a file or a request has it. Exactly one of `above`, `below`, `change`, `rate`, `projected_above`,
/// `projected_below` and `absent` is its condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RuleDefinition {
    /// Its name, which no other rule has: at most 100 characters.
    pub name: String,
    /// The series that it evaluates, each by itself: a selector, or a fold.
    pub series: String,
    /// The value is above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// The value is below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// The value has risen by more than this within `within`, or, if it is negative, has fallen by more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<f64>,
    /// The value rises by more than this in a second, on average over `within`, or, if it is negative, falls by more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// If it goes on as it did within `within`, the value will be above this `ahead` from now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projected_above: Option<f64>,
    /// If it goes on as it did within `within`, the value will be below this `ahead` from now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projected_below: Option<f64>,
    /// There is no value for this long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<String>,
    /// How far `projected_above` and `projected_below` look ahead: at most 366 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<String>,
    /// The window of `change`, `rate`, `projected_above` and `projected_below`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// How long the condition must hold; not at all by default.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub for_: Option<String>,
    /// A firing alert resolves only at or beyond this value; the threshold by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clear: Option<f64>,
    /// How long the condition must not hold before a firing alert resolves; not at all by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_firing_for: Option<String>,
    /// How severe it is.
    #[serde(default = "warning")]
    pub level: Level,
    /// For routing notifications.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// What is wrong, as a sentence. `{value}`, `{threshold}`, `{host}`, `{series}`, `{rule}` and the labels of the
    /// series, such as `{mount}`, are replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// A link to what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// While it fires, nobody is notified of alerts of other rules whose series have the same values of these labels, of
    /// which `host` can be one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inhibits: Vec<String>,
    /// Whether it is evaluated.
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn warning() -> Level {
    Level::Warning
}

fn yes() -> bool {
    true
}

impl RuleDefinition {
    /// A rule without a condition, which is not valid yet.
    pub fn new(name: impl Into<String>, series: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            series: series.into(),
            above: None,
            below: None,
            change: None,
            rate: None,
            projected_above: None,
            projected_below: None,
            absent: None,
            ahead: None,
            within: None,
            for_: None,
            clear: None,
            keep_firing_for: None,
            level: warning(),
            labels: Labels::new(),
            summary: None,
            runbook: None,
            inhibits: Vec::new(),
            enabled: true,
        }
    }
}

named_enum! {
    /// Where a rule is defined.
    #[cfg_attr(feature = "openapi", derive(ToSchema))]
    pub enum RuleOrigin {
        /// It comes with the program.
        Default = "default",
        /// A file defines it; it can only be changed there.
        File = "file",
        /// It was created in the page or by the API.
        Stored = "stored",
    }
}

named_enum! {
    /// The state of a rule for one series.
    #[cfg_attr(feature = "openapi", derive(ToSchema))]
    pub enum RuleState {
        /// The condition does not hold.
        Ok = "ok",
        /// There are no current values, so nobody knows.
        Unknown = "unknown",
        /// It holds, but not long enough yet.
        Pending = "pending",
        /// An alert is firing.
        Firing = "firing",
    }
}

/// A rule and how it is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct RuleInfo {
    /// The rule.
    pub definition: RuleDefinition,
    /// Where it is defined.
    pub origin: RuleOrigin,
    /// The name of its file, if a file defines it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Who changed it last, if it was created in the page or by the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Its gravest state of all series; `ok` if there are none.
    pub state: RuleState,
    /// How many series it evaluates.
    pub series_count: usize,
    /// How many series match that it does not evaluate, because there are too many.
    #[serde(default)]
    pub series_refused: u64,
    /// The state of each series: at most 100, the gravest first.
    pub series: Vec<SeriesState>,
}

/// The state of a rule for one series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct SeriesState {
    /// The text of the series.
    pub series: String,
    /// The state.
    pub state: RuleState,
    /// Since when the condition holds, if it is pending or firing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_ms: Option<i64>,
    /// The value that was compared last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

/// Every rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct RuleList {
    /// By name.
    pub rules: Vec<RuleInfo>,
    /// Why files of rules were not loaded; their rules are as they were before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
}

/// An alert that is firing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct AlertInfo {
    /// Identifies it.
    pub id: String,
    /// The name of its rule.
    pub rule: String,
    /// The text of the series.
    pub series: String,
    /// The host concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// How severe it is.
    pub level: Level,
    /// What is wrong, as a sentence.
    pub message: String,
    /// The value that was compared when it fired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// When it fired.
    pub fired_ms: i64,
    /// Whether there are no current values, so that nobody knows whether it still holds.
    pub is_unknown: bool,
    /// A link to what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// Who took care of it, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledgement>,
    /// The silence that applies to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence: Option<String>,
}

/// Every alert that is firing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct AlertList {
    /// The gravest first, and of one level the newest first: at most 1000.
    pub alerts: Vec<AlertInfo>,
    /// How many there are.
    pub count: usize,
    /// Whether the sender may see and change the targets of notifications.
    pub manages_targets: bool,
}

/// Who acknowledged an alert, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Acknowledgement {
    /// Who.
    pub by: String,
    /// Why; may be empty.
    pub why: String,
    /// When.
    pub at_ms: i64,
}

/// Acknowledges an alert.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Acknowledge {
    /// Why: at most 500 characters.
    #[serde(default)]
    pub why: String,
}

/// Creates a silence: alerts that it applies to are still evaluated and shown, and nobody is notified. What is absent
/// applies to all; at least one of `rule` and `series` is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSilence {
    /// The name of a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// A selector without a fold, which the series of the alert matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// When it starts; now by default, and absent if it repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_ms: Option<i64>,
    /// How long it lasts: at most 366 days, and if it repeats, each time and at most 7 days.
    pub lasts: String,
    /// It is a maintenance window, which opens each week until it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// Why: at most 500 characters.
    #[serde(default)]
    pub why: String,
}

/// A silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Silence {
    /// Identifies it.
    pub id: String,
    /// The name of a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// A selector that the series of the alert matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// When it starts; of a maintenance window, when the one that is open opened, or the next one opens.
    pub starts_ms: i64,
    /// When it ends, or that window closes.
    pub ends_ms: i64,
    /// Each week, if it is a maintenance window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// Who created it; the name of the file, if a file defines it.
    pub by: String,
    /// The name of its file, if a file defines it; it can only be changed there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Why.
    pub why: String,
}

/// The silences that have not ended, and all maintenance windows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct SilenceList {
    /// The one that ends first comes first.
    pub silences: Vec<Silence>,
}

/// Asks what a rule would have done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Backtest {
    /// The rule, which need not exist.
    pub rule: RuleDefinition,
    /// The start of the range.
    pub from_ms: i64,
    /// The end of the range; now by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_ms: Option<i64>,
}

/// What a rule would have done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct BacktestResponse {
    /// The start of what was evaluated, which is later than asked for where single samples are stored for a shorter
    /// time.
    pub from_ms: i64,
    /// The end of what was evaluated.
    pub to_ms: i64,
    /// How many series were evaluated.
    pub series_count: usize,
    /// How many series matched and were left out, because there are too many.
    pub series_refused: u64,
    /// How many samples were evaluated.
    pub samples: u64,
    /// How often it would have fired.
    pub count: usize,
    /// Each time, in order: at most 1000.
    pub firings: Vec<Firing>,
}

/// A time at which a rule would have fired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Firing {
    /// The text of the series.
    pub series: String,
    /// When it would have fired.
    pub fired_ms: i64,
    /// When it would have resolved; absent if it would still be firing at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_ms: Option<i64>,
    /// The value at which it would have fired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The alert's text.
    pub message: String,
}

named_enum! {
    /// The form in which a target receives notifications.
    #[cfg_attr(feature = "openapi", derive(ToSchema))]
    pub enum TargetKind {
        /// JSON with everything.
        Webhook = "webhook",
        /// An incoming webhook of Slack, or of what understands the same.
        Slack = "slack",
        /// A webhook of Discord.
        Discord = "discord",
        /// A topic of ntfy.
        Ntfy = "ntfy",
        /// A webhook of Microsoft Teams.
        Teams = "teams",
        /// The API of Alertmanager, version 2.
        Alertmanager = "alertmanager",
        /// E-mail.
        Email = "email",
    }
}

/// Creates a target of notifications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTarget {
    /// What it is called: at most 100 characters.
    pub name: String,
    /// The form.
    pub kind: TargetKind,
    /// Where it is; for ntfy with the topic, for e-mail `mailto:` and up to 20 addresses, separated by commas. It is not
    /// shown again, since knowing it is enough to send there.
    pub url: String,
    /// Whether it may be in a private network, such as this machine.
    #[serde(default)]
    pub is_private: bool,
    /// The least level of alerts that it is notified of.
    #[serde(default = "warning")]
    pub level: Level,
    /// Only alerts of this host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Only alerts of rules with these labels.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Whether it is also notified when alerts resolve.
    #[serde(default = "yes")]
    pub resolved: bool,
}

/// A target of notifications, and what became of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct TargetInfo {
    /// Identifies it.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The form.
    pub kind: TargetKind,
    /// The host of its URL; of e-mail, the addresses.
    pub url_host: String,
    /// Whether it may be in a private network.
    pub is_private: bool,
    /// The least level of alerts that it is notified of.
    pub level: Level,
    /// Only alerts of this host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Only alerts of rules with these labels.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Whether it is also notified when alerts resolve.
    pub resolved: bool,
    /// Who created it.
    pub by: String,
    /// How many notifications it has accepted since the server started.
    pub delivered: u64,
    /// The last time that it accepted one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_ms: Option<i64>,
    /// Failed attempts since the server started, the newest first: at most 20.
    pub failures: Vec<DeliveryFailure>,
}

/// A failed attempt to notify a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct DeliveryFailure {
    /// When.
    pub at_ms: i64,
    /// Why, without anything that the target has sent.
    pub why: String,
    /// Whether it was given up.
    pub is_final: bool,
}

/// Every target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct TargetList {
    /// By name.
    pub targets: Vec<TargetInfo>,
}

/// What became of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct TargetTest {
    /// The status of the response, for e-mail that of SMTP; absent if there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why there was no response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long it took.
    pub elapsed_ms: u64,
}

/// What a webhook receives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookBody {
    /// 1; it changes only when an old receiver would misread a new body.
    pub version: u32,
    /// The alerts, the oldest first.
    pub alerts: Vec<WebhookAlert>,
}

/// An alert as a webhook receives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookAlert {
    /// The alert, as in its message.
    #[serde(flatten)]
    pub alert: crate::Alert,
    /// The labels of its rule.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// The page at the moment at which it fired.
    pub url: String,
    /// The busiest processes of its host at that moment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<crate::Process>,
    /// The latest events at that moment, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<crate::Event>,
}
