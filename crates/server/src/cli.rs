//! The command line.

mod accounts;

pub use accounts::{TokenCommand, UserCommand};

use crate::config::Flags;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// A self-hosted, real-time dashboard.
#[derive(Debug, Parser)]
#[command(name = "watchroom", version, propagate_version = true)]
pub struct Cli {
    /// What to do; without a word, serve
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What `watchroom` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sample this host and serve the dashboard
    Serve(Box<Flags>),
    /// Copy the store to a file, also while a server uses it
    Backup {
        /// The copy; a file that exists is never overwritten
        file: PathBuf,
        /// Where the store is, as when serving
        #[command(flatten)]
        flags: Box<Flags>,
    },
    /// Put a copy of the store in the place of the store of a stopped server, which is kept beside it
    Restore {
        /// What `watchroom backup` wrote
        file: PathBuf,
        /// Where the store is, as when serving
        #[command(flatten)]
        flags: Box<Flags>,
    },
    /// Look at the configuration without serving
    Config {
        /// What of it
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Manage the users of a running server
    User {
        /// What to do
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Manage the API tokens of a running server
    Token {
        /// What to do
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Ask a running server whether it is alive
    Healthcheck {
        /// Where it is
        #[arg(long, default_value = "http://127.0.0.1:8765")]
        url: String,
        /// Start with the PROXY protocol, for a server with `proxy_protocol` that trusts this machine
        #[arg(long)]
        proxy_protocol: bool,
    },
    /// Answer a server's questions about filesystems, on its standard input
    #[command(hide = true)]
    ProbeFilesystems,
    /// Write man pages and shell completions into a folder, for packages
    #[command(hide = true)]
    WriteReference {
        /// The folder
        folder: PathBuf,
    },
}

impl Default for Command {
    fn default() -> Self {
        Self::Serve(Box::default())
    }
}

/// What can be done with a configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Say whether the configuration can be used
    Check(Box<Flags>),
    /// Show every setting as it would be used
    Show(Box<Flags>),
}
