//! The tools that the commands need besides Rust and Node, and their installation.
//!
//! A [`Need`] is installed only if it is missing. Quick needs come first, so that failures are early.

pub(crate) mod browser;
pub(crate) mod cache;
mod debian;
mod install;
mod lockfile;
mod node;
mod on_path;
pub(crate) mod playwright;
mod postgres;
mod promtool;
mod proxies;
pub(crate) mod tool;
mod wasm_target;

use crate::table::table;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use browser::Browser;
use cache::Cache;
use node::Node;
use playwright::Packages;
use postgres::Postgres;
use promtool::Promtool;
use proxies::Proxy;
use std::time::Instant;
use tool::Tool;
use wasm_target::WasmTarget;

/// A tool that a command needs.
pub(crate) trait Need {
    fn name(&self) -> String;
    /// None if it is missing or unusable.
    fn find(&self) -> Option<Found>;
    /// How long installing usually takes, for messages.
    fn usual_time(&self) -> &'static str;
    fn install(&self) -> Result<()>;
}

/// A need that is met.
pub(crate) struct Found {
    pub(crate) version: String,
    pub(crate) place: String,
}

/// What building and running the release needs.
pub(crate) fn for_run(workspace: &Workspace, cache: &Cache) -> Result<Vec<Box<dyn Need>>> {
    let mut needs = fetched(cache);
    needs.extend(built(workspace, cache)?);
    Ok(needs)
}

/// What the whole test run needs.
pub(crate) fn for_test(workspace: &Workspace, cache: &Cache) -> Result<Vec<Box<dyn Need>>> {
    let mut needs = fetched(cache);
    needs.push(Box::new(Packages::of(workspace)));
    for browser in Browser::all(workspace) {
        needs.push(Box::new(browser));
    }
    needs.push(Box::new(Postgres));
    for proxy in Proxy::all() {
        needs.push(Box::new(proxy));
    }
    needs.extend(built(workspace, cache)?);
    Ok(needs)
}

/// Another server and another chart library, to compare with in benchmarks, and what checks `/metrics`.
pub(crate) fn for_peers(workspace: &Workspace, cache: &Cache) -> Vec<Box<dyn Need>> {
    vec![
        Box::new(Tool::bun(cache)),
        Box::new(Packages::of_bench(workspace)),
        Box::new(Promtool),
    ]
}

/// What the benchmarks of the page need.
pub(crate) fn for_page_bench(workspace: &Workspace, cache: &Cache) -> Result<Vec<Box<dyn Need>>> {
    let mut needs = for_test(workspace, cache)?;
    needs.push(Box::new(Packages::of_bench(workspace)));
    Ok(needs)
}

/// Takes seconds.
fn fetched(cache: &Cache) -> Vec<Box<dyn Need>> {
    vec![
        Box::new(Node),
        Box::new(WasmTarget),
        Box::new(Tool::wasm_opt(cache)),
    ]
}

/// Takes minutes.
fn built(workspace: &Workspace, cache: &Cache) -> Result<Vec<Box<dyn Need>>> {
    Ok(vec![
        Box::new(Tool::wasm_bindgen(workspace, cache)?),
        Box::new(Tool::cargo_leptos(cache)),
    ])
}

/// Installs missing needs, one after the other.
pub(crate) fn ensure_met(needs: &[Box<dyn Need>], cache: &Cache) -> Result<()> {
    if needs.iter().all(|need| need.find().is_some()) {
        return Ok(());
    }
    let _lock = cache.lock()?;
    for need in needs {
        // Another run may have installed it while this one waited for the lock.
        if need.find().is_some() {
            continue;
        }
        let name = need.name();
        eprintln!(
            "{name} is missing; installing it usually takes {}",
            need.usual_time()
        );
        let start = Instant::now();
        need.install().with_context(|| format!("install {name}"))?;
        ensure!(
            need.find().is_some(),
            "{name} was installed but does not work; `cargo xtask setup --check` shows the rest"
        );
        eprintln!("installed {name} in {} s", start.elapsed().as_secs());
    }
    Ok(())
}

/// A table of needs, and whether all are met.
pub(crate) fn check(needs: &[Box<dyn Need>]) -> (String, bool) {
    let mut complete = true;
    let rows: Vec<_> = needs
        .iter()
        .map(|need| match need.find() {
            Some(found) => [need.name(), found.version, found.place],
            None => {
                complete = false;
                [
                    need.name(),
                    "MISSING".to_owned(),
                    format!("installing it usually takes {}", need.usual_time()),
                ]
            }
        })
        .collect();
    (table(&rows), complete)
}
