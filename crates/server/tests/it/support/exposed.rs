use super::TestServer;
use super::account::{Credentials, create_token, first_admin};
use server::config::Config;

/// A server that others than this machine may reach, by the changed settings, and which therefore requires a login;
/// with a token that may read.
pub(crate) async fn exposed(change: impl FnOnce(&mut Config)) -> (TestServer, Credentials) {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let token = create_token(&server, &admin, &["read"]).await;
    let server = server.reconfigured(change).restart().await;
    (server, Credentials::bearer(&token.token))
}
