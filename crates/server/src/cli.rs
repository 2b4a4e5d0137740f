//! The command line.

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
    /// Look at the configuration without serving
    Config {
        /// What of it
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Ask a running server whether it is alive
    Healthcheck {
        /// Where it is
        #[arg(long, default_value = "http://127.0.0.1:8765")]
        url: String,
    },
    /// Answer a server's questions about filesystems, on its standard input
    #[command(hide = true)]
    ProbeFilesystems,
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
