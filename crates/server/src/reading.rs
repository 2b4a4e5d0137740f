//! How stored messages and series are read: backlogs for viewers, and history for requests.
//!
//! Neither may delay a commit or a viewer: few requests read at the same time, and expensive work runs on
//! a [background] thread of low priority.

mod archive;
pub(crate) mod background;
mod backlog_reader;

pub(crate) use archive::{Archive, Reader};
pub(crate) use backlog_reader::{BacklogReader, PendingPage, stored};
