//! The column of times: each sample's place on a grid, and how far it is off.
//!
//! A host is sampled each second at nearly the same millisecond. So a time is coded as the grid lines
//! skipped since the sample before, which is nearly always none and otherwise a gap, and the milliseconds
//! from the nearest line, which often is 0. Both are exact: nothing is rounded.

use super::DecodeError;
use super::bits::Numbers;
use super::range::{Decoder, Encoder};
use super::varint::{put, put_signed, take, take_signed, unzigzag, zigzag};
use crate::mode::mode;

/// The lengths of gaps do not repeat, and jitter is within some tens of milliseconds.
const SKIPPED_DEPTH: u32 = 4;
const JITTER_DEPTH: u32 = 8;

/// Lines at `start_ms` and each `step_ms` after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    start_ms: i64,
    step_ms: u64,
}

impl Grid {
    /// The grid that most of these times are on: their most frequent distance, at the most frequent
    /// millisecond. Times ascend.
    pub(super) fn of(times_ms: &[i64]) -> Self {
        let first_ms = times_ms.first().copied().unwrap_or_default();
        let distances = times_ms.windows(2).map(|pair| pair[1].abs_diff(pair[0]));
        let step_ms = mode(distances).unwrap_or(1).max(1);
        let phases = times_ms
            .iter()
            .map(|time_ms| time_ms.abs_diff(first_ms) % step_ms);
        let phase_ms = mode(phases).unwrap_or_default();
        // The first sample is never far above its line.
        let start_ms = match phase_ms > step_ms / 2 {
            true => first_ms.wrapping_sub_unsigned(step_ms - phase_ms),
            false => first_ms.wrapping_add_unsigned(phase_ms),
        };
        Self { start_ms, step_ms }
    }

    pub(super) fn put(self, bytes: &mut Vec<u8>) {
        put_signed(bytes, self.start_ms);
        put(bytes, self.step_ms);
    }

    pub(super) fn take(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        let (start_ms, step_ms) = (take_signed(bytes)?, take(bytes)?);
        match step_ms {
            0 => Err(DecodeError::Invalid("a grid without steps")),
            _ => Ok(Self { start_ms, step_ms }),
        }
    }

    pub(super) fn encode(self, encoder: &mut Encoder, times_ms: &[i64]) {
        let mut skipped = Numbers::new(SKIPPED_DEPTH);
        let mut jitter = Numbers::new(JITTER_DEPTH);
        let mut expected_ms = self.start_ms;
        for &time_ms in times_ms {
            let off_ms = time_ms.wrapping_sub(expected_ms);
            let lines = self.nearest(off_ms);
            let line_ms = expected_ms.wrapping_add(self.width(lines));
            skipped.encode(encoder, zigzag(lines));
            jitter.encode(encoder, zigzag(time_ms.wrapping_sub(line_ms)));
            expected_ms = line_ms.wrapping_add_unsigned(self.step_ms);
        }
    }

    /// So many times, strictly ascending.
    pub(super) fn decode(
        self,
        decoder: &mut Decoder<'_>,
        count: usize,
    ) -> Result<Vec<i64>, DecodeError> {
        let mut skipped = Numbers::new(SKIPPED_DEPTH);
        let mut jitter = Numbers::new(JITTER_DEPTH);
        let mut expected_ms = self.start_ms;
        let mut times_ms: Vec<i64> = Vec::with_capacity(count);
        for _ in 0..count {
            let lines = unzigzag(skipped.decode(decoder));
            let line_ms = expected_ms.wrapping_add(self.width(lines));
            let time_ms = line_ms.wrapping_add(unzigzag(jitter.decode(decoder)));
            if times_ms.last().is_some_and(|&last| last >= time_ms) {
                return Err(DecodeError::Invalid("times that do not ascend"));
            }
            times_ms.push(time_ms);
            expected_ms = line_ms.wrapping_add_unsigned(self.step_ms);
        }
        Ok(times_ms)
    }

    /// The nearest line to `off_ms` from one: how many lines on or back.
    fn nearest(self, off_ms: i64) -> i64 {
        let lines = off_ms.unsigned_abs().saturating_add(self.step_ms / 2) / self.step_ms;
        lines as i64 * off_ms.signum()
    }

    fn width(self, lines: i64) -> i64 {
        lines.wrapping_mul(self.step_ms as i64)
    }
}
