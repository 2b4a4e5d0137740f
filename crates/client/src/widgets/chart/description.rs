//! Charts in words and tables, for users who do not see them.

use super::group::{Charts, SPAN_MS};
use super::plan::{Hidden, Plan, SharedPlan};
use super::readings::{at_text, readings};
use crate::kit::browser::{child, text_child};
use crate::kit::format::ABSENT;
use crate::kit::later::chunk;
use crate::kit::state::State;
use crate::model::Model;
use chart::{Summary, Window, quantity, rows};
use web_sys::Element;

/// The rows of a table at most.
const ROWS_MAX: usize = 60;

chunk! {
    files:
    /// Writes the newest values into a table, newest first, with a row for each gap.
    pub(in crate::widgets) fn write_table(charts: Charts, plan: SharedPlan, place: Element) -> () {
        charts.write_table(&plan, &place);
    }
}

impl Charts {
    /// The window to describe; on the server, and before a chart is drawn, the newest samples.
    pub(super) fn window(self, plan: &Plan, model: &Model) -> Window {
        self.described_window().unwrap_or_else(|| {
            let mut newest_ms = 0.0_f64;
            for line in plan.lines(model, 0) {
                let newest = line.series.newest();
                newest_ms = newest_ms.max(newest.map_or(0.0, |newest| newest.at_ms));
            }
            Window::new(newest_ms - SPAN_MS, newest_ms)
        })
    }

    /// A summary of each line, and where values are missing.
    pub(in crate::widgets) fn summary(self, plan: &Plan) -> String {
        self.context.local_times.track();
        self.context.shown.read_untracked(|model| {
            let window = self.window(plan, model);
            let unit = &plan.unit(model);
            let mut text = String::new();
            let mut gaps = Vec::new();
            for line in plan.lines(model, 0) {
                if let Some(summary) = Summary::of(line.series, window) {
                    text.push_str(&summary.sentence(&line.name.text(), plan.kind, unit));
                    text.push(' ');
                    if gaps.is_empty() {
                        gaps = line.series.gaps(window);
                    }
                }
            }
            if text.is_empty() {
                return "No values yet.".into();
            }
            for gap in gaps {
                let from = at_text(self.context.local_times, gap.from_ms());
                let to = at_text(self.context.local_times, gap.to_ms());
                text.push_str(&["Nothing between ", &from, " and ", &to, ". "].concat());
            }
            text
        })
    }

    /// The values at the cursor, in words.
    pub(in crate::widgets) fn cursor_text(self, plan: &Plan, hidden: State<Hidden>) -> String {
        let Some(cursor) = self.cursor() else {
            return "No moment chosen".into();
        };
        self.context.shown.read_untracked(|model| {
            let mut text = at_text(self.context.local_times, cursor.at_ms);
            for (_, name, value) in readings(plan, model, hidden.get_untracked(), cursor) {
                let value = if value == ABSENT { "no value" } else { &value };
                text.push_str(&[", ", &name, " ", value].concat());
            }
            text
        })
    }

    /// Where the cursor is within the window, in percent.
    pub(in crate::widgets) fn cursor_place(self) -> String {
        let cursor = self.cursor();
        let window = self.described_window_untracked();
        let share = cursor.zip(window);
        let share = share.map_or(1.0, |(cursor, window)| window.share(cursor.at_ms));
        ((share * 100.0).clamp(0.0, 100.0) as u32).to_string()
    }

    fn write_table(self, plan: &Plan, place: &Element) {
        place.set_text_content(None);
        self.context.shown.read_untracked(|model| {
            let window = self.window(plan, model);
            let lines = plan.lines(model, 0);
            let series = Plan::series(&lines);
            let unit = &plan.unit(model);
            let Some(table) = child(place, "table", "table") else {
                return;
            };
            let row = |class| child(&table, "tr", class);
            if let Some(head) = row("") {
                text_child(&head, "th", "", "Time");
                for line in &lines {
                    text_child(&head, "th", "number", &line.name.text());
                }
            }
            let mut gaps = series
                .first()
                .map_or(Vec::new(), |first| first.gaps(window));
            for values in rows(&series, window, ROWS_MAX) {
                while let Some(gap) = gaps.pop_if(|gap| gap.from_ms() >= values.at_ms) {
                    if let Some(row) = row("chart-gap") {
                        text_child(
                            &row,
                            "th",
                            "",
                            &at_text(self.context.local_times, gap.from_ms()),
                        );
                        let until = at_text(self.context.local_times, gap.to_ms());
                        let text = ["no values until ", &until].concat();
                        text_child(&row, "td", "number", &text);
                    }
                }
                if values.values.iter().all(Option::is_none) {
                    continue;
                }
                if let Some(row) = row("") {
                    text_child(
                        &row,
                        "th",
                        "",
                        &at_text(self.context.local_times, values.at_ms),
                    );
                    for value in values.values {
                        let text = |value| quantity(value, plan.kind, unit);
                        let text = value.map_or(ABSENT.into(), text);
                        text_child(&row, "td", "number", &text);
                    }
                }
            }
        });
    }
}
