//! `watchroom user` and `watchroom token`.

use crate::config::{Flags, Layers, StorePlace};
use crate::control::{self, ControlRequest, ControlResponse};
use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use protocol::Timestamp;
use protocol::account::{NewToken, NewUser, Role, TokenInfo, UserChange, UserInfo};
use std::fs;
use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;

/// How the answer is printed, and where the server's data is.
#[derive(Debug, Args)]
pub struct Common {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Where the data is, as when serving
    #[command(flatten)]
    flags: Box<Flags>,
}

/// Where a new password comes from; without either it is asked for, or read from the first line of standard input.
#[derive(Debug, Args)]
pub struct NewPassword {
    /// A file whose first line is the password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// What can be done with users.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create a user; the first one turns login on
    Add {
        /// Its name
        name: String,
        /// What it may do
        #[arg(long, default_value = "viewer")]
        role: RoleName,
        /// Where the password comes from
        #[command(flatten)]
        password: NewPassword,
        /// Where the server's data is, and how the answer is printed
        #[command(flatten)]
        common: Common,
    },
    /// Set a user's password, which ends its sessions
    Passwd {
        /// The user
        name: String,
        /// Where the password comes from
        #[command(flatten)]
        password: NewPassword,
        /// Where the server's data is, and how the answer is printed
        #[command(flatten)]
        common: Common,
    },
    /// Set a user's role
    Role {
        /// The user
        name: String,
        /// What it may do
        role: RoleName,
        /// Where the server's data is, and how the answer is printed
        #[command(flatten)]
        common: Common,
    },
    /// Require one-time codes of a user, or remove them
    Totp {
        /// The user
        name: String,
        /// Whether they are required
        #[arg(action = clap::ArgAction::Set)]
        required: bool,
        /// Where the server's data is, and how the answer is printed
        #[command(flatten)]
        common: Common,
    },
    /// List all users
    List {
        /// Where the server's data is, and how the answer is printed
        #[command(flatten)]
        common: Common,
    },
    /// Remove a user with its sessions and tokens
    Remove {
        /// The user
        name: String,
        /// Where the server's data is, and how the answer is printed
        #[command(flatten)]
        common: Common,
    },
    /// Print a link with which the first user can be created
    SetupLink {
        /// Where the server's data is, and how the answer is printed
        #[command(flatten)]
        common: Common,
    },
}

/// What can be done with API tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Create an API token, and print it
    Create {
        /// What it is for
        name: String,
        /// What it may be used for: read, ingest, annotate, admin, agent:HOST, board:ID or beat:NAME; may be repeated
        #[arg(long = "scope", required = true, value_name = "SCOPE")]
        scopes: Vec<String>,
        /// Whose it is; without it, the server's own
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// After how many days it expires; 90 without it
        #[arg(long, value_name = "DAYS")]
        expires_days: Option<u32>,
        /// Where the server's data is, and how the answer is printed
        #[command(flatten)]
        common: Common,
    },
    /// List all API tokens
    List {
        /// Where the server's data is, and how the answer is printed
        #[command(flatten)]
        common: Common,
    },
    /// Revoke an API token
    Revoke {
        /// Its number, as in the list
        id: i64,
        /// Where the server's data is, and how the answer is printed
        #[command(flatten)]
        common: Common,
    },
}

/// A role, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RoleName {
    /// Reads, and changes what is its own
    Viewer,
    /// Acknowledges, silences, annotates, and writes what all share
    Operator,
    /// Manages users, tokens and targets, and reads the audit log
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Viewer => Self::Viewer,
            RoleName::Operator => Self::Operator,
            RoleName::Admin => Self::Admin,
        }
    }
}

