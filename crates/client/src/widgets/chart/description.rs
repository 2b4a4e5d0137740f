//! Charts in words and tables, for users who do not see them.

use super::group::{Charts, SPAN_MS};
use super::plan::{Line, Plan, SharedPlan};
use crate::kit::browser::{child, text_child};
use crate::kit::format::ABSENT;
use crate::kit::later::chunk;
use crate::model::Model;
use chart::{Bucket, Summary, Window, bucket_ms, buckets, quantity, rows};
use web_sys::Element;

/// The rows of a table at most.
const ROWS_MAX: usize = 60;

chunk! {
    on_demand:
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

    /// The summary of a chart at first.
    #[cfg_attr(
        not(feature = "ssr"),
        expect(unused_variables, reason = "the browser loads what summarizes lazily")
    )]
    pub(in crate::widgets) fn first_summary(self, plan: &Plan) -> String {
        #[cfg(feature = "ssr")]
        return self.summary(plan);
        #[cfg(not(feature = "ssr"))]
        return String::new();
    }

    /// A summary of each line, and where values are missing.
    pub(super) fn summary(self, plan: &Plan) -> String {
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
                let from = self.time_text(gap.from_ms());
                let to = self.time_text(gap.to_ms());
                text.push_str(&["No data from ", &from, " to ", &to, ". "].concat());
            }
            text
        })
    }

    fn write_table(self, plan: &Plan, place: &Element) {
        place.set_text_content(None);
        self.context.shown.read_untracked(|model| {
            let window = self.window(plan, model);
            let lines = plan.lines(model, 0);
            let Some(table) = child(place, "table", "table") else {
                return;
            };
            let drawn = Plan::drawn(&lines);
            let table = Table {
                charts: self,
                plan,
                unit: &plan.unit(model),
                table,
            };
            match bucket_ms(&drawn, window) {
                Some(bucket_ms) => table.write_buckets(&lines, buckets(&drawn, window, bucket_ms)),
                None => table.write_samples(&lines, window),
            }
        });
    }
}

/// A table of values that is being written, newest first.
struct Table<'a> {
    charts: Charts,
    plan: &'a Plan,
    unit: &'a str,
    table: Element,
}

impl Table<'_> {
    fn row(&self, class: &str) -> Option<Element> {
        child(&self.table, "tr", class)
    }

    fn head(&self, names: &[String]) {
        if let Some(head) = self.row("") {
            text_child(&head, "th", "", "Time");
            for name in names {
                text_child(&head, "th", "number", name);
            }
        }
    }

    fn values(&self, at_ms: f64, values: &[Option<f64>]) {
        if let Some(row) = self.row("") {
            text_child(&row, "th", "", &self.charts.time_text(at_ms));
            for value in values {
                let text = |value| quantity(value, self.plan.kind, self.unit);
                let text = value.map_or(ABSENT.into(), text);
                text_child(&row, "td", "number", &text);
            }
        }
    }

    /// A row for each sample, and one for each gap.
    fn write_samples(&self, lines: &[Line<'_>], window: Window) {
        let mut names = Vec::new();
        for line in lines {
            names.push(line.name.text());
        }
        self.head(&names);
        let series = Plan::series(lines);
        let mut gaps = series
            .first()
            .map_or(Vec::new(), |first| first.gaps(window));
        for values in rows(&series, window, ROWS_MAX) {
            while let Some(gap) = gaps.pop_if(|gap| gap.from_ms() >= values.at_ms) {
                if let Some(row) = self.row("chart-gap") {
                    text_child(&row, "th", "", &self.charts.time_text(gap.from_ms()));
                    let until = self.charts.time_text(gap.to_ms());
                    let text = ["no data until ", &until].concat();
                    text_child(&row, "td", "number", &text);
                }
            }
            if values.values.iter().any(Option::is_some) {
                self.values(values.at_ms, &values.values);
            }
        }
    }

    /// A row for each bucket of time, as the chart draws them.
    fn write_buckets(&self, lines: &[Line<'_>], buckets: Vec<Bucket>) {
        let mut names = Vec::new();
        for line in lines {
            let name = line.name.text();
            for kind in ["", " min", " max"] {
                names.push([&name, kind].concat());
            }
        }
        self.head(&names);
        for bucket in buckets.into_iter().rev().take(ROWS_MAX) {
            let mut values = Vec::new();
            for cell in bucket.cells {
                values.push(cell.map(|cell| cell.avg));
                values.push(cell.map(|cell| cell.min));
                values.push(cell.map(|cell| cell.max));
            }
            self.values(bucket.at_ms, &values);
        }
    }
}
