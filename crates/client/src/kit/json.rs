//! JSON that comes from the server.
//!
//! The browser reads it for the page: a reader that is compiled anew for each struct was a fifth of
//! the WebAssembly. The server has no browser, and reads text (to render its own messages).

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod value;
#[cfg(target_arch = "wasm32")]
pub(crate) use browser::Json;

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::Json;
