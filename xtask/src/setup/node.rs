//! Node.js with npm: it runs wasm-opt and the browser tests. It is the one thing besides Rust that
//! a user brings along, so it is never installed from here.

use super::{Found, Need};
use crate::process::{command, is_on_path, read};
use anyhow::{Result, bail};
use std::path::Path;

/// The minimum of Playwright and wasm-opt.
const NODE_MAJOR_MIN: u32 = 20;

pub(crate) struct Node;

impl Need for Node {
    fn name(&self) -> String {
        "Node.js with npm".to_owned()
    }

    fn find(&self) -> Option<Found> {
        let version = version()?;
        (major(&version)? >= NODE_MAJOR_MIN && is_on_path("npm")).then(|| Found {
            version,
            place: "on PATH".to_owned(),
        })
    }

    fn usual_time(&self) -> &'static str {
        "a minute, with your system's package manager"
    }

    fn install(&self) -> Result<()> {
        let advice = format!(
            "install Node.js {NODE_MAJOR_MIN} or newer with npm, from your system's packages or \
             from nodejs.org"
        );
        match version() {
            None => bail!("`node` is not on PATH; {advice}"),
            Some(version) if major(&version).is_none_or(|major| major < NODE_MAJOR_MIN) => {
                bail!("the `node` on PATH is {version}; {advice}")
            }
            Some(_) => bail!("`npm` is not on PATH; {advice}"),
        }
    }
}

fn version() -> Option<String> {
    let output = read(command("node", Path::new("/")).arg("--version")).ok()?;
    Some(output.trim().trim_start_matches('v').to_owned())
}

fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_the_first_number() {
        assert_eq!(major("20.20.2"), Some(20));
        assert_eq!(major("nightly"), None);
    }
}
