//! The limit of open files, and so of viewers, of this process.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

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
