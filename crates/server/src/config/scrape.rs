//! Targets to scrape.

use crate::outgoing::Target;
use ingest::json;
use protocol::{Kind, OwnHost, Unit, is_disruptive};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toml::Value;

/// The most targets.
const TARGETS_MAX: usize = 100;

/// The most labels that a target adds.
const LABELS_MAX: usize = 8;

/// The most values of a target that is a JSON document.
const VALUES_MAX: usize = 100;

const TEXT_CHARS_MAX: usize = 100;

pub(super) const ACCEPTED: &str = "up to 100 tables with `url` (http or https), and optional `job`, `host`, `interval_ms` \
     (1000 to 3600000), `timeout_ms` (100 to 60000), `labels` (up to 8 texts) and `values` (up to 100 tables with `name`, \
     `pointer`, and optional `labels`, `unit` and `kind`: `gauge` or `counter`)";

/// A target to scrape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScrapeConfig {
    /// Where its metrics are.
    pub url: String,
    /// The label `job` of its series; empty for the host of the URL.
    #[serde(default)]
    pub job: String,
    /// The host that its series are about; empty for what it says itself.
    #[serde(default)]
    pub host: String,
    /// The time between two scrapes.
    #[serde(default = "default_interval_ms")]
    pub interval_ms: u64,
    /// How long a scrape may take; never longer than the interval.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
    /// Labels that are added to its series.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The numbers of a JSON document that are its series; none if its response is in a format of Prometheus.
    #[serde(default)]
    pub values: Vec<ScrapedValue>,
}

/// A number of a JSON document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScrapedValue {
    /// The name of its series.
    pub name: String,
    /// Where it is, as a JSON Pointer (RFC 6901).
    pub pointer: String,
    /// Its labels, besides those of the target.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Its unit; empty for the one that the name ends in.
    #[serde(default)]
    pub unit: String,
    /// Its kind; absent for what the name says.
    pub kind: Option<Kind>,
}

fn default_interval_ms() -> u64 {
    15_000
}

fn default_timeout_ms() -> u64 {
    10_000
}

impl Default for ScrapeConfig {
    fn default() -> Self {
        Self {
            url: String::new(),
            job: String::new(),
            host: String::new(),
            interval_ms: default_interval_ms(),
            timeout_ms: default_timeout_ms(),
            labels: BTreeMap::new(),
            values: Vec::new(),
        }
    }
}

pub(super) fn are_accepted(value: &Value) -> bool {
    let targets = value.clone().try_into::<Vec<ScrapeConfig>>();
    targets.is_ok_and(|targets| targets.len() <= TARGETS_MAX && targets.iter().all(is_accepted))
}

fn is_accepted(target: &ScrapeConfig) -> bool {
    target.url.parse::<Target>().is_ok()
        && is_text(&target.job)
        && (target.host.is_empty() || OwnHost::is_name(&target.host))
        && (1_000..=3_600_000).contains(&target.interval_ms)
        && (100..=60_000).contains(&target.timeout_ms)
        && are_labels(&target.labels)
        && target.values.len() <= VALUES_MAX
        && target.values.iter().all(is_value)
}

fn is_text(text: &str) -> bool {
    text.chars().count() <= TEXT_CHARS_MAX && !text.contains(is_disruptive)
}

fn are_labels(labels: &BTreeMap<String, String>) -> bool {
    let is_label = |(label, value): (&String, &String)| {
        let is_reserved = matches!(
            label.as_str(),
            "" | "host" | "__name__" | "job" | "instance"
        );
        is_text(label) && is_text(value) && !is_reserved && !value.is_empty()
    };
    labels.len() <= LABELS_MAX && labels.iter().all(is_label)
}

fn is_value(value: &ScrapedValue) -> bool {
    !value.name.is_empty()
        && is_text(&value.name)
        && are_labels(&value.labels)
        && json::is_pointer(&value.pointer)
        && (value.unit.is_empty() || Unit::new(&value.unit).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(text: &str) -> bool {
        let table: toml::Table = toml::from_str(text).expect(text);
        are_accepted(&table["scrape"])
    }

    #[test]
    fn targets_are_accepted_as_described() {
        assert!(accepts(
            "[[scrape]]\nurl = \"http://localhost:9100/metrics\""
        ));
        assert!(accepts(
            "[[scrape]]\nurl = \"https://db:9187/metrics\"\njob = \"postgres\"\nhost = \"db-1\"\n\
             interval_ms = 5000\ntimeout_ms = 3000\nlabels = { region = \"eu\" }"
        ));
        assert!(accepts(
            "[[scrape]]\nurl = \"http://a/stats.json\"\n[[scrape.values]]\nname = \"jobs\"\npointer = \"/jobs/0\"\n\
             unit = \"1/s\"\nkind = \"counter\""
        ));
        for wrong in [
            "job = \"a\"",
            "url = \"ftp://a/\"",
            "url = \"http://u:p@a/\"",
            "url = \"http://a/\"\ninterval_ms = 10",
            "url = \"http://a/\"\nlabels = { job = \"b\" }",
            "url = \"http://a/\"\nhost = \"a b\"",
            "url = \"http://a/\"\nurls = 1",
            "url = \"http://a/\"\nvalues = [{ name = \"a\" }]",
            "url = \"http://a/\"\nvalues = [{ name = \"\", pointer = \"/a\" }]",
            "url = \"http://a/\"\nvalues = [{ name = \"a\", pointer = \"a\" }]",
            "url = \"http://a/\"\nvalues = [{ name = \"a\", pointer = \"/a\", kind = \"sum\" }]",
        ] {
            assert!(!accepts(&format!("[[scrape]]\n{wrong}")), "{wrong}");
        }
    }
}
