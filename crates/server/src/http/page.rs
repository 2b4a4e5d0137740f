use super::site::Site;
use crate::app::App;
use crate::clock;
use crate::hosts;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use client::{Assets, Page, Snapshot};
use journal::Frame;
use leptos::nonce::use_nonce;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use protocol::{Durable, OWN_HOST_ALIAS, SeriesKey, Stream, Timestamp, points};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// The newest messages that the page begins with; the rest comes over the connection. Samples fill the
/// minute that charts show at first, so that nothing of the past has to be fetched for it.
const NEWEST: [(Stream, usize); Stream::COUNT] = [
    (Stream::Metrics, 62),
    (Stream::Processes, 1),
    (Stream::Events, 50),
    (Stream::Data, DATA_MESSAGES),
    (Stream::Alerts, 50),
    (Stream::Logs, 50),
];

/// Among so many of the newest figures, each series' newest is looked for.
const DATA_MESSAGES: usize = 500;

/// A larger page is not sent: what it begins with is bounded far below.
const PAGE_BYTES_MAX: usize = 32 << 20;

/// What a sentence says of a host that is not known, and of those that are.
const HOST_CHARS_SHOWN: usize = 40;
const HOSTS_SHOWN: usize = 20;

/// A page waits no longer for the store.
const OLDEST_TIMEOUT: Duration = Duration::from_millis(200);

