//! A test server, and its clients.

pub(crate) mod account;
mod chain;
mod chained;
mod event_viewer;
mod exposed;
mod exposition;
#[cfg(target_os = "linux")]
mod fuse;
mod http;
pub(crate) mod http2;
#[cfg(target_os = "linux")]
mod mount_namespace;
#[expect(
    dead_code,
    reason = "the store's own tests do more to a database than these"
)]
#[path = "../../../store/tests/support/postgres.rs"]
pub(crate) mod postgres;
mod raw_viewer;
mod server;
mod tls;
mod viewer;

pub(crate) use chain::Chain;
pub(crate) use chained::{ChainedViewer, Source};
pub(crate) use event_viewer::{End, EventViewer};
pub(crate) use exposed::exposed;
pub(crate) use exposition::Samples;
#[cfg(target_os = "linux")]
pub(crate) use fuse::Fuse;
pub(crate) use http::{Answer, encoded, exchange, exchange_over, get};
#[cfg(target_os = "linux")]
pub(crate) use mount_namespace::MountNamespace;
pub(crate) use raw_viewer::{RawViewer, deflate_offer};
pub(crate) use server::TestServer;
pub(crate) use tls::{
    Certificate, connect_tls, connect_tls_offering, connect_tls_with, small_socket,
};
pub(crate) use viewer::{Viewer, Wire, last, subscribe, subscribe_after};

use protocol::Timestamp;
use std::future::Future;
use std::time::Duration;

/// The timeout of all waits, long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn now_ms() -> i64 {
    Timestamp::now().unix_ms()
}

/// Waits for a future, with a timeout.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {} s for {what}", PATIENCE.as_secs()),
    }
}
