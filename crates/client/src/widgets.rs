//! What is on the page, one file each. A widget is given what it shows, as handles, and reads nothing else.
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

mod dial;
mod pair;
mod stat;
mod trio;

mod chart;

mod filter_bar;
mod list;

mod files;

mod chart_card;
mod history;

mod feed;
mod logs;

mod alerts;
mod connection;
mod lists;
mod processes;
mod reported;
mod rows;

pub(crate) use alerts::alerts;
pub(crate) use badge::{Liveness, title};
#[cfg(feature = "bench")]
pub(crate) use chart::{ChartBench, bench_value};
pub(crate) use chart::{ChartContext, Charts, Of, Plan, chart_tools};
pub(crate) use chart_card::chart;
pub(crate) use connection::{ConnectionState, connection};
pub(crate) use dial::dial;
pub(crate) use feed::feed;
pub(crate) use header::{Header, header};
pub(crate) use help::help_place;
pub(crate) use history::{Opened, history_buttons, history_places, player_place};
pub(crate) use list::Handles;
pub(crate) use lists::{disks, interfaces, temperatures};
pub(crate) use logs::logs;
pub(crate) use notes::stream_note;
pub(crate) use notices::notices;
pub(crate) use pair::{Direction, pair};
pub(crate) use processes::processes;
pub(crate) use reported::reported;
pub(crate) use shortcuts::listen_to_keys;
pub(crate) use stat::{Share, fullest, stat};
pub(crate) use toasts::toasts;
pub(crate) use toolbar::{Toolbar, toolbar};
pub(crate) use trio::trio;
