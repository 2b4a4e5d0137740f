//! The codec over the recorded samples: bytes a sample, time a sample.

use crate::samples::{Series, windows};
use history::codec::{decode, encode};
use std::hint::black_box;
use std::time::Instant;

/// The fastest of so many runs is shown: what disturbs a run only ever makes it slower.
const RUNS: usize = 5;

pub(crate) fn codec(all: &[Series]) {
    let chunks: Vec<_> = all.iter().flat_map(windows).collect();
    let samples: usize = chunks.iter().map(|(times_ms, _)| times_ms.len()).sum();
    let mut encoded = Vec::new();
    let encode_ns = fastest_ns(|| {
        encoded = chunks
            .iter()
            .map(|(times_ms, values)| encode(times_ms, &[values]))
            .collect();
    });
    let decode_ns = fastest_ns(|| {
        for bytes in &encoded {
            black_box(decode::<1>(bytes).expect("a chunk that was just encoded"));
        }
    });
    for ((times_ms, values), bytes) in chunks.iter().zip(&encoded) {
        let (decoded_ms, [decoded]) = decode(bytes).expect("a chunk that was just encoded");
        assert!(decoded_ms == *times_ms && decoded == *values);
    }
    let bytes: usize = encoded.iter().map(Vec::len).sum();
    println!(
        "{samples} samples of {} series in {} chunks: {:.3} bytes/sample, encode {:.0} ns/sample, \
         decode {:.0} ns/sample\n",
        all.len(),
        chunks.len(),
        bytes as f64 / samples as f64,
        encode_ns / samples as f64,
        decode_ns / samples as f64
    );
    for series in all {
        print_series(series);
    }
}

fn print_series(series: &Series) {
    let chunks = windows(series);
    let encoded = chunks
        .iter()
        .map(|(times_ms, values)| encode(times_ms, &[values]));
    let bytes: usize = encoded.map(|bytes| bytes.len()).sum();
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

fn fastest_ns(mut run: impl FnMut()) -> f64 {
    let runs = (0..RUNS).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_nanos() as f64
    });
    runs.fold(f64::INFINITY, f64::min)
}
