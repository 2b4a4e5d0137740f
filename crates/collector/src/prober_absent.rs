//! Where the list of mounts says how full they are, nothing is asked.

use std::ffi::OsString;

/// Does nothing on this system.
pub fn start_with(_arguments: impl IntoIterator<Item = impl Into<OsString>>) {}

/// Ends the process.
pub fn serve() -> ! {
    std::process::exit(0)
}
