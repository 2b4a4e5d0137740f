//! What is on the page, one file each. A widget reads the [`crate::store::View`] and nothing else.

mod bar;
mod card;
mod clock_time;
mod icon;
mod reading;

mod badge;
mod header;
mod notices;
mod statistics;
mod toolbar;

mod cpu;
mod disk;
mod load;
mod memory;
mod network;
mod temperatures;

mod chart;
mod counters;
mod feed;

pub(crate) use chart::{cpu_and_memory_chart, network_chart};
pub(crate) use counters::counters;
pub(crate) use cpu::cpu;
pub(crate) use disk::{disk, disks};
pub(crate) use feed::feed;
pub(crate) use header::header;
pub(crate) use load::load;
pub(crate) use memory::memory;
pub(crate) use network::{interfaces, network};
pub(crate) use notices::notices;
pub(crate) use statistics::statistics;
pub(crate) use temperatures::temperatures;
pub(crate) use toolbar::toolbar;
