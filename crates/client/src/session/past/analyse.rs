use super::answers::{Analyses, Analysis, Extremes};
use super::fetch::{fetch, read};
use super::figure::Figure;
use super::load::{batches, drawn_series, question};
use crate::session::View;
use chart::Window;

/// What one of the charts' lines comes to, over a stretch of time and the same one earlier.
pub(crate) struct Analysed {
    pub(crate) name: String,
    pub(crate) unit: String,
    /// Absent where nothing was sampled.
    pub(crate) range: Option<Extremes>,
    pub(crate) earlier: Option<Extremes>,
}

/// Asks what the lines that charts draw come to, and what they came to so much earlier.
pub(crate) async fn analyse(
    view: View,
    window: Window,
    earlier_ms: Option<f64>,
) -> Result<Vec<Analysed>, String> {
    let series = drawn_series(view).await?;
    let mut stretch = format!(
        "analysis?from={}&to={}",
        window.from_ms() as i64,
        window.to_ms() as i64
    );
    if let Some(earlier_ms) = earlier_ms {
        stretch.push_str(&format!("&earlier_ms={}", earlier_ms as i64));
    }
    let mut lines = Vec::new();
    let series: Vec<_> = series.iter().collect();
    for some in batches(&series) {
        let answer: Analyses = read(fetch(&question(stretch.clone(), &some)).await?)?;
        lines.extend(answer.series.into_iter().filter_map(line));
    }
    lines.sort_by_key(|(rank, _)| *rank);
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

/// Its place among the others, and the line.
fn line(analysis: Analysis) -> Option<(u8, Analysed)> {
    let Analysis {
        name,
        host,
        labels,
        unit,
        range,
        earlier,
    } = analysis;
    let figure = Figure::of(&host, &name, &labels)?;
    let line = Analysed {
        name: figure.title(&labels),
        unit: unit.unwrap_or_default(),
        range,
        earlier,
    };
    Some((figure.rank(), line))
}
