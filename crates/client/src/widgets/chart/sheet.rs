use super::ink::{Pen, draw_moving, draw_still};
use super::palette::Palette;
use super::plan::{Hidden, Line, SharedPlan};
use crate::kit::browser::{Canvas, Drift, child, set_hidden, set_length, set_style};
use crate::kit::state::State;
use chart::{Bounds, Chart, Font, Label, Offset, Plot, Scene, Viewport, Window, nearest};
use web_sys::{Element, HtmlElement};

/// Painted anew at least so often while time passes, in milliseconds: what drifts in from the right
/// is not painted yet.
const DRIFT_MS: f64 = 5_000.0;

/// For so long one movement goes on, with whatever is painted meanwhile, in milliseconds: to begin
/// one costs more than to paint.
const DRIFT_MS_MAX: f64 = 15_000.0;

/// Nor does it go on farther than this share of the window: the canvas is as much wider.
const DRIFT_SHARE_MAX: f64 = 0.25;

/// Out of sight it is painted anew only so often while time passes, in milliseconds: a screenshot of
/// the whole page shows it, and a print does.
const UNSEEN_MS: f64 = 5_000.0;

/// Clocks that part by more than this begin another movement, in milliseconds.
const DRIFT_OFF_MS: f64 = 50.0;

/// A moment that the user asks about, on all charts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cursor {
    pub(super) at_ms: f64,
    /// What is not farther from it still counts, where no line leads to it.
    pub(super) tolerance_ms: f64,
}

/// What all charts of a frame have in common.
pub(super) struct Light<'a> {
    pub(super) palette: &'a Palette,
    /// Changes with the theme, and with the clock's zone.
    pub(super) theme: u32,
    /// Device pixels to a CSS pixel.
    pub(super) scale: f64,
    /// The labels' font, and its size in device pixels.
    pub(super) font_name: &'a str,
    pub(super) font: Font,
    pub(super) viewport: &'a Viewport,
    pub(super) bounds: Bounds,
    /// Whether charts move between samples.
    pub(super) drifts: bool,
    pub(super) offset: Offset<'a>,
}

/// A chart's place on the page: two canvases, one that stands still and one that moves with time,
/// and what lies above them.
pub(super) struct Sheet {
    /// Given by whoever keeps it.
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
    ink: Canvas,
    cursor: Element,
    /// The moment that the page shows.
    moment: Element,
    mark: Element,
    pub(super) tip: Element,
    drift: Option<Moving>,
    painted: Option<Painted>,
}

/// A movement that is under way.
struct Moving {
    drift: Drift,
    /// What it began with: the end of the window, and where it lay.
    from_ms: f64,
    plot: Plot,
}

impl Moving {
    /// How far it has come when the live end is here, in device pixels; `None` if it is not to go on.
    fn drifted(&self, plot: &Plot, now_ms: f64) -> Option<u32> {
        let pixel_ms = plot.ms_per_pixel();
        let pixels = (plot.window.to_ms() - self.from_ms) / pixel_ms;
        let goes_on = plot.rect == self.plot.rect
            && plot.window.span_ms() == self.plot.window.span_ms()
            && (0.0..spare_pixels(plot)).contains(&pixels)
            // Else it would stand between two pixels.
            && (pixels - pixels.round()).abs() < 0.01
            && (now_ms - self.from_ms - self.drift.elapsed_ms()).abs() < DRIFT_OFF_MS;
        goes_on.then_some(pixels.round() as u32)
    }
}

/// How far one movement may go on.
fn spare_pixels(plot: &Plot) -> f64 {
    let share = f64::from(plot.rect.width()) * DRIFT_SHARE_MAX;
    (DRIFT_MS_MAX / plot.ms_per_pixel()).min(share).ceil()
}

struct Painted {
    look: Look,
    plot: Plot,
    /// How far the canvas had moved, in device pixels.
    drifted: u32,
    background: Background,
    /// The live end it was painted for.
    now_ms: f64,
}

/// What a painting was made from; if that is the same, it is still right.
#[derive(PartialEq)]
struct Look {
    /// Stands for the samples.
    samples: u64,
    size: (u32, u32),
    scale: f64,
    theme: u32,
    drifts: bool,
    /// The window, or its span alone while it follows the newest.
    window: Option<Window>,
    span_ms: f64,
}

