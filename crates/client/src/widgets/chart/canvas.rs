//! One chart's place on the page, and what of it must be painted anew.

use super::frame::FrameContext;
use super::movement::{Movement, spare_pixels};
use super::painted::{Background, PaintKey, Painted, fingerprint};
use super::plan::{Hidden, Line, SharedPlan};
use super::renderer::{DrawStyle, draw_moving, draw_still};
use crate::kit::browser::{Canvas, Drift, child, set_hidden, set_length};
use crate::kit::state::State;
use chart::{Align, Chart, Font, Plot, Scene, Window};
use web_sys::{Element, HtmlElement};

/// While time passes a painting is valid for so long, in milliseconds: what drifts in from the right
/// is not painted yet.
const VALID_MS: f64 = 5_000.0;

/// The same out of sight: a screenshot of the whole page shows it.
const UNSEEN_VALID_MS: f64 = 5_000.0;

/// A chart's place on the page: two canvases, one that stands still and one that moves with time,
/// and what lies above them.
pub(super) struct ChartCanvas {
    /// Given by the chart group.
    pub(super) id: u32,
    pub(super) plan: SharedPlan,
    pub(super) hidden: State<Hidden>,
    pub(super) element: Element,
    /// In CSS pixels.
    pub(super) size: (f64, f64),
    /// Whether it is on the screen, or nearly.
    pub(super) seen: bool,
    still: Canvas,
    strip: Element,
    moving: Element,
    lines: Canvas,
    pub(super) cursor: Element,
    /// The moment that the page shows.
    pub(super) moment: Element,
    pub(super) selection: Element,
    pub(super) tip: Element,
    movement: Option<Movement>,
    pub(super) painted: Option<Painted>,
}

impl ChartCanvas {
    /// Makes the canvases within an element of the page.
    pub(super) fn new(element: Element, plan: SharedPlan, hidden: State<Hidden>) -> Option<Self> {
        let still = Canvas::within(&element, "chart-still")?;
        let strip = child(&element, "div", "chart-strip")?;
        let moving = child(&strip, "div", "chart-moving")?;
        let lines = Canvas::within(&moving, "chart-lines")?;
        lines
            .element
            .set_attribute("data-testid", &plan.name)
            .ok()?;
        let cursor = child(&moving, "div", "chart-cursor")?;
        let moment = child(&moving, "div", "chart-moment")?;
        let selection = child(&moving, "div", "chart-selection")?;
        let tip = child(&element, "div", "chart-tip")?;
        for above in [&cursor, &moment, &selection, &tip] {
            set_hidden(above, true);
        }
        Some(Self {
            id: 0,
            plan,
            hidden,
            element,
            size: (0.0, 0.0),
            seen: false,
            still,
            strip,
            moving,
            lines,
            cursor,
            moment,
            selection,
            tip,
            movement: None,
            painted: None,
        })
    }

    /// Out of sight it does not move, and is painted seldom.
    pub(super) fn set_seen(&mut self, seen: bool) {
        self.seen = seen;
        if !seen {
            self.forget_painted();
        }
    }

    /// Has it painted anew, whatever it shows.
    pub(super) fn forget_painted(&mut self) {
        self.movement = None;
        self.painted = None;
    }

