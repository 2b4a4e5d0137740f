//! Who the user is, and what every page of accounts says about that.

use crate::kit::browser::{is_public, open_page, origin, page_url, path, sign_in_path};
use crate::kit::format::sentence;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::model::PageKind;
use crate::session::api::{self, Method, Refusal};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::account::{AccountInfo, Role, UserInfo};

/// The status of a request without a valid session.
const UNAUTHENTICATED: u16 = 401;

/// What the sections of a page share.
#[derive(Clone, Copy)]
pub(super) struct Context {
    /// The sender of requests, or why that is not known; none before the response.
    account: State<Option<Result<AccountInfo, String>>>,
}

impl Context {
    /// Asks who the user is.
    pub(super) fn new() -> Self {
        let context = Self {
            account: State::new(None),
        };
        context.reload();
        context
    }

    /// Asks again.
    pub(super) fn reload(self) {
        spawn_local(async move {
            let account = match api::get("account").await {
                Ok(response) => api::read(&response),
                Err(refusal) => Err(refusal),
            };
            self.account.set(Some(match account {
                // Not signed in, which the response may say in either way.
                Err(refusal) if refusal.status == Some(UNAUTHENTICATED) => Ok(AccountInfo {
                    login_required: true,
                    user: None,
                }),
                Ok(account) => Ok(account),
                Err(refusal) => Err(sentence(&refusal.text)),
            }));
        });
    }

    /// What is shown to a user who is signed in. Others are sent to the sign-in; where there is none, `open` is shown
    /// below a note.
    pub(super) fn signed_in(
        self,
        show: impl Fn(UserInfo) -> Piece + Send + 'static,
        open: impl Fn() -> Piece + Send + 'static,
    ) -> Piece {
        let view = move || match self.account.get() {
            None => loading(),
            Some(Err(why)) => problem(&why),
            Some(Ok(account)) => match account.user {
                Some(user) => show(user),
                None if account.login_required => {
                    ask_to_sign_in();
                    loading()
                }
                None => view! {
                    {login_is_off()}
                    {open()}
                }
                .into_piece(),
            },
        };
        view.into_piece()
    }

    /// What is shown to somebody who is not signed in.
    pub(super) fn signed_out(self, form: Piece) -> Piece {
        let note = move || match self.account.get() {
            Some(Ok(AccountInfo {
                user: Some(user), ..
            })) => view! {
                <p class="account-note" data-testid="signed-in">
                    "You are signed in as " <strong translate="no">{user.name}</strong> ". "
                    <a href=page_url("/")>"Open the dashboard"</a>
                </p>
            }
            .into_piece(),
            Some(Ok(AccountInfo {
                login_required: false,
                ..
            })) => login_is_off(),
            _ => ().into_piece(),
        };
        let public = match is_public() {
            true => view! {
                <p class="account-note">
                    <a href=page_url("/") data-testid="without-sign-in">"Dashboard without signing in"</a>
                </p>
            }
            .into_piece(),
            false => ().into_piece(),
        };
        let plain = match is_read_on_the_way(&origin()) {
            true => view! {
                <p class="notice" data-testid="plain-http">
                    "This connection is not encrypted: others on the network can read the password."
                </p>
            }
            .into_piece(),
            false => ().into_piece(),
        };
        view! {
            {plain}
            {note}
            {form}
            {public}
        }
        .into_piece()
    }
}

/// Sends a request of a form; what fails is a sentence for the user.
pub(in crate::pages) async fn send(
    method: Method,
    request: &str,
    body: Option<String>,
) -> Result<crate::kit::json::Json, String> {
    api::send(method, request, body).await.map_err(said)
}

/// What a refusal tells the user. If the session has ended the user has to sign in again.
pub(in crate::pages) fn said(refusal: Refusal) -> String {
    let needs_session = matches!(
        PageKind::at(&path()),
        PageKind::Account
            | PageKind::Users
            | PageKind::Alerts
            | PageKind::Checks
            | PageKind::Rooms
            | PageKind::Boards
    );
    if refusal.status == Some(UNAUTHENTICATED) && needs_session {
        spawn_local(async {
            // A wrong password of a form is no end of the session.
            if !has_session().await {
                ask_to_sign_in();
            }
        });
    }
    sentence(&refusal.text)
}

async fn has_session() -> bool {
    let response = api::get("account").await;
    let account = response.and_then(|response| api::read::<AccountInfo>(&response));
    match account {
        Ok(account) => account.user.is_some() || !account.login_required,
        Err(refusal) => refusal.status != Some(UNAUTHENTICATED),
    }
}

fn ask_to_sign_in() {
    open_page(&sign_in_path());
}

pub(in crate::pages) fn loading() -> Piece {
    view! { <p class="account-note">"Loading…"</p> }.into_piece()
}

/// Something could not be loaded.
pub(in crate::pages) fn problem(why: &str) -> Piece {
    let why = why.to_owned();
    view! {
        <p class="form-error" role="alert">
            {why}
        </p>
    }
    .into_piece()
}

fn login_is_off() -> Piece {
    view! {
        <p class="account-note" data-testid="login-off">
            "Login is off on this server: everybody who reaches it may do everything. "
            <a href=page_url("/users")>"Create the first user"</a> " to turn it on, or "
            <a href=page_url("/")>"open the dashboard"</a> "."
        </p>
    }
    .into_piece()
}

/// What a role is called.
pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer",
        Role::Operator => "Operator",
        Role::Admin => "Admin",
    }
}

/// Whether others on the network can read what is sent to this origin: loopback has no network.
fn is_read_on_the_way(origin: &str) -> bool {
    origin.strip_prefix("http://").is_some_and(|authority| {
        let host = match authority.strip_prefix('[') {
            Some(address) => address.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        let is_loopback = host == "::1" || host.starts_with("127.");
        !(is_loopback || host == "localhost" || host.ends_with(".localhost"))
    })
}

#[cfg(test)]
mod tests {
    use super::is_read_on_the_way;

    #[test]
    fn plain_http_to_other_machines_is_read_on_the_way() {
        for safe in [
            "https://watch.example",
            "http://localhost:8765",
            "http://127.0.0.1:8765",
            "http://[::1]:8765",
            "http://a.localhost",
        ] {
            assert!(!is_read_on_the_way(safe), "{safe}");
        }
        for plain in [
            "http://192.0.2.7:8765",
            "http://watch.example",
            "http://[fd00::1]",
        ] {
            assert!(is_read_on_the_way(plain), "{plain}");
        }
    }
}
