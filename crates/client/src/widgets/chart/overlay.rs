//! What lies above a chart's canvases: the cursor with its dots, the moment that the page shows, and a
//! selection.

use super::canvas::{ChartCanvas, as_html};
use super::frame::Cursor;
use super::painted::Painted;
use super::plan::Line;
use crate::kit::browser::{child, number, set_hidden, set_length, set_style};
use chart::nearest;
use web_sys::Element;

/// The classes that give a line's colour to what is not on a canvas.
pub(super) const SWATCHES: [&str; 6] = [
    "swatch swatch-1",
    "swatch swatch-2",
    "swatch swatch-3",
    "swatch swatch-4",
    "swatch swatch-5",
    "swatch swatch-6",
];

impl ChartCanvas {
    /// Shows a window that is being selected.
    pub(super) fn show_selection(&self, window_ms: Option<(f64, f64)>) {
        set_hidden(&self.selection, window_ms.is_none());
        let shown = as_html(&self.selection).zip(self.painted.as_ref());
        if let Some(((selection, painted), (one, other))) = shown.zip(window_ms) {
            let (from, to) = (
                self.x(painted, one.min(other)),
                self.x(painted, one.max(other)),
            );
            set_length(&selection.style(), "left", from);
            set_length(&selection.style(), "width", to - from);
        }
    }

    /// Puts a line at the moment that the page shows, and one with dots at the cursor.
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
        // In a stack, a line lies on those below it.
        let mut below = 0.0;
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
            let y = painted.plot.y(below + value) / painted.scale();
            if self.plan.stacked {
                below += value;
            }
            self.shift(&element, self.x(painted, at_ms) - x, y);
            set_hidden(&element, false);
            dot = element.next_element_sibling();
        }
        while let Some(element) = dot {
            set_hidden(&element, true);
            dot = element.next_element_sibling();
        }
    }

    /// Where a cursor is, in CSS pixels from the chart's left.
    pub(super) fn cursor_x(&self, cursor: Cursor) -> Option<f64> {
        let painted = self.painted.as_ref()?;
        Some(painted.plot.x(cursor.at_ms) / painted.scale())
    }

    /// Where a time lies on what moves, in CSS pixels.
    fn x(&self, painted: &Painted, at_ms: f64) -> f64 {
        let plot = &painted.plot;
        let drifted = f64::from(painted.drifted);
        (plot.x(at_ms).floor() - f64::from(plot.rect.left) + drifted) / painted.scale()
    }

    fn shift(&self, element: &Element, x: f64, y: f64) {
        let shift = ["translate(", &number(x), "px,", &number(y), "px)"].concat();
        let _ = set_style(element, "transform", &shift);
    }
}
