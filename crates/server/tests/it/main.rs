//! The server from outside: on a real port, as its viewers, its operators and its enemies meet it.
//!
//! One program, since linking is what costs; one module for each behaviour.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

mod command_line;
#[cfg(target_os = "linux")]
mod mounts;

mod pages;

mod enveloped;
mod handshake;
mod presets;
mod simple_clients;

mod behind;
mod demo_past;
mod hosts;
mod ingest;
mod killing;
mod own_host;
mod pace;
mod past;
mod past_moment;
mod past_selectors;
mod resuming;
mod store_gone;
// Named so that the longest test begins early: they run in the order of their names.
mod recovery_storm;
mod subscriptions;

mod client_count;
mod requests;

mod bad_messages;
mod compression;

mod silent_viewers;
mod slow_viewers;

mod described;
mod draining;

mod events;
mod events_ending;
mod events_points;
mod events_resuming;
mod events_slow;
