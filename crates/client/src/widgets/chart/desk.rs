//! All charts of the page: they share a view onto time, a cursor and an animation frame.

use super::gesture::Gestures;
use super::obey::keep_in_sight;
use super::palette::Palette;
use super::plan::{Hidden, SharedPlan};
use super::sheet::{Cursor, Light, Sheet};
use crate::kit::browser::{
    self, Canvas, Frame, Inputs, Sight, Timer, is_motion_reduced, monotonic_ms, on_print, on_window,
};
use crate::kit::state::State;
use crate::kit::text::on_change;
use crate::model::{Model, Part};
use crate::session::{View, past};
use chart::{Bounds, Font, Viewport, Window};
use leptos::prelude::*;
use protocol::Timestamp;
use std::sync::Arc;
use web_sys::Element;

/// So much is seen at first, in milliseconds.
pub(super) const SPAN_MS: f64 = 60_000.0;

/// Where samples are rare, so many of their intervals are.
const SPAN_INTERVALS: f64 = 60.0;

/// Nobody zooms in further than this, in milliseconds.
pub(super) const SPAN_MS_MIN: f64 = 5_000.0;

/// How often the text that stands for a chart changes, in milliseconds: what changes each second
/// cannot be read.
const TOLD_EVERY_MS: f64 = 10_000.0;

/// The height of a line of text, in its size.
const LINE_HEIGHT: f64 = 1.25;

/// The charts, as the widgets hold them.
#[derive(Clone, Copy)]
pub(crate) struct Charts {
    pub(crate) view: View,
    pub(super) desk: StoredValue<Desk, LocalStorage>,
    /// Fires when the cursor has moved.
    pub(super) moved: State<()>,
    /// Fires when texts and tables are to tell of another stretch.
    pub(super) told: State<()>,
}

/// What only the browser has.
pub(super) struct Desk {
    pub(super) sheets: Vec<Sheet>,
    /// How many charts there ever were.
    ids: u32,
    pub(super) gestures: Gestures,
    /// Which chart is pointed at, and where a mouse rests, in CSS pixels; keys and fingers choose
    /// a moment instead.
    pub(super) pointed: Option<(Element, Option<f64>)>,
    /// Whether it is a mouse that points.
    pub(super) rests: bool,
    /// The times that two fingers took hold of.
    pub(super) held_ms: Option<(f64, f64)>,
    /// What the user asks about; on all charts.
    pub(super) cursor: Option<Cursor>,
    pub(super) viewport: Viewport,
    /// The stretch that texts and tables tell of, and whether that is as it was at first; `None`
    /// until something was drawn.
    pub(super) told: Option<(Window, bool)>,
    /// Whether the user has chosen how much is seen.
    pub(super) chosen: bool,
    palette: Option<Palette>,
    font: Option<(f64, String, Font)>,
    theme: u32,
    /// When texts and tables were last told of the window.
    pub(super) told_ms: f64,
    paused_ms: Option<f64>,
    /// The moment that the page shows, if it is not the present.
    pub(super) moment_ms: Option<f64>,
    /// Whether the page is being printed.
    prints: bool,
    frame: Option<Frame>,
    sight: Option<Sight>,
    inputs: Option<Inputs>,
    timer: Option<Timer>,
}

impl Desk {
    fn new() -> Self {
        Self {
            sheets: Vec::new(),
            ids: 0,
            gestures: Gestures::default(),
            pointed: None,
            rests: false,
            held_ms: None,
            cursor: None,
            viewport: Viewport::new(SPAN_MS, SPAN_MS_MIN),
            told: None,
            chosen: false,
            palette: None,
            font: None,
            theme: 0,
            told_ms: f64::NEG_INFINITY,
            paused_ms: None,
            moment_ms: None,
            prints: false,
            frame: None,
            sight: None,
            inputs: None,
            timer: None,
        }
    }
}

impl Desk {
    /// The theme, and the labels' font: device pixels to a CSS pixel, name, size.
    pub(super) fn look(&self) -> Option<(&Palette, &(f64, String, Font))> {
        self.palette.as_ref().zip(self.font.as_ref())
    }
}

impl Charts {
    pub(crate) fn new(view: View) -> Self {
        let charts = Self {
            view,
            desk: StoredValue::new_local(Desk::new()),
            moved: State::new(()),
            told: State::new(()),
        };
        on_change(move || {
            charts.begin();
            charts.follow();
        });
        charts
    }

