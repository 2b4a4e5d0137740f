use protocol::Timestamp;
use protocol::checks::{CheckInfo, CheckList, CheckState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What the newest results of all checks say. Cheap to clone. Its lock is held briefly, with no other taken under it.
#[derive(Clone, Default)]
pub(crate) struct Checks(Arc<Mutex<Vec<CheckInfo>>>);

/// A result of a check.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CheckResult {
    pub(super) at: Timestamp,
    pub(super) took: Duration,
    /// For how many days the certificate is valid, or why the target is down.
    pub(super) outcome: Result<Option<f64>, String>,
}

impl Checks {
    pub(crate) fn list(&self) -> CheckList {
        CheckList {
            checks: self.lock().clone(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<CheckInfo>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a check; returns its index.
    pub(super) fn add(&self, info: CheckInfo) -> usize {
        let mut checks = self.lock();
        checks.push(info);
        checks.len() - 1
    }

    /// Updates a check. Returns whether what it says has changed; that a target is up at first is no change.
    pub(super) fn update(&self, index: usize, result: &CheckResult) -> bool {
        let mut checks = self.lock();
        checks
            .get_mut(index)
            .is_some_and(|info| add_result(info, result))
    }
}

fn add_result(info: &mut CheckInfo, result: &CheckResult) -> bool {
    let (state, error, tls_days_left) = match &result.outcome {
        Ok(days) => (CheckState::Up, None, *days),
        Err(error) => (CheckState::Down, Some(error.clone()), None),
    };
    let before = std::mem::replace(&mut info.state, state);
    if before != state {
        info.since_ms = Some(result.at.unix_ms());
    }
    info.checked_ms = Some(result.at.unix_ms());
    info.seconds = Some(result.took.as_secs_f64());
    info.error = error;
    info.tls_days_left = tls_days_left;
    before != state && (before, state) != (CheckState::Unknown, CheckState::Up)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_noticed_once() {
        let checks = Checks::default();
        let index = checks.add(CheckInfo {
            name: "web".into(),
            url: "http://a/".into(),
            host: String::new(),
            interval_ms: 60_000,
            state: CheckState::Unknown,
            since_ms: None,
            checked_ms: None,
            seconds: None,
            error: None,
            tls_days_left: None,
        });
        let report = |seconds, outcome: Result<Option<f64>, &str>| {
            let result = CheckResult {
                at: Timestamp::from_unix_ms(seconds),
                took: Duration::from_millis(20),
                outcome: outcome.map_err(str::to_owned),
            };
            let has_changed = checks.update(index, &result);
            let info = checks.list().checks.remove(index);
            (has_changed, info.state, info.since_ms, info.error)
        };
        let down = |why: &str| Some(why.to_owned());
        assert_eq!(
            report(1, Ok(Some(30.0))),
            (false, CheckState::Up, Some(1), None)
        );
        assert_eq!(report(2, Ok(None)), (false, CheckState::Up, Some(1), None));
        assert_eq!(
            report(3, Err("a")),
            (true, CheckState::Down, Some(3), down("a"))
        );
        assert_eq!(
            report(4, Err("b")),
            (false, CheckState::Down, Some(3), down("b"))
        );
        assert_eq!(report(5, Ok(None)), (true, CheckState::Up, Some(5), None));
    }
}
