//! The codecs over the recorded samples: how small, how fast.

use std::hint::black_box;
use std::time::Instant;

use crate::rivals::CODECS;
use crate::samples::{Series, windows};

/// Each is run so often and its fastest run shown: what disturbs a run only ever makes it slower.
const RUNS: usize = 5;

pub(crate) fn codecs(all: &[Series]) {
    let chunks: Vec<_> = all.iter().flat_map(windows).collect();
    let samples: usize = chunks.iter().map(|(times_ms, _)| times_ms.len()).sum();
    println!(
        "{samples} samples of {} series in {} chunks\n",
        all.len(),
        chunks.len()
    );
    println!(
        "{:28} {:>14} {:>16} {:>16}",
        "codec", "bytes/sample", "encode ns/sample", "decode ns/sample"
    );
    for codec in CODECS {
        let mut encoded = Vec::new();
        let encode_ns = fastest_ns(|| {
            encoded = chunks
                .iter()
                .map(|(times_ms, values)| (codec.encode)(times_ms, values))
                .collect();
        });
        let decode_ns = fastest_ns(|| {
            for bytes in &encoded {
                black_box((codec.decode)(bytes));
            }
        });
        for ((times_ms, values), bytes) in chunks.iter().zip(&encoded) {
            let decoded = (codec.decode)(bytes);
            assert!(
                decoded.0 == *times_ms && decoded.1 == *values,
                "{}",
                codec.name
            );
        }
        let bytes: usize = encoded.iter().map(Vec::len).sum();
        println!(
            "{:28} {:>14.3} {:>16.0} {:>16.0}",
            codec.name,
            bytes as f64 / samples as f64,
            encode_ns / samples as f64,
            decode_ns / samples as f64
        );
    }
    println!("\nby series, history::codec:");
    for series in all {
        let bytes: usize = windows(series)
            .iter()
            .map(|(times_ms, values)| history::codec::encode(times_ms, &[values]).len())
            .sum();
        let mut distinct: Vec<u64> = series.values.iter().map(|value| value.to_bits()).collect();
        distinct.sort_unstable();
        distinct.dedup();
        println!(
            "{:36} {:>8.3} bytes/sample, {} distinct values",
            series.name,
            bytes as f64 / series.times_ms.len() as f64,
            distinct.len()
        );
    }
}

fn fastest_ns(mut run: impl FnMut()) -> f64 {
    let runs = (0..RUNS).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_nanos() as f64
    });
    runs.fold(f64::INFINITY, f64::min)
}
