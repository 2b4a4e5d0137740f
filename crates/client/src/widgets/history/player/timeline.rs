//! The timeline of playback: the course of the CPU over the time that the charts show, a tick for each event, and a
//! handle at the moment.

use super::when_text;
use crate::kit::browser;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::model::Speed;
use crate::session::SeriesHandle;
use crate::widgets::chart::{ChartContext, Charts};
use chart::{Series, Window};
use leptos::prelude::*;
use protocol::{Comparison, HOST_LABEL, Level, Matcher, Selector};
use web_sys::KeyboardEvent;

/// The slider's places, and the width of the drawing.
const PLACES: f64 = 1_000.0;

/// The silhouette has so many columns at most.
const COLUMNS: usize = 250;

/// An arrow key moves by this share of the time, but by no less than a second.
const STEP_SHARE: f64 = 1.0 / 300.0;
const STEP_MS_MIN: f64 = 1_000.0;

pub(super) fn timeline(charts: Charts) -> impl IntoView {
    let ChartContext {
        shown,
        playback_state,
        playback,
        ..
    } = charts.context;
    let cpu = shown.select(cpu_of(charts.context.host.get_untracked()));
    let course = live(move || course(cpu, charts.described_window()));
    let place = live(move || {
        let share = charts.described_window().zip(playback_state.target.get());
        let share = share.map_or(1.0, |(window, at_ms)| window.share(at_ms));
        ((share * PLACES) as i32).to_string()
    });
    let choose = move |value: String| {
        let share = browser::parse_number(&value).unwrap_or(PLACES) / PLACES;
        if let Some(window) = charts.described_window_untracked() {
            playback.play(Speed::Stopped);
            playback.go(window.at(share));
        }
    };
    // A place is a thousandth of the time; a key is to move by whole seconds.
    let on_key = move |event: KeyboardEvent| {
        let direction = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => -1.0,
            "ArrowRight" | "ArrowUp" => 1.0,
            _ => return,
        };
        if let Some(window) = charts.described_window_untracked() {
            event.prevent_default();
            playback.step(direction * step_ms(window));
        }
    };
    let ticks = ticks(charts);
    view! {
        <div class="timeline">
            <svg
                class="timeline-course"
                viewBox="0 0 1000 100"
                preserveAspectRatio="none"
                aria-hidden="true"
            >
                <path class="timeline-area" d=course></path>
                {ticks}
            </svg>
            <time
                class="player-phone"
                data-testid="player-moment"
                {..text_content(live(move || when_text(charts)))}
            ></time>
            <input
                class="timeline-slider"
                data-testid="player-slider"
                type="range"
                min="0"
                max="1000"
                aria-label="Time within the charts"
                aria-valuetext=live(move || when_text(charts))
                prop:value=place
                on:input=move |event| choose(event_target_value(&event))
                on:keydown=on_key
            />
        </div>
    }
}

/// Steps are longer where the time is, and whole seconds.
fn step_ms(window: Window) -> f64 {
    let step_ms = (window.span_ms() * STEP_SHARE).max(STEP_MS_MIN);
    (step_ms / STEP_MS_MIN).round() * STEP_MS_MIN
}

/// The CPU of a host as a whole, as its chart draws it.
fn cpu_of(host: String) -> Selector {
    let matcher = |label: &str, value: String| Matcher {
        label: label.to_owned(),
        comparison: Comparison::Equal,
        value,
    };
    Selector {
        name: Some("cpu".to_owned()),
        matchers: vec![matcher(HOST_LABEL, host), matcher("core", String::new())],
        fold: None,
    }
}

fn course(cpu: SeriesHandle, window: Option<Window>) -> String {
    let Some(window) = window else {
        return String::new();
    };
    cpu.read(|lines| {
        let line = lines.first();
        line.map_or(String::new(), |line| silhouette(line.points(), window))
    })
}

/// The outline of what is below a line of percents: the highest value of each column. Columns without any interrupt
/// it only where a sample was due.
fn silhouette(series: &Series, window: Window) -> String {
    let mut heights: [Option<f64>; COLUMNS] = [None; COLUMNS];
    let column = |at_ms: f64| (window.share(at_ms) * COLUMNS as f64) as usize;
    for sample in series.samples(series.visible(window)) {
        let Some(value) = sample.value else { continue };
        let until_ms = sample.at_ms + f64::from(sample.interval_ms);
        let last = column(until_ms).max(column(sample.at_ms));
        for height in heights.iter_mut().take(last + 1).skip(column(sample.at_ms)) {
            *height = Some(height.map_or(value, |height| height.max(value)));
        }
    }
    let width = PLACES as usize / COLUMNS;
    let mut path = String::new();
    for (index, height) in heights.iter().enumerate() {
        if let Some(height) = height {
            let (left, top) = (index * width, 100 - height.clamp(0.0, 100.0) as u32);
            path.push_str(&format!("M{left} 100V{top}h{width}V100z"));
        }
    }
    path
}

/// A path of ticks for each level of events.
fn ticks(charts: Charts) -> Piece {
    let mut paths: Vec<Piece> = Vec::new();
    for level in [Level::Info, Level::Warning, Level::Error] {
        let path = live(move || {
            let Some(window) = charts.described_window() else {
                return String::new();
            };
            let mut path = String::new();
            for (at_ms, of) in charts.context.playback.events() {
                if window.contains(at_ms) && tone(of) == level {
                    let x = (window.share(at_ms) * PLACES) as u32;
                    path.push_str(&format!("M{x} 76v24"));
                }
            }
            path
        });
        let level = level.name();
        let path = view! { <path class="timeline-ticks" data-level=level d=path></path> };
        paths.push(path.into_piece());
    }
    paths.into_piece()
}

/// Ticks distinguish what needs attention.
fn tone(level: Level) -> Level {
    match level {
        Level::Warning | Level::Error => level,
        Level::Debug | Level::Info | Level::Success => Level::Info,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chart::Sample;

    #[test]
    fn a_silhouette_has_the_peaks_and_the_gaps() {
        let mut series = Series::new(10);
        for (second, value) in [(0, 40.0), (1, 90.0), (200, 20.0)] {
            series.put(Sample {
                at_ms: f64::from(second) * 1_000.0,
                interval_ms: 1_000,
                value: Some(value),
            });
        }
        // A column is two seconds.
        let window = Window::new(0.0, 500_000.0);
        let path = silhouette(&series, window);
        assert_eq!(path, "M0 100V10h4V100zM4 100V10h4V100zM400 100V80h4V100z");
        assert_eq!(silhouette(&series, Window::new(300_000.0, 400_000.0)), "");
    }

    #[test]
    fn keys_move_by_whole_seconds() {
        for (span_ms, step) in [
            (5_000.0, 1_000.0),
            (300_000.0, 1_000.0),
            (3_600_000.0, 12_000.0),
        ] {
            assert_eq!(step_ms(Window::new(0.0, span_ms)), step);
        }
    }
}
