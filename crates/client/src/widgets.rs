//! What is on the page, one file each. A widget is given what it shows, as handles, and reads nothing else.
//!
//! Text that changes is a `Signal<String>` everywhere: a type of its own for each closure would
//! each time be compiled anew, and the browser loads that.

mod actions;
mod clock_time;
mod notes;
mod reading;

mod badge;
mod connection;
mod header;
mod help;
mod notices;
mod pause;
mod rail;
mod settings;
mod shortcuts;
mod streams;
mod toasts;

mod tile;

mod cores;
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

mod command_palette;

mod rooms;

mod alerts;
mod lists;
mod processes;
mod reported;
mod rows;

mod board;

pub(crate) use actions::Palette;
pub(crate) use alerts::alerts;
pub(crate) use badge::{Liveness, title};
#[cfg(all(feature = "ssr", debug_assertions))]
pub(crate) use board::STYLES;
pub(crate) use board::{
    Fleet, Setting, Source, WIDGET_KINDS, WidgetKind, add_styles, bars, clock, gauge, heatmap,
    hosts, image, table, text, value,
};
#[cfg(feature = "bench")]
pub(crate) use chart::{ChartBench, bench_value};
pub(crate) use chart::{ChartContext, Charts, Of, Plan, time_bar};
pub(crate) use chart_card::chart;
pub(crate) use command_palette::palette_place;
pub(crate) use connection::{ConnectionState, connection};
pub(crate) use cores::cores;
pub(crate) use feed::feed;
pub(crate) use header::{Header, header, plain_header};
pub(crate) use help::help_place;
pub(crate) use history::{Opened, analysis_place, history_buttons, player_place, time_choice};
pub(crate) use list::Handles;
pub(crate) use lists::{disks, interfaces, temperatures};
pub(crate) use logs::logs;
pub(crate) use notes::{sample_note, stream_note};
pub(crate) use notices::notices;
pub(crate) use pair::{Direction, pair};
pub(crate) use pause::Pause;
pub(crate) use processes::processes;
pub(crate) use rail::{FixedPieces, FixedRail, Rail, SignedIn, fixed_rail, page_rail, rail};
pub(crate) use reported::reported;
pub(crate) use rooms::{fetch_rooms_page, rooms_panel};
pub(crate) use settings::{Settings, follow_preferences, settings};
pub(crate) use shortcuts::listen_to_keys;
pub(crate) use stat::{Share, fullest, stat};
pub(crate) use toasts::toasts;
pub(crate) use trio::trio;
