use super::api::{SESSION, TOKEN, forget_session};
use super::authenticate::{ByTicket, Invalid};
use crate::app::App;
use crate::viewers::CloseReason;
use crate::ws;
use accounts::{Action, Denied, Principal, Role, Scope, authorize};
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodFilter, on};
use axum::{Json, Router};
use protocol::api::ErrorResponse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// Routes with the action that each declares. There is no other way to add a route that is answered: the matched
/// route is looked up here, and what declares nothing is refused.
pub(crate) struct Routes {
    router: Router<App>,
    declared: Declared,
}

/// A route, and what it takes to use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredRoute {
    /// As in `/api/v1/users/{name}`.
    pub path: String,
    /// Such as `GET`.
    pub method: String,
    /// The action.
    pub action: Action,
}

/// What the routes declare.
#[derive(Debug, Clone, Default)]
struct Declared(HashMap<String, Vec<Declaration>>);

#[derive(Debug, Clone)]
struct Declaration {
    method: Method,
    action: Action,
    kind: Kind,
}

/// The routes that programs of services may use while login is off: they report something, or everybody may read what
/// is there. Cheap to clone.
#[derive(Clone)]
pub(super) struct ServiceRoutes(Arc<HashSet<(String, Method)>>);

impl ServiceRoutes {
    pub(super) fn contain(&self, request: &Request) -> bool {
        let path = request.extensions().get::<MatchedPath>();
        path.is_some_and(|path| {
            let route = (path.as_str().to_owned(), request.method().clone());
            self.0.contains(&route)
        })
    }
}

/// How a denied request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// By 401 or 403.
    Data,
    /// A page for people: without a session it redirects to the sign-in page.
    Page,
    /// A WebSocket, which is accepted and closed with a code. Nothing else is answered there without being authorized.
    Socket,
    /// Both, by what is requested.
    PageOrSocket,
}

impl Kind {
    fn is_page(self) -> bool {
        matches!(self, Self::Page | Self::PageOrSocket)
    }

    fn is_socket(self) -> bool {
        matches!(self, Self::Socket | Self::PageOrSocket)
    }
}

impl Routes {
    pub(crate) fn new() -> Self {
        Self {
            router: Router::new(),
            declared: Declared::default(),
        }
    }

    /// Adds `GET path`.
    pub(crate) fn get<H, T>(self, path: &str, action: Action, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(path, action, Kind::Data, handler)
    }

    /// Adds `POST path`.
    pub(crate) fn post<H, T>(mut self, path: &str, action: Action, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.declared
            .declare(path, Method::POST, action, Kind::Data);
        self.router = self.router.route(path, on(MethodFilter::POST, handler));
        self
    }

    /// Adds `GET path`, a WebSocket: its handler looks for a [`CloseReason`] among the request's extensions.
    pub(crate) fn socket<H, T>(self, path: &str, action: Action, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(path, action, Kind::Socket, handler)
    }

    /// Adds `GET path`, a page or a WebSocket.
    pub(crate) fn page_or_socket<H, T>(self, path: &str, action: Action, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(path, action, Kind::PageOrSocket, handler)
    }

    /// Adds `GET path`, a page.
    pub(crate) fn page<H, T>(self, path: &str, action: Action, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(path, action, Kind::Page, handler)
    }

    fn add<H, T>(mut self, path: &str, action: Action, kind: Kind, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.declared.declare(path, Method::GET, action, kind);
        self.router = self.router.route(path, on(MethodFilter::GET, handler));
        self
    }

