//! Signing in, one's own account, users, and API tokens.

mod account;
mod auth;
mod tokens;
mod users;

mod answer;
mod body;
mod cookie;

pub(super) use answer::{AccountErrors, private};
pub(super) use body::{Body, body_text};
pub(crate) use cookie::forget as forget_session;

use super::super::routes::Routes;
use crate::app::App;
use crate::intake::Unavailable;
use accounts::Action;
use axum::http::{HeaderMap, header};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes, with the action of each.
pub(super) fn routes(described: &mut OpenApiRouter<App>) -> Routes {
    use Action::{ManageOwnAccount, ManageOwnPreferences, ManageOwnTokens, ManageUsers, Read};
    Routes::new()
        .described(described, Action::ReadPublic, routes!(auth::sign_in))
        .described(described, Action::ReadPublic, routes!(auth::sign_out))
        .described(described, Action::ReadPublic, routes!(auth::set_up))
        .described(described, Action::ReadPublic, routes!(auth::access_token))
        .described(described, Read, routes!(auth::ticket))
        .described(described, Action::ReadPublic, routes!(account::account))
        .described(
            described,
            ManageOwnAccount,
            routes!(account::change_password),
        )
        .described(described, ManageOwnAccount, routes!(account::new_totp))
        .described(described, ManageOwnAccount, routes!(account::confirm_totp))
        .described(described, ManageOwnAccount, routes!(account::remove_totp))
        .described(
            described,
            ManageOwnAccount,
            routes!(account::sessions, account::end_other_sessions),
        )
        .described(described, ManageOwnAccount, routes!(account::end_session))
        .described(
            described,
            ManageOwnPreferences,
            routes!(account::preferences, account::set_preferences),
        )
        .described(
            described,
            ManageOwnTokens,
            routes!(tokens::tokens, tokens::create_token),
        )
        .described(described, ManageOwnTokens, routes!(tokens::revoke_token))
        .described(
            described,
            ManageUsers,
            routes!(users::users, users::create_user),
        )
        .described(
            described,
            ManageUsers,
            routes!(users::change_user, users::remove_user),
        )
}

/// How a browser describes itself.
fn user_agent(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT);
    let text = agent.and_then(|it| it.to_str().ok()).unwrap_or("unknown");
    // One of these is what sessions of programs are called.
    text.replace("/api/v1/", "")
}

/// Does work to its end, even if the client disconnects: a change that is half done would be in the store, and not in
/// memory.
pub(super) async fn finished<T: Send + 'static, E: From<Unavailable> + Send + 'static>(
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E> {
    let done = tokio::spawn(work).await;
    done.unwrap_or_else(|_| Err(Unavailable.into()))
}
