//! A chart as a file.

use super::frame::FrameContext;
use super::group::Charts;
use super::paint::measured;
use super::plan::Plan;
use crate::kit::browser::{self, Canvas, download, download_text};
use crate::kit::export::file_name;
use chart::{Summary, Window, csv, quantity};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::Blob;

/// Around a picture, in CSS pixels.
const MARGIN: f64 = 16.0;

/// For its title, its time range and each line of its legend, in the size of a label.
const LINE_HEIGHTS: f64 = 1.75;

/// A picture has so many pixels to a CSS pixel at least: it is looked at elsewhere.
const SCALE_MIN: f64 = 2.0;

/// A value is written with so many significant digits, less one.
const DIGITS: i32 = 5;

impl Charts {
    /// All values that are seen, as comma-separated values.
    pub(in crate::widgets) fn save_csv(self, plan: &Plan) {
        let window = self.seen();
        let text = self.context.shown.read_untracked(|model| {
            let lines = plan.lines(model, 0);
            let unit = slug(&plan.unit(model));
            let mut names = Vec::new();
            for line in &lines {
                let name = slug(&line.name.text());
                names.push(match unit.is_empty() {
                    true => name,
                    false => [&name, "_", &unit].concat(),
                });
            }
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            csv(&names, &Plan::drawn(&lines), window, &|value| {
                browser::number(rounded(value))
            })
        });
        download_text(&self.file_name(plan, window, "csv"), "text/csv", &text);
    }

    /// What is seen, as a picture with its title and legend.
    pub(in crate::widgets) fn save_png(self, plan: &Plan) {
        let window = self.seen();
        let Some(picture) = self.picture(plan, window) else {
            return;
        };
        let name = self.file_name(plan, window, "png");
        let save = Closure::once_into_js(move |blob: Option<Blob>| {
            if let Some(blob) = blob {
                download(&name, &blob);
            }
        });
        // A picture without an extent has no file.
        let _ = picture.element.to_blob(save.unchecked_ref());
    }

    fn seen(self) -> Window {
        let group = self.group.read_value();
        group.viewport.window(self.bounds(&group))
    }

    fn file_name(self, plan: &Plan, window: Window, extension: &str) -> String {
        let what = plan.name.trim_end_matches("-chart");
        let host = self.context.host.get_untracked();
        let time = |at_ms| chart::iso(at_ms).replace(['-', ':'], "")[..15].to_owned() + "Z";
        let (from, to) = (time(window.from_ms()), time(window.to_ms()));
        file_name(&host, what, Some((&from, &to)), extension)
    }

    /// The chart, drawn anew for paper and other screens: with what it shows, where, and when.
    fn picture(self, plan: &Plan, window: Window) -> Option<Canvas> {
        let group = self.group.read_value();
        let canvas = group
            .canvases
            .iter()
            .find(|canvas| canvas.plan.name == plan.name)?;
        let palette = group.palette.as_ref()?;
        let scale = SCALE_MIN.max(leptos::prelude::window().device_pixel_ratio());
        let (scale, font_name, font) = measured(palette, scale)?;
        let clock = self.context.clock.get_untracked();
        let frame = FrameContext {
            palette,
            theme: group.theme,
            scale,
            font_name: &font_name,
            font,
            viewport: &group.viewport,
            bounds: self.bounds(&group),
            drifts: false,
            offset: &|at_ms| clock.offset(at_ms),
            hours: clock.hours(),
        };
        let margin = MARGIN * scale;
        let line_height = font.line_height * LINE_HEIGHTS;
        let all = Canvas::apart()?;
        let context = &all.context;
        self.context.shown.read_untracked(|model| {
            let lines = plan.lines(model, canvas.hidden.get_untracked());
            let unit = &plan.unit(model);
            let (still, moving, left) = canvas.drawn_apart(&lines, unit, &frame)?;
            let top = margin + line_height * (2 + lines.len()) as f64;
            let width = f64::from(still.element.width()) + 2.0 * margin;
            let height = f64::from(still.element.height()) + margin + top;
            all.clear(width as u32, height as u32, scale);
            context.set_fill_style_str(&palette.ground);
            context.fill_rect(0.0, 0.0, width, height);
            context.set_font(&font_name);
            context.set_text_baseline("middle");
            context.set_fill_style_str(&palette.text);
            let write = |text: &str, line: usize| {
                let y = margin + line_height * (line as f64 + 0.5);
                context.fill_text(text, margin, y).ok()
            };
            let host = self.context.host.get_untracked();
            write(&[&plan.title, " · ", &host].concat(), 0)?;
            let (from, to) = (clock.dated(window.from_ms()), clock.dated(window.to_ms()));
            write(
                &[&from, " – ", &to, " ", &clock.zone(window.to_ms())].concat(),
                1,
            )?;
            for (place, line) in lines.iter().enumerate() {
                context.set_fill_style_str(palette.line(line.index));
                let mut text = line.name.text();
                if let Some(summary) = Summary::of(line.series, window) {
                    for (name, value) in [
                        ("  last ", summary.latest),
                        ("  mean ", summary.average),
                        ("  max ", summary.high),
                    ] {
                        text.push_str(name);
                        text.push_str(&quantity(value, plan.kind, unit));
                    }
                }
                write(&text, 2 + place)?;
            }
            for (part, left) in [(&still, 0.0), (&moving, left)] {
                context
                    .draw_image_with_html_canvas_element(&part.element, margin + left, top)
                    .ok()?;
            }
            Some(())
        })?;
        Some(all)
    }
}

/// With some significant digits: more are noise.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let unit = 10_f64.powi(DIGITS - value.abs().log10().floor() as i32);
    let rounded = (value * unit).round() / unit;
    if rounded.is_finite() { rounded } else { value }
}

/// A name as programs like it: `Load, 1 min` is `load_1_min`, and units are spelt out.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    let spelt = name.replace('%', "percent").replace("°C", "celsius");
    let spelt = spelt
        .replace("B/s", "bytes_per_second")
        .replace("/", " per ");
    for character in spelt.chars() {
        match character.is_alphanumeric() {
            true => slug.extend(character.to_lowercase()),
            false if slug.is_empty() || slug.ends_with('_') => {}
            false => slug.push('_'),
        }
    }
    slug.truncate(slug.trim_end_matches('_').len());
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_columns() {
        for (name, written) in [
            ("CPU", "cpu"),
            ("Load, 1 min", "load_1_min"),
            ("%", "percent"),
            ("B/s", "bytes_per_second"),
            ("1/s", "1_per_s"),
            ("°C", "celsius"),
            ("Größe (MB)", "größe_mb"),
            ("--", ""),
        ] {
            assert_eq!(slug(name), written, "{name}");
        }
    }

    #[test]
    fn values_have_six_digits() {
        for (value, written) in [
            (38.349_999_999_999_994, 38.35),
            (1_234_567.0, 1_234_570.0),
            (0.000_123_456_78, 0.000_123_457),
            (0.0, 0.0),
        ] {
            assert_eq!(rounded(value), written);
        }
        assert!(rounded(f64::MAX).is_finite());
    }
}
