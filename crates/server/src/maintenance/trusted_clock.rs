//! Whether the wall clock is trusted for deletions, which cannot be undone. Pure.

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// A clock that is no further ahead of the expected time is trusted at once, in milliseconds.
const AHEAD_MAX_MS: i64 = 24 * HOUR_MS;

/// A clock that has run this long without a jump is trusted, whatever it shows.
const STEADY_MIN_MS: i64 = 24 * HOUR_MS;

/// The same for a synchronised clock: long enough to ignore a time server that is wrong for a moment, and a
/// step that is reverted.
const STEADY_SYNCHRONISED_MIN_MS: i64 = 10 * 60 * 1_000;

/// A clock whose distance to the monotonic one changes by more than this has jumped. Slewing at the
/// usual 500 ppm moves a clock by 43 s in a day.
const JUMP_MIN_MS: i64 = 5 * 60 * 1_000;

/// The readings of the clocks at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClockReading {
    /// Milliseconds since the Unix epoch.
    pub(super) wall_ms: i64,
    /// Milliseconds of a monotonic clock.
    pub(super) monotonic_ms: i64,
    /// Whether the system reports that the wall clock is synchronised with a time server.
    pub(super) is_synchronised: bool,
}

/// Whether messages may expire by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The time, in milliseconds since the Unix epoch.
    Trusted { now_ms: i64 },
    /// How far the wall clock is ahead of the newest stored time plus the time since then.
    Ahead { by_ms: i64 },
}

/// Compares the wall clock with the newest stored time and the monotonic clock.
///
/// A clock that is behind is harmless: what seems expired is older still. One that is ahead may be right
/// after a long downtime, or wrong for some seconds, which a single reading does not show.
#[derive(Debug)]
pub(super) struct TrustedClock {
    /// The newest time known before the first reading; absent for a new store.
    stored_ms: Option<i64>,
    /// The clocks when the wall clock was last trusted.
    trusted: Option<Anchor>,
    /// The clocks after the last jump.
    steady_since: Option<Anchor>,
}

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    wall_ms: i64,
    monotonic_ms: i64,
}

impl Anchor {
    /// What a wall clock shows that has run from here without a jump.
    fn expected_ms(self, reading: &ClockReading) -> i64 {
        self.wall_ms.saturating_add(self.elapsed_ms(reading))
    }

    fn elapsed_ms(self, reading: &ClockReading) -> i64 {
        reading.monotonic_ms.saturating_sub(self.monotonic_ms)
    }
}

impl TrustedClock {
    pub(super) fn new(stored_ms: Option<i64>) -> Self {
        Self {
            stored_ms,
            trusted: None,
            steady_since: None,
        }
    }

    pub(super) fn step(&mut self, reading: ClockReading) -> Verdict {
        let here = Anchor {
            wall_ms: reading.wall_ms,
            monotonic_ms: reading.monotonic_ms,
        };
        let steady_since = match self.steady_since {
            Some(since) if ahead_ms(since, &reading).saturating_abs() <= JUMP_MIN_MS => since,
            _ => here,
        };
        let steady_min_ms = match reading.is_synchronised {
            true => STEADY_SYNCHRONISED_MIN_MS,
            false => STEADY_MIN_MS,
        };
        let is_steady = steady_since.elapsed_ms(&reading) >= steady_min_ms;
        let (trusted, steady_since) = match self.trusted {
            Some(_) if is_steady => (here, here),
            Some(trusted) => (trusted, steady_since),
            None => (self.first(here, reading.is_synchronised), here),
        };
        self.trusted = Some(trusted);
        self.steady_since = Some(steady_since);
        match ahead_ms(trusted, &reading) {
            by_ms if by_ms > AHEAD_MAX_MS => Verdict::Ahead { by_ms },
            _ => Verdict::Trusted {
                now_ms: reading.wall_ms,
            },
        }
    }

    /// The known time for the next start; an untrusted jump does not change it.
    pub(super) fn known_ms(&self, reading: &ClockReading) -> Option<i64> {
        self.trusted.map(|trusted| trusted.expected_ms(reading))
    }

    /// At a start, the length of the downtime is unknown: up to a day is trusted, and any length if the
    /// clock is synchronised.
    fn first(&self, here: Anchor, is_synchronised: bool) -> Anchor {
        match self.stored_ms {
            Some(stored_ms) if !is_synchronised => {
                let off_ms = here.wall_ms.saturating_sub(stored_ms);
                match (0..=AHEAD_MAX_MS).contains(&off_ms) {
                    true => here,
                    false => Anchor {
                        wall_ms: stored_ms,
                        ..here
                    },
                }
            }
            _ => here,
        }
    }
}

