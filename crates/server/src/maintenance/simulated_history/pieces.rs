use history::Tier;

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// A range to be filled, within one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
    /// Whether it consists of whole windows without other samples.
    pub(super) is_whole: bool,
}

/// Cuts gaps, each from a sample to the next, into pieces, newest first. Pieces keep half an interval from
/// samples.
pub(super) fn cut(gaps: &[(i64, i64)], interval_ms: i64) -> Vec<Piece> {
    let window_ms = Tier::Second.window_ms();
    let mut pieces = Vec::new();
    for &(after_ms, before_ms) in gaps {
        let from_ms = after_ms.saturating_add(interval_ms / 2);
        let to_ms = before_ms.saturating_sub(interval_ms / 2);
        let first_ms = Tier::Second.window_start_ms(from_ms.saturating_add(window_ms - 1));
        let end_ms = Tier::Second.window_start_ms(to_ms);
        let mut add = |from_ms: i64, to_ms: i64, is_whole| {
            if from_ms < to_ms {
                pieces.push(Piece {
                    from_ms,
                    to_ms,
                    is_whole,
                });
            }
        };
        if first_ms >= end_ms {
            add(from_ms, to_ms, false);
            continue;
        }
        add(from_ms, first_ms, false);
        let mut start_ms = first_ms;
        while start_ms < end_ms {
            let hour_end_ms = start_ms
                .saturating_sub(start_ms.rem_euclid(HOUR_MS))
                .saturating_add(HOUR_MS);
            add(start_ms, hour_end_ms.min(end_ms), true);
            start_ms = hour_end_ms.min(end_ms);
        }
        add(end_ms, to_ms, false);
    }
    pieces.reverse();
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: i64 = 60_000;

    fn check(gap_minutes: (i64, i64), expected: &[(i64, i64, bool)]) {
        let gap = (gap_minutes.0 * MINUTE_MS, gap_minutes.1 * MINUTE_MS);
        let pieces = cut(&[gap], 2_000);
        let minutes = |ms: i64| ms.div_euclid(MINUTE_MS);
        let found: Vec<_> = pieces
            .iter()
            .map(|it| (minutes(it.from_ms), minutes(it.to_ms + 2_000), it.is_whole))
            .collect();
        assert_eq!(found, expected);
        assert!(
            pieces
                .iter()
                .all(|it| it.from_ms > gap.0 && it.to_ms < gap.1)
        );
    }

    #[test]
    fn a_gap_is_cut_at_hours_and_whole_windows_stand_apart() {
        check((20, 20), &[]);
        check((20, 22), &[(20, 22, false)]);
        check((20, 40), &[(20, 40, false)]);
        check(
            (20, 50),
            &[(45, 50, false), (30, 45, true), (20, 30, false)],
        );
        check(
            (110, 250),
            &[
                (240, 250, false),
                (180, 240, true),
                (120, 180, true),
                (110, 120, false),
            ],
        );
    }

    #[test]
    fn gaps_come_newest_first() {
        let pieces = cut(&[(0, 5 * HOUR_MS), (7 * HOUR_MS, 9 * HOUR_MS)], 1_000);
        assert!(pieces.windows(2).all(|two| two[1].to_ms <= two[0].from_ms));
        let filled: i64 = pieces.iter().map(|it| it.to_ms - it.from_ms).sum();
        assert_eq!(filled, 7 * HOUR_MS - 2 * 1_000);
    }
}
