//! Limits of an address: a stream counts as a connection would.

use crate::support::http2::Http2;
use crate::support::{Certificate, exposed, soon};
use axum::http::{Method, Request, StatusCode};
use bytes::Bytes;
use std::time::Duration;
use tempfile::TempDir;

const VIEWERS_MAX: usize = 3;
const CONNECTIONS_MAX: usize = 4;
const BURST: u32 = 400;

#[tokio::test(flavor = "multi_thread")]
async fn many_streams_are_no_way_around_limits_of_an_address() {
    let directory = TempDir::new().unwrap();
    let certificate = Certificate::make(directory.path());
    let [cert, key] = certificate.paths();
    let (server, credentials) = exposed(|config| {
        config.tls_cert = cert;
        config.tls_key = key;
        config.limits.viewers_per_address = VIEWERS_MAX;
        config.limits.connections_per_address = CONNECTIONS_MAX;
        config.limits.requests_per_second = 1;
        config.limits.requests_burst = BURST;
    })
    .await;
    let client = Http2::connect(server.address(), &certificate).await;
    let request = |method: Method, path: &str| {
        let mut request: Request<()> = client.request(method, path);
        let token = format!("Bearer {}", credentials.secret());
        let token = token.parse().unwrap();
        request.headers_mut().insert("authorization", token);
        request
    };
    let get = async |path: &str| client.send(request(Method::GET, path)).await.unwrap();

    let mut viewers = Vec::new();
    for _ in 0..VIEWERS_MAX {
        let viewer = get("/api/events/all").await;
        assert_eq!(viewer.status(), StatusCode::OK);
        viewers.push(viewer);
    }
    let refused = get("/api/events/all").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "5");

    // The last place is for whatever is no viewer.
    soon("a free place", async {
        while get("/healthz").await.status() != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    // The stream of the request before may have the place for a moment longer, and this one be refused.
    let (held, refused) = soon("a refusal", async {
        loop {
            let login = client.request(Method::POST, "/api/v1/auth/login");
            let (response, mut held) = client.send_with_body(login).await;
            held.send_data(Bytes::from_static(b"{"), false).unwrap();
            let answer = get("/healthz").await;
            if answer.status() != StatusCode::OK {
                return ((response, held), answer);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let (_response, mut held) = held;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()["retry-after"], "5");
    assert_eq!(refused.headers()["x-content-type-options"], "nosniff");
    // It ends by itself, as it sends nothing more; or at once.
    held.send_reset(h2::Reason::CANCEL);
    soon("a free place", async {
        while get("/healthz").await.status() != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;

    let answer = soon("a refusal", async {
        loop {
            let answer = get("/healthz").await;
            // The place of the request before may not be free yet.
            if !matches!(answer.status().as_u16(), 200 | 503) {
                return answer;
            }
        }
    })
    .await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers()["retry-after"], "1");
    drop(viewers);
    server.drain(client).await;
}
