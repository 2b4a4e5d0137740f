use super::http::create_admin;
use super::servers::{Programs, Server};
use anyhow::{Context, Result};
use loadtest::Plan;
use std::path::Path;
use tempfile::TempDir;

/// A server that requires a login, with a token for it.
pub(super) struct Guarded {
    pub(super) server: Server,
    token: String,
    data: TempDir,
}

impl Guarded {
    /// Starts a server that sends `rate` messages a second.
    pub(super) fn start(programs: &Programs, rate: u32) -> Result<Self> {
        let data = TempDir::new()?;
        let server = programs.start_watchroom(&arguments(rate, data.path(), &[]))?;
        let session = create_admin(programs, &server.url, data.path()).context("create a user")?;
        let token = session.create_token("admin").context("create a token")?;
        Ok(Self {
            server,
            token,
            data,
        })
    }

    /// Stops it, and starts it again with additional flags.
    pub(super) fn restart(self, programs: &Programs, rate: u32, flags: &[&str]) -> Result<Self> {
        let Self {
            server,
            token,
            data,
        } = self;
        drop(server);
        let server = programs.start_watchroom(&arguments(rate, data.path(), flags))?;
        Ok(Self {
            server,
            token,
            data,
        })
    }

    pub(super) fn data_dir(&self) -> &Path {
        self.data.path()
    }

    /// As [`Server::plan`], with the token.
    pub(super) fn plan(&self, viewers: usize, seconds: u32) -> Result<Plan> {
        let plan = self.server.plan(viewers, seconds)?;
        Ok(Plan {
            target: plan.target.clone().with_token(&self.token),
            ..plan
        })
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }
}

fn arguments(rate: u32, data: &Path, flags: &[&str]) -> Vec<String> {
    let mut arguments = vec![
        "--demo".to_owned(),
        "--demo-days=0".to_owned(),
        format!("--demo-rate={rate}"),
        "--listen=127.0.0.1:0".to_owned(),
        format!("--data-dir={}", data.display()),
    ];
    arguments.extend(flags.iter().map(|flag| (*flag).to_owned()));
    arguments
}
