//! What the page's first chart shows around a moment, beside a link to it.

use crate::kit::browser::{Timer, monotonic_ms};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::session::rooms::{Preview, RoomsSession};
use chart::{Chart, Fit, Font, Hours, Kind, Line, Scene, Shape, quantity};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::KeyboardEvent;

/// The size of the chart, in CSS pixels.
const WIDTH: u32 = 208;
const HEIGHT: u32 = 56;

/// What is only passed over is not requested: so long the pointer or the focus has to stay, in milliseconds.
const STAY_MS: f64 = 250.0;

/// A link to a moment, with a preview as long as it has the pointer or the focus. Only a page with charts has one.
pub(super) fn with_preview(session: RoomsSession, at_ms: f64, link: Piece) -> Piece {
    let Some(page) = session.context.page else {
        return link;
    };
    let shown = State::new(None::<Preview>);
    let timer = StoredValue::new_local(None);
    let is_wanted = StoredValue::new(false);
    let load = move || {
        spawn_local(async move {
            let preview = session.preview(page, at_ms).await;
            // The message may be gone.
            if is_wanted.try_get_value() == Some(true) {
                shown.set(preview);
            }
        });
    };
    let show = move || {
        if !is_wanted.get_value() {
            is_wanted.set_value(true);
            timer.set_value(Timer::at(monotonic_ms() + STAY_MS, load));
        }
    };
    let hide = move || {
        is_wanted.set_value(false);
        timer.set_value(None);
        if shown.with_untracked(Option::is_some) {
            shown.set(None);
        }
    };
    let key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && shown.with_untracked(Option::is_some) {
            event.prevent_default();
            hide();
        }
    };
    let content = move || shown.with(|shown| shown.as_ref().map(|preview| card(preview, at_ms)));
    view! {
        <span
            class="moment-place"
            on:pointerenter=move |_| show()
            on:pointerleave=move |_| hide()
            on:focusin=move |_| show()
            on:focusout=move |_| hide()
            on:keydown=key
        >
            {link}
            {content}
        </span>
    }
    .into_piece()
}

fn card(preview: &Preview, at_ms: f64) -> Piece {
    let value = match preview.value {
        Some(value) => quantity(value, preview.kind, &preview.unit),
        None => "no value".to_owned(),
    };
    let (line, area) = paths(preview);
    let at = (preview.window.share(at_ms) * f64::from(WIDTH)).to_string();
    let view_box = ["0 0 ", &WIDTH.to_string(), " ", &HEIGHT.to_string()].concat();
    view! {
        <span class="moment-preview" role="tooltip" data-testid="moment-preview">
            <svg viewBox=view_box aria-hidden="true">
                <path class="moment-area" d=area></path>
                <path class="moment-line" d=line></path>
                <line class="moment-at" x1=at.clone() x2=at y1="0" y2=HEIGHT.to_string()></line>
            </svg>
            <span class="moment-value">
                {preview.name.clone()} " " <strong translate="no">{value}</strong>
            </span>
        </span>
    }
    .into_piece()
}

/// The line and the area below it, as paths of SVG.
fn paths(preview: &Preview) -> (String, String) {
    let scene = Scene::new(&Chart {
        width: WIDTH,
        height: HEIGHT,
        font: Font::NONE,
        window: preview.window,
        lines: &[Line {
            series: &preview.series,
            filled: true,
            band: None,
        }],
        stacked: false,
        fit: match preview.kind {
            Kind::Percent => Fit::Fixed(0.0, 100.0),
            _ => Fit::FromZero,
        },
        kind: preview.kind,
        unit: &preview.unit,
        thresholds: &[],
        offset: &|_| 0,
        hours: Hours::TwentyFour,
    });
    let mut paths = (String::new(), String::new());
    for trace in &scene.traces {
        push_shape(&mut paths.0, &trace.line);
        if let Some(area) = &trace.area {
            push_shape(&mut paths.1, area);
        }
    }
    paths
}

fn push_shape(path: &mut String, shape: &Shape) {
    let mut push = |command: char, x: f64, y: f64| {
        path.push(command);
        path.push_str(&x.to_string());
        path.push(' ');
        path.push_str(&y.to_string());
    };
    match shape {
        Shape::Path(line) => {
            for run in line.runs() {
                for (place, (x, y)) in run.iter().enumerate() {
                    let command = if place == 0 { 'M' } else { 'L' };
                    push(command, *x, *y);
                }
                // A single point is a dot.
                if let [(x, y)] = run {
                    push('L', *x, *y);
                }
            }
        }
        Shape::Bars(bars) => {
            for bar in bars {
                let (left, right) = (f64::from(bar.x), f64::from(bar.x + bar.width));
                let (top, bottom) = (f64::from(bar.top), f64::from(bar.bottom));
                push('M', left, top);
                push('L', right, top);
                push('L', right, bottom);
                push('L', left, bottom);
                push('L', left, top);
            }
        }
    }
}