    /// Adds routes that are described by their handlers' attributes, all with one action.
    pub(crate) fn described(
        mut self,
        described: &mut OpenApiRouter<App>,
        action: Action,
        mut routes: UtoipaMethodRouter<App>,
    ) -> Self {
        for (path, item) in &mut routes.1.paths {
            for (method, operation) in [
                (Method::GET, &mut item.get),
                (Method::POST, &mut item.post),
                (Method::PUT, &mut item.put),
                (Method::PATCH, &mut item.patch),
                (Method::DELETE, &mut item.delete),
            ] {
                if let Some(operation) = operation {
                    let description = operation.description.take();
                    let paragraphs = description.into_iter().chain([who_may(action)]);
                    operation.description = Some(paragraphs.collect::<Vec<_>>().join("\n\n"));
                    operation.security = Some(security(action));
                    self.declared.declare(path, method, action, Kind::Data);
                }
            }
        }
        *described = std::mem::take(described).routes(routes);
        self
    }

    /// Adds the routes of `described` itself, whose actions were declared by [`Routes::described`].
    pub(crate) fn with(mut self, router: Router<App>) -> Self {
        self.router = self.router.merge(router);
        self
    }

    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.declared.0.extend(other.declared.0);
        self
    }

    /// Adds a layer around the routes so far.
    pub(crate) fn layered(mut self, layer: impl FnOnce(Router<App>) -> Router<App>) -> Self {
        self.router = layer(self.router);
        self
    }

    pub(super) fn for_services(&self) -> ServiceRoutes {
        let routes = self.declared.0.iter().flat_map(|(path, declared)| {
            let open = declared.iter().filter(|it| {
                matches!(
                    it.action,
                    Action::Ingest | Action::Beat | Action::ReadPublic
                )
            });
            open.map(|it| (path.clone(), it.method.clone()))
        });
        ServiceRoutes(Arc::new(routes.collect()))
    }

    /// Every declared route.
    pub(crate) fn declared(&self) -> Vec<DeclaredRoute> {
        let paths = self.declared.0.iter();
        let all = paths.flat_map(|(path, declared)| {
            declared.iter().map(|it| DeclaredRoute {
                path: path.clone(),
                method: it.method.to_string(),
                action: it.action,
            })
        });
        let mut all: Vec<_> = all.collect();
        all.sort_by(|a, b| (&a.path, &a.method).cmp(&(&b.path, &b.method)));
        all
    }

    /// The router, which authorizes every request.
    pub(crate) fn authorized(self, app: &App) -> Router<App> {
        let state = (app.clone(), Arc::new(self.declared));
        self.router
            .fallback(super::site::root_file)
            .layer(from_fn_with_state(state, check))
    }
}

impl Declared {
    fn declare(&mut self, path: &str, method: Method, action: Action, kind: Kind) {
        self.0.entry(path.into()).or_default().push(Declaration {
            method,
            action,
            kind,
        });
    }
}

/// What an action requires, as OpenAPI says it: the least role of a session, or the scope of a token; nothing for what
/// everybody may do.
fn security(action: Action) -> Vec<SecurityRequirement> {
    match role_and_scope(action) {
        None => vec![SecurityRequirement::default()],
        Some((role, scope)) => vec![
            SecurityRequirement::new(SESSION, [role.name()]),
            SecurityRequirement::new(TOKEN, [scope.to_string()]),
        ],
    }
}

/// The same as a sentence.
fn who_may(action: Action) -> String {
    match role_and_scope(action) {
        None => "Takes no credential.".into(),
        Some((role, scope)) => {
            format!(
                "Takes the role `{}`, or a token with the scope `{scope}`.",
                role.name()
            )
        }
    }
}

fn role_and_scope(action: Action) -> Option<(Role, Scope)> {
    let requirement = action.requirement();
    let scope = requirement.scope.unwrap_or(Scope::Admin);
    requirement.role.map(|role| (role, scope))
}

