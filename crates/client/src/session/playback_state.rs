use crate::kit::state::State;
use crate::model::Snapshot;
use crate::model::{Coverage, Speed};
use leptos::prelude::*;

/// Which stored data and which moment the page shows.
#[derive(Clone, Copy)]
pub(crate) struct PlaybackState {
    /// The oldest stored message; none without a store.
    pub(crate) oldest_ms: Option<f64>,
    /// The moment that is shown; none while it is the present.
    pub(crate) moment: State<Option<f64>>,
    /// The requested moment, which is shown once it has arrived.
    pub(crate) target: State<Option<f64>>,
    /// Whether controls for moments are on the page.
    pub(crate) opened: State<bool>,
    /// How fast moments follow each other.
    pub(crate) speed: State<Speed>,
    /// How fast they do when they are played.
    pub(crate) pace: State<Speed>,
    /// Whether something is on its way.
    pub(crate) loading: State<bool>,
    /// Whether the server does not answer about a moment; it is asked again.
    pub(crate) failing: State<bool>,
    pub(super) work: StoredValue<Work>,
}

/// What was loaded, and what is in progress.
#[derive(Default)]
pub(super) struct Work {
    /// What lines are made of; none while they are what has arrived since the page was opened.
    pub(super) coverage: Option<Coverage>,
    /// When lines may be requested again.
    pub(super) retry_at_ms: f64,
    /// A moment is being requested.
    pub(super) requesting: bool,
    pub(super) playing: bool,
}

impl PlaybackState {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        Self {
            oldest_ms: snapshot.oldest.map(|oldest| oldest.unix_ms() as f64),
            moment: State::new(None),
            target: State::new(None),
            opened: State::new(false),
            speed: State::new(Speed::Stopped),
            pace: State::new(Speed::Real),
            loading: State::new(false),
            failing: State::new(false),
            work: StoredValue::new(Work::default()),
        }
    }

    /// Whether the page shows another moment than the present one.
    pub(crate) fn is_shown(&self) -> bool {
        self.moment.with(Option::is_some)
    }

    /// The same, without subscribing to it.
    pub(crate) fn is_shown_untracked(&self) -> bool {
        self.moment.with_untracked(Option::is_some)
    }

    /// From now on nothing that arrives reaches the lines. `arrived_from_ms` is since when it has,
    /// if nothing was fetched.
    pub(crate) fn halt_lines(&self, arrived_from_ms: f64, now_ms: f64) {
        let mut work = self.work.write_value();
        match &mut work.coverage {
            Some(coverage) if coverage.follows => {
                coverage.to_ms = now_ms;
                coverage.follows = false;
            }
            Some(_) => {}
            None => {
                work.coverage = Some(Coverage {
                    from_ms: arrived_from_ms,
                    to_ms: now_ms,
                    step_ms: 1_000.0,
                    follows: false,
                });
            }
        }
    }
}
