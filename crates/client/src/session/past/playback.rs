//! Moments that are shown again.

use super::fetch::fetch;
use super::responses::{HostState, Sample};
use crate::kit::browser;
use crate::kit::json::Json;
use crate::model::{MomentValue, Speed};
use crate::session::{Past, View};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::WriteValue;
use leptos::task::spawn_local;
use protocol::{Level, Metric, Received, Selector, Source, Unit};

/// After a failure the server is asked again in so many milliseconds.
const RETRY_MS: u32 = 1_000;

/// So close to now, in milliseconds, is now.
const PRESENT_MS: f64 = 1_000.0;

const MINUTE_MS: f64 = 60_000.0;
const HOUR_MS: f64 = 60.0 * MINUTE_MS;

/// A sample that is older than this at a moment may be a mean, in milliseconds.
const SINGLE_MS_MAX: f64 = 2_000.0;

/// Lets moments follow each other, from the one that is shown.
pub(super) fn play(view: View, speed: Speed) {
    let past = view.past;
    past.speed.set(speed);
    if !past.begin(Task::Playback) {
        spawn_local(keep_playing(view));
    }
}

/// Wants to see a moment; one that is not over yet is the present.
pub(super) fn go(view: View, at_ms: f64) {
    let past = view.past;
    let monotonic_ms = browser::monotonic_ms();
    let now_ms = view.server_now_ms(monotonic_ms);
    let Some(oldest_ms) = past.oldest_ms else {
        let text = "This server writes nothing down, so it has no past".to_owned();
        return view.toasts.show(Level::Warning, text, monotonic_ms);
    };
    if at_ms > now_ms - PRESENT_MS {
        return leave(view);
    }
    let oldest_ms = oldest_ms.min(now_ms - PRESENT_MS);
    past.target.set(Some(at_ms.max(oldest_ms).floor()));
    past.opened.set_if_changed(true);
    if !past.begin(Task::Request) {
        spawn_local(request(view));
    }
}

/// Shows the present again.
pub(super) fn leave(view: View) {
    let past = view.past;
    past.speed.set(Speed::Stopped);
    past.failing.set(false);
    past.target.set(None);
    past.opened.set(false);
    past.work.write_value().coverage = None;
    view.show_present();
    browser::set_moment(None);
}

/// Moves by some milliseconds, and stays there.
pub(super) fn step(view: View, by_ms: f64) {
    stop(view);
    if let Some(at_ms) = view.past.target.get_untracked() {
        go(view, at_ms + by_ms);
    }
}

pub(super) fn stop(view: View) {
    view.past.speed.set_if_changed(Speed::Stopped);
    link(view);
}

async fn keep_playing(view: View) {
    let past = view.past;
    loop {
        let (wait_ms, step_ms) = past.speed.get_untracked().pace();
        TimeoutFuture::new(wait_ms).await;
        let (target, speed) = (past.target.get_untracked(), past.speed.get_untracked());
        let Some(at_ms) = target.filter(|_| speed != Speed::Stopped) else {
            break;
        };
        // No moment is skipped while the server is slow or the page is hidden.
        if past.moment.get_untracked() == target && browser::is_visible() {
            go(view, at_ms + step_ms);
        }
    }
    past.end(Task::Playback);
}

/// Asks for the moment that is wanted until it is shown.
async fn request(view: View) {
    let past = view.past;
    while let Some(at_ms) = past.target.get_untracked() {
        if past.moment.get_untracked() == Some(at_ms) {
            break;
        }
        let response = fetch(&format!("at?time={}", at_ms as i64)).await;
        let is_wanted = past.target.with_untracked(Option::is_some);
        past.failing.set_if_changed(response.is_err() && is_wanted);
        match response {
            Ok(response) if is_wanted => {
                view.show_moment(
                    at_ms,
                    &moment_values(&response, at_ms),
                    &messages(&response),
                );
            }
            Ok(_) => {}
            Err(_) => TimeoutFuture::new(RETRY_MS).await,
        }
    }
    past.end(Task::Request);
    link(view);
}

/// What the series were then.
fn moment_values(response: &Json, moment_ms: f64) -> Vec<MomentValue> {
    let mut values = Vec::new();
    let Ok(HostState { series }) = response.read() else {
        return values;
    };
    for sample in series {
        let selector = sample.series.parse::<Selector>().ok();
        let Some(key) = selector.and_then(|selector| selector.key()) else {
            continue;
        };
        let of_metric = || Metric::of(&key).and_then(Metric::unit);
        values.push(MomentValue {
            unit: sample
                .unit
                .as_deref()
                .and_then(Unit::new)
                .or_else(of_metric),
            key,
            at_ms: sample.at_ms,
            value: sample.value,
            interval_ms: interval_ms(&sample, moment_ms),
        });
    }
    values
}

/// How often a series was sampled. Without the server's answer: a mean has the first moment of its minute or
/// hour.
fn interval_ms(sample: &Sample, moment_ms: f64) -> Option<u64> {
    if let Some(interval_ms) = sample.interval_ms {
        return Some(interval_ms as u64);
    }
    let age_ms = moment_ms - sample.at_ms;
    let is_mean = |of_ms: f64| age_ms < of_ms && sample.at_ms as i64 % of_ms as i64 == 0;
    if age_ms > MINUTE_MS && is_mean(HOUR_MS) {
        Some(HOUR_MS as u64)
    } else if age_ms > SINGLE_MS_MAX && is_mean(MINUTE_MS) {
        Some(MINUTE_MS as u64)
    } else {
        None
    }
}

/// The messages up to then other than samples, oldest first.
fn messages(response: &Json) -> Vec<Received> {
    let mut messages = Vec::new();
    if let Some(message) = response.member("processes") {
        messages.push(Received::read(&message));
    }
    for name in ["events", "alerts", "logs"] {
        let list = response
            .member(name)
            .map_or(Vec::new(), |list| list.elements());
        for message in list.iter().rev() {
            messages.push(Received::read(message));
        }
    }
    messages
}

/// Makes the page's address a link to the moment, while it stands still.
pub(super) fn link(view: View) {
    let past = view.past;
    if past.speed.get_untracked() == Speed::Stopped {
        browser::set_moment(past.moment.get_untracked());
    }
}

/// What is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Request,
    Playback,
}

impl Past {
    /// Begins a task; returns whether it is running already.
    fn begin(&self, task: Task) -> bool {
        let mut work = self.work.write_value();
        let under_way = match task {
            Task::Request => &mut work.requesting,
            Task::Playback => &mut work.playing,
        };
        std::mem::replace(under_way, true)
    }

    fn end(&self, task: Task) {
        let mut work = self.work.write_value();
        match task {
            Task::Request => work.requesting = false,
            Task::Playback => work.playing = false,
        }
    }
}
