//! The limit of open files, and so of viewers, of this process.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How many files this process may open; absent without a limit.
pub(crate) fn max() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

/// Raises the limit to the highest that needs no privileges: the usual 1024 is for programs that use
/// `select`, and every viewer is an open file.
pub fn allow_most() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "The limit on open files could not be raised.");
    }
}