    fn begin(self) {
        let mut desk = self.desk.write_value();
        if desk.frame.is_some() {
            return;
        }
        desk.frame = Some(Frame::new(move || self.paint()));
        desk.inputs = Some(Inputs::new(Box::new(move |element, input| {
            let acted = self.hear(element, input);
            self.request();
            acted
        })));
        desk.sight = Sight::new(
            Box::new(move |element, width, height| {
                self.change(&element, |sheet| sheet.size = (width, height));
            }),
            Box::new(move |element, seen| {
                self.change(&element, |sheet| sheet.set_seen(seen));
            }),
        );
        let Desk {
            sheets,
            sight,
            inputs,
            ..
        } = &*desk;
        for sheet in sheets {
            attend(sight, inputs, &sheet.element);
        }
        drop(desk);
        // Another screen, or another size of the page's text.
        on_window("resize", move || self.request());
        on_print(move |prints| self.print(prints));
    }

    /// Paints anew when anything changes that it is made from.
    fn follow(self) {
        on_change(move || {
            self.view.visible.track();
            self.request();
        });
        for part in [Part::Samples, Part::Data] {
            on_change(move || {
                self.view.read(part, |_| ());
                let now_ms = self.view.server_now_ms(monotonic_ms());
                let desk = self.desk.read_value();
                let mut sheets = desk.sheets.iter();
                // A frame costs something also where it paints nothing.
                let is_seen = self.view.read_untracked(|model| {
                    sheets.any(|sheet| sheet.seen && sheet.plan.follows(model, part))
                });
                let is_due = now_ms - desk.told_ms >= TOLD_EVERY_MS;
                drop(desk);
                if is_seen || is_due {
                    self.request();
                }
            });
        }
        on_change(move || {
            self.view.theme.track();
            self.view.local_times.track();
            let mut desk = self.desk.write_value();
            desk.palette = None;
            desk.theme += 1;
            drop(desk);
            self.request();
        });
        on_change(move || {
            let paused = self.view.paused.get();
            let now_ms = self.view.server_now_ms(monotonic_ms());
            self.desk.write_value().paused_ms = paused.then_some(now_ms);
            self.request();
        });
        on_change(move || {
            let moment_ms = self.view.past.moment.get();
            let mut desk = self.desk.write_value();
            let bounds = self.bounds(&desk);
            let mut viewport = desk.viewport;
            let before_ms = std::mem::replace(&mut desk.moment_ms, moment_ms);
            match moment_ms {
                Some(at_ms) => keep_in_sight(&mut viewport, bounds, at_ms),
                None if before_ms.is_some() => viewport.reset(),
                None => {}
            }
            Self::look_at(&mut desk, viewport);
            drop(desk);
            self.request();
        });
    }

    /// Takes a chart in, until the current owner is cleaned up.
    pub(in crate::widgets) fn add(self, element: Element, plan: SharedPlan, hidden: State<Hidden>) {
        let mut desk = self.desk.write_value();
        attend(&desk.sight, &desk.inputs, &element);
        let Some(mut sheet) = Sheet::new(element, plan, hidden) else {
            return;
        };
        desk.ids += 1;
        let id = desk.ids;
        sheet.id = id;
        desk.sheets.push(sheet);
        drop(desk);
        on_cleanup(move || {
            let mut desk = self.desk.write_value();
            let index = desk.sheets.iter().position(|sheet| sheet.id == id);
            if let Some(index) = index {
                let sheet = desk.sheets.remove(index);
                if let Some(sight) = &desk.sight {
                    sight.remove(&sheet.element);
                }
            }
        });
    }

    fn change(self, element: &Element, change: impl FnOnce(&mut Sheet)) {
        let mut desk = self.desk.write_value();
        let mut sheets = desk.sheets.iter_mut();
        if let Some(sheet) = sheets.find(|sheet| sheet.element == *element) {
            change(sheet);
        }
        drop(desk);
        self.request();
    }

    /// Asks for a frame.
    pub(super) fn request(self) {
        if let Some(frame) = &self.desk.read_value().frame {
            frame.request();
        }
    }

    /// What there is to be seen now.
    pub(super) fn bounds(self, desk: &Desk) -> Bounds {
        let now_ms = match desk.paused_ms {
            Some(paused_ms) => paused_ms,
            None => self.view.server_now_ms(monotonic_ms()),
        };
        let written_ms = self.view.past.oldest_ms.unwrap_or(now_ms);
        let oldest_ms = self.view.read_untracked(|model| {
            let mut oldest_ms = written_ms.min(now_ms);
            for sheet in &desk.sheets {
                for line in sheet.plan.lines(model, 0) {
                    let oldest = line.series.oldest();
                    oldest_ms = oldest_ms.min(oldest.map_or(now_ms, |oldest| oldest.at_ms));
                }
            }
            oldest_ms
        });
        Bounds { oldest_ms, now_ms }
    }

