use std::time::Duration;

/// What is made page by page rests for so many times as long as each page took: it takes a third of a
/// core where nothing else happens, and less where pages take longer because others want it, too.
const REST: u32 = 2;
const REST_MAX: Duration = Duration::from_millis(500);

/// How long to rest before the next page.
#[derive(Default)]
pub(super) struct Pace(Duration);

impl Pace {
    /// A page took so long.
    pub(super) fn worked(&mut self, took: Duration) {
        self.0 = (took * REST).min(REST_MAX);
    }

    pub(super) async fn rest(&self) {
        tokio::time::sleep(self.0).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn it_rests_longer_than_it_works_but_not_for_ever() {
        let mut pace = Pace::default();
        for (took_ms, rest_ms) in [(0, 0), (10, 20), (1_000, 500)] {
            pace.worked(Duration::from_millis(took_ms));
            let since = Instant::now();
            pace.rest().await;
            assert_eq!(since.elapsed(), Duration::from_millis(rest_ms));
        }
    }
}
