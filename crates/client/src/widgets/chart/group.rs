//! All charts of the page: they share a viewport, a cursor and an animation frame.

use super::canvas::ChartCanvas;
use super::controls::gesture::Gestures;
use super::controls::{Control, Controls};
use super::frame::Cursor;
use super::palette::Palette;
use super::plan::{Hidden, SharedPlan};
use crate::kit::browser::Theme;
use crate::kit::browser::{ElementObserver, Frame, Inputs, Timer, monotonic_ms};
use crate::kit::state::State;
use crate::kit::toasts::Toasts;
use crate::model::Freshness;
use crate::session::history::Playback;
use crate::session::{Clock, PlaybackState, ShownModel};
use chart::{Bounds, Font, Viewport, Window};
use leptos::prelude::*;
use web_sys::Element;

/// The span of the window at first, in milliseconds.
pub(super) const SPAN_MS: f64 = 60_000.0;

/// The shortest window that zooming leads to, in milliseconds.
pub(super) const SPAN_MS_MIN: f64 = 5_000.0;

/// What charts are made from.
#[derive(Clone, Copy)]
pub(crate) struct ChartContext {
    pub(crate) shown: ShownModel,
    /// The host that the page shows.
    pub(crate) host: State<String>,
    pub(crate) freshness: State<Freshness>,
    pub(crate) paused: State<bool>,
    /// Set while the charts show an earlier time range.
    pub(crate) held: State<bool>,
    /// Whether the page is visible.
    pub(crate) visible: State<bool>,
    pub(crate) theme: State<Theme>,
    pub(crate) clock: State<Clock>,
    pub(crate) toasts: Toasts,
    pub(crate) playback_state: PlaybackState,
    pub(crate) playback: Playback,
}

/// The charts, as the widgets hold them.
#[derive(Clone, Copy)]
pub(crate) struct Charts {
    pub(crate) context: ChartContext,
    pub(super) group: StoredValue<ChartGroup, LocalStorage>,
    /// Fires when the cursor has moved.
    pub(super) moved: State<()>,
    /// Fires when texts and tables are to describe another window.
    pub(super) described: State<()>,
}

/// What only the browser has.
pub(super) struct ChartGroup {
    pub(super) canvases: Vec<ChartCanvas>,
    /// The identifier of the newest canvas; they count up.
    newest_id: u32,
    /// Once they are loaded; until then, inputs wait for them.
    pub(super) controls: Option<Controls>,
    pub(super) waiting: Vec<Control>,
    /// Whether a pointer is pressed on a chart.
    pub(super) pressed: bool,
    pub(super) gestures: Gestures,
    /// The chart below the pointer and where a mouse rests on it, in CSS pixels; `None` for a cursor that
    /// was placed by key or finger.
    pub(super) pointed: Option<(Element, Option<f64>)>,
    /// Whether the pointer is a mouse.
    pub(super) rests: bool,
    /// The times below two fingers when a pinch began.
    pub(super) held_ms: Option<(f64, f64)>,
    /// The cursor, on all charts.
    pub(super) cursor: Option<Cursor>,
    pub(super) viewport: Viewport,
    /// The window that texts and tables describe, and whether that is the one from the start; `None`
    /// until something was drawn.
    pub(super) described: Option<(Window, bool)>,
    /// When they last changed.
    pub(super) described_at_ms: f64,
    /// The same of the summaries.
    pub(super) summarized_at_ms: f64,
    /// Whether the user has chosen the window's span.
    pub(super) chosen: bool,
    pub(super) palette: Option<Palette>,
    pub(super) font: Option<(f64, String, Font)>,
    /// Counts changes of theme and time zone.
    pub(super) theme: u32,
    /// The theme that all charts, in sight or not, were last painted in.
    pub(super) painted_theme: Option<u32>,
    pub(super) paused_ms: Option<f64>,
    /// The moment that the page shows; `None` while it is live.
    pub(super) moment_ms: Option<f64>,
    /// Whether the page is being printed.
    pub(super) prints: bool,
    pub(super) frame: Option<Frame>,
    pub(super) observer: Option<ElementObserver>,
    pub(super) inputs: Option<Inputs>,
    pub(super) timer: Option<Timer>,
}

