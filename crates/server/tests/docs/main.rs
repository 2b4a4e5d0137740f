//! Verifies `docs/protocol.md`, `docs/configuration.md`, `docs/boards.md` and `examples/clients` against the server.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod configuration;
mod reference;

mod boards;
mod events;
mod rooms;
mod sessions;
mod shape;

mod clients;
mod cutter;
mod signed_in;

mod support;
