//! The painting of a heat map.

use super::grid::{Grid, ROWS_MAX, SHADES, shade};
use crate::kit::browser::{
    Canvas, ElementObserver, Frame, child, colours, monotonic_ms, set_hidden, set_length,
};
use crate::kit::format::ABSENT;
use crate::kit::state::State;
use crate::widgets::board::figure::{scale, share, written};
use crate::widgets::board::source::Source;
use crate::widgets::chart::{Charts, NO_CURSOR};
use chart::Window;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// A column is so wide at least, in CSS pixels.
const COLUMN_WIDTH: f64 = 6.0;

/// From this height of a row on, rows are set apart, in CSS pixels.
const APART_HEIGHT: f64 = 8.0;

/// Out of sight it is painted so often, in milliseconds: a screenshot of the whole page shows it.
const UNSEEN_EVERY_MS: f64 = 5_000.0;

/// The cell that is pointed at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pointed {
    pub(super) row: usize,
    pub(super) at_ms: f64,
}

/// A heat map's painting, as its parts hold it.
#[derive(Clone, Copy)]
pub(super) struct Picture {
    charts: Charts,
    pub(super) grid: State<Grid>,
    /// The ends of the colours' scale.
    pub(super) ends: State<Option<(f64, f64)>>,
    /// The ends of the time range.
    pub(super) times: State<Option<(f64, f64)>>,
    pub(super) pointed: State<Option<Pointed>>,
    work: StoredValue<Work, LocalStorage>,
}

/// What only the browser has.
struct Work {
    source: Source,
    parts: Option<Parts>,
    frame: Option<Frame>,
    _observer: Option<ElementObserver>,
    size: (f64, f64),
    is_seen: bool,
    /// When it was painted, and how large.
    painted: (f64, (f64, f64)),
    /// Of the theme.
    shades: Vec<String>,
}

/// What is in the place on the page.
struct Parts {
    canvas: Canvas,
    cell: Element,
    line: Element,
    tip: Element,
}

impl Picture {
    pub(super) fn new(source: &Source) -> Self {
        Self {
            charts: source.charts,
            grid: State::new(Grid::default()),
            ends: State::new(None),
            times: State::new(None),
            pointed: State::new(None),
            work: StoredValue::new_local(Work {
                source: source.clone(),
                parts: None,
                frame: None,
                _observer: None,
                size: (0.0, 0.0),
                is_seen: false,
                painted: (f64::NEG_INFINITY, (0.0, 0.0)),
                shades: Vec::new(),
            }),
        }
    }

    /// Begins to paint in a place on the page.
    pub(super) fn mount(self, place: Element) {
        let canvas = Canvas::within(&place, "heatmap-canvas");
        let line = child(&place, "div", "heatmap-line");
        let cell = child(&place, "div", "heatmap-cell");
        let tip = child(&place, "div", "chart-tip");
        let (Some(canvas), Some(line), Some(cell), Some(tip)) = (canvas, line, cell, tip) else {
            return;
        };
        for above in [&line, &cell, &tip] {
            set_hidden(above, true);
        }
        let observer = ElementObserver::new(
            Box::new(move |_, width, height| {
                self.work.update_value(|work| work.size = (width, height));
                self.request();
            }),
            Box::new(move |_, is_seen| {
                self.work.update_value(|work| work.is_seen = is_seen);
                self.request();
            }),
        );
        if let Some(observer) = &observer {
            observer.add(&place);
        }
        self.work.update_value(|work| {
            work.parts = Some(Parts {
                canvas,
                cell,
                line,
                tip,
            });
            work.frame = Some(Frame::new(move || self.paint()));
            work._observer = observer;
        });
    }

    /// Paints anew when anything changes that the caller does not know.
    pub(super) fn follow(self) {
        let context = self.charts.context;
        let _ = self.charts.described_window();
        context.clock.track();
        context.theme.track();
        context.playback_state.loading.track();
        context.playback_state.moment.track();
        context.visible.track();
        // Once it is another theme, its colours are others.
        self.work.update_value(|work| work.shades.clear());
        self.request();
    }

    pub(super) fn request(self) {
        if let Some(frame) = self.work.read_value().frame.as_ref() {
            frame.request();
        }
    }

