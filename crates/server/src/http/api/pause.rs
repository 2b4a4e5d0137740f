use std::time::Duration;

/// After each page, an export pauses for this many times the duration of the page: it uses a third of an idle
/// core, and less of a busy one, where pages take longer.
const PAUSE_FACTOR: u32 = 2;
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// The pause before the next page of an export.
#[derive(Default)]
pub(super) struct Pause(Duration);

impl Pause {
    /// Records how long a page took.
    pub(super) fn page_took(&mut self, took: Duration) {
        self.0 = (took * PAUSE_FACTOR).min(PAUSE_MAX);
    }

    pub(super) async fn wait(&self) {
        tokio::time::sleep(self.0).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn the_pause_is_proportional_and_limited() {
        let mut pause = Pause::default();
        for (took_ms, pause_ms) in [(0, 0), (10, 20), (1_000, 500)] {
            pause.page_took(Duration::from_millis(took_ms));
            let since = Instant::now();
            pause.wait().await;
            assert_eq!(since.elapsed(), Duration::from_millis(pause_ms));
        }
    }
}
