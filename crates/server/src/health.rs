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

    /// Why the server is not ready, as a sentence.
    pub(crate) fn trouble(&self) -> Option<String> {
        let state = self.health.state();
        if let Some(trouble) = &state.store {
            return Some(format!("The store takes nothing: {trouble}."));
        }
        match state.sampled {
            None => Some("The host has not been sampled yet.".into()),
            Some(at) if at.elapsed() > self.late => Some(format!(
                "The host was last sampled {} s ago.",
                at.elapsed().as_secs()
            )),
            Some(_) => None,
        }
    }
}
