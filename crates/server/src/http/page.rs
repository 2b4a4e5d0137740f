use super::routes::Sender;
use super::site::Site;
use crate::accounts::HOST_PAGE;
use crate::app::{App, PageSettings};
use crate::hosts;
use access::Access;
use accounts::{Action, Credential, Principal, authorize};
use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
#[cfg(debug_assertions)]
use axum::response::Html;
use axum::response::{IntoResponse, Redirect, Response};
use client::{Assets, Page, PageKind, Snapshot};
use journal::Frame;
use leptos::nonce::use_nonce;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use percent_encoding::percent_decode_str;
use protocol::{Durable, OWN_HOST_ALIAS, SeriesKey, Stream, Timestamp, points};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// How old `data` may be to be drawn at first, in milliseconds, and how many of it are in the page at most.
const DRAWN_MS: i64 = 60_000;
const DRAWN_MAX: usize = 200;

/// A larger page is not sent; its snapshot is bounded far below.
const PAGE_BYTES_MAX: usize = 32 << 20;

/// Limits of the error for an unknown host.
const HOST_CHARS_SHOWN: usize = 40;
const HOSTS_SHOWN: usize = 20;

/// The query with which the page of the sign-in leads to the page that the user has chosen.
const START_QUERY: &str = "start";

/// How long a page waits for the store.
const OLDEST_TIMEOUT: Duration = Duration::from_millis(200);

/// `GET /`: the dashboard with the current values, of the server's own host or of `?host=`.
pub(crate) async fn dashboard(
    State(app): State<App>,
    Sender(principal): Sender,
    request: Request,
) -> Response {
    host_page(app, principal, request, PageKind::Dashboard).await
}

/// `GET /boards`: all boards; with `?board=` one of them, in the frame of the dashboard of a host.
pub(crate) async fn boards(
    State(app): State<App>,
    Sender(principal): Sender,
    request: Request,
) -> Response {
    let of = request.uri().path_and_query();
    match PageKind::at(of.map_or("", |it| it.as_str())) {
        PageKind::Board => host_page(app, principal, request, PageKind::Board).await,
        _ => account(app, request, PageKind::Boards).await,
    }
}

/// A page with the current values of a host.
async fn host_page(app: App, principal: Principal, request: Request, kind: PageKind) -> Response {
    let access = principal.access.clone();
    let hosts = hosts::names(&app, &access);
    if kind == PageKind::Dashboard && is_start(&request) {
        let path = start_page(&app, &principal, &hosts);
        // At the dashboard itself there is nothing to lead to.
        if path != "/" || request.uri().query().is_some() {
            return redirect(&app, &path);
        }
    }
    let host = match shown_host(&app, &hosts, request.uri()) {
        Ok(host) => host,
        Err(refusal) => return (StatusCode::NOT_FOUND, refusal).into_response(),
    };
    let oldest = oldest(&app).await;
    let of = app.clone();
    let user = principal.user().and_then(|id| app.accounts().user_info(id));
    let account = match is_public(&principal) {
        true => Some("Sign in".to_owned()),
        false => user.map(|user| user.name),
    };
    let manages_users = manages_users(&principal);
    let snapshot = move || Snapshot {
        account: account.clone(),
        manages_users,
        ..snapshot(&of, &access, &host, hosts.clone(), oldest)
    };
    page(app, request, kind, snapshot).await
}

/// Whether somebody comes from elsewhere, by a bookmark or by typing the address, or has just signed in: then the page
/// follows that the user has chosen. Links of the page lead to the dashboard itself.
fn is_start(request: &Request) -> bool {
    let is = |name, value| request.headers().get(name).is_some_and(|it| it == value);
    match request.uri().query() {
        None | Some("") => is("sec-fetch-site", "none") && is("sec-fetch-mode", "navigate"),
        query => query == Some(START_QUERY),
    }
}

/// The path that the user has chosen to be shown first; the dashboard's, if that host is gone.
fn start_page(app: &App, principal: &Principal, hosts: &[String]) -> String {
    let preferences = app.accounts().preferences(principal).unwrap_or_default();
    let chosen = preferences.start_page.filter(|path| {
        let host = path.strip_prefix(HOST_PAGE);
        // As in an address.
        let host = host.map(|it| percent_decode_str(it).decode_utf8_lossy());
        host.is_none_or(|host| hosts.iter().any(|known| *known == *host))
    });
    chosen.unwrap_or_else(|| "/".into())
}

