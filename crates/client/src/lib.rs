//! The page: rendered by the server with the current values, continued in the browser.
//!
//! Both sides run this same code from the same [`Snapshot`], so the browser's first view equals
//! the server's HTML. Browser calls stand in effects and event handlers, which never run on the
//! server; that is why only `hydrate` is conditional. Nothing here knows how the server stores
//! anything.
//!
//! Start with [`render`]. A message then travels down the modules below: the connection verifies
//! that none is missing, the store keeps what is shown, widgets show it.

mod connection;
mod past;
mod store;
mod widgets;

mod app;
mod pages;
mod session;

mod attention;
mod browser;
mod document;
mod export;
mod fixed;
mod fixture;
mod format;
mod json;
mod later;
mod piece;
mod snapshot;
mod state;
mod text;

#[cfg(feature = "bench")]
mod bench;

pub use document::{Assets, Page, render, shell};
pub use snapshot::Snapshot;

/// Continues the page that [`render`] wrote from the snapshot in it; the boot script calls this
/// once.
///
/// # Errors
///
/// If the snapshot is not one that this build can read.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate(snapshot: &str) -> Result<(), wasm_bindgen::JsError> {
    let snapshot = Snapshot::from_script(snapshot)
        .ok_or_else(|| wasm_bindgen::JsError::new("the page's snapshot is unreadable"))?;
    leptos::mount::hydrate_body(|| app::app(snapshot));
    Ok(())
}
