//! `cargo xtask bench memory`: whether a server that keeps many series grows.
//!
//! The curve rises at first, while the ring fills and the first quarter of an hour of each series is
//! held, and then goes up and down with the sealing of each quarter. Whether it is steady is told by
//! the highest of each quarter.

use std::fs;
use std::io::{Write, stdout};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use super::catalogue;
use super::http::{escaped, get};
use super::median::show;
use super::options::Options;
use super::peer::{Programs, scratch_folder};
use crate::table::table;

const EVERY: Duration = Duration::from_secs(60);

/// Points of the curve between two of which series are sealed.
const QUARTER: usize = 15;

/// What the simulated host has beside the labels that it fills up with: 47 figures of its own, 6 of a
/// shop. Messages a second: a sample, the shop's figures, and less than one of anything else.
const OWN_SERIES: usize = 53;
const OWN_RATE: usize = 8;

/// Series that one question may name, with room for their names in the address.
const ASKED_AT_ONCE: usize = 20;

pub(super) fn defaults() -> Options {
    Options {
        viewers: Vec::new(),
        runs: 1,
        ..Options::default()
    }
}

/// What a process has in memory, in MiB.
#[derive(Clone, Copy)]
struct Resident {
    all: f64,
    /// Heap and stacks: what is no file.
    anonymous: f64,
}

pub(super) fn main(options: &Options, programs: &Programs) -> Result<()> {
    let data = scratch_folder()?;
    let outcome = watch(options, programs, &data);
    // Whatever came of it, nothing is left behind.
    let _ = fs::remove_dir_all(&data);
    outcome
}

#[expect(
    clippy::disallowed_methods,
    reason = "the curve has a point for each minute of the clock"
)]
fn watch(options: &Options, programs: &Programs, data: &Path) -> Result<()> {
    let labels = options.series.saturating_sub(OWN_SERIES).max(1);
    let server = programs.start_watchroom(&[
        "--demo".to_owned(),
        "--demo-days=0".to_owned(),
        "--listen=127.0.0.1:0".to_owned(),
        format!("--data-dir={}", data.display()),
        format!("--demo-labels={labels}"),
        format!("--demo-rate={}", labels + OWN_RATE),
    ])?;
    let from_ms = now_ms();
    let began = Instant::now();
    println!("minute  resident MiB  anonymous MiB");
    let mut curve: Vec<Resident> = Vec::new();
    for minute in 0..=options.minutes {
        let at = EVERY * minute + Duration::from_secs(5);
        thread::sleep(at.saturating_sub(began.elapsed()));
        let now = resident(server.pid())?;
        println!("{minute:>6}  {:>12.1}  {:>13.1}", now.all, now.anonymous);
        stdout().flush()?;
        curve.push(now);
    }
    let series = catalogue::series(&server.url)?;
    let samples = samples(&server.url, &series, from_ms)?;
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "\n{} series, {:.1} samples a second over {:.0} min",
        series.len(),
        samples / seconds,
        seconds / 60.0
    );
    println!("{}", quarters(&curve));
    Ok(())
}

fn quarters(curve: &[Resident]) -> String {
    let mut rows = vec![
        [
            "from minute",
            "lowest MiB",
            "highest MiB",
            "highest anonymous MiB",
        ]
        .map(str::to_owned),
    ];
    // The first point is the start alone.
    let behind = curve.get(1..).unwrap_or_default();
    for (number, quarter) in behind.chunks(QUARTER).enumerate() {
        let all = quarter.iter().map(|now| now.all);
        let anonymous = quarter.iter().map(|now| now.anonymous);
        rows.push([
            (number * QUARTER + 1).to_string(),
            show(all.clone().fold(f64::INFINITY, f64::min), 1),
            show(all.fold(0.0, f64::max), 1),
            show(anonymous.fold(0.0, f64::max), 1),
        ]);
    }
    let last = &curve[curve.len().saturating_sub(QUARTER)..];
    format!(
        "{}\n\nstart {} MiB, end {} MiB; over the last quarter of an hour {} KiB a minute",
        table(&rows),
        show(curve.first().map_or(f64::NAN, |now| now.all), 1),
        show(curve.last().map_or(f64::NAN, |now| now.all), 1),
        show(slope(last) * 1_024.0, 1)
    )
}

/// The slope of the straight line that fits best, for each point.
fn slope(curve: &[Resident]) -> f64 {
    let count = curve.len() as f64;
    let middle = (count - 1.0) / 2.0;
    let mean = curve.iter().map(|now| now.all).sum::<f64>() / count;
    let points = curve
        .iter()
        .enumerate()
        .map(|(at, now)| (at as f64 - middle, now.all - mean));
    let (both, squares) = points.fold((0.0, 0.0), |(both, squares), (at, mib)| {
        (both + at * mib, squares + at * at)
    });
    both / squares
}

/// How many samples the server can tell of since then.
fn samples(url: &str, series: &[String], from_ms: u128) -> Result<f64> {
    let mut sum = 0.0;
    for some in series.chunks(ASKED_AT_ONCE) {
        let named: String = some
            .iter()
            .map(|series| format!("series={}&", escaped(series)))
            .collect();
        let path = format!("/api/v1/query?{named}from={from_ms}&points=1&agg=count&format=csv");
        let csv = get(url, &path)?;
        // The second line is the time and the counts.
        let counts = csv.lines().last().unwrap_or_default().split(',').skip(1);
        sum += counts
            .filter_map(|count| count.parse::<f64>().ok())
            .sum::<f64>();
    }
    Ok(sum)
}

fn now_ms() -> u128 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_millis())
}

fn resident(pid: u32) -> Result<Resident> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .context("read the server's memory: is it still there?")?;
    let mib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        kib.unwrap_or(f64::NAN) / 1_024.0
    };
    Ok(Resident {
        all: mib("VmRSS:"),
        anonymous: mib("RssAnon:"),
    })
}

#[cfg(test)]
mod tests {
    use super::{Resident, slope};

    #[test]
    fn a_slope_is_what_each_minute_adds() {
        let curve = [30.0, 30.5, 31.0, 31.5].map(|all| Resident {
            all,
            anonymous: 0.0,
        });
        assert!((slope(&curve) - 0.5).abs() < 1e-9);
    }
}