/// Leads to a page.
fn redirect(app: &App, path: &str) -> Response {
    let base = app.page().base_path();
    let mut response = Redirect::to(&format!("{base}{path}")).into_response();
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

/// `GET /login` and the other pages of accounts, which contain no data: they ask the API. Only their rail says
/// whether the user manages others.
pub(crate) async fn account(app: App, request: Request, kind: PageKind) -> Response {
    let principal = request.extensions().get();
    if kind == PageKind::Account && principal.is_some_and(is_public) {
        // Nobody's account: from there the start page follows.
        return redirect(&app, "/login");
    }
    let manages_users = principal.is_some_and(manages_users);
    let snapshot = move || Snapshot {
        manages_users,
        ..Snapshot::without_data(Timestamp::now())
    };
    page(app, request, kind, snapshot).await
}

/// `GET /dev/gallery`: all parts of the page in the state of `?state=` and the theme of `?theme=`. Only debug builds
/// have it.
#[cfg(debug_assertions)]
pub(crate) async fn gallery(
    State(app): State<App>,
    Sender(principal): Sender,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let Some(assets) = assets(app.site(), &app.page().base_path) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let oldest = oldest(&app).await;
    let chosen = |name: &str| query.get(name).cloned().unwrap_or_default();
    let (state, theme) = (chosen("state"), chosen("theme"));
    let render = async move {
        let hosts = hosts::names(&app, &principal.access);
        let own = app.hub().journal().own().name().to_owned();
        let html = client::gallery(client::Gallery {
            snapshot: snapshot(&app, &principal.access, &own, hosts, oldest),
            assets,
            base_path: app.page().base_path.clone(),
            state,
            theme,
        });
        // It has no script that would add the style sheets of what is loaded lazily.
        let policy = policy("none", app.page()).replace("style-src", "style-src 'unsafe-inline'");
        ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
    };
    on_one_thread(render).await
}

/// Whether this is a user who manages the others.
fn manages_users(principal: &Principal) -> bool {
    principal.user().is_some() && authorize(principal, Action::ManageUsers).is_ok()
}

/// Whether nobody is signed in, and sees what everybody may see.
fn is_public(principal: &Principal) -> bool {
    principal.credential == Credential::Public
}

/// Renders a page.
async fn page(
    app: App,
    request: Request,
    kind: PageKind,
    snapshot: impl Fn() -> Snapshot + Clone + Send + Sync + 'static,
) -> Response {
    let Some(assets) = assets(app.site(), &app.page().base_path) else {
        let text = "The site was not built into this server: build it with `cargo xtask build`, \
                    or run `cargo leptos watch`.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    };
    let principal = request.extensions().get::<Principal>();
    let is_public = principal.is_some_and(is_public);
    let preferences = principal.and_then(|principal| app.accounts().preferences(principal).ok());
    let render = leptos_axum::render_app_async(move || {
        let settings = app.page();
        let nonce = use_nonce().map(|nonce| nonce.to_string());
        if let Some(response) = use_context::<ResponseOptions>() {
            set_headers(&response, nonce.as_deref().unwrap_or_default(), settings);
        }
        client::shell(Page {
            kind,
            is_public,
            preferences: preferences.clone(),
            snapshot: snapshot(),
            assets: assets.clone(),
            base_path: settings.base_path.clone(),
            ws_url: settings.ws_url.clone(),
            images: settings.board_images.clone(),
            zone: zone(),
            nonce,
            reload_port: reload_port(),
        })
    });
    on_one_thread(async move { buffered(render(request).await).await }).await
}

/// Renders on one thread: parts of the page are not `Send`, and must be dropped on the thread that created
/// them.
async fn on_one_thread(render: impl Future<Output = Response> + Send + 'static) -> Response {
    let runtime = Handle::current();
    let rendered = spawn_blocking(move || runtime.block_on(render)).await;
    rendered.unwrap_or_else(|error| {
        tracing::error!(%error, "The page could not be rendered.");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    })
}

/// The response with a buffered body, so that nothing is rendered while it is sent.
async fn buffered(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    match to_bytes(body, PAGE_BYTES_MAX).await {
        Ok(bytes) => Response::from_parts(parts, Body::from(bytes)),
        Err(error) => {
            tracing::error!(%error, "The page could not be rendered.");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn set_headers(response: &ResponseOptions, nonce: &str, settings: &PageSettings) {
    if let Ok(policy) = HeaderValue::from_str(&policy(nonce, settings)) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// The start of history. A store that does not answer must not delay the page, for which there is no history
/// then.
async fn oldest(app: &App) -> Option<Timestamp> {
    let now = Timestamp::now();
    let answer = timeout(OLDEST_TIMEOUT, app.archive()?.store().oldest()).await;
    let oldest_ms = answer.ok().and_then(Result::ok).flatten();
    Some(oldest_ms.map_or(now, Timestamp::from_unix_ms))
}

/// The name of the requested host, or an error if it is unknown.
fn shown_host(app: &App, hosts: &[String], uri: &Uri) -> Result<String, String> {
    let query: Query<HashMap<String, String>> = Query::try_from_uri(uri)
        .map_err(|error| format!("The query cannot be read: {error}.\n"))?;
    let own = app.hub().journal().own();
    let requested = query.get("host").map_or(own.name(), String::as_str);
    let host = own.resolve(requested);
    if hosts.iter().any(|known| known == host) {
        return Ok(host.to_owned());
    }
    let shown: String = requested.chars().take(HOST_CHARS_SHOWN).collect();
    let known = hosts[..hosts.len().min(HOSTS_SHOWN)].join(", ");
    Err(format!(
        "No host {shown:?} is known here. There are {known}; /api/v1/hosts lists all.\n"
    ))
}

fn snapshot(
    app: &App,
    access: &Access,
    host: &str,
    hosts: Vec<String>,
    oldest: Option<Timestamp>,
) -> Snapshot {
    let journal = app.hub().journal();
    let newest = Stream::PUBLIC.into_iter().filter_map(|stream| {
        let definition = stream.definition();
        // What is about no host is shown for all hosts.
        let host = match definition.is_about_a_host {
            true => host,
            false => OWN_HOST_ALIAS,
        };
        Some((stream, definition.on_page?.snapshot, host))
    });
    let newest: Vec<_> = newest.collect();
    let (head, frames) = journal.newest(&newest, access);
    Snapshot {
        server_version: crate::VERSION.into(),
        host: host.to_owned(),
        hosts,
        own_names: journal.own().names().map(str::to_owned).collect(),
        account: None,
        manages_users: false,
        now: Timestamp::now(),
        epoch: journal.epoch().to_string(),
        head,
        oldest,
        viewers: app.hub().count() as u64,
        messages: recent_data(&frames, Timestamp::now())
            .map(|frame| frame.json().to_owned())
            .collect(),
    }
}

/// Of `data`, the newest of each series, and what charts show at first, so that their lines do not begin empty. All
/// of other streams.
fn recent_data(frames: &[Arc<Frame>], now: Timestamp) -> impl Iterator<Item = &Arc<Frame>> {
    let mut known = HashSet::new();
    let mut drawn = 0;
    let newest_first = frames.iter().rev();
    let mut shown: Vec<_> = newest_first
        .filter(|frame| {
            let Some((series, at)) = point_of(frame) else {
                return true;
            };
            let is_drawn = now.unix_ms() - at.unix_ms() <= DRAWN_MS && drawn < DRAWN_MAX;
            drawn += usize::from(is_drawn);
            known.insert(series) || is_drawn
        })
        .collect();
    shown.reverse();
    shown.into_iter()
}

/// The series of `data`, and when it was reported.
fn point_of(frame: &Frame) -> Option<(SeriesKey, Timestamp)> {
    if frame.stream() != Stream::Data {
        return None;
    }
    let message = Durable::from_json(frame.json()).ok()?;
    let (point, _) = points(&message).into_iter().next()?;
    Some((point.series, message.timestamp()))
}

fn assets(site: &Site, base_path: &str) -> Option<Assets> {
    let url = |extension| {
        site.package_name(extension)
            .map(|name| format!("{base_path}/pkg/{name}"))
    };
    Some(Assets {
        js: url("js")?,
        wasm: url("wasm")?,
        css: url("css")?,
    })
}

/// The time zone of this machine, by which a viewer may have times written.
fn zone() -> Option<String> {
    iana_time_zone::get_timezone().ok()
}

/// The port of `cargo leptos watch`, which notifies the page of a rebuild.
fn reload_port() -> Option<u16> {
    std::env::var("LEPTOS_WATCH").ok()?;
    std::env::var("LEPTOS_RELOAD_PORT").ok()?.parse().ok()
}

/// Allows only files and scripts of this page, connections to its own server, and images that an admin allows.
fn policy(nonce: &str, settings: &PageSettings) -> String {
    // `cargo leptos watch` uses another port of this host.
    let reload = if reload_port().is_some() { " ws:" } else { "" };
    let ws_url = settings.ws_url.as_ref();
    let ws_url = ws_url.map(|url| format!(" {url}")).unwrap_or_default();
    let mut images = String::new();
    for origin in &settings.board_images {
        images.push(' ');
        images.push_str(origin);
    }
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'nonce-{nonce}'; \
         style-src 'self'; font-src 'self'; img-src 'self' data:{images}; connect-src 'self'{ws_url}{reload}; \
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
    fn files_are_below_the_base_path() {
        let root = tempfile::tempdir().unwrap();
        let package = root.path().join("pkg");
        std::fs::create_dir(&package).unwrap();
        for extension in ["js", "wasm", "css"] {
            std::fs::write(package.join(format!("watchroom.a1.{extension}")), "").unwrap();
        }
        let site = Site::Folder(root.path().to_owned());
        let urls = |base_path| assets(&site, base_path).map(|it| [it.js, it.wasm, it.css]);
        let at =
            |base: &str| ["js", "wasm", "css"].map(|it| format!("{base}/pkg/watchroom.a1.{it}"));
        assert_eq!(urls(""), Some(at("")));
        assert_eq!(urls("/watch"), Some(at("/watch")));
    }

    #[test]
    fn images_come_from_allowed_origins_only() {
        let with = |images: &[&str]| {
            let settings = PageSettings {
                ws_url: None,
                board_images: images.iter().map(ToString::to_string).collect(),
                base_path: String::new(),
            };
            policy("n0nce", &settings)
        };
        assert!(with(&[]).contains("img-src 'self' data:;"));
        let allowed = with(&["https://a.example", "https://b.example"]);
        assert!(allowed.contains("img-src 'self' data: https://a.example https://b.example;"));
    }

    #[test]
    fn data_is_shown_that_is_drawn_or_the_newest_of_its_series() {
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
        let shown_at = |now_ms| -> Vec<u64> {
            let now = Timestamp::from_unix_ms(now_ms);
            recent_data(&frames, now).map(|frame| frame.seq()).collect()
        };
        assert_eq!(shown_at(DRAWN_MS), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(shown_at(DRAWN_MS + 1), [2, 3, 4, 5, 6, 7]);
    }

    /// Belongs to the thread that created it, as much of a page does.
    struct Bound(ThreadId, Arc<AtomicBool>);

    impl Drop for Bound {
        fn drop(&mut self) {
            let is_at_home = thread::current().id() == self.0;
            self.1.store(is_at_home, Ordering::Relaxed);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_page_is_dropped_on_the_thread_that_rendered_it() {
        let at_home = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&at_home);
        let response = on_one_thread(async move {
            let bound = Bound(thread::current().id(), noted);
            let pieces = stream::unfold((bound, 0), async |(bound, count)| {
                tokio::task::yield_now().await;
                (count < 100).then(|| (Ok::<_, Infallible>("<p>"), (bound, count + 1)))
            });
            buffered(Response::new(Body::from_stream(pieces))).await
        })
        .await;
        assert!(at_home.load(Ordering::Relaxed), "before it is sent");
        let page = to_bytes(response.into_body(), PAGE_BYTES_MAX).await;
        assert_eq!(page.unwrap().len(), 300);
    }
}
