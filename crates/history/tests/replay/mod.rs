//! Properties of the codec for any bytes. Called by the fuzz target `chunk`, the corpus test and the property
//! tests.

use history::codec::{SAMPLES_MAX, decode, encode};

/// Decodes a chunk after a byte of options: unchanged, or with the correct checksum, so that the rest is
/// decoded, too.
pub(crate) fn chunk(data: &[u8]) {
    let [options, chunk @ ..] = data else {
        return;
    };
    let chunk = match options & 1 {
        0 => chunk.to_vec(),
        _ => with_checksum(chunk.to_vec()),
    };
    match options & 2 {
        0 => again::<1>(&chunk),
        _ => again::<4>(&chunk),
    }
}

/// What was decoded is a valid chunk, and encoding it again loses nothing.
fn again<const COLUMNS: usize>(chunk: &[u8]) {
    let Ok((times_ms, columns)) = decode::<COLUMNS>(chunk) else {
        return;
    };
    assert!((1..=SAMPLES_MAX).contains(&times_ms.len()));
    assert!(times_ms.is_sorted_by(|a, b| a < b));
    let written = encode(&times_ms, &columns.each_ref().map(Vec::as_slice));
    let (times_again, columns_again) = decode::<COLUMNS>(&written).expect("just written");
    assert_eq!(times_again, times_ms);
    let bits = |columns: &[Vec<f64>; COLUMNS]| {
        let column = |values: &Vec<f64>| values.iter().map(|value| value.to_bits()).collect();
        columns.iter().map(column).collect::<Vec<Vec<u64>>>()
    };
    assert_eq!(bits(&columns_again), bits(&columns));
}

/// As [`encode`] would write it.
pub(crate) fn with_checksum(mut chunk: Vec<u8>) -> Vec<u8> {
    if chunk.len() >= 5 {
        chunk[0] = 1;
        let checksum = crc32fast::hash(&chunk[5..]);
        chunk[1..5].copy_from_slice(&checksum.to_le_bytes());
    }
    chunk
}
