//! Memory rises at first, while the ring and each series' first quarter of an hour fill up, and then
//! varies with the sealing of each quarter. The maximum of each quarter shows whether it is steady.

use super::http::{get, series, series_parameters};
use super::servers::Programs;
use super::statistics::show;
use super::table::table;
use anyhow::{Context, Result};
use clap::Args;
use protocol::Timestamp;
use protocol::api::QueryResponse;
use std::fs;
use std::io::{Write, stdout};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

#[derive(Args)]
pub(super) struct Options {
    /// How long memory is sampled, once a minute.
    #[arg(long, default_value_t = 60)]
    minutes: u32,
    /// How many series there are.
    #[arg(long, default_value_t = 200)]
    series: usize,
}

const SAMPLE_INTERVAL: Duration = Duration::from_secs(60);

/// Samples per quarter of an hour, after which series are sealed.
const QUARTER: usize = 15;

/// Series that the simulated host has without additional labels: 47 of its own, 6 of a shop.
const OWN_SERIES: usize = 53;
/// Its messages a second: a sample, the shop's metrics, and less than one of any other kind.
const OWN_RATE: usize = 8;

/// Series per query, limited by the length of the address.
const SERIES_PER_QUERY: usize = 20;

/// The memory of a process, in MiB.
#[derive(Clone, Copy)]
struct Resident {
    all: f64,
    /// Heap and stacks, without mapped files.
    anonymous: f64,
}

#[expect(clippy::disallowed_methods, reason = "memory is sampled once a minute")]
pub(super) fn main(options: &Options, programs: &Programs) -> Result<()> {
    let data = TempDir::new()?;
    let labels = options.series.saturating_sub(OWN_SERIES).max(1);
    let server = programs.start_watchroom(&[
        "--demo".to_owned(),
        "--demo-days=0".to_owned(),
        "--listen=127.0.0.1:0".to_owned(),
        format!("--data-dir={}", data.path().display()),
        format!("--demo-labels={labels}"),
        format!("--demo-rate={}", labels + OWN_RATE),
    ])?;
    let from_ms = Timestamp::now().unix_ms();
    let start = Instant::now();
    println!("minute  resident MiB  anonymous MiB");
    let mut curve: Vec<Resident> = Vec::new();
    for minute in 0..=options.minutes {
        let at = SAMPLE_INTERVAL * minute + Duration::from_secs(5);
        thread::sleep(at.saturating_sub(start.elapsed()));
        let now = resident(server.pid())?;
        println!("{minute:>6}  {:>12.1}  {:>13.1}", now.all, now.anonymous);
        stdout().flush()?;
        curve.push(now);
    }
    let series = series(&server.url)?;
    let samples = count_samples(&server.url, &series, from_ms)?;
    let seconds = start.elapsed().as_secs_f64();
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
    // The first sample is the server right after its start.
    let running = curve.get(1..).unwrap_or_default();
    for (number, quarter) in running.chunks(QUARTER).enumerate() {
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

/// The slope of a least-squares line, per sample.
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

/// How many samples the server has stored since `from_ms`.
fn count_samples(url: &str, series: &[String], from_ms: i64) -> Result<f64> {
    let mut sum = 0.0;
    for some in series.chunks(SERIES_PER_QUERY) {
        let series = series_parameters(some);
        let path = format!("/api/v1/query?{series}from={from_ms}&points=1&agg=count");
        let response: QueryResponse = get(url, &path)?;
        let counts = response.columns.iter().flat_map(|column| &column.values);
        sum += counts.flatten().sum::<f64>();
    }
    Ok(sum)
}

fn resident(pid: u32) -> Result<Resident> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .context("read the server's memory: is it still running?")?;
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
    fn a_slope_is_the_growth_per_sample() {
        let curve = [30.0, 30.5, 31.0, 31.5].map(|all| Resident {
            all,
            anonymous: 0.0,
        });
        assert!((slope(&curve) - 0.5).abs() < 1e-9);
    }
}
