//! What the first chart of the page shows around a moment that somebody has linked to.

use super::RoomsSession;
use crate::kit::browser::uri_component;
use crate::model::SeriesFilter;
use crate::session::{PageState, api};
use chart::{Kind, Sample, Series, Window, nearest};
use serde::Deserialize;

/// So much is shown before the moment, and after it, in milliseconds.
const AROUND_MS: f64 = 300_000.0;

/// A preview has so many points.
const POINTS: &str = "120";

/// A sample stands for the moment if it is so near, in milliseconds.
const NEAR_MS: f64 = 15_000.0;

/// A small chart.
pub(crate) struct Preview {
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) kind: Kind,
    pub(crate) series: Series,
    pub(crate) window: Window,
    /// Its value at the moment, if there is one.
    pub(crate) value: Option<f64>,
}

#[derive(Deserialize)]
struct QueryResponse {
    step_ms: f64,
    times_ms: Vec<f64>,
    columns: Vec<Column>,
}

#[derive(Deserialize)]
struct Column {
    unit: Option<String>,
    interval_ms: Option<f64>,
    values: Vec<Option<f64>>,
}

impl RoomsSession {
    /// Requests the preview of a moment; none if the page has no chart, or nothing is stored of that time.
    pub(crate) async fn preview(self, page: PageState, at_ms: f64) -> Option<Preview> {
        let mut drawn = page.drawn().into_iter();
        let (key, options) = drawn.find_map(|(_, filter, options)| match filter {
            SeriesFilter::Matching(selector) if !options.is_small => {
                Some((selector.key()?, options))
            }
            _ => None,
        })?;
        let window = Window::new(at_ms - AROUND_MS, at_ms + AROUND_MS);
        let number = |at_ms: f64| (at_ms as i64).to_string();
        let request = [
            "query?from=",
            &number(window.from_ms()),
            "&to=",
            &number(window.to_ms()),
            "&points=",
            POINTS,
            "&series=",
            &uri_component(&key.to_string()),
        ];
        let response = api::get(&request.concat()).await.ok()?;
        let response: QueryResponse = api::read(&response).ok()?;
        let column = response.columns.into_iter().next()?;
        let interval_ms = column.interval_ms.unwrap_or(0.0).max(response.step_ms) as u32;
        let mut series = Series::new(response.times_ms.len().max(1));
        for (at_ms, value) in response.times_ms.into_iter().zip(column.values) {
            series.put(Sample {
                at_ms,
                interval_ms,
                value,
            });
        }
        let value = nearest(&series, at_ms, NEAR_MS).and_then(|sample| sample.value);
        let has_values = series.extent(window).is_some();
        has_values.then_some(Preview {
            name: options.name.unwrap_or(key.name),
            unit: column.unit.unwrap_or_default(),
            kind: options.kind,
            series,
            window,
            value,
        })
    }
}
