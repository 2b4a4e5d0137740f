use super::answers::{Answer, Catalogue, Column, Series};
use super::fetch::{fetch, read};
use super::figure::Figure;
use crate::kit::browser::{monotonic_ms, uri_component};
use crate::model::Ask;
use crate::model::{Loaded, LoadedLabel, Point, Track};
use crate::session::View;
use protocol::Level;

/// A question is a line that the server must be able to read: its series, percent-encoded at worst, are
/// no longer than this in bytes.
const QUESTION_BYTES_MAX: usize = 6_000;

/// Nor more than this.
const SERIES_MAX: usize = 50;

/// Small charts need fewer points than large ones, by this factor; but single samples where large
/// ones have them, too.
const SMALL_SHARE: u32 = 3;

/// Fetches what charts need, and gives it to them.
pub(super) async fn load(view: View, ask: Ask) {
    match told(view, &ask).await {
        Ok(told) => {
            let follows = view.recall(told, &ask);
            let mut coverage = ask.coverage();
            coverage.follows = follows;
            view.past.loaded(Some(coverage));
        }
        Err(why) => {
            view.past.loaded(None);
            let text = ["The past could not be loaded: ", &why].concat();
            view.toasts.show(Level::Warning, text, monotonic_ms());
        }
    }
    view.repaint();
}

async fn told(view: View, ask: &Ask) -> Result<Loaded, String> {
    let drawn = drawn_series(view).await?;
    let is_label = |series: &&Series| Figure::of_series(series).is_some_and(Figure::is_label);
    let mut told = Loaded::new(ask);
    let mut disks = [None, None];
    let small = match ask.is_finest() {
        true => ask.points,
        false => ask.points.div_ceil(SMALL_SHARE),
    };
    for (labels, points) in [(false, ask.points), (true, small)] {
        let these: Vec<_> = drawn.iter().filter(|it| is_label(it) == labels).collect();
        for some in batches(&these) {
            let stretch = format!(
                "query?from={}&to={}&points={points}",
                ask.from_ms as i64, ask.to_ms as i64
            );
            let answer: Answer = read(fetch(&question(stretch, &some)).await?)?;
            let times = Times::of(&answer, ask);
            for column in &answer.columns {
                told.take(column, &times, &mut disks);
            }
        }
    }
    let [read, written] = disks;
    told.lines.read = told.track(&read.unwrap_or_default());
    told.lines.written = told.track(&written.unwrap_or_default());
    Ok(told)
}

/// The series that charts draw: those of this host, and what programs report.
pub(super) async fn drawn_series(view: View) -> Result<Vec<Series>, String> {
    let host = view.host();
    let Catalogue { mut series } = read(fetch("series").await?)?;
    series.retain(|series| {
        let ours = series.host.is_empty() || host.as_ref().is_none_or(|host| *host == series.host);
        ours && Figure::of_series(series).is_some()
    });
    Ok(series)
}

/// As many as a question can name, each.
pub(super) fn batches<'a>(series: &[&'a Series]) -> Vec<Vec<&'a Series>> {
    let mut batches: Vec<Vec<&Series>> = Vec::new();
    let mut bytes = 0;
    for series in series {
        bytes += series.series.len() * 3;
        match batches.last_mut() {
            Some(batch) if bytes <= QUESTION_BYTES_MAX && batch.len() < SERIES_MAX => {
                batch.push(series);
            }
            _ => {
                bytes = series.series.len() * 3;
                batches.push(vec![series]);
            }
        }
    }
    batches
}

/// A question about some series.
pub(super) fn question(mut question: String, series: &[&Series]) -> String {
    for series in series {
        question.push_str("&series=");
        question.push_str(&uri_component(&series.series));
    }
    question
}

/// Where the points of an answer lie.
struct Times {
    at_ms: Vec<f64>,
    step_ms: f64,
}

impl Times {
    /// A point that stands for some time stands in its middle; a single sample where it was taken.
    fn of(answer: &Answer, ask: &Ask) -> Self {
        let step_ms = answer.step_ms;
        let is_single = answer.is_single.unwrap_or(step_ms <= 1_000.0);
        let shift_ms = if is_single { 0.0 } else { step_ms / 2.0 };
        let middle = |at_ms: &f64| (at_ms + shift_ms).min(ask.to_ms);
        Self {
            at_ms: answer.times_ms.iter().map(middle).collect(),
            step_ms,
        }
    }

    /// What was not sampled is left out: where too much is, the line breaks.
    fn points(&self, column: &Column) -> Vec<Point> {
        let interval_ms = match column.interval_ms {
            Some(interval_ms) => interval_ms.max(self.step_ms) as u32,
            // Nobody knows when the next is due.
            None => 0,
        };
        let reach = |place: usize| {
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
                reach: reach(place),
            })
        });
        points.collect()
    }
}

impl Loaded {
    fn track(&self, points: &[Point]) -> Track {
        Track::told(points, self.has_ended)
    }

