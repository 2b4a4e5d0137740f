//! Targets that are probed.

use crate::checks::CheckTarget;
use ingest::json::is_pointer;
use protocol::{OwnHost, is_disruptive};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use toml::Value;

/// The most checks.
const CHECKS_MAX: usize = 200;

const NAME_CHARS_MAX: usize = 60;

const KEYWORD_CHARS_MAX: usize = 200;

const STATUSES_MAX: usize = 20;

pub(super) const ACCEPTED: &str = "up to 200 tables with a `name` of its own (at most 60 characters), `url` (http, https, tcp, \
     dns or ping), and optional `interval_ms` (5000 to 86400000), `timeout_ms` (100 to 60000), `retries` (0 to 5), `status` (such as \
     [\"200-299\", \"401\"]), `keyword`, `pointer`, `host` and `public`";

/// A target that is probed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckConfig {
    /// The label `check` of its series.
    pub name: String,
    /// What is probed.
    pub url: String,
    /// The time between two probes.
    #[serde(default = "default_interval_ms")]
    pub interval_ms: u64,
    /// How long a probe may take.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
    /// How often a failed probe is repeated before the target counts as down.
    #[serde(default = "default_retries")]
    pub retries: u32,
    /// The status codes that are expected, each a number or a range; 200 to 299 if there is none.
    #[serde(default)]
    pub status: Vec<String>,
    /// What the body must contain; empty for anything.
    #[serde(default)]
    pub keyword: String,
    /// A JSON Pointer (RFC 6901): the body must be JSON with a text, a number or `true` there, in which the
    /// keyword is.
    pub pointer: Option<String>,
    /// The host that its series are about; empty for the server's own.
    #[serde(default)]
    pub host: String,
    /// Whether the status page shows its name, and whether it is up.
    #[serde(default)]
    pub public: bool,
}

fn default_interval_ms() -> u64 {
    60_000
}

fn default_timeout_ms() -> u64 {
    10_000
}

fn default_retries() -> u32 {
    1
}

/// A range of status codes, such as `200-299`.
pub(crate) fn status_range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (100 <= first && first <= last && last <= 599).then_some((first, last))
}

pub(super) fn are_accepted(value: &Value) -> bool {
    let Ok(checks) = value.clone().try_into::<Vec<CheckConfig>>() else {
        return false;
    };
    let mut names = HashSet::new();
    checks.len() <= CHECKS_MAX
        && checks.iter().all(is_accepted)
        && checks.iter().all(|check| names.insert(&check.name))
}

fn is_accepted(check: &CheckConfig) -> bool {
    let is_text = |text: &str, chars_max: usize| {
        text.chars().count() <= chars_max && !text.contains(is_disruptive)
    };
    let Ok(target) = check.url.parse::<CheckTarget>() else {
        return false;
    };
    let expects_response =
        !check.status.is_empty() || !check.keyword.is_empty() || check.pointer.is_some();
    !check.name.trim().is_empty()
        && is_text(&check.name, NAME_CHARS_MAX)
        && is_text(&check.keyword, KEYWORD_CHARS_MAX)
        && check
            .pointer
            .as_ref()
            .is_none_or(|it| is_pointer(it) && is_text(it, KEYWORD_CHARS_MAX))
        && (5_000..=86_400_000).contains(&check.interval_ms)
        && (100..=60_000).contains(&check.timeout_ms)
        && check.retries <= 5
        && check.status.len() <= STATUSES_MAX
        && check.status.iter().all(|text| status_range(text).is_some())
        && (target.is_http() || !expects_response)
        && (check.host.is_empty() || OwnHost::is_name(&check.host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(text: &str) -> bool {
        let table: toml::Table = toml::from_str(text).expect(text);
        are_accepted(&table["check"])
    }

    #[test]
    fn checks_are_accepted_as_described() {
        for right in [
            "name = \"web\"\nurl = \"https://a.example/health\"",
            "name = \"web\"\nurl = \"http://a/\"\ninterval_ms = 5000\ntimeout_ms = 3000\nretries = 0\n\
             status = [\"200-299\", \"401\"]\nkeyword = \"ok\"\nhost = \"web-1\"\npublic = true",
            "name = \"db\"\nurl = \"tcp://db-1:5432\"",
            "name = \"name\"\nurl = \"dns://a.example\"",
            "name = \"router\"\nurl = \"ping://192.0.2.1\"",
            "name = \"api\"\nurl = \"http://a/\"\npointer = \"/status\"\nkeyword = \"ok\"",
        ] {
            assert!(accepts(&format!("[[check]]\n{right}")), "{right}");
        }
        for wrong in [
            "name = \"web\"",
            "name = \" \"\nurl = \"http://a/\"",
            "name = \"web\"\nurl = \"ftp://a/\"",
            "name = \"web\"\nurl = \"tcp://a\"",
            "name = \"web\"\nurl = \"http://u:p@a/\"",
            "name = \"web\"\nurl = \"http://a/\"\ninterval_ms = 4999",
            "name = \"web\"\nurl = \"http://a/\"\nstatus = [\"abc\"]",
            "name = \"web\"\nurl = \"http://a/\"\nstatus = [\"299-200\"]",
            "name = \"web\"\nurl = \"tcp://a:1\"\nkeyword = \"ok\"",
            "name = \"web\"\nurl = \"ping://a\"\npointer = \"/a\"",
            "name = \"web\"\nurl = \"http://a/\"\npointer = \"a\"",
            "name = \"web\"\nurl = \"http://a/\"\nhost = \"a b\"",
            "name = \"web\"\nurl = \"http://a/\"\nretry = 1",
            "name = \"web\"\nurl = \"http://a/\"\n[[check]]\nname = \"web\"\nurl = \"http://b/\"",
        ] {
            assert!(!accepts(&format!("[[check]]\n{wrong}")), "{wrong}");
        }
    }
}
