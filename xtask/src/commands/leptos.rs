//! `cargo xtask leptos <arguments>`: cargo-leptos with the pinned tools on PATH, so that `watch` and
//! `end-to-end` make the same site as everything else here.

use crate::process::exec;
use crate::release;
use crate::setup::cache::Cache;
use crate::setup::{ensure_met, for_test};
use crate::workspace::Workspace;
use anyhow::Result;
use std::process::ExitCode;

pub(crate) fn main(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    let leptos_arguments: Vec<_> = arguments.raw_args()?.collect();
    let workspace = Workspace::locate()?;
    let cache = Cache::open()?;
    ensure_met(&for_test(&workspace, &cache)?, &cache)?;
    exec(release::leptos(&workspace, &cache)?.args(leptos_arguments))
}
