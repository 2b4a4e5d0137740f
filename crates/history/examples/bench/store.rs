//! What history costs in a real SQLite file: bytes, time to ingest, time to query, memory.

use crate::generate;
use crate::ingest::{Ingested, ingest};
use crate::replay::Replay;
use history::Tier;
use history::query::{Aggregation, Query};
use protocol::{Durable, Timestamp};
use std::path::Path;
use std::time::Instant;

const DAY_MS: i64 = 86_400_000;
const START_MS: i64 = 1_768_435_200_000;
const RUNS: usize = 7;
/// Series on one screen.
const CHARTS: usize = 12;

/// How much to ingest.
pub(crate) struct Size {
    pub(crate) days: usize,
    pub(crate) hosts: usize,
}

pub(crate) async fn store(messages: &[Durable], size: &Size) {
    let directory = tempfile::tempdir().expect("a directory");
    let replay = Replay::new(messages, size.hosts, START_MS);
    let ingested = ingest(&replay, size.days, directory.path()).await;
    report(&ingested, size, directory.path()).await;
    queries(&ingested).await;
}

/// Days that end now, in a folder that a server can use as its data directory.
pub(crate) async fn generate(messages: &[Durable], size: &Size, folder: &Path) {
    let start_ms = Timestamp::now().unix_ms() - size.days as i64 * DAY_MS;
    let replay = Replay::new(messages, size.hosts, start_ms);
    generate::generate(messages, &replay, size.days, folder).await;
}

async fn report(ingested: &Ingested, size: &Size, directory: &Path) {
    let usage = ingested.store.usage().await.expect("a usage");
    let series = ingested.time_series.catalogue().len();
    let samples = ingested.samples as f64;
    println!(
        "{} samples: {series} series of {} hosts, {} days",
        ingested.samples, size.hosts, size.days
    );
    for tier in &usage.tiers {
        println!(
            "  {:>7} s: {:>7} chunks, {:.3} bytes of data a sample",
            tier.resolution_ms / 1_000,
            tier.size.rows,
            tier.size.bytes as f64 / samples
        );
    }
    let seconds = usage
        .tiers
        .iter()
        .find(|tier| tier.resolution_ms == Tier::Second.resolution_ms());
    let seconds = seconds.map_or(0, |tier| tier.size.bytes) as f64;
    let data: u64 = usage.tiers.iter().map(|tier| tier.size.bytes).sum();
    let used = usage.used_bytes as f64;
    println!(
        "  pages in use: {used:.0} bytes, {:.3} bytes a sample with all tiers; of those, by its share \
         of the data, {:.3} for the per-second tier",
        used / samples,
        used / samples * seconds / data as f64
    );
    let on_disk: u64 = std::fs::read_dir(directory)
        .expect("the directory")
        .filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len()))
        .sum();
    println!("  files on disk, write-ahead log included: {on_disk} bytes");
    let seconds = ingested.elapsed.as_secs_f64();
    println!(
        "  ingested within {seconds:.1} s: {:.0} ns/sample, {:.0} times real time",
        seconds * 1e9 / samples,
        size.days as f64 * 86_400.0 / seconds
    );
    let curve: Vec<String> = ingested
        .memory_mib
        .iter()
        .map(|mib| format!("{mib:.1}"))
        .collect();
    println!(
        "  resident memory in MiB, each two hours: {}",
        curve.join(" ")
    );
}

async fn queries(ingested: &Ingested) {
    let end_ms = ingested.now_ms / DAY_MS * DAY_MS;
    let catalogue = ingested.time_series.catalogue();
    let texts = || catalogue.iter().map(|series| series.key.to_string());
    let one: Vec<String> = texts()
        .filter(|text| text.starts_with("cpu{host="))
        .collect();
    let many: Vec<String> = texts().take(CHARTS).collect();
    println!("\nqueries, fastest and slowest of {RUNS}:");
    for (what, series, days, points, aggregation) in [
        ("24 h of one series to 500 points", &one[..1], 1, 500, "avg"),
        (
            "24 h of one series to 10,000 points, from seconds",
            &one[..1],
            1,
            10_000,
            "avg",
        ),
        (
            "24 h of one series, p95 of 500 points, from seconds",
            &one[..1],
            1,
            500,
            "p95",
        ),
        (
            "12 series over 7 days to 600 points",
            &many[..],
            7,
            600,
            "avg",
        ),
    ] {
        let query = Query {
            series: series.to_vec(),
            from_ms: end_ms - days * DAY_MS,
            to_ms: end_ms,
            points,
            aggregation: aggregation.parse::<Aggregation>().expect("an aggregation"),
        };
        let (mut fastest, mut slowest, mut count, mut tier) = (f64::INFINITY, 0.0_f64, 0, None);
        for _ in 0..RUNS {
            let start = Instant::now();
            let result = ingested
                .time_series
                .query(&query, ingested.now_ms)
                .await
                .expect("a result");
            let ms = start.elapsed().as_secs_f64() * 1_000.0;
            (fastest, slowest) = (fastest.min(ms), slowest.max(ms));
            let columns = result.columns.iter();
            count = columns
                .map(|column| column.values.iter().flatten().count())
                .sum();
            tier = Some(result.tier);
        }
        println!("  {what}: {fastest:.1} to {slowest:.1} ms ({count} points, {tier:?})");
    }
}
