//! What is asked about, and what texts tell of.

use super::desk::{Charts, Desk};
use super::sheet::{Cursor, Sheet};
use chart::{Window, nearest};
use leptos::prelude::*;

impl Charts {
    /// Lets texts and tables tell of what is seen now.
    pub(in crate::widgets) fn tell(self) {
        self.desk.write_value().told_ms = f64::NEG_INFINITY;
        self.request();
    }

    /// What the user asks about.
    pub(super) fn cursor(self) -> Option<Cursor> {
        self.moved.track();
        self.desk.read_value().cursor
    }

    /// The moment at the cursor, if there is one.
    pub(crate) fn asked_ms(self) -> Option<f64> {
        let desk = self.desk.read_value();
        desk.cursor.map(|cursor| cursor.at_ms)
    }

    /// Puts the cursor somewhere.
    pub(super) fn point(self, desk: &mut Desk, cursor: Option<Cursor>) {
        if desk.cursor != cursor {
            desk.cursor = cursor;
            self.moved.notify();
        }
    }

    /// The stretch that texts and tables are to tell of, and whether it is the one from the start.
    pub(in crate::widgets) fn told(self) -> Option<(Window, bool)> {
        self.told.track();
        self.desk.read_value().told
    }

    /// The stretch that texts tell of.
    pub(crate) fn window_told(self) -> Option<Window> {
        self.told().map(|(window, _)| window)
    }

    /// The same, once.
    pub(crate) fn window_told_untracked(self) -> Option<Window> {
        let told = self.desk.read_value().told;
        told.map(|(window, _)| window)
    }

    /// The cursor: below a mouse that rests, other samples come along.
    pub(super) fn resting(self, desk: &Desk) -> Option<Cursor> {
        if let Some((element, Some(x))) = &desk.pointed
            && let Some(sheet) = desk.sheets.iter().find(|sheet| sheet.element == *element)
        {
            self.cursor_at(desk, sheet, *x)
        } else {
            desk.cursor
        }
    }

    /// The cursor for a place on a chart: at the nearest sample, or at the very time if there is
    /// none.
    pub(super) fn cursor_at(self, desk: &Desk, sheet: &Sheet, x: f64) -> Option<Cursor> {
        let now_ms = self.bounds(desk).now_ms;
        let at_ms = sheet.at_ms(x, now_ms)?;
        let tolerance_ms = sheet.tolerance_ms();
        let hidden = sheet.hidden.get_untracked();
        let is_moment = |moment_ms: f64| (at_ms - moment_ms).abs() <= tolerance_ms;
        let at_moment = desk.moment_ms.is_some_and(is_moment);
        let host = self.view.host.get_untracked();
        let at_ms = self.view.read_untracked(|model| {
            // Beside the moment that the page shows: the sample that it shows, which may be a bit
            // farther away than the next one.
            let shown = model.newest(&host).filter(|_| at_moment);
            let at_ms = shown.map_or(at_ms, |shown| shown.at.unix_ms() as f64);
            let mut found_ms: Option<f64> = None;
            for line in sheet.plan.lines(model, hidden) {
                let Some(sample) = nearest(line.series, at_ms, tolerance_ms) else {
                    continue;
                };
                let away_ms = (sample.at_ms - at_ms).abs();
                if found_ms.is_none_or(|found_ms| away_ms < (found_ms - at_ms).abs()) {
                    found_ms = Some(sample.at_ms);
                }
            }
            found_ms.unwrap_or(at_ms)
        });
        Some(Cursor {
            at_ms,
            tolerance_ms,
        })
    }
}