    /// Whether it is to be painted although it is out of sight.
    pub(super) fn is_due_unseen(&self, lines: &[Line<'_>], frame: &FrameContext<'_>) -> bool {
        let mut key = self.key(lines, frame);
        let Some(painted) = &self.painted else {
            return key.has_extent();
        };
        let follows = key.follows();
        if follows {
            key.samples = painted.key.samples;
        }
        let age_ms = frame.bounds.now_ms - painted.now_ms;
        painted.key != key || follows && age_ms >= UNSEEN_VALID_MS
    }

    fn key(&self, lines: &[Line<'_>], frame: &FrameContext<'_>) -> PaintKey {
        let window = frame.window();
        PaintKey {
            samples: fingerprint(lines),
            size: self.pixels(frame.scale),
            scale: frame.scale,
            theme: frame.theme,
            drifts: frame.drifts && self.seen,
            window: (!frame.viewport.is_following()).then_some(window),
            span_ms: window.span_ms(),
        }
    }

    /// Paints what has changed. Returns for how long that is valid, in milliseconds; `None` for good.
    pub(super) fn paint(
        &mut self,
        lines: &[Line<'_>],
        unit: &str,
        frame: &FrameContext<'_>,
    ) -> Option<f64> {
        let key = self.key(lines, frame);
        if !key.has_extent() {
            return None;
        }
        let follows = key.follows();
        let now_ms = frame.bounds.now_ms;
        if let Some(painted) = &self.painted
            && painted.key == key
        {
            let left_ms = painted.now_ms + VALID_MS - now_ms;
            if !follows || (0.0 < left_ms && left_ms <= VALID_MS) {
                return follows.then_some(left_ms);
            }
        }
        let window = self.snapped(frame.window(), follows);
        let scene = self.scene(lines, unit, window, frame);
        let style = DrawStyle {
            palette: frame.palette,
            font: frame.font_name,
            scale: frame.scale,
            stacked: self.plan.stacked,
        };
        let background = self.paint_still(&scene, &key, &style);
        let drifted = self.paint_moving(&scene, lines, &key, frame, &style);
        self.painted = Some(Painted {
            plot: scene.plot,
            drifted,
            background,
            now_ms,
            key,
        });
        follows.then_some(VALID_MS)
    }

    /// Paints what stands still, if it shows anything else.
    fn paint_still(&self, scene: &Scene, key: &PaintKey, style: &DrawStyle<'_>) -> Background {
        let mut labels = Vec::new();
        for label in &scene.labels {
            if label.align != Align::Middle {
                labels.push(label.clone());
            }
        }
        let background = Background {
            size: key.size,
            theme: key.theme,
            rows: scene.rows.clone(),
            thresholds: scene.thresholds.clone(),
            labels,
        };
        let painted = self.painted.as_ref();
        if painted.is_none_or(|painted| painted.background != background) {
            draw_still(&self.still, scene, key.size, style);
            if let Some(strip) = as_html(&self.strip) {
                let left = f64::from(plot_left(&scene.plot)) / style.scale;
                set_length(&strip.style(), "left", left);
            }
        }
        background
    }

    /// Paints what moves, and has the browser move it. Returns how far it has moved already, in device
    /// pixels.
    fn paint_moving(
        &mut self,
        scene: &Scene,
        lines: &[Line<'_>],
        key: &PaintKey,
        frame: &FrameContext<'_>,
        style: &DrawStyle<'_>,
    ) -> u32 {
        let plot = scene.plot;
        let to_ms = frame.window().to_ms();
        // What moves by itself is a layer of the browser's own: too many for small charts, which move by a
        // few pixels only.
        let drifts = key.follows() && key.drifts && !self.plan.is_small;
        let movement = self.movement.take().filter(|_| drifts);
        let movement = movement.and_then(|movement| {
            let drifted = movement.drifted(&plot, to_ms)?;
            Some((movement, drifted))
        });
        let (movement, drifted) = movement.unzip();
        let drifted = drifted.unwrap_or(0);
        let spare = if drifts { spare_pixels(&plot) } else { 0.0 };
        let width = key.size.0.saturating_sub(plot_left(&plot)) + spare as u32;
        draw_moving(
            &self.lines,
            scene,
            lines,
            (width, key.size.1),
            drifted,
            style,
        );
        self.movement = match movement {
            None if drifts => self.start_movement(plot, to_ms, style.scale),
            movement => movement,
        };
        drifted
    }

    fn start_movement(&self, plot: Plot, to_ms: f64, scale: f64) -> Option<Movement> {
        let pixel_ms = plot.ms_per_pixel();
        // Farther than needed, so that its start over is not seen.
        let pixels = spare_pixels(&plot) + (2.0 * VALID_MS / pixel_ms).ceil() + 1.0;
        let from_ms = plot.window.to_ms();
        let drift = Drift::start(&self.moving, pixels, scale, pixel_ms, to_ms - from_ms)?;
        Some(Movement {
            drift,
            from_ms,
            plot,
        })
    }

    /// Ends at a whole pixel of time, so that a line keeps its shape from one painting to the next.
    fn snapped(&self, window: Window, follows: bool) -> Window {
        let Some(painted) = self.painted.as_ref().filter(|_| follows) else {
            return window;
        };
        let pixel_ms = window.span_ms() / f64::from(painted.plot.rect.width());
        let to_ms = (window.to_ms() / pixel_ms).floor() * pixel_ms;
        Window::new(to_ms - window.span_ms(), to_ms)
    }

    fn scene(
        &self,
        lines: &[Line<'_>],
        unit: &str,
        window: Window,
        frame: &FrameContext<'_>,
    ) -> Scene {
        let plan = &self.plan;
        let mut drawn = Vec::with_capacity(lines.len());
        for line in lines {
            drawn.push(chart::Line {
                series: line.series,
                filled: plan.filled && drawn.is_empty(),
                band: line.band.filter(|_| !plan.stacked),
            });
        }
        let (width, height) = self.pixels(frame.scale);
        let mut scene = Scene::new(&Chart {
            width,
            height,
            font: if plan.is_small {
                Font::NONE
            } else {
                frame.font
            },
            window,
            lines: &drawn,
            stacked: plan.stacked,
            fit: plan.fit,
            kind: plan.kind,
            unit,
            thresholds: &plan.thresholds,
            offset: frame.offset,
            hours: frame.hours,
        });
        if let Some(reshape) = plan.reshape {
            reshape(&mut scene, &drawn, plan.stacked);
        }
        scene
    }

    fn pixels(&self, scale: f64) -> (u32, u32) {
        let (width, height) = self.size;
        (
            (width * scale).round() as u32,
            (height * scale).round() as u32,
        )
    }

    /// The time at a place, in CSS pixels from the left.
    pub(super) fn at_ms(&self, x: f64, now_ms: f64) -> Option<f64> {
        let painted = self.painted.as_ref()?;
        let drifted_ms = match self.movement {
            Some(_) => now_ms - painted.now_ms,
            None => 0.0,
        };
        Some(painted.plot.at_ms(x * painted.scale()) + drifted_ms)
    }

    /// The share of the plot's width at a place.
    pub(super) fn share(&self, x: f64) -> Option<f64> {
        let painted = self.painted.as_ref()?;
        let rect = painted.plot.rect;
        let x = x * painted.scale() - f64::from(rect.left);
        Some(x / f64::from(rect.width()))
    }

    /// The time of a few pixels: pointing is no more exact.
    pub(super) fn tolerance_ms(&self) -> f64 {
        let painted = self.painted.as_ref();
        painted.map_or(0.0, |painted| {
            painted.plot.ms_per_pixel() * painted.scale() * 6.0
        })
    }

    /// Draws it on two canvases of its own, and returns how far the second is from the left.
    pub(super) fn drawn_apart(
        &self,
        lines: &[Line<'_>],
        unit: &str,
        frame: &FrameContext<'_>,
    ) -> Option<(Canvas, Canvas, f64)> {
        let scene = self.scene(lines, unit, frame.window(), frame);
        let style = DrawStyle {
            palette: frame.palette,
            font: frame.font_name,
            scale: frame.scale,
            stacked: self.plan.stacked,
        };
        let size = self.pixels(frame.scale);
        let left = plot_left(&scene.plot);
        let (still, moving) = (Canvas::apart()?, Canvas::apart()?);
        draw_still(&still, &scene, size, &style);
        let width = size.0.saturating_sub(left);
        draw_moving(&moving, &scene, lines, (width, size.1), 0, &style);
        Some((still, moving, f64::from(left)))
    }

    /// Draws what moves upon what stands still, for paper: one canvas can be scaled there, two that
    /// overlap cannot.
    pub(super) fn flatten(&self) {
        if let Some((still, lines, left)) = self.picture() {
            // It fails for canvases without an extent, which show nothing.
            let _ = still
                .context
                .draw_image_with_html_canvas_element(&lines.element, left, 0.0);
        }
    }

    /// The two canvases, one upon the other, and how far the second is from the left; what has moved
    /// out of sight there is empty.
    pub(super) fn picture(&self) -> Option<(&Canvas, &Canvas, f64)> {
        let painted = self.painted.as_ref()?;
        let left = f64::from(painted.plot.rect.left) - f64::from(painted.drifted);
        Some((&self.still, &self.lines, left))
    }
}

fn plot_left(plot: &Plot) -> u32 {
    plot.rect.left.max(0) as u32
}

pub(super) fn as_html(element: &Element) -> Option<&HtmlElement> {
    wasm_bindgen::JsCast::dyn_ref(element)
}
