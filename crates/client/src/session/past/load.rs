use super::answers::{Answer, Catalogue, Column};
use super::fetch::{fetch, question, read};
use super::resolve::resolve;
use crate::kit::browser::monotonic_ms;
use crate::model::{Ask, Drawn, Loaded, Point, SelectionId, Track, Wanted};
use crate::session::View;
use protocol::{Level, SeriesKey, Unit};

/// A question is a line that the server must be able to read: its series, percent-encoded at worst, are
/// no longer than this in bytes.
const QUESTION_BYTES_MAX: usize = 6_000;

/// Nor more than this.
const SERIES_MAX: usize = 50;

/// So many members of a fold are fetched one by one.
const MEMBERS_MAX: usize = 20;

/// Small charts need fewer points than large ones, by this factor; but single samples where large
/// ones have them, too.
const SMALL_SHARE: u32 = 3;

/// Fetches what charts need, and gives it to them.
pub(super) async fn load(view: View, ask: Ask) {
    match loaded(view, &ask).await {
        Ok(loaded) => {
            let follows = view.recall(&loaded, &ask);
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

async fn loaded(view: View, ask: &Ask) -> Result<Vec<Loaded>, String> {
    let lines = stored_lines(view).await?;
    let mut loaded = Vec::new();
    let small = match ask.is_finest() {
        true => ask.points,
        false => ask.points.div_ceil(SMALL_SHARE),
    };
    for (is_small, points) in [(false, ask.points), (true, small)] {
        let mut texts: Vec<String> = Vec::new();
        // Points of a fold are no samples: among samples, they would make means of these.
        let mut folds: Vec<String> = Vec::new();
        for line in lines.iter().filter(|it| it.drawn.is_small == is_small) {
            let is_fold = line.keys.len() > 1 || line.keys[0].to_string() != line.text;
            let has_room = ask.is_finest() && line.keys.len() <= MEMBERS_MAX;
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
                ask.from_ms as i64, ask.to_ms as i64
            );
            let answer: Answer = read(fetch(&question(stretch, &some)).await?)?;
            let times = Times::of(&answer, ask);
            for column in answer.columns {
                let track = Track::told(&times.points(&column), !ask.follows);
                loaded.push(Loaded {
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

/// A line that charts draw and the server has something of.
pub(super) struct StoredLine {
    /// What it is asked for by: the text of a series, or a fold.
    pub(super) text: String,
    /// The series; of a fold, those that it is made of.
    pub(super) keys: Vec<SeriesKey>,
    pub(super) drawn: Drawn,
}

/// What charts draw, in their order. What the server has nothing of is not among it: it refuses questions about
/// series that it does not know.
pub(super) async fn stored_lines(view: View) -> Result<Vec<StoredLine>, String> {
    resolve(view).await;
    let Catalogue { series } = read(fetch("series").await?)?;
    let mut stored = Vec::with_capacity(series.len());
    for known in series {
        stored.push(known.key());
    }
    let mut lines: Vec<StoredLine> = Vec::new();
    for (id, wanted, drawn) in view.drawn() {
        add_lines(
            &mut lines,
            &wanted,
            drawn,
            &matching(view, id, &wanted, &stored),
        );
    }
    Ok(lines)
}

/// The series that a selection means.
fn matching(view: View, id: SelectionId, wanted: &Wanted, stored: &[SeriesKey]) -> Vec<SeriesKey> {
    if let Wanted::Of(selector) = wanted
        && let Some(key) = selector.key().filter(|key| stored.contains(key))
    {
        return vec![key];
    }
    let mut matching = Vec::new();
    for key in stored {
        if view.is_selected(id, key) {
            matching.push(key.clone());
        }
    }
    matching
}

fn add_lines(lines: &mut Vec<StoredLine>, wanted: &Wanted, drawn: Drawn, keys: &[SeriesKey]) {
    let mut add = |text: String, keys: &[SeriesKey]| {
        if !lines.iter().any(|line| line.text == text) {
            lines.push(StoredLine {
                text,
                keys: keys.to_vec(),
                drawn: drawn.clone(),
            });
        }
    };
    match wanted {
        Wanted::Of(selector) if selector.fold.is_some() => {
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

/// As many as a question can name, each.
pub(super) fn batches<'a>(texts: &[&'a str]) -> Vec<Vec<&'a str>> {
    let mut batches: Vec<Vec<&str>> = Vec::new();
    let mut bytes = 0;
    for text in texts {
        bytes += text.len() * 3;
        match batches.last_mut() {
            Some(batch) if bytes <= QUESTION_BYTES_MAX && batch.len() < SERIES_MAX => {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_question_is_too_long() {
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
        let answer: Answer = serde_json::from_str(
            r#"{"tier":"minute","step_ms":60000,"times_ms":[0,60000,120000],"damaged_chunks":0,"columns":[
                {"series":"a","host":"local","name":"cpu","labels":{},"unit":"%","interval_ms":1000,
                 "values":[5.0,null,7.0],"min":[1.0,null,7.0],"max":[9.0,null,7.0]}]}"#,
        )
        .unwrap();
        let ask = Ask {
            from_ms: 0.0,
            to_ms: 180_000.0,
            points: 3,
            follows: false,
        };
        let points = Times::of(&answer, &ask).points(&answer.columns[0]);
        let told: Vec<_> = points.iter().map(|it| (it.at_ms, it.value)).collect();
        assert_eq!(told, [(30_000.0, Some(5.0)), (150_000.0, Some(7.0))]);
        assert_eq!(points[0].reach, Some((1.0, 9.0)), "the spike is kept");
        assert_eq!(points[1].reach, None);
    }

    #[test]
    fn a_fold_is_asked_for_as_such_and_only_if_there_is_something_to_fold() {
        let key = |mount: &str| {
            let labels = [("mount".to_owned(), mount.to_owned())];
            SeriesKey::new("local", "disk_read", labels)
        };
        let drawn = Drawn {
            is_small: false,
            name: None,
        };
        let texts = |selector: &str, keys: &[SeriesKey]| {
            let wanted = Wanted::Of(selector.parse().unwrap());
            let mut lines = Vec::new();
            add_lines(&mut lines, &wanted, drawn.clone(), keys);
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
