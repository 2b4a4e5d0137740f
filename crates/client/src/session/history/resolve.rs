use super::Selectors;
use super::fetch::{fetch, for_series, read};
use super::responses::{SeriesInfo, SeriesList};
use crate::session::PageState;

/// Asks the server which series the selectors match that have regular expressions: the browser has no engine for
/// them.
pub(super) async fn resolve(page: PageState) {
    for (id, text) in page.unresolved() {
        let response = fetch(&for_series("series?".to_owned(), &[&text])).await;
        // Where it matches nothing (yet), the server refuses to answer.
        let Ok(SeriesList { series }) = response.and_then(read) else {
            continue;
        };
        let keys: Vec<_> = series.into_iter().map(SeriesInfo::key).collect();
        page.resolve(id, &keys);
    }
}

/// Reads selectors, if they are any.
pub(super) fn read_selectors(texts: Vec<String>) -> Selectors {
    let mut selectors = Vec::with_capacity(texts.len());
    for text in texts {
        let selector = text.parse().ok();
        selectors.push((text, selector));
    }
    selectors
}
