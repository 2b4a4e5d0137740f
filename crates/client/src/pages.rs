//! Arrangements of widgets, and the documents that they are part of.

mod registry;

mod board;
mod host_board;

mod age;
mod polled;

mod account;
mod alerts;
mod app;
mod boards;
mod boot;
mod checks;
mod dashboard;
mod document;
mod frame;
#[cfg(all(feature = "ssr", debug_assertions))]
mod gallery;
mod server;
mod sources;

#[cfg(feature = "hydrate")]
pub(crate) use app::page;
#[cfg(feature = "hydrate")]
pub(crate) use boot::CONTAINER_ID;
pub use document::{Assets, Page, render, shell};
#[cfg(all(feature = "ssr", debug_assertions))]
pub use gallery::{GALLERY_STATES, Gallery, gallery};
