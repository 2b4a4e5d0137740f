use super::answers::{Analysis, Figures};
use super::fetch::{fetch, read};
use super::figure::Figure;
use super::load::{SERIES_MAX, drawn_series, question};
use crate::store::View;
use chart::Window;

/// What one of the charts' lines comes to, over a stretch of time and the same one earlier.
pub(crate) struct Analysed {
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) now: Extremes,
    pub(crate) before: Option<Extremes>,
}

/// Absent is what was not sampled, and percentiles where single samples are no longer kept.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Extremes {
    pub(crate) min: Option<f64>,
    pub(crate) avg: Option<f64>,
    pub(crate) p95: Option<f64>,
    pub(crate) max: Option<f64>,
}

/// Asks what the lines that charts draw come to, and what they came to so much earlier.
pub(crate) async fn analyse(
    view: View,
    window: Window,
    before_ms: Option<f64>,
) -> Result<Vec<Analysed>, String> {
    let mut lines = figures(view, window).await?;
    if let Some(by_ms) = before_ms {
        let earlier = Window::new(window.from_ms() - by_ms, window.to_ms() - by_ms);
        let before = figures(view, earlier).await?;
        for line in &mut lines {
            let same = before.iter().find(|it| it.name == line.name);
            line.before = Some(same.map_or_else(Extremes::default, |it| it.now));
        }
    }
    Ok(lines)
}

async fn figures(view: View, window: Window) -> Result<Vec<Analysed>, String> {
    let series = drawn_series(view).await?;
    let mut lines = Vec::new();
    for some in series.chunks(SERIES_MAX) {
        let stretch = format!(
            "analysis?from={}&to={}",
            window.from_ms() as i64,
            window.to_ms() as i64
        );
        let some: Vec<_> = some.iter().collect();
        let answer: Analysis = read(fetch(&question(stretch, &some)).await?)?;
        lines.extend(answer.series.into_iter().filter_map(line));
    }
    lines.sort_by_key(|(rank, _)| *rank);
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

/// Its place among the others, and the line.
fn line(figures: Figures) -> Option<(u8, Analysed)> {
    let figure = Figure::of(&figures.host, &figures.name, &figures.labels)?;
    let line = Analysed {
        name: figure.title(&figures.labels),
        unit: figures.unit.unwrap_or_default(),
        now: Extremes {
            min: figures.min,
            avg: figures.avg,
            p95: figures.p95,
            max: figures.max,
        },
        before: None,
    };
    Some((figure.rank(), line))
}
