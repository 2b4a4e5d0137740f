//! The past: lines that reach further back than the page has been open, and moments that are shown
//! again.
//!
//! [`need`] computes what charts need for a stretch of time; `load` fetches it. `playback` shows everything as it
//! was at a moment, and plays moments one after the other. Nothing of it runs on the server, and most of it is
//! loaded on its first use.

mod fetch;
mod responses;

mod resolve;

mod load;
mod playback;

mod analyse;
mod older;

pub(crate) use analyse::Analysed;
pub(crate) use responses::Extremes;

use super::{Past, View};
use crate::kit::browser::{self, monotonic_ms};
use crate::kit::later::{chunk, later, later_or};
use crate::kit::state::State;
use crate::model::{Coverage, LineRequest, Need, Part, Seen, Speed, need};
use chart::Window;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::{Selector, Stream};

/// After a failure the same is not asked for again for so long, in milliseconds.
const RETRY_MS: f64 = 5_000.0;

/// Charts show this stretch of time: what they lack is fetched, and what they need no more is
/// forgotten.
fn see(view: View, window: Window) {
    let past = view.past;
    let Some(oldest_ms) = past.oldest_ms else {
        return;
    };
    let now_ms = monotonic_ms();
    let needed = {
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
        need(&seen, work.coverage.as_ref())
    };
    match needed {
        Need::Nothing => {}
        Need::Arrived => {
            past.work.write_value().coverage = None;
            view.forget_lines();
        }
        Need::Fetch(request) => {
            if !past.loading.with_untracked(|loading| *loading) {
                past.loading.set(true);
                later_or(view.toasts, work(view, Job::Load(request)), move || {
                    past.loaded(None);
                });
            }
        }
    }
}

/// Widgets were made: what they request for may take the server.
pub(crate) fn resolve_selectors(view: View) {
    if view.past.oldest_ms.is_some() && view.needs_server() {
        please(view, Job::Resolve);
    }
}

/// Each text that was to be a selector, and the selector unless it is none.
pub(crate) type Selectors = Vec<(String, Option<Selector>)>;

/// Takes the selectors that were read.
type OnRead = Box<dyn FnOnce(Selectors)>;

/// Reads selectors that are not those of the page's own board: that takes code which no other page needs.
pub(crate) fn read_selectors(view: View, texts: Vec<String>, done: OnRead) {
    please(view, Job::Read(texts, done));
}

/// A job of the part.
enum Job {
    /// Fetch what charts need.
    Load(LineRequest),
    /// Show everything as it was at a moment, by the server's clock in milliseconds.
    Go(f64),
    /// Go on by some milliseconds, and stay there.
    Step(f64),
    /// Let moments follow each other, from the one that is shown; or stop.
    Play(Speed),
    /// Make the page's address a link to the moment, and copy it; the callback gets whether that succeeded.
    Copy(Box<dyn FnOnce(bool)>),
    /// Show the present again.
    Leave,
    /// LineRequest the server which series the selectors match that the browser cannot apply.
    Resolve,
    /// Read selectors.
    Read(Vec<String>, OnRead),
    /// Put what happened before the oldest entry of a list at its end; the state holds meanwhile.
    Older(Stream, Part, State<bool>),
}

chunk! {
    past:
    fn work(view: View, job: Job) -> () {
        match job {
            Job::Load(request) => spawn_local(load::load(view, request)),
            Job::Go(at_ms) => playback::go(view, at_ms),
            Job::Step(by_ms) => playback::step(view, by_ms),
            Job::Play(Speed::Stopped) => playback::stop(view),
            Job::Play(speed) => playback::play(view, speed),
            Job::Copy(tell) => {
                playback::stop(view);
                browser::copy_address(tell);
            }
            Job::Leave => playback::leave(view),
            Job::Resolve => spawn_local(resolve::resolve(view)),
            Job::Read(texts, done) => done(resolve::read_selectors(texts)),
            Job::Older(stream, part, busy) => {
                spawn_local(older::load_older(view, stream, part, busy));
            }
        }
    }
}

/// Does a job in the part.
fn please(view: View, job: Job) {
    later(view.toasts, work(view, job));
}

/// Shows everything as it was at a moment.
fn go(view: View, at_ms: f64) {
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
fn toggle_play(view: View) {
    let speed = match view.past.speed.get_untracked() {
        Speed::Stopped => Speed::Real,
        _ => Speed::Stopped,
    };
    please(view, Job::Play(speed));
}

/// Freezes what is shown, or shows everything that came meanwhile. At another moment, stops time there or
/// lets it go on.
pub(crate) fn toggle_pause(view: View, now_ms: f64) {
    match view.past.is_shown() {
        true => toggle_play(view),
        false => view.toggle_pause(now_ms),
    }
}

/// Stored data and playback, as widgets use them.
#[derive(Clone, Copy)]
pub(crate) struct Playback {
    view: View,
}

impl Playback {
    pub(crate) fn new(view: View) -> Self {
        Self { view }
    }

    /// Whether there is a store.
    pub(crate) fn has_past(&self) -> bool {
        self.view.past.oldest_ms.is_some()
    }

    /// Charts show this stretch of time: requests the lines that they lack.
    pub(crate) fn see(&self, window: Window) {
        see(self.view, window);
    }

    /// A chart draws what none drew before: loaded lines lack it.
    pub(crate) fn forget_coverage(&self) {
        let mut work = self.view.past.work.write_value();
        if let Some(coverage) = &mut work.coverage {
            coverage.step_ms = f64::INFINITY;
        }
    }

    /// Shows everything as it was at a moment.
    pub(crate) fn go(&self, at_ms: f64) {
        go(self.view, at_ms);
    }

    /// Goes on by some milliseconds.
    pub(crate) fn step(&self, by_ms: f64) {
        step(self.view, by_ms);
    }

    /// Plays moments one after the other, or stops.
    pub(crate) fn play(&self, speed: Speed) {
        please(self.view, Job::Play(speed));
    }

    /// Plays, or stops.
    pub(crate) fn toggle_play(&self) {
        toggle_play(self.view);
    }

    /// Freezes what is shown, or shows the present; at another moment, stops or plays.
    pub(crate) fn toggle_pause(&self, now_ms: f64) {
        toggle_pause(self.view, now_ms);
    }

    /// Shows the present.
    pub(crate) fn back_to_live(&self) {
        back_to_live(self.view);
    }

    /// Copies a link to the moment; `done` gets whether that succeeded.
    pub(crate) fn copy_link(&self, done: impl FnOnce(bool) + 'static) {
        please(self.view, Job::Copy(Box::new(done)));
    }

    /// Statistics of the lines that charts draw, and of the same time earlier.
    pub(crate) async fn analyse(
        &self,
        window: Window,
        earlier_ms: Option<f64>,
    ) -> Result<Vec<Analysed>, String> {
        analyse::analyse(self.view, window, earlier_ms).await
    }

    /// Puts what happened before the oldest entry of a list at its end; the state holds meanwhile.
    pub(crate) fn load_older(&self, stream: Stream, part: Part, busy: State<bool>) {
        please(self.view, Job::Older(stream, part, busy));
    }
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
}
