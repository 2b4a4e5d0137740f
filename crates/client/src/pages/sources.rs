//! The page of sources: who reports to this server, what became of it, and all series.
//!
//! It is loaded together with the page of checks.

mod examples;
mod explorer;
mod senders;
mod targets;

use super::account::section;
use super::polled::{self, Polled};
use crate::kit::piece::{IntoPiece, Piece};
use leptos::prelude::*;
use protocol::source_info::SourceList;

pub(super) fn content() -> Piece {
    let sources = Polled::<SourceList>::new("sources");
    polled::poll(move || sources.reload());
    view! {
        {polled::connection(sources)}
        {section("targets", "Scrape targets", sources.show(|it| targets::targets(&it)))}
        {section("senders", "Senders", sources.show(|it| senders::senders(&it)))}
        {explorer::section_of()}
        {section("labels", "Labels with the most values", sources.show(|it| senders::labels(&it)))}
        {section("examples", "How to send", examples::examples(sources))}
    }
    .into_piece()
}
