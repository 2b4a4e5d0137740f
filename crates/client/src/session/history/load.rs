use super::fetch::{fetch, for_series, read};
use super::resolve::resolve;
use super::responses::{Column, QueryResponse, SeriesList};
use crate::kit::browser::monotonic_ms;
use crate::model::{LineOptions, LineRequest, LoadedLine, Point, SelectionId, SeriesFilter, Track};
use crate::session::PageState;
use protocol::{Level, SeriesKey, Unit};

/// The series of a request, percent-encoded at worst, in bytes: servers limit the length of a request line.
const REQUEST_BYTES_MAX: usize = 6_000;

/// The series of a request at most.
const SERIES_MAX: usize = 50;

/// Members of a fold that are fetched one by one, at most.
const MEMBERS_MAX: usize = 20;

/// Small charts need fewer points than large ones, by this factor; except for single samples.
const SMALL_SHARE: u32 = 3;

/// Fetches the lines that charts need.
pub(super) async fn load(page: PageState, request: LineRequest) {
    match loaded(page, &request).await {
        Ok(loaded) => {
            let follows = page.load_lines(&loaded, &request);
            let mut coverage = request.coverage();
            coverage.follows = follows;
            page.playback_state.loaded(Some(coverage));
        }
        Err(why) => {
            page.playback_state.loaded(None);
            let text = ["History could not be loaded: ", &why].concat();
            page.toasts.show(Level::Warning, text, monotonic_ms());
        }
    }
    page.repaint();
}

async fn loaded(page: PageState, request: &LineRequest) -> Result<Vec<LoadedLine>, String> {
    let lines = stored_lines(page).await?;
    let mut loaded = Vec::new();
    let small = match request.is_finest() {
        true => request.points,
        false => request.points.div_ceil(SMALL_SHARE),
    };
    for (is_small, points) in [(false, request.points), (true, small)] {
        let mut texts: Vec<String> = Vec::new();
        // Apart from samples: with them, a request for points of a fold would return means.
        let mut folds: Vec<String> = Vec::new();
        for line in lines.iter().filter(|it| it.options.is_small == is_small) {
            let is_fold = line.keys.len() > 1 || line.keys[0].to_string() != line.text;
            let has_room = request.is_finest() && line.keys.len() <= MEMBERS_MAX;
            match is_fold && !has_room {
                true => folds.push(line.text.clone()),
                false => texts.extend(line.keys.iter().map(SeriesKey::to_string)),
            }
        }
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let folds: Vec<_> = folds.iter().map(String::as_str).collect();
        for some in batches(&texts).into_iter().chain(batches(&folds)) {
            let stretch = format!(
                "query?from={}&to={}&points={points}",
                request.from_ms as i64, request.to_ms as i64
            );
            let response: QueryResponse = read(fetch(&for_series(stretch, &some)).await?)?;
            let times = Times::of(&response, request);
            for column in response.columns {
                let track = Track::loaded(&times.points(&column), !request.follows);
                loaded.push(LoadedLine {
                    text: column.series,
                    key: SeriesKey::new(column.host, column.name, column.labels),
                    unit: column.unit.as_deref().and_then(Unit::new),
                    track,
                });
            }
        }
    }
    Ok(loaded)
}

/// A line that charts draw and the server has stored.
pub(super) struct StoredLine {
    /// Its selector: the text of a series, or a fold.
    pub(super) text: String,
    /// The series; of a fold, its members.
    pub(super) keys: Vec<SeriesKey>,
    pub(super) options: LineOptions,
}

/// What charts draw, in their order, without series that are not stored: the server refuses requests for those.
pub(super) async fn stored_lines(page: PageState) -> Result<Vec<StoredLine>, String> {
    resolve(page).await;
    let SeriesList { series } = read(fetch("series").await?)?;
    let mut stored = Vec::with_capacity(series.len());
    for series in series {
        stored.push(series.key());
    }
    let mut lines: Vec<StoredLine> = Vec::new();
    for (id, filter, options) in page.drawn() {
        add_lines(
            &mut lines,
            &filter,
            options,
            &matching(page, id, &filter, &stored),
        );
    }
    Ok(lines)
}

/// The series of a selection.
fn matching(
    page: PageState,
    id: SelectionId,
    filter: &SeriesFilter,
    stored: &[SeriesKey],
) -> Vec<SeriesKey> {
    if let SeriesFilter::Matching(selector) = filter
        && let Some(key) = selector.key().filter(|key| stored.contains(key))
    {
        return vec![key];
    }
    let mut matching = Vec::new();
    for key in stored {
        if page.is_selected(id, key) {
            matching.push(key.clone());
        }
    }
    matching
}

fn add_lines(
    lines: &mut Vec<StoredLine>,
    filter: &SeriesFilter,
    options: LineOptions,
    keys: &[SeriesKey],
) {
    let mut add = |text: String, keys: &[SeriesKey]| {
        if !lines.iter().any(|line| line.text == text) {
            lines.push(StoredLine {
                text,
                keys: keys.to_vec(),
                options: options.clone(),
            });
        }
    };
    match filter {
        SeriesFilter::Matching(selector) if selector.fold.is_some() => {
            if !keys.is_empty() {
                add(selector.to_string(), keys);
            }
        }
        _ => {
            for key in keys {
                add(key.to_string(), std::slice::from_ref(key));
            }
        }
    }
}

