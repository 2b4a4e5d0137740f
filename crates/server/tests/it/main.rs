//! The server from outside, on a real port.
//!
//! One test program, since linking takes long; one module for each behaviour.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

mod command_line;
#[cfg(target_os = "linux")]
mod mounts;

mod pages;

mod attack;
mod http2;
mod limits;
mod maintenance;
mod malformed;
mod proxied;
mod proxies;
mod tls;

mod enveloped;
mod handshake;
mod presets;
mod simple_clients;

mod access;
mod accounts;
mod alerts;
mod authorization;
mod backlogs;
mod boards;
mod demo_history;
mod history;
mod history_at;
mod history_evidence;
mod history_selectors;
mod hosts;
mod idempotency;
mod ingest;
mod inputs;
mod intervals;
mod kills;
mod outgoing;
mod own_host;
mod own_state;
mod public_dashboard;
mod resuming;
mod revocation;
mod samples;
mod store_outage;
// The longest test. Tests start in the order of their names, so this name has it start early.
mod recovery_storm;
mod rooms;
mod subscriptions;

mod checks;
mod client_count;
mod requests;

mod compression;
mod malformed_messages;

mod silent_viewers;
#[cfg(target_os = "linux")]
mod slow_clients;
mod slow_viewers;

mod metrics;
mod openapi;
mod sources;
mod status;
mod stopping;

mod events;
mod events_points;
mod events_resuming;
mod events_slow;
mod events_stopping;
