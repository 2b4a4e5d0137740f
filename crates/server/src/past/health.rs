use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How much later than its time a sample may come.
const LATE: Duration = Duration::from_secs(5);

/// Whether the server does what it is there for. Cheap to clone; every clone is the same.
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

    /// What is wrong with the store; `None` for nothing.
    pub(crate) fn set_store(&self, trouble: Option<String>) {
        self.state().store = trouble;
    }

    /// The host was looked at just now.
    pub(crate) fn sampled(&self) {
        self.state().sampled = Some(Instant::now());
    }
}

/// Judges the health: `/readyz`.
#[derive(Clone)]
pub(crate) struct Readiness {
    health: Health,
    /// A sampler that is silent for so long has stopped.
    late: Duration,
}

impl Readiness {
    pub(crate) fn new(health: Health, interval_ms: u64) -> Self {
        let late = LATE + 3 * Duration::from_millis(interval_ms);
        Self { health, late }
    }

    /// What keeps the server from being ready, as a sentence.
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
