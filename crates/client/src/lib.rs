//! The page: rendered by the server with the current values, continued in the browser.
//!
//! Both sides run this same code from the same [`Snapshot`], so the browser's first view equals
//! the server's HTML. Browser calls stand in effects and event handlers, which never run on the
//! server; that is why only [`hydrate`] is conditional. Nothing here knows how the server stores
//! anything.
//!
//! Start with [`render`]; a message then travels from top to bottom through the modules below.

mod document;
mod snapshot;

pub use document::{Assets, Page, render};
pub use snapshot::Snapshot;

/// Continues the page that [`render`] wrote; the boot script calls this once.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(app::App);
}