/// Splits series into requests.
pub(super) fn batches<'a>(texts: &[&'a str]) -> Vec<Vec<&'a str>> {
    let mut batches: Vec<Vec<&str>> = Vec::new();
    let mut bytes = 0;
    for text in texts {
        bytes += text.len() * 3;
        match batches.last_mut() {
            Some(batch) if bytes <= REQUEST_BYTES_MAX && batch.len() < SERIES_MAX => {
                batch.push(text);
            }
            _ => {
                bytes = text.len() * 3;
                batches.push(vec![text]);
            }
        }
    }
    batches
}

/// The times of the points of a response.
struct Times {
    at_ms: Vec<f64>,
    step_ms: f64,
}

impl Times {
    /// A mean is placed in the middle of its time, a single sample where it was taken.
    fn of(response: &QueryResponse, request: &LineRequest) -> Self {
        let step_ms = response.step_ms;
        let is_single = response.is_single.unwrap_or(step_ms <= 1_000.0);
        let shift_ms = if is_single { 0.0 } else { step_ms / 2.0 };
        let middle = |at_ms: &f64| (at_ms + shift_ms).min(request.to_ms);
        Self {
            at_ms: response.times_ms.iter().map(middle).collect(),
            step_ms,
        }
    }

    /// Absent values are left out; the line breaks where too many are.
    fn points(&self, column: &Column) -> Vec<Point> {
        let interval_ms = match column.interval_ms {
            Some(interval_ms) => interval_ms.max(self.step_ms) as u32,
            // It is unknown when the next is due.
            None => 0,
        };
        let range = |place: usize| {
            let low = column.min.as_ref()?.get(place).copied()??;
            let high = column.max.as_ref()?.get(place).copied()??;
            (low < high).then_some((low, high))
        };
        let values = self.at_ms.iter().zip(&column.values).enumerate();
        let points = values.filter_map(|(place, (at_ms, value))| {
            Some(Point {
                at_ms: *at_ms,
                interval_ms,
                value: Some((*value)?),
                range: range(place),
            })
        });
        points.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_request_is_too_long() {
        let short: Vec<_> = (0..120).map(|index: i32| index.to_string()).collect();
        let long: Vec<_> = (0..7).map(|_| "x".repeat(900)).collect();
        let lengths = |texts: &[String]| -> Vec<usize> {
            let all: Vec<_> = texts.iter().map(String::as_str).collect();
            batches(&all).iter().map(Vec::len).collect()
        };
        assert_eq!(lengths(&short), [50, 50, 20]);
        assert_eq!(lengths(&long), [2, 2, 2, 1]);
    }

    #[test]
    fn columns_become_points() {
        let response: QueryResponse = serde_json::from_str(
            r#"{"tier":"minute","step_ms":60000,"times_ms":[0,60000,120000],"damaged_chunks":0,"columns":[
                {"series":"a","host":"local","name":"cpu","labels":{},"unit":"%","interval_ms":1000,
                 "values":[5.0,null,7.0],"min":[1.0,null,7.0],"max":[9.0,null,7.0]}]}"#,
        )
        .unwrap();
        let request = LineRequest {
            from_ms: 0.0,
            to_ms: 180_000.0,
            points: 3,
            follows: false,
        };
        let points = Times::of(&response, &request).points(&response.columns[0]);
        let values: Vec<_> = points.iter().map(|it| (it.at_ms, it.value)).collect();
        assert_eq!(values, [(30_000.0, Some(5.0)), (150_000.0, Some(7.0))]);
        assert_eq!(points[0].range, Some((1.0, 9.0)), "the spike is kept");
        assert_eq!(points[1].range, None);
    }

    #[test]
    fn a_fold_is_asked_for_as_such_and_only_if_there_is_something_to_fold() {
        let key = |mount: &str| {
            let labels = [("mount".to_owned(), mount.to_owned())];
            SeriesKey::new("local", "disk_read", labels)
        };
        let options = LineOptions {
            is_small: false,
            name: None,
            kind: chart::Kind::Plain,
        };
        let texts = |selector: &str, keys: &[SeriesKey]| {
            let filter = SeriesFilter::Matching(selector.parse().unwrap());
            let mut lines = Vec::new();
            add_lines(&mut lines, &filter, options.clone(), keys);
            lines.into_iter().map(|line| line.text).collect::<Vec<_>>()
        };
        let keys = [key("/"), key("/home")];
        let sum = r#"sum(disk_read{host="local"})"#;
        assert_eq!(texts(sum, &keys), [sum]);
        assert!(texts(sum, &[]).is_empty());
        let each = r#"disk_read{host="local"}"#;
        assert_eq!(texts(each, &keys), keys.map(|key| key.to_string()));
    }
}
