//! A chart as a file.

use super::group::Charts;
use super::plan::Plan;
use crate::kit::browser::{self, Canvas, download, download_text};
use chart::csv;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::Blob;

/// Around a picture, in CSS pixels.
const MARGIN: f64 = 16.0;

/// For its title and legend, each, in the size of a label.
const LINE_HEIGHTS: f64 = 1.75;

impl Charts {
    /// All values that are seen, as comma-separated values.
    pub(in crate::widgets) fn save_csv(self, plan: &Plan) {
        let group = self.group.read_value();
        let window = group.viewport.window(self.bounds(&group));
        drop(group);
        let text = self.context.shown.read_untracked(|model| {
            let lines = plan.lines(model, 0);
            let mut names = Vec::new();
            for line in &lines {
                names.push(line.name.text());
            }
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            csv(&names, &Plan::series(&lines), window, &browser::number)
        });
        download_text(&[&*plan.name, ".csv"].concat(), "text/csv", &text);
    }

    /// What is seen, as a picture with its title and legend.
    pub(in crate::widgets) fn save_png(self, plan: &Plan) {
        let Some(picture) = self.picture(plan) else {
            return;
        };
        let name = [&*plan.name, ".png"].concat();
        let save = Closure::once_into_js(move |blob: Option<Blob>| {
            if let Some(blob) = blob {
                download(&name, &blob);
            }
        });
        // A picture without an extent has no file.
        let _ = picture.element.to_blob(save.unchecked_ref());
    }

    fn picture(self, plan: &Plan) -> Option<Canvas> {
        let group = self.group.read_value();
        let canvas = group.canvases.iter().find(|canvas| *canvas.plan == *plan)?;
        let (still, moving, left) = canvas.picture()?;
        let (palette, (scale, font_name, font)) = group.style()?;
        let scale = *scale;
        let (width, height) = (still.element.width(), still.element.height());
        let margin = MARGIN * scale;
        let line = font.line_height * LINE_HEIGHTS;
        let all = Canvas::apart()?;
        let whole = (
            f64::from(width) + 2.0 * margin,
            f64::from(height) + 2.0 * margin + 2.0 * line,
        );
        all.clear(whole.0 as u32, whole.1 as u32, scale);
        let context = &all.context;
        context.set_fill_style_str(&palette.ground);
        context.fill_rect(0.0, 0.0, whole.0, whole.1);
        context.set_font(font_name);
        context.set_text_baseline("middle");
        context.set_fill_style_str(&palette.text);
        context
            .fill_text(&plan.title, margin, margin + line / 2.0)
            .ok()?;
        self.context.shown.read_untracked(|model| {
            let mut x = margin;
            for line_of in plan.lines(model, canvas.hidden.get_untracked()) {
                context.set_fill_style_str(palette.line(line_of.index));
                let name = line_of.name.text();
                context.fill_text(&name, x, margin + line * 1.5).ok()?;
                x += context.measure_text(&name).ok()?.width() + margin;
            }
            Some(())
        })?;
        let top = margin + 2.0 * line;
        for (part, left) in [(still, 0.0), (moving, left)] {
            context
                .draw_image_with_html_canvas_element(&part.element, margin + left, top)
                .ok()?;
        }
        drop(group);
        Some(all)
    }
}
