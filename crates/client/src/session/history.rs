//! Stored data and playback: lines that reach further back than the page has been open, and moments that are shown
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
mod clear;
mod older;

pub(crate) use analyse::Analysed;
pub(crate) use responses::{Deviation, Evidence, Extremes};

use super::{PageState, PlaybackState};
use crate::kit::browser::{self, monotonic_ms};
use crate::kit::later::{chunk, later, later_or};
use crate::kit::state::State;
use crate::model::{Coverage, LineRequest, Need, Part, Seen, Speed, need};
use chart::Window;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::{Level, Selector, Stream};

/// After a failure the same is not asked for again for so long, in milliseconds.
const RETRY_MS: f64 = 5_000.0;

/// Charts show this stretch of time: what they lack is fetched, and what they need no more is
/// forgotten.
fn see(page: PageState, window: Window) {
    let playback_state = page.playback_state;
    let Some(oldest_ms) = playback_state.oldest_ms else {
        return;
    };
    let now_ms = monotonic_ms();
    let needed = {
        let work = playback_state.work.read_value();
        if now_ms < work.retry_at_ms {
            return;
        }
        let seen = Seen {
            window,
            oldest_ms,
            now_ms: page.server_now_ms(now_ms),
            arrived_from_ms: page.arrived(now_ms).0,
            is_present: !playback_state.moment.with_untracked(Option::is_some),
        };
        need(&seen, work.coverage.as_ref())
    };
    match needed {
        Need::Nothing => {}
        Need::Arrived => {
            playback_state.work.write_value().coverage = None;
            page.forget_lines();
        }
        Need::Fetch(request) => {
            if !playback_state.loading.with_untracked(|loading| *loading) {
                playback_state.loading.set(true);
                later_or(page.toasts, work(page, Job::Load(request)), move || {
                    playback_state.loaded(None);
                });
            }
        }
    }
}

/// Widgets were made: what they request for may take the server.
pub(crate) fn resolve_selectors(page: PageState) {
    if page.playback_state.oldest_ms.is_some() && page.needs_server() {
        please(page, Job::Resolve);
    }
}

/// Each text that was to be a selector, and the selector unless it is none.
pub(crate) type Selectors = Vec<(String, Option<Selector>)>;

/// Takes the selectors that were read.
type OnRead = Box<dyn FnOnce(Selectors)>;

/// Reads selectors that are not those of the page's own board: that takes code which no other page needs.
pub(crate) fn read_selectors(page: PageState, texts: Vec<String>, done: OnRead) {
    please(page, Job::Read(texts, done));
}

/// A job of the part.
enum Job {
    /// Fetch what charts need.
    Load(LineRequest),
    /// Show everything as it was at a moment, by the server's clock in milliseconds.
    Go(f64),
    /// The page was opened by a link to a moment; none if that cannot be read.
    OpenLink(Option<f64>),
    /// Go on by some milliseconds, and stay there.
    Step(f64),
    /// Let moments follow each other, from the one that is shown; or stop.
    Play(Speed),
    /// Make the page's address a link to the moment, and copy it; the callback gets whether that succeeded.
    Copy(Box<dyn FnOnce(bool)>),
    /// Show the present again.
    Leave,
    /// Ask the server which series the selectors match that the browser cannot apply.
    Resolve,
    /// Read selectors.
    Read(Vec<String>, OnRead),
    /// Empty the feed.
    ClearFeed,
    /// Put what happened before the oldest entry of a list at its end; the state holds meanwhile.
    Older(Stream, Part, State<bool>),
}

chunk! {
    history:
    fn work(page: PageState, job: Job) -> () {
        match job {
            Job::Load(request) => spawn_local(load::load(page, request)),
            Job::Go(at_ms) => playback::go(page, at_ms),
            Job::OpenLink(at_ms) => playback::open_link(page, at_ms),
            Job::Step(by_ms) => playback::step(page, by_ms),
            Job::Play(Speed::Stopped) => playback::stop(page),
            Job::Play(speed) => playback::play(page, speed),
            Job::Copy(tell) => {
                playback::stop(page);
                browser::copy_address(tell);
            }
            Job::Leave => playback::leave(page),
            Job::Resolve => spawn_local(resolve::resolve(page)),
            Job::Read(texts, done) => done(resolve::read_selectors(texts)),
            Job::ClearFeed => clear::clear_feed(page),
            Job::Older(stream, part, busy) => {
                spawn_local(older::load_older(page, stream, part, busy));
            }
        }
    }
}

/// Does a job in the part.
fn please(page: PageState, job: Job) {
    later(page.toasts, work(page, job));
}

