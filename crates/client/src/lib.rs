//! The page: rendered by the server with the current values, continued in the browser.
//!
//! Both sides run this same code from the same [`Snapshot`], so the browser's first view equals
//! the server's HTML. Browser calls stand in effects and event handlers, which never run on the
//! server; that is why only `start` is conditional. Nothing here knows how the server stores
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
mod boot;
mod browser;
mod document;
mod export;
mod fixed;
mod format;
mod json;
mod later;
mod piece;
mod snapshot;
mod state;
mod text;
mod text_content;

#[cfg(feature = "bench")]
mod bench;

pub use document::{Assets, Page, render, shell};
pub use snapshot::Snapshot;

/// Takes over the page that [`render`] wrote, from the snapshot in it. Where the page's container
/// was emptied, the page is rendered into it. The boot script calls this once.
///
/// # Errors
///
/// If the snapshot is not one that this build can read, or the page has no container.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn start(snapshot: &str) -> Result<(), wasm_bindgen::JsError> {
    use piece::IntoPiece;
    use wasm_bindgen::{JsCast, JsError};

    let snapshot = Snapshot::from_script(snapshot)
        .ok_or_else(|| JsError::new("the page's snapshot is unreadable"))?;
    let container = leptos::prelude::document()
        .get_element_by_id(boot::CONTAINER_ID)
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
        .ok_or_else(|| JsError::new("the page has no container"))?;
    let page = || app::app(snapshot).into_piece();
    match container.has_child_nodes() {
        true => leptos::mount::hydrate_from(container, page).forget(),
        false => leptos::mount::mount_to(container, page).forget(),
    }
    Ok(())
}
