//! Moments that are shown again.

use super::fetch::fetch;
use super::responses::{HostState, Sample};
use crate::kit::browser;
use crate::kit::json::Json;
use crate::model::{MomentValue, Speed};
use crate::session::{PageState, PlaybackState, no_data_before};
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
pub(super) fn play(page: PageState, speed: Speed) {
    let playback_state = page.playback_state;
    playback_state.speed.set(speed);
    playback_state.pace.set(speed);
    if !playback_state.begin(Task::Playback) {
        spawn_local(keep_playing(page));
    }
}

/// Shows the moment that the page's address is a link to, or says why it does not.
pub(super) fn open_link(page: PageState, at_ms: Option<f64>) {
    let monotonic_ms = browser::monotonic_ms();
    let text = match at_ms {
        None => "The time in the address cannot be read",
        Some(at_ms) if at_ms > page.server_now_ms(monotonic_ms) => {
            "The time in the address is in the future"
        }
        Some(at_ms) => return go(page, at_ms),
    };
    browser::set_moment(None);
    page.toasts.show(Level::Warning, text.into(), monotonic_ms);
}

/// Wants to see a moment; one that is not over yet is the present.
pub(super) fn go(page: PageState, at_ms: f64) {
    let playback_state = page.playback_state;
    let monotonic_ms = browser::monotonic_ms();
    let now_ms = page.server_now_ms(monotonic_ms);
    let Some(oldest_ms) = playback_state.oldest_ms else {
        let text = "History is off on this server".to_owned();
        return page.toasts.show(Level::Warning, text, monotonic_ms);
    };
    if at_ms > now_ms - PRESENT_MS {
        return leave(page);
    }
    // The first sample follows the first message within an interval.
    let host = page.host.get_untracked();
    let interval_ms = page.read_untracked(|model| model.newest(&host).map(|it| it.interval_ms));
    let first_ms = oldest_ms + interval_ms.unwrap_or_default() as f64 * 2.0;
    let oldest_ms = first_ms.min(now_ms - PRESENT_MS);
    if at_ms < oldest_ms {
        let text = no_data_before(page.clock.get_untracked(), oldest_ms);
        page.toasts.show(Level::Info, text, monotonic_ms);
    }
    playback_state
        .target
        .set(Some(at_ms.max(oldest_ms).floor()));
    playback_state.opened.set_if_changed(true);
    if !playback_state.begin(Task::Request) {
        spawn_local(request(page));
    }
}

/// Shows the present again.
pub(super) fn leave(page: PageState) {
    let playback_state = page.playback_state;
    playback_state.speed.set(Speed::Stopped);
    playback_state.failing.set(false);
    playback_state.target.set(None);
    playback_state.opened.set(false);
    playback_state.work.write_value().coverage = None;
    page.show_present();
    browser::set_moment(None);
}

/// Moves by some milliseconds, and stays there.
pub(super) fn step(page: PageState, by_ms: f64) {
    stop(page);
    if let Some(at_ms) = page.playback_state.target.get_untracked() {
        go(page, at_ms + by_ms);
    }
}

pub(super) fn stop(page: PageState) {
    page.playback_state.speed.set_if_changed(Speed::Stopped);
    update_address(page);
}

async fn keep_playing(page: PageState) {
    let playback_state = page.playback_state;
    loop {
        let (wait_ms, step_ms) = playback_state.speed.get_untracked().pace();
        TimeoutFuture::new(wait_ms).await;
        let (target, speed) = (
            playback_state.target.get_untracked(),
            playback_state.speed.get_untracked(),
        );
        let Some(at_ms) = target.filter(|_| speed != Speed::Stopped) else {
            break;
        };
        // No moment is skipped while the server is slow or the page is hidden.
        if playback_state.moment.get_untracked() == target && browser::is_visible() {
            go(page, at_ms + step_ms);
        }
    }
    playback_state.end(Task::Playback);
}

/// Asks for the moment that is wanted until it is shown.
async fn request(page: PageState) {
    let playback_state = page.playback_state;
    while let Some(at_ms) = playback_state.target.get_untracked() {
        if playback_state.moment.get_untracked() == Some(at_ms) {
            break;
        }
        let response = fetch(&format!("at?time={}", at_ms as i64)).await;
        let is_wanted = playback_state.target.with_untracked(Option::is_some);
        playback_state
            .failing
            .set_if_changed(response.is_err() && is_wanted);
        match response {
            Ok(response) if is_wanted => {
                page.show_moment(
                    at_ms,
                    &moment_values(&response, at_ms),
                    &messages(&response),
                );
            }
            Ok(_) => {}
            Err(_) => TimeoutFuture::new(RETRY_MS).await,
        }
    }
    playback_state.end(Task::Request);
    update_address(page);
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
pub(super) fn update_address(page: PageState) {
    let playback_state = page.playback_state;
    if playback_state.speed.get_untracked() == Speed::Stopped {
        browser::set_moment(playback_state.moment.get_untracked());
    }
}

/// What is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Request,
    Playback,
}

impl PlaybackState {
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
