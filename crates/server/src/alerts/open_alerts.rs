use protocol::alerting::Acknowledgement;
use protocol::{Alert, AlertState, SeriesKey};
use std::collections::{BTreeMap, HashMap};

/// An alert that is firing.
#[derive(Debug, Clone)]
pub(super) struct OpenAlert {
    /// The message with which it fired.
    pub(super) alert: Alert,
    pub(super) series: SeriesKey,
    pub(super) acknowledged: Option<Acknowledgement>,
}

/// The alerts that are firing, by id.
#[derive(Debug, Default)]
pub(super) struct OpenAlerts {
    alerts: BTreeMap<String, OpenAlert>,
    /// The ids by rule and series.
    ids: HashMap<(String, SeriesKey), String>,
}

impl OpenAlerts {
    pub(super) fn put(&mut self, alert: Alert, series: SeriesKey) {
        if let Some(id) = alert.id.clone() {
            let key = (alert.rule.clone(), series.clone());
            self.ids.insert(key, id.clone());
            let open = OpenAlert {
                alert,
                series,
                acknowledged: None,
            };
            self.alerts.insert(id, open);
        }
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<OpenAlert> {
        let open = self.alerts.remove(id)?;
        let key = (open.alert.rule.clone(), open.series.clone());
        if self.ids.get(&key).is_some_and(|other| other == id) {
            self.ids.remove(&key);
        }
        Some(open)
    }

    /// The one of a rule and a series.
    pub(super) fn of_series(&self, rule: &str, series: &SeriesKey) -> Option<&OpenAlert> {
        let id = self.ids.get(&(rule.to_owned(), series.clone()))?;
        self.alerts.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut OpenAlert> {
        self.alerts.get_mut(id)
    }

    pub(super) fn get(&self, id: &str) -> Option<&OpenAlert> {
        self.alerts.get(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &OpenAlert)> {
        self.alerts.iter()
    }

    /// Those of a rule.
    pub(super) fn of_rule(&self, rule: &str) -> Vec<OpenAlert> {
        let open = self.alerts.values().filter(|open| open.alert.rule == rule);
        open.cloned().collect()
    }
}

/// The last message of each rule and series, by what the log and the documents have: messages newest first.
#[derive(Debug, Default)]
pub(super) struct LastMessages(BTreeMap<(String, String), Alert>);

impl LastMessages {
    /// Adds a message that is older than all of its rule and series before. Those of the simulated host are no alerts of
    /// rules. `current` is the text that the series of a rule has now: the host may have been renamed since.
    pub(super) fn add_older(
        &mut self,
        alert: Alert,
        current: impl Fn(&str, &str) -> Option<String>,
    ) {
        if let (Some(_), Some(series)) = (&alert.id, &alert.series) {
            let text = current(&alert.rule, series).unwrap_or_else(|| series.clone());
            let key = (alert.rule.clone(), text);
            self.0.entry(key).or_insert(alert);
        }
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = Alert> {
        self.0.into_values()
    }
}

pub(super) fn is_firing(alert: &Alert) -> bool {
    alert.state == AlertState::Firing
}
