use super::DecodeError;
use super::range::{Decoder, Encoder};
use super::times::Grid;
use super::values::{Column, Head};
use super::varint::{put, take, take_byte};

/// A chunk holds no more: a quarter of an hour at 72 samples a second, and all that decoding ever takes
/// memory for.
pub const SAMPLES_MAX: usize = 1 << 16;

/// The first byte. Version 1 is followed by a CRC-32 of all bytes after it (four bytes, least first),
/// the number of samples, the number of columns, the grid of the times, a head for each column, and
/// the range coder's stream: times, then each column.
const VERSION: u8 = 1;
const HEAD_BYTES: usize = 5;

/// The bytes of `columns`, each with a value for each of `times_ms`, which are milliseconds since the
/// Unix epoch.
///
/// # Panics
///
/// If the times do not ascend strictly, if there are none or more than [`SAMPLES_MAX`], if there are
/// more than 255 columns, or if a column is longer or shorter than the times: all of these are errors
/// of the caller, and none is for a peer to cause.
pub fn encode(times_ms: &[i64], columns: &[&[f64]]) -> Vec<u8> {
    assert!((1..=SAMPLES_MAX).contains(&times_ms.len()));
    assert!(times_ms.is_sorted_by(|a, b| a < b));
    assert!(columns.iter().all(|values| values.len() == times_ms.len()));
    let count = u8::try_from(columns.len()).expect("a chunk has few columns");

    let columns: Vec<_> = columns.iter().map(|values| Column::best(values)).collect();
    let grid = Grid::of(times_ms);
    let mut encoder = Encoder::new();
    grid.encode(&mut encoder, times_ms);
    for column in &columns {
        column.encode(&mut encoder);
    }

    let mut bytes = vec![VERSION, 0, 0, 0, 0];
    put(&mut bytes, times_ms.len() as u64);
    bytes.push(count);
    grid.put(&mut bytes);
    for column in &columns {
        column.put_head(&mut bytes);
    }
    bytes.extend(encoder.finish());
    let checksum = crc32fast::hash(&bytes[HEAD_BYTES..]);
    bytes[1..HEAD_BYTES].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// The times in milliseconds since the Unix epoch, ascending strictly, and `COLUMNS` values for each.
///
/// # Errors
///
/// If these are not the bytes of a chunk of so many columns.
pub fn decode<const COLUMNS: usize>(
    bytes: &[u8],
) -> Result<(Vec<i64>, [Vec<f64>; COLUMNS]), DecodeError> {
    let mut rest = bytes;
    let version = take_byte(&mut rest)?;
    if version != VERSION {
        return Err(DecodeError::Version(version));
    }
    let (checksum, mut rest) = rest.split_first_chunk().ok_or(DecodeError::Truncated)?;
    if u32::from_le_bytes(*checksum) != crc32fast::hash(rest) {
        return Err(DecodeError::Checksum);
    }
    let count = take(&mut rest)?;
    let samples = usize::try_from(count).unwrap_or(usize::MAX);
    if !(1..=SAMPLES_MAX).contains(&samples) {
        return Err(DecodeError::Count(count));
    }
    let found = take_byte(&mut rest)?;
    if usize::from(found) != COLUMNS {
        let expected = COLUMNS;
        return Err(DecodeError::Columns { expected, found });
    }
    let grid = Grid::take(&mut rest)?;
    let mut heads = Vec::with_capacity(COLUMNS);
    for _ in 0..COLUMNS {
        heads.push(Head::take(&mut rest)?);
    }

    let mut decoder = Decoder::new(rest);
    let times_ms = grid.decode(&mut decoder, samples)?;
    let mut columns = [const { Vec::new() }; COLUMNS];
    for (column, head) in columns.iter_mut().zip(&heads) {
        *column = head.decode(&mut decoder, samples)?;
    }
    Ok((times_ms, columns))
}
