//! The past: lines that reach further back than the page has been open, and moments that are shown
//! again.
//!
//! [`lens`] tells what charts need to show a stretch of time; `load` fetches it. `playback` shows
//! everything as it was at a moment, and lets moments follow each other. Nothing of it runs on the
//! server, and most of it is loaded only when somebody looks back.

mod lens;
mod speed;

mod answers;
mod fetch;
mod figure;

mod load;
mod playback;

mod analyse;
mod older;

pub(crate) use analyse::{Analysed, analyse};
pub(crate) use answers::Extremes;
pub(crate) use lens::Ask;
pub(crate) use load::Told;
pub(crate) use speed::Speed;

use crate::Snapshot;
use crate::browser::{self, monotonic_ms};
use crate::later::{chunk, later, later_or};
use crate::state::State;
use crate::store::{Part, View};
use chart::Window;
use lens::{Coverage, Need, Seen};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Stream;

/// After a failure the same is not asked for again for so long, in milliseconds.
const RETRY_MS: f64 = 5_000.0;

/// What the page shows of the past.
#[derive(Clone, Copy)]
pub(crate) struct Past {
    /// The oldest there is; none where nothing is written down.
    pub(crate) oldest_ms: Option<f64>,
    /// The moment that is shown; none while it is the present.
    pub(crate) moment: State<Option<f64>>,
    /// Where the user wants to be, which is shown once it has arrived.
    pub(crate) target: State<Option<f64>>,
    /// Whether controls for moments are on the page.
    pub(crate) opened: State<bool>,
    /// How fast moments follow each other.
    pub(crate) speed: State<Speed>,
    /// Whether something is on its way.
    pub(crate) loading: State<bool>,
    /// Whether the server does not answer about a moment; it is asked again.
    pub(crate) failing: State<bool>,
    work: StoredValue<Work>,
}

/// What was done, and is under way.
#[derive(Default)]
struct Work {
    /// What lines are made of; none while they are what has arrived since the page was opened.
    coverage: Option<Coverage>,
    /// When lines may be asked for again.
    retry_at_ms: f64,
    /// A moment is being asked for.
    asks: bool,
    plays: bool,
}

impl Past {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        Self {
            oldest_ms: snapshot.oldest.map(|oldest| oldest.unix_ms() as f64),
            moment: State::new(None),
            target: State::new(None),
            opened: State::new(false),
            speed: State::new(Speed::Stopped),
            loading: State::new(false),
            failing: State::new(false),
            work: StoredValue::new(Work::default()),
        }
    }

    /// Whether the page shows another moment than the present one.
    pub(crate) fn is_shown(&self) -> bool {
        self.moment.with(Option::is_some)
    }
}

/// Charts show this stretch of time: what they lack is fetched, and what they need no more is
/// forgotten.
pub(crate) fn see(view: View, window: Window) {
    let past = view.past;
    let Some(oldest_ms) = past.oldest_ms else {
        return;
    };
    let now_ms = monotonic_ms();
    let need = {
        let work = past.work.read_value();
        if now_ms < work.retry_at_ms {
            return;
        }
        let seen = Seen {
            window,
            oldest_ms,
            now_ms: view.server_now_ms(now_ms),
            arrived_from_ms: view.arrived(now_ms).0,
            is_present: !past.moment.with_untracked(Option::is_some),
        };
        lens::need(&seen, work.coverage.as_ref())
    };
    match need {
        Need::Nothing => {}
        Need::Arrived => {
            past.work.write_value().coverage = None;
            view.forget_lines();
        }
        Need::Ask(ask) => {
            if !past.loading.with_untracked(|loading| *loading) {
                past.loading.set(true);
                later_or(view, work(view, Job::Load(ask)), move || past.loaded(None));
            }
        }
    }
}

/// What is done about the past.
pub(crate) enum Job {
    /// Fetch what charts need.
    Load(Ask),
    /// Show everything as it was at a moment, by the server's clock in milliseconds.
    Go(f64),
    /// Go on by some milliseconds, and stay there.
    Step(f64),
    /// Let moments follow each other, from the one that is shown; or stop.
    Play(Speed),
    /// Make the page's address a link to the moment, and tell whether it could be copied.
    Copy(Box<dyn FnOnce(bool)>),
    /// Show the present again.
    Leave,
    /// Put what happened before the oldest entry of a list at its end; the state holds meanwhile.
    Older(Stream, Part, State<bool>),
}

chunk! {
    past:
    fn work(view: View, job: Job) -> () {
        match job {
            Job::Load(ask) => spawn_local(load::load(view, ask)),
            Job::Go(at_ms) => playback::go(view, at_ms),
            Job::Step(by_ms) => playback::step(view, by_ms),
            Job::Play(Speed::Stopped) => playback::stop(view),
            Job::Play(speed) => playback::play(view, speed),
            Job::Copy(tell) => {
                playback::stop(view);
                browser::copy_address(tell);
            }
            Job::Leave => playback::leave(view),
            Job::Older(stream, part, busy) => {
                spawn_local(older::load_older(view, stream, part, busy));
            }
        }
    }
}

/// Has something done.
pub(crate) fn please(view: View, job: Job) {
    later(view, work(view, job));
}

/// Shows everything as it was at a moment.
pub(crate) fn go(view: View, at_ms: f64) {
    please(view, Job::Go(at_ms));
}

/// Shows the present again.
pub(crate) fn back_to_live(view: View) {
    if view.past.target.with_untracked(Option::is_some) {
        please(view, Job::Leave);
    }
}

/// Goes on by some milliseconds.
pub(crate) fn step(view: View, by_ms: f64) {
    if view.past.target.with_untracked(Option::is_some) {
        please(view, Job::Step(by_ms));
    }
}

/// Lets moments follow each other, or stop.
pub(crate) fn toggle_play(view: View) {
    let speed = match view.past.speed.get_untracked() {
        Speed::Stopped => Speed::Real,
        _ => Speed::Stopped,
    };
    please(view, Job::Play(speed));
}

/// The page was opened by a link to a moment.
pub(crate) fn open_link(view: View) {
    if let Some(at_ms) = browser::moment() {
        go(view, at_ms);
    }
}

impl Past {
    /// Lines were loaded, or not.
    fn loaded(&self, coverage: Option<Coverage>) {
        let mut work = self.work.write_value();
        match coverage {
            Some(_) => work.coverage = coverage,
            None => work.retry_at_ms = monotonic_ms() + RETRY_MS,
        }
        drop(work);
        self.loading.set(false);
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
