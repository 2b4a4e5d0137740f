use super::feed::shorten;
use super::ring::Ring;
use protocol::{Alert, AlertState};

/// Beyond this the alert that fired first is no longer shown as active.
const ACTIVE_MAX: usize = 100;

/// How many changes are kept.
const RECENT_MAX: usize = 50;

/// What is wrong now, and what changed lately.
#[derive(Debug, Clone)]
pub(crate) struct Alerts {
    active: Vec<Alert>,
    recent: Ring<Change>,
    count: u64,
}

/// An alert that fired or resolved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// Counts up.
    pub(crate) id: u64,
    pub(crate) alert: Alert,
}

impl Alerts {
    pub(super) fn new() -> Self {
        Self {
            active: Vec::new(),
            recent: Ring::new(RECENT_MAX),
            count: 0,
        }
    }

    pub(super) fn push(&mut self, alert: &Alert) {
        let alert = Alert {
            message: shorten(&alert.message),
            ..alert.clone()
        };
        let known = self
            .active
            .iter()
            .position(|known| known.rule == alert.rule && known.host == alert.host);
        match (alert.state, known) {
            (AlertState::Firing, Some(index)) => self.active[index] = alert.clone(),
            (AlertState::Firing, None) => {
                if self.active.len() == ACTIVE_MAX {
                    self.active.remove(0);
                }
                self.active.push(alert.clone());
            }
            (AlertState::Resolved, Some(index)) => {
                self.active.remove(index);
            }
            (AlertState::Resolved, None) => {}
        }
        self.count += 1;
        self.recent.push(Change {
            id: self.count,
            alert,
        });
    }

    /// Those that fire, in the order in which they began; one for each rule and host.
    pub(crate) fn active(&self) -> &[Alert] {
        &self.active
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Change> {
        self.recent.iter().rev()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{Level, Timestamp};

    fn alert(rule: &str, host: Option<&str>, state: AlertState) -> Alert {
        Alert {
            timestamp: Timestamp::from_unix_ms(0),
            state,
            level: Level::Warning,
            rule: rule.into(),
            message: String::new(),
            value: None,
            host: host.map(Into::into),
        }
    }

    #[test]
    fn one_for_each_rule_and_host_until_it_resolves() {
        use AlertState::{Firing, Resolved};
        let mut alerts = Alerts::new();
        for (rule, host, state) in [
            ("cpu", Some("a"), Firing),
            ("cpu", Some("b"), Firing),
            ("cpu", Some("a"), Firing),
            ("disk", None, Firing),
            ("cpu", Some("b"), Resolved),
            ("never fired", None, Resolved),
        ] {
            alerts.push(&alert(rule, host, state));
        }
        let active: Vec<_> = alerts.active().iter().map(|a| a.rule.as_str()).collect();
        assert_eq!(active, ["cpu", "disk"]);
        assert_eq!(alerts.newest_first().count(), 6);
        assert_eq!(
            alerts.newest_first().next().map(|change| change.id),
            Some(6)
        );
    }

    #[test]
    fn is_bounded() {
        let mut alerts = Alerts::new();
        for number in 0..300 {
            alerts.push(&alert(&number.to_string(), None, AlertState::Firing));
        }
        assert_eq!(alerts.active().len(), ACTIVE_MAX);
        assert_eq!(alerts.newest_first().count(), RECENT_MAX);
    }
}