/// Passes on what the principal may do.
async fn check(
    State((app, declared)): State<(App, Arc<Declared>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>() else {
        // No route: a static file, which everybody may read, or nothing.
        return next.run(request).await;
    };
    let Some(declarations) = declared.0.get(path.as_str()) else {
        let path = path.as_str();
        tracing::error!(path, "A route declares no action, so it is refused.");
        return StatusCode::FORBIDDEN.into_response();
    };
    let method = match *request.method() {
        Method::HEAD => &Method::GET,
        ref method => method,
    };
    let Some(declaration) = declarations.iter().find(|it| it.method == *method) else {
        return not_allowed(request.method(), declarations);
    };
    let Some(principal) = request.extensions().get::<Principal>() else {
        tracing::error!("A request has no principal, so it is refused.");
        return StatusCode::FORBIDDEN.into_response();
    };
    if request.extensions().get::<ByTicket>().is_some() && !declaration.kind.is_socket() {
        let why = "a ticket is for a WebSocket, and there is none at this address";
        return refuse(Denied::NotSignedIn, Some(why.into()));
    }
    let Err(denied) = authorize(principal, declaration.action) else {
        return next.run(request).await;
    };
    if declaration.kind.is_socket() && ws::is_upgrade(&request) {
        // A close code gives the reason, which browsers hide for a refused handshake (RFC 6455, 7.4.1).
        request.extensions_mut().insert(match denied {
            Denied::NotSignedIn => CloseReason::NotSignedIn,
            Denied::Forbidden(_) => CloseReason::Forbidden,
        });
        request.extensions_mut().insert(Principal::anonymous());
        return next.run(request).await;
    }
    if declaration.kind.is_page() && denied == Denied::NotSignedIn {
        return to_sign_in(&app, &request);
    }
    let why = request
        .extensions()
        .get::<Invalid>()
        .map(|Invalid(why)| why.clone());
    refuse(denied, why)
}

/// Leads to the page where one signs in, and from there back.
fn to_sign_in(app: &App, request: &Request) -> Response {
    let target = request.uri().path_and_query().map_or("/", |it| it.as_str());
    let next: String = target.bytes().map(escaped).collect();
    let base = app.page().base_path();
    let mut response = Redirect::to(&format!("{base}/login?next={next}")).into_response();
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    if request.extensions().get::<Invalid>().is_some() {
        // Where the dashboard is public, the next request without the session that has ended is the public's.
        forget_session(response.headers_mut(), app.accounts().cookie_name());
    }
    response
}

/// A byte of a query's value (RFC 3986, 3.4).
fn escaped(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    }
}

/// 401 or 403, with the reason.
pub(crate) fn refuse(denied: Denied, why: Option<String>) -> Response {
    let error = why.unwrap_or_else(|| denied.to_string());
    let status = match denied {
        Denied::NotSignedIn => StatusCode::UNAUTHORIZED,
        Denied::Forbidden(_) => StatusCode::FORBIDDEN,
    };
    let mut response = (status, Json(ErrorResponse { error })).into_response();
    if status == StatusCode::UNAUTHORIZED {
        let bearer = HeaderValue::from_static("Bearer");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, bearer);
    }
    response
}

/// 405, with the methods that there are (RFC 9110, 15.5.6).
fn not_allowed(method: &Method, declared: &[Declaration]) -> Response {
    let mut methods: Vec<_> = declared.iter().map(|it| it.method.as_str()).collect();
    methods.sort_unstable();
    let verb = match methods.len() {
        1 => "is",
        _ => "are",
    };
    let error = format!(
        "{method} is not answered here; {} {verb}",
        methods.join(", ")
    );
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    let mut response = (
        StatusCode::METHOD_NOT_ALLOWED,
        Json(ErrorResponse { error }),
    )
        .into_response();
    if let Ok(allow) = HeaderValue::from_str(&methods.join(",")) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// The sender of a request, for handlers.
pub(crate) struct Sender(pub(crate) Principal);

impl<S: Sync> FromRequestParts<S> for Sender {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let principal = parts.extensions.get::<Principal>().cloned();
        principal.map(Self).ok_or(StatusCode::FORBIDDEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_to_go_after_a_sign_in_is_one_value_of_the_query() {
        let escape = |text: &str| text.bytes().map(escaped).collect::<String>();
        assert_eq!(
            escape("/?at=2026-01-15&x=é"),
            "/%3Fat%3D2026-01-15%26x%3D%C3%A9"
        );
    }
}
