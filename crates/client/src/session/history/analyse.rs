use super::fetch::{fetch, for_series, read};
use super::load::{batches, stored_lines};
use super::responses::{AnalysisResponse, Extremes};
use crate::model::title;
use crate::session::PageState;
use chart::{Kind, Window};
use protocol::SeriesKey;

/// Statistics of one of the charts' lines, over a stretch of time and the same one earlier.
pub(crate) struct Analysed {
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) kind: Kind,
    /// Absent where nothing was sampled.
    pub(crate) range: Option<Extremes>,
    pub(crate) earlier: Option<Extremes>,
}

/// Requests statistics of the lines that charts draw, now and so much earlier. Of a fold, those of each member:
/// their extremes are not those of the fold.
pub(crate) async fn analyse(
    page: PageState,
    window: Window,
    earlier_ms: Option<f64>,
) -> Result<Vec<Analysed>, String> {
    let mut named: Vec<(SeriesKey, String, Kind)> = Vec::new();
    for line in stored_lines(page).await? {
        for key in &line.keys {
            let name = match &line.options.name {
                Some(name) if line.keys.len() == 1 && key.labels.is_empty() => name.clone(),
                Some(name) => of_member(name, key),
                None => title(key),
            };
            named.push((key.clone(), name, line.options.kind));
        }
    }
    let mut stretch = format!(
        "analysis?from={}&to={}",
        window.from_ms() as i64,
        window.to_ms() as i64
    );
    if let Some(earlier_ms) = earlier_ms {
        stretch.push_str(&format!("&earlier_ms={}", earlier_ms as i64));
    }
    let mut found: Vec<Option<Analysed>> = named.iter().map(|_| None).collect();
    let texts: Vec<_> = named.iter().map(|(key, ..)| key.to_string()).collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    for some in batches(&texts) {
        let response: AnalysisResponse = read(fetch(&for_series(stretch.clone(), &some)).await?)?;
        for analysis in response.series {
            let key = SeriesKey::new(analysis.host, analysis.name, analysis.labels);
            let place = named.iter().position(|(named, ..)| *named == key);
            if let Some(place) = place {
                found[place] = Some(Analysed {
                    name: named[place].1.clone(),
                    kind: named[place].2,
                    unit: analysis.unit.unwrap_or_default(),
                    range: analysis.range,
                    earlier: analysis.earlier,
                });
            }
        }
    }
    Ok(found.into_iter().flatten().collect())
}

/// The name of one of several: with the values of its labels.
fn of_member(name: &str, key: &SeriesKey) -> String {
    let mut name = name.to_owned();
    for (_, value) in key.labels.iter() {
        name.push(' ');
        name.push_str(value);
    }
    name
}