impl ChartGroup {
    fn new() -> Self {
        Self {
            canvases: Vec::new(),
            newest_id: 0,
            controls: None,
            waiting: Vec::new(),
            pressed: false,
            gestures: Gestures::default(),
            pointed: None,
            rests: false,
            held_ms: None,
            cursor: None,
            viewport: Viewport::new(SPAN_MS, SPAN_MS_MIN),
            described: None,
            described_at_ms: f64::NEG_INFINITY,
            summarized_at_ms: f64::NEG_INFINITY,
            chosen: false,
            palette: None,
            font: None,
            theme: 0,
            painted_theme: None,
            paused_ms: None,
            moment_ms: None,
            prints: false,
            frame: None,
            observer: None,
            inputs: None,
            timer: None,
        }
    }

    pub(super) fn canvas_of(&self, element: &Element) -> Option<&ChartCanvas> {
        let mut canvases = self.canvases.iter();
        canvases.find(|canvas| canvas.element == *element)
    }
}

impl Charts {
    pub(crate) fn new(context: ChartContext) -> Self {
        let charts = Self {
            context,
            group: StoredValue::new_local(ChartGroup::new()),
            moved: State::new(()),
            described: State::new(()),
        };
        charts.start();
        charts
    }

    /// Adds a chart, until the current owner is cleaned up.
    pub(in crate::widgets) fn add(self, element: Element, plan: SharedPlan, hidden: State<Hidden>) {
        let mut group = self.group.write_value();
        observe(&group.observer, &group.inputs, &element);
        let Some(mut canvas) = ChartCanvas::new(element, plan, hidden) else {
            return;
        };
        group.newest_id += 1;
        let id = group.newest_id;
        canvas.id = id;
        group.canvases.push(canvas);
        drop(group);
        on_cleanup(move || {
            let mut group = self.group.write_value();
            let index = group.canvases.iter().position(|canvas| canvas.id == id);
            if let Some(index) = index {
                let canvas = group.canvases.remove(index);
                if let Some(observer) = &group.observer {
                    observer.remove(&canvas.element);
                }
            }
        });
    }

    pub(super) fn change(self, element: &Element, change: impl FnOnce(&mut ChartCanvas)) {
        let mut group = self.group.write_value();
        let mut canvases = group.canvases.iter_mut();
        if let Some(canvas) = canvases.find(|canvas| canvas.element == *element) {
            change(canvas);
        }
        drop(group);
        self.request();
    }

    /// Requests an animation frame.
    pub(super) fn request(self) {
        if let Some(frame) = &self.group.read_value().frame {
            frame.request();
        }
    }

    /// The oldest and the newest time that there is to see. Inlined into each reader, it would be loaded as often.
    #[inline(never)]
    pub(super) fn bounds(self, group: &ChartGroup) -> Bounds {
        let now_ms = match group.paused_ms {
            Some(paused_ms) => paused_ms,
            None => self.context.shown.server_now_ms(monotonic_ms()),
        };
        let stored_ms = self.context.playback_state.oldest_ms.unwrap_or(now_ms);
        let oldest_ms = self.context.shown.read_untracked(|model| {
            let mut oldest_ms = stored_ms.min(now_ms);
            for canvas in &group.canvases {
                for line in canvas.plan.lines(model, 0) {
                    let oldest = line.series.oldest();
                    oldest_ms = oldest_ms.min(oldest.map_or(now_ms, |oldest| oldest.at_ms));
                }
            }
            oldest_ms
        });
        Bounds { oldest_ms, now_ms }
    }
}

/// Has size, visibility and inputs of a chart's element reported.
pub(super) fn observe(
    observer: &Option<ElementObserver>,
    inputs: &Option<Inputs>,
    element: &Element,
) {
    if let (Some(observer), Some(inputs)) = (observer, inputs) {
        observer.add(element);
        inputs.listen(element);
    }
}
