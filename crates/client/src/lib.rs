//! The page: rendered by the server with the current values, continued in the browser.
//!
//! Both sides run this same code from the same [`Snapshot`], so the browser's first view equals
//! the server's HTML. Browser calls stand in effects and event handlers, which never run on the
//! server; that is why only `start` is conditional. Nothing here knows how the server stores
//! anything.
//!
//! Start with [`render`]. The folders are layers, and each imports only those before it: `kit` is what any
//! page could use, `model` what this one knows, `session` keeps that current, `widgets` show it, `pages`
//! arrange them. A message travels through them in this order.

mod kit;

mod model;

mod session;

mod widgets;

mod pages;

#[cfg(feature = "bench")]
mod bench;
#[cfg(feature = "json-check")]
mod json_check;
#[cfg(test)]
mod layers;

/// Room in the data of the module that is split. The tool lays the data of each part out anew, aligned, and where that
/// takes more room than before, it puts all data into the first load. No part has this, so no browser loads it.
#[cfg(split)]
#[used]
static ROOM_FOR_ALIGNMENT: [u8; 4096] = [1; 4096];

pub use model::{PageKind, Snapshot};
pub use pages::{Assets, Page, render, shell};
#[cfg(all(feature = "ssr", debug_assertions))]
pub use pages::{GALLERY_STATES, Gallery, gallery};

/// Takes over the page that [`render`] wrote, from the snapshot in it. Where the page's container
/// was emptied, the page is rendered into it. The boot script calls this once.
///
/// # Errors
///
/// If the snapshot is not one that this build can read, or the page has no container.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn start(snapshot: &str) -> Result<(), wasm_bindgen::JsError> {
    use wasm_bindgen::{JsCast, JsError};

    let snapshot = Snapshot::from_script(snapshot)
        .ok_or_else(|| JsError::new("the page's snapshot is unreadable"))?;
    let container = leptos::prelude::document()
        .get_element_by_id(pages::CONTAINER_ID)
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
        .ok_or_else(|| JsError::new("the page has no container"))?;
    // The address without what follows it says which page the server has rendered.
    let kind = PageKind::at(&kit::browser::path());
    let page = move || pages::page(kind, snapshot);
    match container.has_child_nodes() {
        true => leptos::mount::hydrate_from(container, page).forget(),
        false => leptos::mount::mount_to(container, page).forget(),
    }
    Ok(())
}
