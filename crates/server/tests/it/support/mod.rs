//! A server of one's own, and those who come to it.

mod chain;
mod event_stream;
mod event_viewer;
#[cfg(target_os = "linux")]
mod fuse;
mod http;
#[cfg(target_os = "linux")]
mod mount_namespace;
#[expect(
    dead_code,
    reason = "the store's own tests do more to a database than these"
)]
#[path = "../../../../store/tests/support/postgres.rs"]
pub(crate) mod postgres;
mod raw_viewer;
mod server;
mod viewer;
mod watcher;

pub(crate) use chain::Chain;
pub(crate) use event_stream::Item;
pub(crate) use event_viewer::{End, EventViewer};
#[cfg(target_os = "linux")]
pub(crate) use fuse::Fuse;
pub(crate) use http::{Answer, exchange, get};
#[cfg(target_os = "linux")]
pub(crate) use mount_namespace::MountNamespace;
pub(crate) use raw_viewer::{RawViewer, deflate_offer};
pub(crate) use server::TestServer;
pub(crate) use viewer::{Viewer, last, subscribe, subscribe_after};
pub(crate) use watcher::{Source, Watcher};

use std::future::Future;
use std::time::Duration;

/// Far longer than anything takes, on a busy machine too; a test that fails should say where it hung.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for what must come.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {} s for {what}", PATIENCE.as_secs()),
    }
}