/// Shows everything as it was at a moment.
fn go(page: PageState, at_ms: f64) {
    please(page, Job::Go(at_ms));
}

/// Shows the present again.
pub(crate) fn back_to_live(page: PageState) {
    if page.playback_state.target.with_untracked(Option::is_some) {
        please(page, Job::Leave);
    }
}

/// Goes on by some milliseconds.
pub(crate) fn step(page: PageState, by_ms: f64) {
    if page.playback_state.target.with_untracked(Option::is_some) {
        please(page, Job::Step(by_ms));
    }
}

/// Empties the feed, and offers to undo it.
pub(crate) fn clear_feed(page: PageState) {
    please(page, Job::ClearFeed);
}

/// Lets moments follow each other, or stop.
fn toggle_play(page: PageState) {
    let speed = match page.playback_state.speed.get_untracked() {
        Speed::Stopped => page.playback_state.pace.get_untracked(),
        _ => Speed::Stopped,
    };
    please(page, Job::Play(speed));
}

/// Freezes what is shown, or shows everything that came meanwhile. At another moment, stops time there or
/// lets it go on.
pub(crate) fn toggle_pause(page: PageState, now_ms: f64) {
    match page.playback_state.is_shown() {
        true => toggle_play(page),
        false => page.toggle_pause(now_ms),
    }
}

/// Stored data and playback, as widgets use them.
#[derive(Clone, Copy)]
pub(crate) struct Playback {
    page: PageState,
}

impl Playback {
    pub(crate) fn new(page: PageState) -> Self {
        Self { page }
    }

    /// Whether there is a store.
    pub(crate) fn has_store(&self) -> bool {
        self.page.playback_state.oldest_ms.is_some()
    }

    /// Charts show this stretch of time: requests the lines that they lack.
    pub(crate) fn see(&self, window: Window) {
        see(self.page, window);
    }

    /// A chart draws what none drew before: loaded lines lack it.
    pub(crate) fn forget_coverage(&self) {
        let mut work = self.page.playback_state.work.write_value();
        if let Some(coverage) = &mut work.coverage {
            coverage.step_ms = f64::INFINITY;
        }
    }

    /// Shows everything as it was at a moment.
    pub(crate) fn go(&self, at_ms: f64) {
        go(self.page, at_ms);
    }

    /// Goes on by some milliseconds.
    pub(crate) fn step(&self, by_ms: f64) {
        step(self.page, by_ms);
    }

    /// Plays moments one after the other, or stops.
    pub(crate) fn play(&self, speed: Speed) {
        please(self.page, Job::Play(speed));
    }

    /// Plays, or stops.
    pub(crate) fn toggle_play(&self) {
        toggle_play(self.page);
    }

    /// Freezes what is shown, or shows the present; at another moment, stops or plays.
    pub(crate) fn toggle_pause(&self, now_ms: f64) {
        toggle_pause(self.page, now_ms);
    }

    /// Shows the present.
    pub(crate) fn back_to_live(&self) {
        back_to_live(self.page);
    }

    /// When the events happened that the page knows, of the moment that is shown and of the present, and how severe
    /// each is; follows the list.
    pub(crate) fn events(&self) -> Vec<(f64, Level)> {
        self.page.events()
    }

    /// Copies a link to the moment; `done` gets whether that succeeded.
    pub(crate) fn copy_link(&self, done: impl FnOnce(bool) + 'static) {
        please(self.page, Job::Copy(Box::new(done)));
    }

    /// Statistics of the lines that charts draw, and of the same time earlier.
    pub(crate) async fn analyse(
        &self,
        window: Window,
        earlier_ms: Option<f64>,
    ) -> Result<Vec<Analysed>, String> {
        analyse::analyse(self.page, window, earlier_ms).await
    }

    /// What was unusual about the page's host at a moment.
    pub(crate) async fn evidence(&self, at_ms: f64) -> Result<Evidence, String> {
        let host = browser::uri_component(&self.page.host.get_untracked());
        let request = format!("evidence?time={}&host={host}", at_ms as i64);
        fetch::read(fetch::fetch(&request).await?)
    }

    /// Puts what happened before the oldest entry of a list at its end; the state holds meanwhile.
    pub(crate) fn load_older(&self, stream: Stream, part: Part, busy: State<bool>) {
        please(self.page, Job::Older(stream, part, busy));
    }
}

/// The page was opened by a link to a moment.
pub(crate) fn open_link(page: PageState) {
    if let Some(at_ms) = browser::linked_moment() {
        please(page, Job::OpenLink(at_ms));
    }
}

impl PlaybackState {
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
