//! InfluxDB's API for writing, 1.x (<https://docs.influxdata.com/influxdb/v1/tools/api/>) and 2.x
//! (<https://docs.influxdata.com/influxdb/v2/api/v2/>).

use super::{Coding, Refused, commit, parsed};
use crate::app::App;
use crate::inputs::sources::Input;
use axum::Json;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use ingest::influx::{self, Precision};
use serde::{Deserialize, Serialize};

/// The longest text of `q`.
const QUERY_BYTES_MAX: usize = 1 << 10;

/// What is said about a request; databases, organisations and buckets are not distinguished.
#[derive(Deserialize)]
struct Parameters {
    #[serde(default)]
    precision: String,
}

#[derive(Deserialize)]
struct Statement {
    #[serde(default)]
    q: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    V1,
    V2,
}

/// An error of 1.x.
#[derive(Serialize)]
struct Error1 {
    error: String,
}

/// An error of 2.x.
#[derive(Serialize)]
struct Error2 {
    code: &'static str,
    message: String,
}

/// The answer to statements that need none.
#[derive(Serialize)]
struct Results {
    results: [StatementResult; 1],
}

#[derive(Serialize)]
struct StatementResult {
    statement_id: u32,
}

/// `GET /ping`: whether there is a server.
pub(super) async fn ping() -> Response {
    let headers = [
        // The version whose API this is, which clients look for.
        (
            HeaderName::from_static("x-influxdb-version"),
            HeaderValue::from_static("1.8.10"),
        ),
        (
            HeaderName::from_static("x-influxdb-build"),
            HeaderValue::from_static("Watchroom"),
        ),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// `POST /query`: Telegraf creates its database before it writes. There is none to create, and no query is answered.
pub(super) async fn query(request: Request) -> Response {
    let result = async {
        super::body::check_sender(request.headers())?;
        let of_uri = Query::<Statement>::try_from_uri(request.uri()).map(|Query(it)| it.q);
        let statement = match of_uri {
            Ok(statement) if !statement.is_empty() => statement,
            _ => {
                let body = axum::body::to_bytes(request.into_body(), QUERY_BYTES_MAX).await;
                let body = body.map_err(|_| {
                    Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "the statement is too long")
                })?;
                String::from_utf8_lossy(&body)
                    .replace('+', " ")
                    .replace("q=", "")
            }
        };
        let statement = statement.trim_start().to_ascii_uppercase();
        match statement.starts_with("CREATE DATABASE") || statement.starts_with("CREATE%20DATABASE")
        {
            true => Ok(()),
            false => Err(Refused::new(
                StatusCode::BAD_REQUEST,
                "no query of InfluxDB is answered here; use /api/v1/query",
            )),
        }
    };
    match result.await {
        Ok(()) => Json(Results {
            results: [StatementResult { statement_id: 0 }],
        })
        .into_response(),
        Err(refused) => error(Version::V1, &refused),
    }
}

/// `POST /write`
pub(super) async fn write_1(State(app): State<App>, request: Request) -> Response {
    respond(&app, request, Version::V1).await
}

/// `POST /api/v2/write`
pub(super) async fn write_2(State(app): State<App>, request: Request) -> Response {
    respond(&app, request, Version::V2).await
}

async fn respond(app: &App, request: Request, version: Version) -> Response {
    match write(app, request).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refused) => error(version, &refused),
    }
}

async fn write(app: &App, request: Request) -> Result<(), Refused> {
    let bad = |why: &str| Refused::new(StatusCode::BAD_REQUEST, why);
    let parameters = Query::<Parameters>::try_from_uri(request.uri());
    let Query(parameters) = parameters.map_err(|_| bad("the parameters cannot be read"))?;
    let precision = Precision::named(&parameters.precision);
    let precision =
        precision.ok_or_else(|| bad("`precision` is none of ns, us, ms, s, m and h"))?;
    let parse = move |_: &_, body: &[u8]| influx::parse(body, precision);
    let batch = parsed(app, request, (Input::Influx, Coding::Gzip), parse).await?;
    let outcome = commit(app, batch.sender, batch.value).await?;
    match outcome.rejected_count {
        0 => Ok(()),
        // Telegraf looks for these two words, and does not send it again.
        _ => Err(bad(&format!("partial write: {}", outcome.describe("line")))),
    }
}

fn error(version: Version, refused: &Refused) -> Response {
    let why = refused.why.clone();
    let mut response = match version {
        Version::V1 => Json(Error1 { error: why }).into_response(),
        Version::V2 => Json(Error2 {
            code: code(refused.status),
            message: why,
        })
        .into_response(),
    };
    refused.complete(&mut response);
    response
}

fn code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::FORBIDDEN => "forbidden",
        StatusCode::PAYLOAD_TOO_LARGE => "request too large",
        StatusCode::SERVICE_UNAVAILABLE => "unavailable",
        _ => "invalid",
    }
}
