//! The test machine, changed as far as namespaces allow.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

mod network;
mod proc_files;
mod processes;
