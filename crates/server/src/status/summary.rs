use protocol::Timestamp;
use protocol::checks::CheckState;
use serde::Serialize;

/// How many days are shown, today included.
pub(super) const DAYS: usize = 90;

/// What the status page says, and what `/status.json` is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Summary {
    pub(super) state: Overall,
    /// The state as a sentence.
    pub(super) text: String,
    pub(super) updated: Timestamp,
    pub(super) checks: Vec<ShownCheck>,
    pub(super) maintenance: Vec<ShownMaintenance>,
}

/// How everything is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Overall {
    /// Every check that has a result is up.
    Operational,
    /// What is down is maintained.
    Maintenance,
    /// Something else is down.
    Failing,
    /// There is no result.
    Unknown,
}

/// A check. Nothing else of it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ShownCheck {
    pub(super) name: String,
    pub(super) state: CheckState,
    pub(super) is_maintained: bool,
    /// The share of results that were up, of all days that have results.
    pub(super) uptime: Option<f64>,
    /// The same of each day of UTC, oldest first; none without results.
    pub(super) days: Vec<Option<f64>>,
}

/// A maintenance window that is open.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ShownMaintenance {
    /// The names of the checks that it applies to.
    pub(super) checks: Vec<String>,
    pub(super) why: String,
    pub(super) until: Timestamp,
}

impl Summary {
    pub(super) fn new(
        updated: Timestamp,
        checks: Vec<ShownCheck>,
        maintenance: Vec<ShownMaintenance>,
    ) -> Self {
        let (state, text) = overall(&checks);
        Self {
            state,
            text,
            updated,
            checks,
            maintenance,
        }
    }

    pub(super) fn check(&self, name: &str) -> Option<&ShownCheck> {
        self.checks.iter().find(|it| it.name == name)
    }
}

fn overall(checks: &[ShownCheck]) -> (Overall, String) {
    let count = |is: fn(&ShownCheck) -> bool| checks.iter().filter(|it| is(it)).count();
    let down = count(|it| it.state == CheckState::Down && !it.is_maintained);
    let maintained = count(|it| it.state == CheckState::Down && it.is_maintained);
    let unknown = count(|it| it.state == CheckState::Unknown);
    match checks.len() {
        0 => (Overall::Unknown, "No checks are shown here".to_owned()),
        all if down > 0 => (Overall::Failing, format!("{down} of {all} checks failing")),
        all if maintained > 0 => (
            Overall::Maintenance,
            format!("{maintained} of {all} checks down for maintenance"),
        ),
        all if unknown == all => (Overall::Unknown, "No results yet".to_owned()),
        all if unknown > 0 => (
            Overall::Operational,
            format!("No check is failing; {unknown} of {all} have no result yet"),
        ),
        _ => (Overall::Operational, "All systems operational".to_owned()),
    }
}

/// The uptime of all days, by the days.
pub(super) fn uptime(days: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = days.iter().flatten().copied().collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

/// Never 100 % of what was down at all.
pub(super) fn percent(share: f64) -> String {
    let hundredths = (share * 10_000.0).floor();
    match hundredths {
        it if it >= 10_000.0 => "100 %".to_owned(),
        it => format!("{:.2} %", it / 100.0),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn check(name: &str, state: CheckState, is_maintained: bool) -> ShownCheck {
        ShownCheck {
            name: name.to_owned(),
            state,
            is_maintained,
            uptime: None,
            days: Vec::new(),
        }
    }

    #[test]
    fn everything_is_one_sentence() {
        use CheckState::{Down, Unknown, Up};
        let said = |states: &[(CheckState, bool)]| {
            let checks = states.iter().map(|(state, is)| check("a", *state, *is));
            let (state, text) = overall(&checks.collect::<Vec<_>>());
            (state, text)
        };
        let check = |states: &[(CheckState, bool)], state: Overall, text: &str| {
            assert_eq!(said(states), (state, text.to_owned()));
        };
        check(&[], Overall::Unknown, "No checks are shown here");
        check(&[(Unknown, false); 2], Overall::Unknown, "No results yet");
        check(
            &[(Up, false), (Up, true)],
            Overall::Operational,
            "All systems operational",
        );
        check(
            &[(Up, false), (Unknown, false)],
            Overall::Operational,
            "No check is failing; 1 of 2 have no result yet",
        );
        check(
            &[(Up, false), (Down, true)],
            Overall::Maintenance,
            "1 of 2 checks down for maintenance",
        );
        check(
            &[(Up, false), (Down, true), (Down, false)],
            Overall::Failing,
            "1 of 3 checks failing",
        );
    }

    #[test]
    fn uptime_is_that_of_days_with_results() {
        assert_eq!(uptime(&[None, None]), None);
        assert_eq!(uptime(&[None, Some(1.0), Some(0.5)]), Some(0.75));
        let shares = [1.0, 0.999_99, 0.5, 0.0].map(percent);
        assert_eq!(shares, ["100 %", "99.99 %", "50.00 %", "0.00 %"]);
    }
}