/// `GET /`: the dashboard with the current values, of the server's own host or of `?host=`.
pub(crate) async fn dashboard(State(app): State<App>, request: Request) -> Response {
    let hosts = hosts::names(&app);
    let host = match shown_host(&app, &hosts, request.uri()) {
        Ok(host) => host,
        Err(refusal) => return (StatusCode::NOT_FOUND, refusal).into_response(),
    };
    let Some(assets) = assets(app.site()) else {
        let text = "The site was not built into this server: build it with `cargo xtask build`, \
                    or run `cargo leptos watch`.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    };
    let oldest = oldest(&app).await;
    let render = leptos_axum::render_app_async(move || {
        let ws_url = app.page().ws_url.clone();
        let nonce = use_nonce().map(|nonce| nonce.to_string());
        if let Some(response) = use_context::<ResponseOptions>() {
            set_headers(
                &response,
                nonce.as_deref().unwrap_or_default(),
                ws_url.as_deref(),
            );
        }
        client::shell(Page {
            snapshot: snapshot(&app, &host, hosts.clone(), oldest),
            assets: assets.clone(),
            base_path: String::new(),
            ws_url,
            nonce,
            reload_port: reload_port(),
        })
    });
    on_one_thread(async move { whole(render(request).await).await }).await
}

/// Renders where nothing moves to another thread: parts of the page are the browser's alone, and what
/// was made for it must be let go on the thread that made it.
async fn on_one_thread(render: impl Future<Output = Response> + Send + 'static) -> Response {
    let runtime = Handle::current();
    let rendered = spawn_blocking(move || runtime.block_on(render)).await;
    rendered.unwrap_or_else(|error| {
        tracing::error!(%error, "The page could not be rendered.");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    })
}

/// The response with its body in one piece, so that nothing is left to be rendered while it is sent.
async fn whole(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    match to_bytes(body, PAGE_BYTES_MAX).await {
        Ok(bytes) => Response::from_parts(parts, Body::from(bytes)),
        Err(error) => {
            tracing::error!(%error, "The page could not be rendered.");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn set_headers(response: &ResponseOptions, nonce: &str, ws_url: Option<&str>) {
    if let Ok(policy) = HeaderValue::from_str(&policy(nonce, ws_url)) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// How far back the page can look. A store that does not answer must not keep the page from being
/// shown; the page looks back no further than to now, then.
async fn oldest(app: &App) -> Option<Timestamp> {
    let now = clock::wall_time();
    let answer = timeout(OLDEST_TIMEOUT, app.archive()?.store().oldest()).await;
    let oldest_ms = answer.ok().and_then(Result::ok).flatten();
    Some(oldest_ms.map_or(now, Timestamp::from_unix_ms))
}

/// The host that is asked for, by its name, or a sentence for an address of one that there is not.
fn shown_host(app: &App, hosts: &[String], uri: &Uri) -> Result<String, String> {
    let query: Query<HashMap<String, String>> = Query::try_from_uri(uri)
        .map_err(|error| format!("The query cannot be read: {error}.\n"))?;
    let own = app.hub().journal().own();
    let asked = query.get("host").map_or(own.name(), String::as_str);
    let host = own.resolve(asked);
    if hosts.iter().any(|known| known == host) {
        return Ok(host.to_owned());
    }
    let shown: String = asked.chars().take(HOST_CHARS_SHOWN).collect();
    let known = hosts[..hosts.len().min(HOSTS_SHOWN)].join(", ");
    Err(format!(
        "No host {shown:?} is known here. There are {known}; /api/v1/hosts lists all.\n"
    ))
}

fn snapshot(app: &App, host: &str, hosts: Vec<String>, oldest: Option<Timestamp>) -> Snapshot {
    let journal = app.hub().journal();
    let newest = NEWEST.map(|(stream, count)| {
        // What happens names no host, and is shown with all of them.
        let host = match stream {
            Stream::Events | Stream::Logs => OWN_HOST_ALIAS,
            _ => host,
        };
        (stream, count, host)
    });
    let (head, frames) = journal.newest(&newest);
    Snapshot {
        server_version: crate::VERSION.into(),
        host: host.to_owned(),
        hosts,
        own_names: journal.own().names().map(str::to_owned).collect(),
        now: clock::wall_time(),
        epoch: journal.epoch().to_string(),
        head,
        oldest,
        viewers: app.hub().count() as u64,
        messages: newest_of_each_series(&frames)
            .map(|frame| frame.json().to_owned())
            .collect(),
    }
}

/// Of series that were reported again, only the newest `data` is shown.
fn newest_of_each_series(frames: &[Arc<Frame>]) -> impl Iterator<Item = &Arc<Frame>> {
    let mut known = HashSet::new();
    let newest_first = frames.iter().rev();
    let mut shown: Vec<_> = newest_first
        .filter(|frame| series_of(frame).is_none_or(|series| known.insert(series)))
        .collect();
    shown.reverse();
    shown.into_iter()
}

/// The series of `data`.
fn series_of(frame: &Frame) -> Option<SeriesKey> {
    if frame.stream() != Stream::Data {
        return None;
    }
    let message = Durable::from_json(frame.json()).ok()?;
    let (point, _) = points(&message).into_iter().next()?;
    Some(point.series)
}

fn assets(site: &Site) -> Option<Assets> {
    let url = |extension| {
        site.package_name(extension)
            .map(|name| format!("/pkg/{name}"))
    };
    Some(Assets {
        js: url("js")?,
        wasm: url("wasm")?,
        css: url("css")?,
    })
}

/// `cargo leptos watch` listens there and tells the page when something was rebuilt.
fn reload_port() -> Option<u16> {
    std::env::var("LEPTOS_WATCH").ok()?;
    std::env::var("LEPTOS_RELOAD_PORT").ok()?.parse().ok()
}

/// Nothing but this page's own files and scripts, and connections to its own server.
fn policy(nonce: &str, ws_url: Option<&str>) -> String {
    // While rebuilding, the page listens to another port of this host.
    let reload = if reload_port().is_some() { " ws:" } else { "" };
    let ws_url = ws_url.map(|url| format!(" {url}")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'nonce-{nonce}'; \
         style-src 'self'; img-src 'self' data:; connect-src 'self'{ws_url}{reload}; \
         manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use journal::{Journal, Limits};
    use protocol::{Data, OwnHost};
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread::{self, ThreadId};

    #[test]
    fn each_series_has_its_newest() {
        let data = |source: Option<&str>, shard: &str, label: &str| {
            Durable::Data(Data {
                timestamp: Timestamp::from_unix_ms(0),
                label: label.into(),
                value: 1.0,
                unit: None,
                source: source.map(Into::into),
                labels: [("shard".to_owned(), shard.to_owned())].into(),
                ..Data::default()
            })
        };
        let journal = Journal::new(Limits::default(), OwnHost::default()).unwrap();
        journal.append(&[
            data(Some("shop"), "", "Requests"),
            data(Some("blog"), "", "Requests"),
            data(None, "", "Requests"),
            data(Some("shop"), "", "Requests"),
            data(Some("shop"), "1", "Requests"),
            data(Some("shop"), "2", "Requests"),
            data(Some("shop"), "", "Errors"),
        ]);
        let frames = journal.batch(0).frames;
        let shown: Vec<u64> = newest_of_each_series(&frames)
            .map(|frame| frame.seq())
            .collect();
        assert_eq!(shown, [2, 3, 4, 5, 6, 7]);
    }

    /// Belongs to the thread that made it, as much of a page does.
    struct Bound(ThreadId, Arc<AtomicBool>);

    impl Drop for Bound {
        fn drop(&mut self) {
            let is_at_home = thread::current().id() == self.0;
            self.1.store(is_at_home, Ordering::Relaxed);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_page_is_let_go_where_it_was_made() {
        let at_home = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&at_home);
        let response = on_one_thread(async move {
            let bound = Bound(thread::current().id(), noted);
            let pieces = stream::unfold((bound, 0), async |(bound, count)| {
                tokio::task::yield_now().await;
                (count < 100).then(|| (Ok::<_, Infallible>("<p>"), (bound, count + 1)))
            });
            whole(Response::new(Body::from_stream(pieces))).await
        })
        .await;
        assert!(at_home.load(Ordering::Relaxed), "before it is sent");
        let page = to_bytes(response.into_body(), PAGE_BYTES_MAX).await;
        assert_eq!(page.unwrap().len(), 300);
    }
}
