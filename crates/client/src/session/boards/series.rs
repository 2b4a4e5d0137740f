//! Which series there are, for those who choose some.

use crate::kit::browser::uri_component;
use crate::session::api;
use protocol::{Labels, SeriesKey};
use serde::Deserialize;

/// So many are offered.
const OFFERED: &str = "40";

#[derive(Deserialize)]
struct Found {
    series: Vec<FoundSeries>,
}

#[derive(Deserialize)]
struct FoundSeries {
    host: String,
    name: String,
    labels: Labels,
}

/// Series that contain all words of a text.
pub(crate) async fn find_series(text: &str) -> Vec<SeriesKey> {
    let is_word = |it: char| it.is_alphanumeric() || matches!(it, '_' | '.' | ':' | '-' | '/');
    let words: Vec<&str> = text
        .split(|it| !is_word(it))
        .filter(|it| !it.is_empty())
        .collect();
    let mut request = ["series?limit=", OFFERED].concat();
    if !words.is_empty() {
        request.push_str("&match=");
        request.push_str(&uri_component(&words.join(" ")));
    }
    load(&request).await
}

/// The values that a label has among the series of a name, in their order.
pub(crate) async fn label_values(metric: &str, label: &str) -> Vec<String> {
    let request = ["series?series=", &uri_component(metric)].concat();
    let mut values = Vec::new();
    for key in load(&request).await {
        values.push(key.label(label).to_owned());
    }
    values.retain(|it| !it.is_empty());
    values.sort();
    values.dedup();
    values
}

async fn load(request: &str) -> Vec<SeriesKey> {
    let response = api::get(request).await;
    let found = response.and_then(|response| api::read::<Found>(&response));
    let mut keys = Vec::new();
    // Without an answer nothing is offered; what is typed counts all the same.
    for it in found.map(|it| it.series).unwrap_or_default() {
        keys.push(SeriesKey::new(it.host, it.name, it.labels));
    }
    keys
}
