use super::feed::shorten;
use protocol::{Alert, AlertState, Level};

/// Alerts at most: the one that was resolved longest ago is dropped, and a new one is not shown
/// while that many fire.
const ALERTS_MAX: usize = 100;

/// Longer texts are cut off, in characters.
const TEXT_CHARS_MAX: usize = 1_000;

/// The newest message of each rule and series, the newest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Alerts {
    alerts: Vec<Alert>,
}

impl Alerts {
    pub(crate) fn push(&mut self, alert: &Alert) {
        let same = |known: &Alert| {
            known.rule == alert.rule && known.host == alert.host && known.series == alert.series
        };
        self.alerts.retain(|known| !same(known));
        if self.alerts.len() == ALERTS_MAX {
            match self.alerts.iter().rposition(|known| !is_firing(known)) {
                Some(oldest) => drop(self.alerts.remove(oldest)),
                None => return,
            }
        }
        let alert = Alert {
            message: shorten(&alert.message, TEXT_CHARS_MAX),
            ..alert.clone()
        };
        self.alerts.insert(0, alert);
    }

    /// Those that fire, the gravest first; then those that are over.
    pub(crate) fn gravest_first(&self) -> Vec<Alert> {
        let mut sorted = Vec::with_capacity(self.alerts.len());
        for firing in [true, false] {
            for level in Level::ALL.into_iter().rev() {
                let these = self.alerts.iter();
                let these = these.filter(|a| is_firing(a) == firing && a.level == level);
                sorted.extend(these.cloned());
            }
        }
        sorted
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.alerts.is_empty()
    }

    pub(crate) fn firing(&self) -> usize {
        self.alerts.iter().filter(|alert| is_firing(alert)).count()
    }

    /// The gravest level that fires.
    pub(crate) fn severity(&self) -> Option<Level> {
        let firing = self.alerts.iter().filter(|alert| is_firing(alert));
        firing.map(|alert| alert.level).max()
    }
}

pub(crate) fn is_firing(alert: &Alert) -> bool {
    alert.state == AlertState::Firing
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Timestamp;

    fn alert(rule: &str, state: AlertState, level: Level) -> Alert {
        Alert {
            timestamp: Timestamp::from_unix_ms(0),
            state,
            level,
            rule: rule.into(),
            message: String::new(),
            value: None,
            host: None,
            id: None,
            series: None,
            fired_at: None,
            runbook: None,
        }
    }

    fn rules(alerts: &Alerts) -> Vec<String> {
        let sorted = alerts.gravest_first().into_iter();
        sorted.map(|alert| alert.rule).collect()
    }

    #[test]
    fn one_entry_a_rule_and_what_fires_first() {
        let mut alerts = Alerts::default();
        alerts.push(&alert("memory", AlertState::Firing, Level::Error));
        alerts.push(&alert("cpu", AlertState::Firing, Level::Warning));
        alerts.push(&alert("disk", AlertState::Resolved, Level::Error));
        assert_eq!(rules(&alerts), ["memory", "cpu", "disk"]);
        assert_eq!(alerts.severity(), Some(Level::Error));
        alerts.push(&alert("memory", AlertState::Resolved, Level::Error));
        assert_eq!(rules(&alerts), ["cpu", "memory", "disk"]);
        assert_eq!(alerts.firing(), 1);
        assert_eq!(alerts.severity(), Some(Level::Warning));
    }

    #[test]
    fn what_fires_is_never_forgotten() {
        let mut alerts = Alerts::default();
        alerts.push(&alert("first", AlertState::Firing, Level::Warning));
        for number in 0..2 * ALERTS_MAX {
            alerts.push(&alert(
                &number.to_string(),
                AlertState::Resolved,
                Level::Info,
            ));
        }
        assert_eq!(rules(&alerts).len(), ALERTS_MAX);
        assert_eq!(rules(&alerts)[0], "first");
    }
}
