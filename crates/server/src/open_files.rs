//! How many files, and so how many viewers, this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit as far as it goes without privileges: the usual 1024 is for programs that use
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