impl Look {
    fn has_extent(&self) -> bool {
        self.size.0 > 0 && self.size.1 > 0
    }
}

/// What the canvas that stands still shows.
#[derive(PartialEq)]
struct Background {
    size: (u32, u32),
    theme: u32,
    rows: Vec<i32>,
    thresholds: Vec<i32>,
    labels: Vec<Label>,
}

impl Sheet {
    /// Makes the canvases within an element of the page.
    pub(super) fn new(element: Element, plan: SharedPlan, hidden: State<Hidden>) -> Option<Self> {
        let still = Canvas::within(&element, "chart-still")?;
        let strip = child(&element, "div", "chart-strip")?;
        let moving = child(&strip, "div", "chart-moving")?;
        let ink = Canvas::within(&moving, "chart-ink")?;
        ink.element.set_attribute("data-testid", &plan.name).ok()?;
        let cursor = child(&moving, "div", "chart-cursor")?;
        let moment = child(&moving, "div", "chart-moment")?;
        let mark = child(&moving, "div", "chart-mark")?;
        let tip = child(&element, "div", "chart-tip")?;
        for above in [&cursor, &moment, &mark, &tip] {
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
            ink,
            cursor,
            moment,
            mark,
            tip,
            drift: None,
            painted: None,
        })
    }

    /// It comes into sight, or goes out of it: there it does not move, and is painted seldom.
    pub(super) fn set_seen(&mut self, seen: bool) {
        self.seen = seen;
        if !seen {
            self.forget_painted();
        }
    }

    /// Lets it be painted anew, whatever it shows.
    pub(super) fn forget_painted(&mut self) {
        self.drift = None;
        self.painted = None;
    }

    /// Whether it is to be painted although it is out of sight.
    pub(super) fn is_due_unseen(&self, lines: &[Line<'_>], light: &Light<'_>) -> bool {
        let mut look = self.look(lines, light);
        let Some(painted) = &self.painted else {
            return look.has_extent();
        };
        let follows = look.window.is_none();
        if follows {
            look.samples = painted.look.samples;
        }
        painted.look != look || follows && light.bounds.now_ms - painted.now_ms >= UNSEEN_MS
    }

    fn look(&self, lines: &[Line<'_>], light: &Light<'_>) -> Look {
        let seen = light.viewport.window(light.bounds);
        Look {
            samples: fingerprint(lines),
            size: self.pixels(light.scale),
            scale: light.scale,
            theme: light.theme,
            drifts: light.drifts && self.seen,
            window: (!light.viewport.is_following()).then_some(seen),
            span_ms: seen.span_ms(),
        }
    }

    /// Paints what has changed. Tells for how long that is good, in milliseconds.
    pub(super) fn paint(
        &mut self,
        lines: &[Line<'_>],
        unit: &str,
        light: &Light<'_>,
    ) -> Option<f64> {
        let look = self.look(lines, light);
        if !look.has_extent() {
            return None;
        }
        let size = look.size;
        let seen = light.viewport.window(light.bounds);
        let follows = look.window.is_none();
        let now_ms = light.bounds.now_ms;
        if let Some(painted) = &self.painted
            && painted.look == look
        {
            let left_ms = painted.now_ms + DRIFT_MS - now_ms;
            if !follows || (0.0 < left_ms && left_ms <= DRIFT_MS) {
                return follows.then_some(left_ms);
            }
        }
        let window = self.snapped(seen, follows);
        let scene = self.scene(lines, unit, window, light);
        let pen = Pen {
            palette: light.palette,
            font: light.font_name,
            scale: light.scale,
            stacked: self.plan.stacked,
        };
        let mut labels = Vec::new();
        for label in &scene.labels {
            if label.align != chart::Align::Middle {
                labels.push(label.clone());
            }
        }
        let background = Background {
            size,
            theme: light.theme,
            rows: scene.rows.clone(),
            thresholds: scene.thresholds.clone(),
            labels,
        };
        let plot = scene.plot;
        let left = plot.rect.left.max(0) as u32;
        let before = self.painted.take();
        if before
            .as_ref()
            .is_none_or(|before| before.background != background)
        {
            draw_still(&self.still, &scene, size, &pen);
            if let Some(strip) = as_html(&self.strip) {
                set_length(&strip.style(), "left", f64::from(left) / light.scale);
            }
        }
        let pixel_ms = plot.ms_per_pixel();
        // What moves by itself is a layer of its own for the browser; of many small ones that would be
        // too many, and they move by a few pixels only.
        let drifts = follows && look.drifts && !self.plan.is_small;
        let moving = self.drift.take().filter(|_| drifts);
        let moving = moving.and_then(|moving| {
            let drifted = moving.drifted(&plot, seen.to_ms())?;
            Some((moving, drifted))
        });
        let (moving, drifted) = moving.unzip();
        let drifted = drifted.unwrap_or(0);
        let spare = if drifts { spare_pixels(&plot) } else { 0.0 };
        let size = (size.0.saturating_sub(left) + spare as u32, size.1);
        draw_moving(&self.ink, &scene, lines, size, drifted, &pen);
        self.drift = match moving {
            None if drifts => {
                // Farther than needed: nobody sees it begin again.
                let pixels = spare_pixels(&plot) + (2.0 * DRIFT_MS / pixel_ms).ceil() + 1.0;
                let ahead_ms = seen.to_ms() - window.to_ms();
                let drift = Drift::start(&self.moving, pixels, light.scale, pixel_ms, ahead_ms);
                drift.map(|drift| Moving {
                    drift,
                    from_ms: window.to_ms(),
                    plot,
                })
            }
            moving => moving,
        };
        self.painted = Some(Painted {
            look,
            plot,
            drifted,
            background,
            now_ms,
        });
        follows.then_some(DRIFT_MS)
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

    fn scene(&self, lines: &[Line<'_>], unit: &str, window: Window, light: &Light<'_>) -> Scene {
        let plan = &self.plan;
        let mut drawn = Vec::with_capacity(lines.len());
        for line in lines {
            drawn.push(chart::Line {
                series: line.series,
                filled: plan.filled && drawn.is_empty(),
                band: line.band.filter(|_| !plan.stacked),
            });
        }
        let (width, height) = self.pixels(light.scale);
        Scene::new(&Chart {
            width,
            height,
            font: if plan.is_small {
                Font::NONE
            } else {
                light.font
            },
            window,
            lines: &drawn,
            stacked: plan.stacked,
            fit: plan.fit,
            kind: plan.kind,
            unit,
            thresholds: &plan.thresholds,
            offset: light.offset,
        })
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
        let drifted_ms = if self.drift.is_some() {
            now_ms - painted.now_ms
        } else {
            0.0
        };
        Some(painted.plot.at_ms(x * painted.look.scale) + drifted_ms)
    }

    /// The share of the plot's width at a place.
    pub(super) fn share(&self, x: f64) -> Option<f64> {
        let painted = self.painted.as_ref()?;
        let rect = painted.plot.rect;
        let x = x * painted.look.scale - f64::from(rect.left);
        Some(x / f64::from(rect.width()))
    }

    /// What a few pixels take: so exactly can be pointed.
    pub(super) fn tolerance_ms(&self) -> f64 {
        let painted = self.painted.as_ref();
        painted.map_or(0.0, |painted| {
            painted.plot.ms_per_pixel() * painted.look.scale * 6.0
        })
    }

    /// Marks a stretch that is being chosen.
    pub(super) fn mark(&self, stretch_ms: Option<(f64, f64)>) {
        set_hidden(&self.mark, stretch_ms.is_none());
        let mark = as_html(&self.mark).zip(self.painted.as_ref());
        if let Some(((mark, painted), (one, other))) = mark.zip(stretch_ms) {
            let (from, to) = (
                self.x(painted, one.min(other)),
                self.x(painted, one.max(other)),
            );
            set_length(&mark.style(), "left", from);
            set_length(&mark.style(), "width", to - from);
        }
    }

    /// Puts a line where the moment is that the page shows; and one with dots where the cursor is.
    pub(super) fn place(&self, cursor: Option<Cursor>, moment_ms: Option<f64>, lines: &[Line<'_>]) {
        let moment = self.painted.as_ref().zip(moment_ms);
        let moment = moment.filter(|(painted, at_ms)| painted.plot.window.contains(*at_ms));
        set_hidden(&self.moment, moment.is_none());
        if let Some((painted, at_ms)) = moment {
            self.shift(&self.moment, self.x(painted, at_ms), 0.0);
        }
        let found = self.painted.as_ref().zip(cursor);
        let found = found.filter(|(painted, c)| painted.plot.window.contains(c.at_ms));
        set_hidden(&self.cursor, found.is_none());
        let Some((painted, cursor)) = found else {
            return;
        };
        let x = self.x(painted, cursor.at_ms);
        self.shift(&self.cursor, x, 0.0);
        let mut dot = self.cursor.first_element_child();
        if !self.plan.stacked {
            for line in lines {
                let sample = nearest(line.series, cursor.at_ms, cursor.tolerance_ms);
                let place = sample.and_then(|sample| sample.value.map(|v| (sample.at_ms, v)));
                let Some((at_ms, value)) = place else {
                    continue;
                };
                let Some(element) = dot.or_else(|| child(&self.cursor, "i", "")) else {
                    return;
                };
                element.set_class_name(
                    ["dot ", SWATCHES[line.index % SWATCHES.len()]]
                        .concat()
                        .as_str(),
                );
                let y = painted.plot.y(value) / painted.look.scale;
                self.shift(&element, self.x(painted, at_ms) - x, y);
                set_hidden(&element, false);
                dot = element.next_element_sibling();
            }
        }
        while let Some(element) = dot {
            set_hidden(&element, true);
            dot = element.next_element_sibling();
        }
    }

    /// Where a cursor is, in CSS pixels from the chart's left.
    pub(super) fn cursor_x(&self, cursor: Cursor) -> Option<f64> {
        let painted = self.painted.as_ref()?;
        Some(painted.plot.x(cursor.at_ms) / painted.look.scale)
    }

    /// Where a time lies on what moves, in CSS pixels.
    fn x(&self, painted: &Painted, at_ms: f64) -> f64 {
        let plot = &painted.plot;
        let drifted = f64::from(painted.drifted);
        (plot.x(at_ms).floor() - f64::from(plot.rect.left) + drifted) / painted.look.scale
    }

    fn shift(&self, element: &Element, x: f64, y: f64) {
        let number = crate::kit::browser::number;
        let shift = ["translate(", &number(x), "px,", &number(y), "px)"].concat();
        let _ = set_style(element, "transform", &shift);
    }

    /// Draws what moves upon what stands still, for paper: there one canvas can be scaled, and two that
    /// overlap cannot.
    pub(super) fn flatten(&self) {
        if let Some((still, ink, left)) = self.picture() {
            // It fails for canvases without an extent, which show nothing.
            let _ = still
                .context
                .draw_image_with_html_canvas_element(&ink.element, left, 0.0);
        }
    }

    /// The two canvases, one upon the other, and how far the second is from the left; what has gone
    /// out of sight there is empty.
    pub(super) fn picture(&self) -> Option<(&Canvas, &Canvas, f64)> {
        let painted = self.painted.as_ref()?;
        let left = f64::from(painted.plot.rect.left) - f64::from(painted.drifted);
        Some((&self.still, &self.ink, left))
    }
}

/// The classes that give a line's colour to what is not on a canvas.
pub(super) const SWATCHES: [&str; 6] = [
    "swatch swatch-1",
    "swatch swatch-2",
    "swatch swatch-3",
    "swatch swatch-4",
    "swatch swatch-5",
    "swatch swatch-6",
];

/// The multiplier of FNV-1a.
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// A number that is another one when samples or lines came or went.
fn fingerprint(lines: &[Line<'_>]) -> u64 {
    let mut hash = lines.len() as u64;
    let mut add = |part: u64| hash = (hash ^ part).wrapping_mul(FNV_PRIME);
    for line in lines {
        add(line.index as u64);
        add(line.series.len() as u64);
        let oldest = line.series.oldest();
        add(oldest.map_or(0, |oldest| oldest.at_ms.to_bits()));
        if let Some(newest) = line.series.newest() {
            add(newest.at_ms.to_bits());
            add(newest.value.unwrap_or(f64::NAN).to_bits());
        }
    }
    hash
}

fn as_html(element: &Element) -> Option<&HtmlElement> {
    wasm_bindgen::JsCast::dyn_ref(element)
}
