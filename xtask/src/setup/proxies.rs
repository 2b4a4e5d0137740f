//! Reverse proxies, with which the server's tests try the examples in `deploy/`. Only the programs are needed: the
//! tests start their own, on ports of their own.

use super::{Found, Need, debian, on_path};
use crate::process::{command, read};
use anyhow::Result;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where Debian puts programs that are not on everybody's PATH; the tests look there, too.
const SYSTEM: &str = "/usr/sbin";

/// Prints both outputs of a program: nginx says its version on standard error.
const BOTH_OUTPUTS: &str = r#""$0" "$1" 2>&1"#;

/// A program that is a Debian package of its own.
pub(crate) struct Proxy {
    program: &'static str,
    /// What makes it say its version.
    version: &'static str,
}

impl Proxy {
    pub(crate) fn all() -> [Self; 3] {
        [("nginx", "-v"), ("caddy", "version"), ("haproxy", "-v")]
            .map(|(program, version)| Self { program, version })
    }

    fn place(&self) -> Option<PathBuf> {
        let mut path = env::var_os("PATH").unwrap_or_default();
        path.push(OsString::from(":"));
        path.push(SYSTEM);
        on_path::first(self.program, &path)
    }
}

impl Need for Proxy {
    fn name(&self) -> String {
        self.program.to_owned()
    }

    fn find(&self) -> Option<Found> {
        let place = self.place()?;
        let mut shell = command("sh", Path::new("/"));
        shell
            .args(["-c", BOTH_OUTPUTS])
            .arg(&place)
            .arg(self.version);
        Some(Found {
            version: version(&read(&mut shell).ok()?)?,
            place: place.display().to_string(),
        })
    }

    fn usual_time(&self) -> &'static str {
        "a minute"
    }

    fn install(&self) -> Result<()> {
        debian::install(&[self.program])
    }
}

/// As in `nginx version: nginx/1.22.1`, `2.6.2` and `HAProxy version 2.6.12-1+deb12u4 2026/10/17`.
fn version(output: &str) -> Option<String> {
    let words = output.lines().next()?.split([' ', '/']);
    let is_version = |word: &&str| {
        word.contains('.')
            && word
                .trim_start_matches('v')
                .starts_with(|it: char| it.is_ascii_digit())
    };
    words.into_iter().find(is_version).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_are_found_in_whatever_is_around_them() {
        for (output, expected) in [
            ("nginx version: nginx/1.22.1\n", Some("1.22.1")),
            ("2.6.2\n", Some("2.6.2")),
            ("v2.8.4 h1:abc=\n", Some("v2.8.4")),
            (
                "HAProxy version 2.6.12-1 2026/10/17\nmore\n",
                Some("2.6.12-1"),
            ),
            ("", None),
        ] {
            assert_eq!(version(output).as_deref(), expected, "{output:?}");
        }
    }
}
