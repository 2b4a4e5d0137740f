//! What is on the page, one file each. A widget reads the [`crate::store::View`] and nothing else.
//!
//! Text that changes is a `Signal<String>` everywhere: a type of its own for each closure would
//! each time be compiled anew, and the browser loads that.

mod bar;
mod button;
mod card;
mod clock_time;
mod fact;
mod icon;
mod reading;

mod badge;
mod header;
mod notices;
mod statistics;
mod toolbar;

mod network;
mod tile;
mod tiles;

mod chart;
mod charts;

mod counters;
mod feed;
mod lists;
mod load;
mod rows;

pub(crate) use charts::{history, traffic};
pub(crate) use counters::counters;
pub(crate) use feed::feed;
pub(crate) use header::header;
pub(crate) use lists::{disks, interfaces, temperatures};
pub(crate) use load::load;
pub(crate) use network::network;
pub(crate) use notices::notices;
pub(crate) use statistics::statistics;
pub(crate) use tiles::{cpu, disk, memory};
pub(crate) use toolbar::toolbar;
