//! A source of metrics whose reading may block.

use super::worker::Call;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A source that has not answered for so long counts as silent, which is reported. A disk that
/// spins up first, or a server that is restarted, should not.
pub(super) const SILENT_AFTER: Duration = Duration::from_secs(5);

/// What a source reads with, and its newest value. It is not asked again before it has answered, so
/// it never holds more than one thread.
pub(super) struct Source<S, T> {
    cell: Arc<Mutex<Cell<S, T>>>,
    reported: bool,
}

struct Cell<S, T> {
    /// Away with the call while there is one.
    state: Option<S>,
    value: Option<T>,
    begun: Option<Instant>,
}

/// What changed about whether a source answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It has not answered for [`SILENT_AFTER`].
    FellSilent,
    /// It has, after all.
    AnswersAgain,
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

    /// The call that reads it; none while an earlier one has not returned.
    pub(super) fn ask(&self, read: impl FnOnce(&mut S) -> T + Send + 'static) -> Option<Call> {
        let mut state = {
            let mut cell = lock(&self.cell);
            let state = cell.state.take()?;
            // What came too late to be taken is not mistaken for the answer to this.
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

    /// What it has answered since the last time.
    pub(super) fn take(&self) -> Option<T> {
        lock(&self.cell).value.take()
    }

    /// Whether it has been asked and has not answered.
    pub(super) fn is_pending(&self) -> bool {
        lock(&self.cell).state.is_none()
    }

    /// Whether a call has been under way for too long.
    pub(super) fn is_silent(&self, now: Instant) -> bool {
        let begun = lock(&self.cell).begun;
        begun.is_some_and(|begun| now.saturating_duration_since(begun) >= SILENT_AFTER)
    }

    /// Whether that has changed since the last time. `fails` is whether its last answer was a
    /// failure: then it does not answer again yet.
    pub(super) fn turn(&mut self, now: Instant, fails: bool) -> Option<Turn> {
        if self.is_silent(now) {
            let first = !std::mem::replace(&mut self.reported, true);
            return first.then_some(Turn::FellSilent);
        }
        let answers = self.reported && !self.is_pending() && !fails;
        self.reported &= !answers;
        answers.then_some(Turn::AnswersAgain)
    }
}

fn lock<S, T>(cell: &Mutex<Cell<S, T>>) -> MutexGuard<'_, Cell<S, T>> {
    cell.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_not_asked_again_before_it_has_answered() {
        let source = Source::new(1);
        let read = |state: &mut i32| {
            *state += 1;
            *state
        };
        let call = source.ask(read).unwrap();
        assert!(source.ask(read).is_none() && source.is_pending());
        assert_eq!(source.take(), None);
        call();
        assert!(!source.is_pending());
        assert_eq!((source.take(), source.take()), (Some(2), None));
        source.ask(read).unwrap()();
        assert_eq!(source.take(), Some(3));
    }

    #[test]
    fn silence_is_reported_once_and_so_is_its_end() {
        let mut source = Source::<(), ()>::new(());
        let now = Instant::now();
        let later = now + SILENT_AFTER * 2;
        assert_eq!(source.turn(later, false), None);

        // A call that has not begun is not the source's fault.
        let call = source.ask(|()| ());
        assert_eq!(source.turn(later, false), None);

        lock(&source.cell).begun = Some(now);
        assert_eq!(source.turn(now + SILENT_AFTER / 2, false), None);
        assert_eq!(
            source.turn(now + SILENT_AFTER, false),
            Some(Turn::FellSilent)
        );
        assert!(source.is_silent(later));
        assert_eq!(source.turn(later, false), None);

        call.unwrap()();
        assert!(!source.is_silent(later));
        assert_eq!(source.turn(later, true), None);
        assert_eq!(source.turn(later, false), Some(Turn::AnswersAgain));
        assert_eq!(source.turn(later, false), None);
    }
}