impl UserCommand {
    /// Has the running server do it, and prints the answer.
    pub async fn run(self) -> anyhow::Result<()> {
        let (request, common) = match self {
            Self::Add {
                name,
                role,
                password,
                common,
            } => {
                let password = password.read()?;
                let role = role.into();
                let new = NewUser {
                    name,
                    password,
                    role,
                };
                (ControlRequest::AddUser(new), common)
            }
            Self::Passwd {
                name,
                password,
                common,
            } => {
                let change = UserChange {
                    password: Some(password.read()?),
                    ..UserChange::default()
                };
                (ControlRequest::ChangeUser { name, change }, common)
            }
            Self::Role { name, role, common } => {
                let change = UserChange {
                    role: Some(role.into()),
                    ..UserChange::default()
                };
                (ControlRequest::ChangeUser { name, change }, common)
            }
            Self::Totp {
                name,
                required,
                common,
            } => {
                let change = UserChange {
                    totp: Some(required),
                    ..UserChange::default()
                };
                (ControlRequest::ChangeUser { name, change }, common)
            }
            Self::List { common } => (ControlRequest::ListUsers, common),
            Self::Remove { name, common } => (ControlRequest::RemoveUser { name }, common),
            Self::SetupLink { common } => (ControlRequest::SetupLink, common),
        };
        common.request(&request).await
    }
}

impl TokenCommand {
    /// Has the running server do it, and prints the answer.
    pub async fn run(self) -> anyhow::Result<()> {
        let (request, common) = match self {
            Self::Create {
                name,
                scopes,
                user,
                expires_days,
                common,
            } => {
                let new = NewToken {
                    name,
                    scopes,
                    expires_days,
                };
                (ControlRequest::CreateToken { user, new }, common)
            }
            Self::List { common } => (ControlRequest::ListTokens, common),
            Self::Revoke { id, common } => (ControlRequest::RevokeToken { id }, common),
        };
        common.request(&request).await
    }
}

impl Common {
    async fn request(&self, request: &ControlRequest) -> anyhow::Result<()> {
        let config = Layers::gather(&self.flags)?.config()?;
        if config.store_place() == StorePlace::Memory {
            bail!("a server that stores nothing has no accounts");
        }
        let response = control::request(&config.data_dir, request).await?;
        if let ControlResponse::Error { error } = response {
            bail!("{error}");
        }
        match self.json {
            true => println!("{}", serde_json::to_string_pretty(&response)?),
            false => print!("{}", shown(&response)),
        }
        Ok(())
    }
}

impl NewPassword {
    fn read(&self) -> anyhow::Result<String> {
        let text = match &self.password_file {
            Some(path) => fs::read_to_string(path)
                .with_context(|| format!("read the password from `{}`", path.display()))?,
            None if io::stdin().is_terminal() => {
                rpassword::prompt_password("Password: ").context("read the password")?
            }
            None => {
                let mut line = String::new();
                io::stdin()
                    .lock()
                    .read_line(&mut line)
                    .context("read the password from standard input")?;
                line
            }
        };
        Ok(text.lines().next().unwrap_or_default().to_owned())
    }
}

fn shown(response: &ControlResponse) -> String {
    match response {
        ControlResponse::User(user) => user_line(user),
        ControlResponse::Users(list) => list.users.iter().map(user_line).collect(),
        ControlResponse::SetupLink { link } => format!("{link}\n"),
        ControlResponse::Token(created) => format!("{}\n", created.token),
        ControlResponse::Tokens(list) => list.tokens.iter().map(token_line).collect(),
        ControlResponse::Done => "done\n".into(),
        ControlResponse::Error { error } => format!("{error}\n"),
    }
}

fn user_line(user: &UserInfo) -> String {
    let codes = match (user.has_totp, user.must_set_up_totp) {
        (true, _) => ", with one-time codes",
        (false, true) => ", has to set up one-time codes",
        (false, false) => "",
    };
    let seen = time(user.last_seen_ms).map_or("never seen".into(), |it| format!("last seen {it}"));
    format!("{}  {}{codes}, {seen}\n", user.name, user.role.name())
}

fn token_line(token: &TokenInfo) -> String {
    let owner = token.user.as_deref().unwrap_or("the server");
    let expires = time(token.expires_ms).unwrap_or_else(|| "never".into());
    let used = time(token.last_used_ms).unwrap_or_else(|| "never".into());
    let scopes = token.scopes.join(" ");
    format!(
        "{}  {}  {scopes}  of {owner}, expires {expires}, last used {used}\n",
        token.id, token.name
    )
}

fn time(at_ms: Option<i64>) -> Option<String> {
    at_ms.map(|at_ms| Timestamp::from_unix_ms(at_ms).to_string())
}
