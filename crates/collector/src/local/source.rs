//! A source of metrics whose reading may block.

use super::worker::Call;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A source that takes longer is reported as unresponsive. A disk that spins up or a server that restarts
/// should not be.
pub(super) const UNRESPONSIVE_AFTER: Duration = Duration::from_secs(5);

/// The state of a source and its newest value. A read starts only after the previous one has finished, so
/// that a source never blocks more than one thread.
pub(super) struct Source<S, T> {
    cell: Arc<Mutex<Cell<S, T>>>,
    reported: bool,
}

struct Cell<S, T> {
    /// Moved into the call while there is one.
    state: Option<S>,
    value: Option<T>,
    begun: Option<Instant>,
}

/// A change of whether a source responds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transition {
    /// A read has taken longer than [`UNRESPONSIVE_AFTER`].
    Unresponsive,
    /// It responds again.
    Recovered,
}

impl<S: Send + 'static, T: Send + 'static> Source<S, T> {
    pub(super) fn new(state: S) -> Self {
        let cell = Cell {
            state: Some(state),
            value: None,
            begun: None,
        };
        Self {
            cell: Arc::new(Mutex::new(cell)),
            reported: false,
        }
    }

    /// Returns the call that reads the source; none while an earlier one is pending.
    pub(super) fn start_read(
        &self,
        read: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Option<Call> {
        let mut state = {
            let mut cell = lock(&self.cell);
            let state = cell.state.take()?;
            // Drops a late value of the previous read.
            cell.value = None;
            state
        };
        let cell = self.cell.clone();
        Some(Box::new(move || {
            lock(&cell).begun = Some(Instant::now());
            let value = read(&mut state);
            let mut cell = lock(&cell);
            cell.begun = None;
            cell.state = Some(state);
            cell.value = Some(value);
        }))
    }

    /// The value read since the last call.
    pub(super) fn take(&self) -> Option<T> {
        lock(&self.cell).value.take()
    }

    /// Whether a read is pending.
    pub(super) fn is_pending(&self) -> bool {
        lock(&self.cell).state.is_none()
    }

    /// Whether a read has taken too long.
    pub(super) fn is_unresponsive(&self, now: Instant) -> bool {
        let begun = lock(&self.cell).begun;
        begun.is_some_and(|begun| now.saturating_duration_since(begun) >= UNRESPONSIVE_AFTER)
    }

    /// The change since the last call, if any. `fails` is whether the last read failed: then it has not
    /// recovered yet.
    pub(super) fn transition(&mut self, now: Instant, fails: bool) -> Option<Transition> {
        if self.is_unresponsive(now) {
            let first = !std::mem::replace(&mut self.reported, true);
            return first.then_some(Transition::Unresponsive);
        }
        let recovered = self.reported && !self.is_pending() && !fails;
        self.reported &= !recovered;
        recovered.then_some(Transition::Recovered)
    }
}

fn lock<S, T>(cell: &Mutex<Cell<S, T>>) -> MutexGuard<'_, Cell<S, T>> {
    cell.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_do_not_overlap() {
        let source = Source::new(1);
        let read = |state: &mut i32| {
            *state += 1;
            *state
        };
        let call = source.start_read(read).unwrap();
        assert!(source.start_read(read).is_none() && source.is_pending());
        assert_eq!(source.take(), None);
        call();
        assert!(!source.is_pending());
        assert_eq!((source.take(), source.take()), (Some(2), None));
        source.start_read(read).unwrap()();
        assert_eq!(source.take(), Some(3));
    }

    #[test]
    fn transitions_are_reported_once() {
        let mut source = Source::<(), ()>::new(());
        let now = Instant::now();
        let later = now + UNRESPONSIVE_AFTER * 2;
        assert_eq!(source.transition(later, false), None);

        // A call that has not started does not count.
        let call = source.start_read(|()| ());
        assert_eq!(source.transition(later, false), None);

        lock(&source.cell).begun = Some(now);
        assert_eq!(source.transition(now + UNRESPONSIVE_AFTER / 2, false), None);
        assert_eq!(
            source.transition(now + UNRESPONSIVE_AFTER, false),
            Some(Transition::Unresponsive)
        );
        assert!(source.is_unresponsive(later));
        assert_eq!(source.transition(later, false), None);

        call.unwrap()();
        assert!(!source.is_unresponsive(later));
        assert_eq!(source.transition(later, true), None);
        assert_eq!(source.transition(later, false), Some(Transition::Recovered));
        assert_eq!(source.transition(later, false), None);
    }
}
