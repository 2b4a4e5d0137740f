use super::csv::{self, Lines};
use super::error::{ApiError, ErrorResponses, in_background};
use super::parameters::{Format, Parameters, ResponseFormat};
use crate::app::App;
use crate::hosts::newest_ms_by_host;
use crate::http::routes::Sender;
use crate::reading::{Archive, Reader};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use protocol::api::{HostInfo, HostList};
use protocol::{OwnHost, Timestamp};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct HostsParameters {
    /// What the answer is written as; `json` by default
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// The first and last time.
type SpanMs = (i64, i64);

/// Every host that something is known of, and its newest sample
#[utoipa::path(
    get,
    path = "/api/v1/hosts",
    params(HostsParameters),
    responses(
        (
            status = 200,
            description = "The answer, as `format` asks for it",
            content((HostList = "application/json"), (String = "text/csv"))
        ),
        ErrorResponses,
    )
)]
pub(super) async fn hosts(
    State(app): State<App>,
    Sender(principal): Sender,
    Parameters(parameters): Parameters<HostsParameters>,
) -> Result<Response, ApiError> {
    // Hosts are known without a store, too.
    let spans = match app.archive() {
        Some(archive) => {
            let spans = spans(archive.clone(), Reader::of(&principal));
            in_background(archive, spans).await?
        }
        None => HashMap::new(),
    };
    let hosts = listed(
        newest_ms_by_host(&app, &principal.access),
        &spans,
        app.hub().journal().own(),
    );
    Ok(match parameters.format.0 {
        ResponseFormat::Json => Json(HostList { hosts }).into_response(),
        ResponseFormat::Csv => csv::response("hosts", lines(hosts).into_bytes().into()),
    })
}

/// The span of all series of each host.
async fn spans(archive: Archive, reader: Reader) -> Result<HashMap<String, SpanMs>, ApiError> {
    let _permit = archive.permit(reader).await.ok_or(ApiError::Busy)?;
    let mut hosts: HashMap<String, SpanMs> = HashMap::new();
    for (key, span) in archive.series().spans_ms().await? {
        let known = hosts.entry(key.host).or_insert(span);
        *known = (known.0.min(span.0), known.1.max(span.1));
    }
    Ok(hosts)
}

fn listed(
    newest_ms: BTreeMap<String, Option<i64>>,
    spans: &HashMap<String, SpanMs>,
    own: &OwnHost,
) -> Vec<HostInfo> {
    let known = newest_ms.into_iter().map(|(host, newest_ms)| {
        let (oldest_ms, sampled_ms) = spans.get(&host).copied().unzip();
        HostInfo {
            is_own: own.is(&host),
            host,
            oldest_ms,
            newest_ms: newest_ms.max(sampled_ms),
        }
    });
    let mut hosts: Vec<_> = known.collect();
    hosts.sort_by_key(|host| !host.is_own);
    hosts
}

fn lines(hosts: Vec<HostInfo>) -> Lines {
    let mut lines = Lines::default();
    lines.add(["host", "is_own", "oldest", "newest"]);
    for it in hosts {
        let time = |at_ms: Option<i64>| csv::optional(at_ms.map(Timestamp::from_unix_ms));
        let [oldest, newest] = [it.oldest_ms, it.newest_ms].map(time);
        lines.add([it.host, it.is_own.to_string(), oldest, newest]);
    }
    lines
}