    fn paint(self) {
        let mut work = self.work.write_value();
        let (width, height) = work.size;
        let Some(window) = self.charts.seen_window() else {
            return;
        };
        let now_ms = monotonic_ms();
        let (painted_ms, painted_size) = work.painted;
        let is_due = now_ms - painted_ms >= UNSEEN_EVERY_MS || painted_size != work.size;
        if !work.is_seen && !is_due || width < 1.0 || height < 1.0 {
            return;
        }
        work.painted = (now_ms, work.size);
        if work.shades.is_empty() {
            let names: Vec<String> = (0..SHADES).map(|it| format!("--heat-{it}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            work.shades = colours(&names);
        }
        let columns_max = (width / COLUMN_WIDTH) as usize;
        let grid = self.grid_of(&work.source, window, columns_max);
        let unit = work.source.read(|items| {
            let first = items.first();
            first.map_or(String::new(), |item| item.unit.clone())
        });
        let ends = grid.extent().map(|(low, high)| {
            let options = &work.source.options;
            scale(options, &unit, low, high)
        });
        if let Some(parts) = &work.parts {
            let scale = leptos::prelude::window().device_pixel_ratio();
            draw(
                &parts.canvas,
                &grid,
                window,
                ends,
                &work.shades,
                (width, height, scale),
            );
        }
        drop(work);
        self.grid.set(grid);
        self.ends.set_if_changed(ends);
        self.times
            .set_if_changed(Some((window.from_ms(), window.to_ms())));
        self.place();
    }

    fn grid_of(self, source: &Source, window: Window, columns_max: usize) -> Grid {
        self.charts.context.shown.read_untracked(|model| {
            let mut lines = Vec::new();
            for handle in source.series.iter() {
                for line in model.catalog.lines(handle.id) {
                    if line.is_known && lines.len() < ROWS_MAX {
                        lines.push(line.points());
                    }
                }
            }
            Grid::of(&lines, window, columns_max)
        })
    }

    /// Puts the frame of the cell that is pointed at, the tip, and the cursor of all charts to their places.
    pub(super) fn place(self) {
        let work = self.work.read_value();
        let (Some(parts), Some(window)) = (&work.parts, self.charts.seen_window()) else {
            return;
        };
        let (width, height) = work.size;
        let x = |at_ms: f64| (window.share(at_ms) * width).clamp(0.0, width);
        let grid = self.grid.get_untracked();
        let pointed = self.pointed.get_untracked();
        let column = pointed.and_then(|it| grid.column(it.at_ms));
        let found = pointed.zip(column).filter(|(it, _)| it.row < grid.rows);
        set_hidden(&parts.cell, found.is_none());
        set_hidden(&parts.tip, found.is_none());
        let shared_ms = self.charts.cursor_ms().filter(|_| found.is_none());
        let shared_ms = shared_ms.filter(|at_ms| window.contains(*at_ms));
        set_hidden(&parts.line, shared_ms.is_none());
        if let Some(at_ms) = shared_ms {
            put(&parts.line, "left", x(at_ms));
        }
        if let Some((at, column)) = found {
            let row_height = height / grid.rows as f64;
            let (left, right) = (x(grid.at_ms(column)), x(grid.at_ms(column + 1)));
            put(&parts.cell, "left", left);
            put(&parts.cell, "width", right - left);
            put(&parts.cell, "top", at.row as f64 * row_height);
            put(&parts.cell, "height", row_height);
            parts.tip.set_text_content(Some(&self.said(&work.source)));
            let (side, other, room) = match left > width / 2.0 {
                true => ("right", "left", width - left + 4.0),
                false => ("left", "right", right + 4.0),
            };
            put(&parts.tip, side, room);
            let _ = crate::kit::browser::set_style(&parts.tip, other, "auto");
        }
    }

    /// The cell that is pointed at in words: its series, time and value; and subscribes to it.
    pub(super) fn said(self, source: &Source) -> String {
        let found = self.pointed.get().and_then(|at| {
            self.grid.with(|grid| {
                let column = grid.column(at.at_ms)?;
                Some((at.row, grid.at_ms(column), grid.value(at.row, column)))
            })
        });
        let Some((row, at_ms, value)) = found else {
            return NO_CURSOR.to_owned();
        };
        let clock = self.charts.context.clock.get();
        source.read(|items| {
            let Some(item) = items.get(row) else {
                return NO_CURSOR.to_owned();
            };
            let value = value.map_or(ABSENT.to_owned(), |value| {
                written(value, &item.unit, &source.options)
            });
            [&source.name(item), " · ", &clock.text(at_ms), " · ", &value].concat()
        })
    }

    /// Where the cursor is within the time range, in percent.
    pub(super) fn position(self) -> u32 {
        let share = self
            .pointed
            .get()
            .zip(self.times.get())
            .map(|(at, (from, to))| Window::new(from, to).share(at.at_ms).clamp(0.0, 1.0));
        share.map_or(100, |share| (share * 100.0) as u32)
    }

    /// The cell at a place, in CSS pixels.
    pub(super) fn cell_at(self, x: f64, y: f64) -> Option<Pointed> {
        let work = self.work.read_value();
        let (width, height) = work.size;
        let window = self.charts.seen_window()?;
        let rows = self.grid.with_untracked(|grid| grid.rows);
        let row = (y / height * rows as f64) as usize;
        let at_ms = window.from_ms() + x / width * window.span_ms();
        (rows > 0).then(|| Pointed {
            row: row.min(rows - 1),
            at_ms,
        })
    }
}

fn put(element: &Element, property: &str, px: f64) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        set_length(&element.style(), property, px);
    }
}

/// Fills the cells, colour by colour.
fn draw(
    canvas: &Canvas,
    grid: &Grid,
    window: Window,
    ends: Option<(f64, f64)>,
    shades: &[String],
    (width, height, scale): (f64, f64, f64),
) {
    let (width, height) = ((width * scale).round(), (height * scale).round());
    canvas.clear(width as u32, height as u32, scale);
    let Some(ends) = ends else { return };
    let row_height = height / grid.rows.max(1) as f64;
    let apart = if row_height >= APART_HEIGHT * scale {
        scale.round()
    } else {
        0.0
    };
    let x = |at_ms: f64| (window.share(at_ms) * width).clamp(0.0, width).round();
    for (index, colour) in shades.iter().enumerate() {
        canvas.context.set_fill_style_str(colour);
        for row in 0..grid.rows {
            let top = (row as f64 * row_height).round();
            let bottom = ((row + 1) as f64 * row_height).round() - apart;
            for column in 0..grid.columns {
                let of_shade = |value: &f64| shade(share(*value, ends)) == index;
                if grid.value(row, column).filter(of_shade).is_some() {
                    let (left, right) = (x(grid.at_ms(column)), x(grid.at_ms(column + 1)));
                    canvas
                        .context
                        .fill_rect(left, top, right - left, bottom - top);
                }
            }
        }
    }
}
