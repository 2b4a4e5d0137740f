//! What is on the page, one file each. A widget reads the [`crate::session::View`] and nothing else.
//!
//! Text that changes is a `Signal<String>` everywhere: a type of its own for each closure would
//! each time be compiled anew, and the browser loads that.

mod actions;
mod clock_time;
mod notes;
mod reading;

mod badge;
mod header;
mod help;
mod notices;
mod shortcuts;
mod streams;
mod toasts;
mod toolbar;

mod cpu;
mod network;
mod tile;
mod tiles;

mod chart;

mod filter_bar;
mod list;

mod files;

mod chart_card;
mod charts;
mod past;

mod feed;
mod logs;

mod alerts;
mod connection;
mod counters;
mod lists;
mod load;
mod processes;
mod rows;

pub(crate) use alerts::alerts;
#[cfg(feature = "bench")]
pub(crate) use chart::{ChartBench, bench_value};
pub(crate) use chart::{Charts, chart_tools};
pub(crate) use charts::host_charts;
pub(crate) use connection::connection;
pub(crate) use counters::counters;
pub(crate) use cpu::cpu;
pub(crate) use feed::feed;
pub(crate) use header::header;
pub(crate) use help::help_place;
pub(crate) use lists::{disks, interfaces, temperatures};
pub(crate) use load::load;
pub(crate) use logs::logs;
pub(crate) use network::network;
pub(crate) use notices::notices;
pub(crate) use past::{Opened, past_buttons, past_places, player_place};
pub(crate) use processes::processes;
pub(crate) use shortcuts::listen_to_keys;
pub(crate) use tiles::{disk, memory};
pub(crate) use toasts::toasts;
pub(crate) use toolbar::toolbar;
