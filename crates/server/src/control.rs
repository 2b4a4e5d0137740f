//! The socket in the data directory by which `watchroom user` and `watchroom token` talk to the running server. Whoever
//! may open it, its owner alone, may do everything. One request and one response, each a line of JSON.

use crate::accounts::{AccountError, Accounts, Actor};
use protocol::account::{
    CreatedToken, NewToken, NewUser, TokenList, UserChange, UserInfo, UserList,
};
use serde::{Deserialize, Serialize};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

/// The longest request.
const REQUEST_BYTES_MAX: u64 = 16 << 10;

/// How long a request may take to arrive, and its response to be taken.
const TIME_MAX: Duration = Duration::from_secs(10);

/// Requests at the same time; further ones wait.
const CONNECTIONS_MAX: usize = 8;

/// Who asks here.
const BY: Actor<'_> = Actor::CommandLine;

/// What the command line asks for.
#[derive(Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub(crate) enum ControlRequest {
    /// `watchroom user add`
    AddUser(NewUser),
    /// `watchroom user passwd`, `role` and `totp`
    ChangeUser {
        /// The user.
        name: String,
        /// What changes.
        change: UserChange,
    },
    /// `watchroom user list`
    ListUsers,
    /// `watchroom user remove`
    RemoveUser {
        /// The user.
        name: String,
    },
    /// `watchroom user setup-link`
    SetupLink,
    /// `watchroom token create`
    CreateToken {
        /// Whose it is; absent for one of the server's.
        user: Option<String>,
        /// The token.
        new: NewToken,
    },
    /// `watchroom token list`
    ListTokens,
    /// `watchroom token revoke`
    RevokeToken {
        /// Its number.
        id: i64,
    },
}

/// What the server answers.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ControlResponse {
    User(UserInfo),
    Users(UserList),
    SetupLink { link: String },
    Token(CreatedToken),
    Tokens(TokenList),
    Done,
    Error { error: String },
}

/// Where the socket is.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}

/// Listens, in place of a server that has ended. The store's lock has shown that there is no other.
pub(crate) fn bind(data_dir: &Path) -> io::Result<UnixListener> {
    let path = path(data_dir);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers until the server stops.
pub(crate) async fn serve(
    listener: UnixListener,
    accounts: Accounts,
    mut stop: watch::Receiver<bool>,
) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        let Ok((socket, _)) = accepted else {
            continue;
        };
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
            return;
        };
        let accounts = accounts.clone();
        tokio::spawn(async move {
            if let Err(error) = answer(socket, &accounts).await {
                tracing::debug!(%error, "A request of the command line could not be answered.");
            }
            drop(permit);
        });
    }
}

async fn answer(mut socket: UnixStream, accounts: &Accounts) -> io::Result<()> {
    let (reader, mut writer) = socket.split();
    let mut line = String::new();
    let mut reader = BufReader::new(reader.take(REQUEST_BYTES_MAX));
    timeout(TIME_MAX, reader.read_line(&mut line)).await??;
    let response = match serde_json::from_str(&line) {
        Ok(request) => {
            handle(accounts, request)
                .await
                .unwrap_or_else(|error| ControlResponse::Error {
                    error: error.to_string(),
                })
        }
        Err(_) => ControlResponse::Error {
            error: "the request is not one that this version of the server knows".into(),
        },
    };
    let mut text = serde_json::to_string(&response)?;
    text.push('\n');
    timeout(TIME_MAX, writer.write_all(text.as_bytes())).await?
}

async fn handle(
    accounts: &Accounts,
    request: ControlRequest,
) -> Result<ControlResponse, AccountError> {
    Ok(match request {
        ControlRequest::AddUser(new) => ControlResponse::User(accounts.create_user(BY, new).await?),
        ControlRequest::ChangeUser { name, change } => {
            ControlResponse::User(accounts.change_user(BY, &name, change).await?)
        }
        ControlRequest::ListUsers => ControlResponse::Users(UserList {
            users: accounts.users(),
        }),
        ControlRequest::RemoveUser { name } => {
            accounts.remove_user(BY, &name).await?;
            ControlResponse::Done
        }
        ControlRequest::SetupLink => {
            let link = accounts.setup_link().ok_or_else(|| {
                let why = "there is a user already; `watchroom user add` creates another one, and \
                           `watchroom user passwd` sets a password";
                AccountError::Conflict(why.into())
            })?;
            ControlResponse::SetupLink { link }
        }
        ControlRequest::CreateToken { user, new } => {
            let principal = accounts.on_behalf_of(user.as_deref())?;
            ControlResponse::Token(accounts.create_token(&principal, new).await?)
        }
        ControlRequest::ListTokens => {
            let principal = accounts.on_behalf_of(None)?;
            ControlResponse::Tokens(TokenList {
                tokens: accounts.tokens(&principal),
            })
        }
        ControlRequest::RevokeToken { id } => {
            let principal = accounts.on_behalf_of(None)?;
            accounts.revoke_token(&principal, id).await?;
            ControlResponse::Done
        }
    })
}

/// Asks the running server.
pub(crate) async fn request(
    data_dir: &Path,
    request: &ControlRequest,
) -> anyhow::Result<ControlResponse> {
    use anyhow::Context;
    let path = path(data_dir);
    let mut socket = UnixStream::connect(&path).await.with_context(|| {
        format!(
            "reach the server by `{}`; it has to run, with the same data directory, and as the same user",
            path.display()
        )
    })?;
    let mut text = serde_json::to_string(request)?;
    text.push('\n');
    socket.write_all(text.as_bytes()).await?;
    let mut line = String::new();
    BufReader::new(socket).read_line(&mut line).await?;
    serde_json::from_str(&line).context("read the server's response; is it of another version?")
}
