//! Prometheus remote write, 1.0 and 2.0.

use super::{Coding, Refused, commit, parsed};
use crate::app::App;
use crate::inputs::sources::Input;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ingest::remote_write::{self, Version};

/// `POST /api/v1/write`
pub(super) async fn write(State(app): State<App>, request: Request) -> Response {
    let mut written = [0; 2];
    let result = store(&app, request, &mut written).await;
    let mut response = match &result {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refused) => {
            let mut response = format!("{}\n", refused.why).into_response();
            refused.complete(&mut response);
            response
        }
    };
    add_written(response.headers_mut(), written);
    response
}

/// Counts the stored samples and histograms.
async fn store(app: &App, request: Request, counts: &mut [u64; 2]) -> Result<(), Refused> {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.map_or(Ok(""), HeaderValue::to_str);
    let version = content_type.ok().and_then(Version::of).ok_or_else(|| {
        let why = "the body is neither prometheus.WriteRequest nor io.prometheus.write.v2.Request";
        Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why)
    })?;
    let parse = move |inputs: &crate::inputs::Inputs, body: &[u8]| {
        let mut written = remote_write::parse(body, version)?;
        inputs.reduce(&mut written.batch);
        Ok(written)
    };
    let written = parsed(app, request, (Input::Prometheus, Coding::Snappy), parse).await?;
    let histograms = written.value.histogram_places.clone();
    let samples = written.value.samples;
    let outcome = commit(app, written.sender, written.value.batch).await?;
    *counts = stored_counts(samples, &histograms, &outcome.refused_places);
    match outcome.rejected_count {
        0 => Ok(()),
        // Prometheus does not send it again.
        _ => Err(Refused::new(
            StatusCode::BAD_REQUEST,
            outcome.describe("sample"),
        )),
    }
}

/// How many samples and histograms are stored, of which these places were refused.
fn stored_counts(samples: u64, histograms: &[u32], refused_places: &[u32]) -> [u64; 2] {
    let is_histogram = |place: &&u32| histograms.binary_search(place).is_ok();
    let refused_histograms = refused_places.iter().filter(is_histogram).count();
    let refused_samples = refused_places.len() - refused_histograms;
    [
        samples.saturating_sub(refused_samples as u64),
        histograms.len().saturating_sub(refused_histograms) as u64,
    ]
}

/// Required by 2.0, and unknown to 1.0.
fn add_written(headers: &mut HeaderMap, [samples, histograms]: [u64; 2]) {
    for (name, count) in [
        ("x-prometheus-remote-write-samples-written", samples),
        ("x-prometheus-remote-write-histograms-written", histograms),
        ("x-prometheus-remote-write-exemplars-written", 0),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_and_histograms_are_counted_by_their_places() {
        assert_eq!(stored_counts(3, &[1, 4], &[]), [3, 2]);
        assert_eq!(stored_counts(3, &[1, 4], &[0, 1, 2]), [1, 1]);
        assert_eq!(stored_counts(0, &[], &[0, 1]), [0, 0]);
    }
}