    /// Paints all charts for paper, whether they are in sight or not, and for the screen afterwards.
    fn print(self, prints: bool) {
        let mut desk = self.desk.write_value();
        desk.prints = prints;
        desk.palette = None;
        desk.theme += 1;
        for sheet in &mut desk.sheets {
            sheet.forget_painted();
        }
        drop(desk);
        match prints {
            true => browser::in_light_theme(|| self.paint()),
            false => self.request(),
        }
    }

    fn paint(self) {
        let mut desk = self.desk.write_value();
        if !self.view.visible.get_untracked() && !desk.prints {
            return;
        }
        let bounds = self.bounds(&desk);
        let cursor = self.resting(&desk);
        let Desk {
            sheets,
            palette,
            font,
            viewport,
            chosen,
            theme,
            paused_ms,
            moment_ms,
            prints,
            ..
        } = &mut *desk;
        let Some(first) = sheets.first() else {
            return;
        };
        let palette = palette.get_or_insert_with(|| {
            *font = None;
            Palette::of(&first.element)
        });
        let scale = window().device_pixel_ratio();
        if font.as_ref().is_none_or(|(of, ..)| *of != scale) {
            *font = measured(palette, scale);
        }
        let Some((_, font_name, font)) = font else {
            return;
        };
        let local = self.view.local_times.get_untracked();
        let offset = |at_ms: f64| match local {
            true => browser::offset_minutes(Timestamp::from_unix_ms(at_ms as i64)),
            false => 0,
        };
        let drifts = paused_ms.is_none() && !*prints && !is_motion_reduced();
        // What is out of sight is painted one at a time, when there is nothing else to do.
        let (mut painted_unseen, mut waits) = (false, false);
        let host = self.view.host.get_untracked();
        let good_ms = self.view.read_untracked(|model| {
            if !*chosen && viewport.is_reset() {
                *viewport = Viewport::new(span_ms(model, &host), SPAN_MS_MIN);
            }
            let light = Light {
                palette,
                theme: *theme,
                scale,
                font_name,
                font: *font,
                viewport,
                bounds,
                drifts,
                offset: &offset,
            };
            let mut good_ms = f64::INFINITY;
            for sheet in sheets.iter_mut() {
                let hidden = sheet.hidden.get_untracked();
                let plan = Arc::clone(&sheet.plan);
                let lines = plan.lines(model, hidden);
                let unit = &plan.unit(model);
                if *prints {
                    sheet.forget_painted();
                    sheet.paint(&lines, unit, &light);
                    sheet.flatten();
                } else if sheet.seen {
                    if let Some(sheet_ms) = sheet.paint(&lines, unit, &light) {
                        good_ms = good_ms.min(sheet_ms);
                    }
                    sheet.place(cursor, *moment_ms, &lines);
                } else {
                    if sheet.is_due_unseen(&lines, &light) {
                        match std::mem::replace(&mut painted_unseen, true) {
                            true => waits = true,
                            false => _ = sheet.paint(&lines, unit, &light),
                        }
                    }
                    sheet.place(None, *moment_ms, &lines);
                }
            }
            good_ms
        });
        let seen = viewport.window(bounds);
        let is_reset = viewport.is_reset();
        let now_told = Some((seen, is_reset));
        let tell = desk.told.is_none_or(|(told, was_reset)| {
            told.span_ms() != seen.span_ms() || was_reset != is_reset
        }) || (seen.to_ms() - desk.told_ms).abs() >= TOLD_EVERY_MS;
        if tell {
            desk.told_ms = seen.to_ms();
            desk.told = now_told;
        }
        let request = move || self.request();
        desk.timer = match desk.paused_ms {
            None => Timer::at(monotonic_ms() + good_ms, request),
            Some(_) => None,
        };
        self.point(&mut desk, cursor);
        drop(desk);
        if tell {
            self.told.notify();
        }
        past::see(self.view, seen);
        self.write_tip();
        if waits {
            self.request();
        }
    }
}

fn attend(sight: &Option<Sight>, inputs: &Option<Inputs>, element: &Element) {
    if let (Some(sight), Some(inputs)) = (sight, inputs) {
        sight.add(element);
        inputs.listen(element);
    }
}

fn span_ms(model: &Model, host: &str) -> f64 {
    let newest = model.newest(host);
    let interval_ms = newest.map_or(0, |newest| newest.interval_ms);
    SPAN_MS.max(interval_ms as f64 * SPAN_INTERVALS)
}

/// The labels' font on this screen.
pub(super) fn measured(palette: &Palette, scale: f64) -> Option<(f64, String, Font)> {
    let (name, size) = palette.font(scale);
    let context = Canvas::apart()?.context;
    context.set_font(&name);
    let digit_width = context.measure_text("0").ok()?.width();
    let font = Font {
        digit_width,
        line_height: f64::from(size) * LINE_HEIGHT,
    };
    Some((scale, name, font))
}