fn ahead_ms(anchor: Anchor, reading: &ClockReading) -> i64 {
    reading.wall_ms.saturating_sub(anchor.expected_ms(reading))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-15T10:30:00Z.
    const NOW_MS: i64 = 1_768_473_000_000;
    const DAY_MS: i64 = 24 * HOUR_MS;
    const MINUTE_MS: i64 = 60 * 1_000;

    /// The verdicts after each of these: how much time passes, how far the wall clock is ahead of the
    /// right time then, and whether it is synchronised. `true` is trusted.
    #[track_caller]
    fn check(stored_ms: Option<i64>, steps: &[(i64, i64, bool, bool)]) {
        let mut clock = TrustedClock::new(stored_ms);
        let mut elapsed_ms = 0;
        for (number, &(passes_ms, ahead_ms, is_synchronised, is_trusted)) in
            steps.iter().enumerate()
        {
            elapsed_ms += passes_ms;
            let wall_ms = NOW_MS + elapsed_ms + ahead_ms;
            let verdict = clock.step(ClockReading {
                wall_ms,
                monotonic_ms: 77 + elapsed_ms,
                is_synchronised,
            });
            let trusted = Verdict::Trusted { now_ms: wall_ms };
            assert_eq!(verdict == trusted, is_trusted, "step {number}: {verdict:?}");
        }
    }

    #[test]
    fn a_clock_that_is_ahead_for_some_seconds_is_not_trusted() {
        for is_synchronised in [false, true] {
            check(
                Some(NOW_MS),
                &[
                    (0, 0, is_synchronised, true),
                    (5_000, 16 * DAY_MS, is_synchronised, false),
                    (5_000, 16 * DAY_MS, is_synchronised, false),
                    (5_000, 0, is_synchronised, true),
                ],
            );
        }
    }

    #[test]
    fn restarts_do_not_make_it_trusted() {
        let mut known_ms = Some(NOW_MS);
        for _ in 0..5 {
            let mut clock = TrustedClock::new(known_ms);
            let reading = ClockReading {
                wall_ms: NOW_MS + 16 * DAY_MS,
                monotonic_ms: 0,
                is_synchronised: false,
            };
            let by_ms = 16 * DAY_MS;
            assert_eq!(clock.step(reading), Verdict::Ahead { by_ms });
            known_ms = clock.known_ms(&reading);
            assert_eq!(known_ms, Some(NOW_MS));
        }
    }

    #[test]
    fn a_clock_is_trusted_after_a_day_without_a_jump() {
        check(
            Some(NOW_MS),
            &[
                (0, 16 * DAY_MS, false, false),
                (23 * HOUR_MS, 16 * DAY_MS, false, false),
                (HOUR_MS, 16 * DAY_MS, false, true),
                (HOUR_MS, 16 * DAY_MS, false, true),
                // Another jump is judged from there.
                (5_000, 32 * DAY_MS, false, false),
                (5_000, 16 * DAY_MS, false, true),
            ],
        );
    }

    #[test]
    fn a_clock_that_jumps_back_and_forth_is_never_trusted() {
        let mut steps = vec![(0, 0, false, true)];
        for _ in 0..100 {
            steps.push((HOUR_MS, 16 * DAY_MS, false, false));
            steps.push((HOUR_MS, 0, false, true));
        }
        check(Some(NOW_MS), &steps);
    }

    #[test]
    fn a_synchronised_clock_is_trusted_after_some_minutes() {
        check(
            Some(NOW_MS),
            &[
                (0, 0, false, true),
                (5_000, 16 * DAY_MS, true, false),
                (9 * MINUTE_MS, 16 * DAY_MS, true, false),
                (MINUTE_MS, 16 * DAY_MS, true, true),
            ],
        );
    }

    #[test]
    fn a_server_that_was_off_for_long_trusts_a_synchronised_clock_at_once() {
        check(Some(NOW_MS - 60 * DAY_MS), &[(0, 0, true, true)]);
        check(
            Some(NOW_MS - 60 * DAY_MS),
            &[
                (0, 0, false, false),
                (MINUTE_MS, 0, true, false),
                (10 * MINUTE_MS, 0, true, true),
            ],
        );
        check(Some(NOW_MS - DAY_MS), &[(0, 0, false, true)]);
        check(Some(NOW_MS - DAY_MS - 1), &[(0, 0, false, false)]);
    }

    #[test]
    fn a_new_store_has_nothing_that_could_be_too_old() {
        check(None, &[(0, 54 * 365 * DAY_MS, false, true)]);
    }

    #[test]
    fn small_steps_do_not_add_up() {
        let steps: Vec<_> = (0..10)
            .map(|step| (5_000, step * 6 * HOUR_MS, false, step <= 4))
            .collect();
        check(Some(NOW_MS), &steps);
    }

    #[test]
    fn a_clock_that_is_behind_is_harmless() {
        let since_1970_ms = NOW_MS;
        check(
            Some(NOW_MS),
            &[
                // Without a battery the clock begins in 1970, until a time server is found.
                (0, -since_1970_ms, false, true),
                (MINUTE_MS, -since_1970_ms, false, true),
                (MINUTE_MS, 0, false, true),
                (MINUTE_MS, -HOUR_MS, false, true),
                (MINUTE_MS, 0, false, true),
            ],
        );
    }

    #[test]
    fn a_clock_that_was_wrongly_trusted_is_trusted_again_when_it_is_right() {
        let far_ms = 54 * 365 * DAY_MS;
        check(
            None,
            &[
                (0, far_ms, false, true),
                (MINUTE_MS, 0, false, true),
                (DAY_MS, 0, false, true),
                // By then the jump to the far future is one again.
                (5_000, far_ms, false, false),
            ],
        );
    }

    #[test]
    fn nothing_overflows() {
        for wall_ms in [i64::MIN, i64::MAX] {
            for stored_ms in [None, Some(i64::MIN), Some(i64::MAX)] {
                let mut clock = TrustedClock::new(stored_ms);
                for monotonic_ms in [0, i64::MAX] {
                    let reading = ClockReading {
                        wall_ms,
                        monotonic_ms,
                        is_synchronised: false,
                    };
                    clock.step(reading);
                    clock.known_ms(&reading);
                }
            }
        }
    }
}
