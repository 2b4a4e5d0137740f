//! Arrangements of widgets, and the documents that they are part of.

mod registry;

mod board;
mod host_board;

mod app;
mod boot;
mod dashboard;
mod document;

#[cfg(feature = "hydrate")]
pub(crate) use app::app;
#[cfg(feature = "hydrate")]
pub(crate) use boot::CONTAINER_ID;
pub use document::{Assets, Page, render, shell};
