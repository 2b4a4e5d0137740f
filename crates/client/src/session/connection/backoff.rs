/// The first wait is somewhere below this.
const CEILING_FIRST_MS: f64 = 500.0;

/// However long the server is away, no wait is longer.
const CEILING_MAX_MS: f64 = 30_000.0;

/// How long to wait before the given attempt, which counts from 1.
///
/// Full jitter: anything from nothing to a ceiling that doubles, so that the viewers of a server
/// that restarts come back spread out. Source: Marc Brooker, "Exponential Backoff And Jitter",
/// AWS Architecture Blog, 2015. `random` is within 0 and 1.
pub(super) fn wait_ms(attempt: u32, random: f64) -> f64 {
    let doublings = attempt.saturating_sub(1).min(16);
    let ceiling = CEILING_FIRST_MS * f64::from(1u32 << doublings);
    ceiling.min(CEILING_MAX_MS) * random
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_up_to_half_a_minute() {
        let ceilings: Vec<f64> = (1..=8).map(|attempt| wait_ms(attempt, 1.0)).collect();
        let doubling = [500.0, 1e3, 2e3, 4e3, 8e3, 16e3, 30e3, 30e3];
        assert_eq!(ceilings, doubling);
        assert_eq!(wait_ms(u32::MAX, 1.0), 30e3);
        assert_eq!(wait_ms(4, 0.25), 1e3);
    }
}