    fn take(&mut self, column: &Column, times: &Times, disks: &mut [Option<Vec<Point>>; 2]) {
        let Some(figure) = Figure::of(&column.host, &column.name, &column.labels) else {
            return;
        };
        let points = times.points(column);
        let track = self.track(&points);
        let lines = &mut self.lines;
        let line = match figure {
            Figure::Cpu => &mut lines.cpu,
            Figure::Load => &mut lines.load,
            Figure::LoadFive => &mut lines.load_five,
            Figure::LoadFifteen => &mut lines.load_fifteen,
            Figure::Memory => &mut lines.memory,
            Figure::Swap => &mut lines.swap,
            Figure::Sent => &mut lines.sent,
            Figure::Recv => &mut lines.recv,
            Figure::Read => return add(&mut disks[0], points),
            Figure::Written => return add(&mut disks[1], points),
            Figure::Temperature(sensor) => {
                return lines.temperatures.add(sensor, track);
            }
            Figure::Label(source, label) => {
                return self.labels.push(LoadedLabel {
                    source: source.to_owned(),
                    label: label.to_owned(),
                    unit: column.unit.clone().unwrap_or_default(),
                    track,
                });
            }
        };
        *line = track;
    }
}

/// Adds a disk's points to those of the others. Their extremes do not add up.
fn add(sum: &mut Option<Vec<Point>>, mut points: Vec<Point>) {
    for point in &mut points {
        point.reach = None;
    }
    let Some(sum) = sum else {
        *sum = Some(points);
        return;
    };
    for point in points {
        let place = sum.binary_search_by(|other| other.at_ms.total_cmp(&point.at_ms));
        match place {
            Ok(place) => {
                let total = sum[place].value.unwrap_or(0.0) + point.value.unwrap_or(0.0);
                sum[place].value = Some(total);
            }
            Err(place) => sum.insert(place, point),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Loaded {
        let answer: Answer = serde_json::from_str(text).unwrap();
        let ask = Ask {
            from_ms: 0.0,
            to_ms: 180_000.0,
            points: 3,
            follows: false,
        };
        let times = Times::of(&answer, &ask);
        let mut told = Loaded::new(&ask);
        let mut disks = [None, None];
        for column in &answer.columns {
            told.take(column, &times, &mut disks);
        }
        let [read, _] = disks;
        told.lines.read = told.track(&read.unwrap_or_default());
        told
    }

    fn values(track: &Track) -> Vec<(f64, Option<f64>)> {
        let series = track.series();
        let samples = series.samples(0..series.len());
        samples.map(|sample| (sample.at_ms, sample.value)).collect()
    }

    #[test]
    fn no_question_is_too_long() {
        let series = |name: String| Series {
            series: name,
            host: "local".into(),
            name: "cpu".into(),
            labels: crate::session::past::answers::Labels::default(),
        };
        let short: Vec<_> = (0..120).map(|index| series(index.to_string())).collect();
        let long: Vec<_> = (0..7).map(|_| series("x".repeat(900))).collect();
        let lengths = |series: &[Series]| -> Vec<usize> {
            let all: Vec<_> = series.iter().collect();
            batches(&all).iter().map(Vec::len).collect()
        };
        assert_eq!(lengths(&short), [50, 50, 20]);
        assert_eq!(lengths(&long), [2, 2, 2, 1]);
    }

    #[test]
    fn columns_become_lines() {
        let told = told(
            r#"{"tier":"minute","step_ms":60000,"times_ms":[0,60000,120000],"damaged_chunks":0,"columns":[
                {"series":"a","host":"local","name":"cpu","labels":{},"unit":"%","interval_ms":1000,
                 "values":[5.0,null,7.0],"min":[1.0,null,7.0],"max":[9.0,null,7.0]},
                {"series":"b","host":"local","name":"disk_read","labels":{"mount":"/"},"unit":"B/s","interval_ms":1000,"values":[1,2,null]},
                {"series":"c","host":"local","name":"disk_read","labels":{"mount":"/home"},"unit":"B/s","interval_ms":1000,"values":[10,null,30]},
                {"series":"d","host":"","name":"Requests","labels":{"source":"shop"},"unit":"1/s","values":[1,null,3]}]}"#,
        );
        assert_eq!(
            values(&told.lines.cpu),
            [(30_000.0, Some(5.0)), (150_000.0, Some(7.0))]
        );
        let band = told.lines.cpu.band().unwrap();
        let highest = band.high.get(0).and_then(|sample| sample.value);
        assert_eq!(highest, Some(9.0), "the spike is kept");
        let sums: Vec<_> = values(&told.lines.read)
            .into_iter()
            .map(|it| it.1)
            .collect();
        assert_eq!(sums, [11.0, 2.0, 30.0].map(Some));
        let label = &told.labels[0];
        assert_eq!((&*label.source, &*label.label), ("shop", "Requests"));
        assert_eq!(values(&label.track).len(), 2);
    }
}
