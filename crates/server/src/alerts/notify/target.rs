use crate::outgoing::{Networks, Target};
use lettre::Address;
use lettre::message::{Mailbox, Mailboxes};
use protocol::Alert;
use protocol::alerting::{NewTarget, TargetInfo, TargetKind};
use protocol::{Labels, is_disruptive};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most addresses of a target.
const ADDRESSES_MAX: usize = 20;

/// A target as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredTarget {
    pub(super) target: NewTarget,
    /// Who created it.
    pub(super) by: String,
}

/// Where a target is in the log, as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredCursor {
    /// The log that it is a position of.
    pub(super) epoch: String,
    /// Everything up to here was accepted, is silenced, or is not for this target.
    pub(super) seq: u64,
    /// Alerts that were silenced when they fired, by id.
    #[serde(default)]
    pub(super) silenced: BTreeSet<String>,
}

/// # Errors
///
/// What is not accepted.
pub(super) fn check(new: &NewTarget) -> Result<(), String> {
    let is_name =
        (1..=100).contains(&new.name.chars().count()) && !new.name.contains(is_disruptive);
    if !is_name {
        return Err("`name`: write 1 to 100 characters of one line".into());
    }
    match new.kind {
        TargetKind::Email => drop(addresses(new)?),
        _ => drop(url(new)?),
    }
    if new.host.as_ref().is_some_and(|host| host.len() > 100) || new.labels.len() > 20 {
        return Err("`host` has at most 100 bytes, and there are at most 20 `labels`".into());
    }
    Ok(())
}

/// The URL of a target.
pub(super) fn url(new: &NewTarget) -> Result<Target, String> {
    new.url
        .parse::<Target>()
        .map_err(|error| format!("`url`: the URL {error}"))
}

/// The addresses of e-mail.
pub(super) fn addresses(new: &NewTarget) -> Result<Mailboxes, String> {
    let wrong = || {
        format!("`url`: write `mailto:` and 1 to {ADDRESSES_MAX} addresses, separated by commas")
    };
    let list = new.url.strip_prefix("mailto:").ok_or_else(wrong)?;
    let addresses = list.split(',').map(|it| it.trim().parse::<Address>());
    let addresses: Vec<Address> = addresses.collect::<Result<_, _>>().map_err(|_| wrong())?;
    match addresses.len() {
        1..=ADDRESSES_MAX => Ok(addresses.into_iter().map(Mailbox::from).collect()),
        _ => Err(wrong()),
    }
}

pub(super) fn networks(target: &NewTarget) -> Networks {
    match target.is_private {
        true => Networks::Private,
        false => Networks::Public,
    }
}

/// Whether a target is notified of an alert; `labels` are those of its rule.
pub(super) fn is_for(target: &NewTarget, alert: &Alert, labels: &Labels) -> bool {
    let has = |(label, value): (&String, &String)| labels.get(label) == Some(value);
    let is_resolved = alert.state == protocol::AlertState::Resolved;
    alert.id.is_some()
        && alert.level >= target.level
        && target.host.is_none_or_equal(alert.host.as_deref())
        && target.labels.iter().all(has)
        && (target.resolved || !is_resolved)
}

trait IsNoneOrEqual {
    fn is_none_or_equal(&self, other: Option<&str>) -> bool;
}

impl IsNoneOrEqual for Option<String> {
    fn is_none_or_equal(&self, other: Option<&str>) -> bool {
        self.is_none() || self.as_deref() == other
    }
}

pub(super) fn info(id: &str, StoredTarget { target, by }: &StoredTarget) -> TargetInfo {
    TargetInfo {
        id: id.to_owned(),
        name: target.name.clone(),
        kind: target.kind,
        url_host: match target.kind {
            TargetKind::Email => target.url.trim_start_matches("mailto:").to_owned(),
            _ => url(target).map(|url| url.instance()).unwrap_or_default(),
        },
        is_private: target.is_private,
        level: target.level,
        host: target.host.clone(),
        labels: target.labels.clone(),
        resolved: target.resolved,
        by: by.clone(),
        delivered: 0,
        delivered_ms: None,
        failures: Vec::new(),
    }
}
