use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How late a sample may be.
const LATE: Duration = Duration::from_secs(5);

/// Whether the store takes messages and the host is sampled. A cheap, shared handle.
#[derive(Clone, Default)]
pub(crate) struct Health(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    store: Option<String>,
    sampled: Option<Instant>,
}

impl Health {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the store's problem; `None` for none.
    pub(crate) fn set_store(&self, trouble: Option<String>) {
        self.state().store = trouble;
    }

    /// Records that the host was sampled just now.
    pub(crate) fn sampled(&self) {
        self.state().sampled = Some(Instant::now());
    }
}

/// The state that `/readyz` reports.
#[derive(Clone)]
pub(crate) struct Readiness {
    health: Health,
    /// The sampler has stopped if there is no sample for this long.
    late: Duration,
}

impl Readiness {
    pub(crate) fn new(health: Health, interval_ms: u64) -> Self {
        let late = LATE + 3 * Duration::from_millis(interval_ms);
        Self { health, late }
    }

    /// Whether the host is sampled in time, or has not been sampled yet.
    pub(crate) fn is_alive(&self) -> bool {
        let sampled = self.health.state().sampled;
        sampled.is_none_or(|at| at.elapsed() <= self.late)
    }

    /// Whether the store takes messages, or there is none.
    pub(crate) fn is_store_available(&self) -> bool {
        self.health.state().store.is_none()
    }

    /// Why the server is not ready.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        let state = self.health.state();
        if let Some(error) = &state.store {
            return Some(Trouble::Store(error.clone()));
        }
        match state.sampled {
            None => Some(Trouble::NotSampledYet),
            Some(at) if at.elapsed() > self.late => Some(Trouble::NotSampledFor(at.elapsed())),
            Some(_) => None,
        }
    }
}

/// Why a server is not ready, as a sentence.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// With what the database says, which may name it and its files.
    #[error("The store takes nothing: {0}.")]
    Store(String),
    #[error("The host has not been sampled yet.")]
    NotSampledYet,
    #[error("The host was last sampled {} s ago.", .0.as_secs())]
    NotSampledFor(Duration),
}

impl Trouble {
    /// The same for everybody.
    pub(crate) fn without_details(&self) -> String {
        match self {
            Self::Store(_) => "The store takes nothing.".into(),
            Self::NotSampledYet | Self::NotSampledFor(_) => self.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long ago the host was sampled, if ever; whether the server is alive, and whether it is ready.
    #[track_caller]
    fn check(sampled_s: Option<u64>, store: Option<&str>, is_alive: bool, is_ready: bool) {
        let health = Health::default();
        health.set_store(store.map(str::to_owned));
        health.state().sampled =
            sampled_s.and_then(|age| Instant::now().checked_sub(Duration::from_secs(age)));
        let readiness = Readiness::new(health, 1_000);
        assert_eq!(readiness.is_alive(), is_alive);
        assert_eq!(readiness.trouble().is_none(), is_ready);
    }

    #[test]
    fn not_everybody_learns_what_the_database_says() {
        let trouble = Trouble::Store("reach the store: no such server \"db-7\"".into());
        assert!(trouble.to_string().contains("db-7"));
        assert_eq!(trouble.without_details(), "The store takes nothing.");
    }

    #[test]
    fn only_a_sampler_that_has_stopped_is_a_reason_for_a_restart() {
        check(Some(0), None, true, true);
        check(Some(20), None, false, false);
        check(None, None, true, false);
        check(Some(0), Some("no such server"), true, false);
    }
}
