use super::connection::{OfflineReason, Status};

/// [`Status`] as it is shown: with a countdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnectionStatus {
    Connecting { attempt: u32 },
    Live,
    Waiting { seconds: u32, attempt: u32 },
    Offline(OfflineReason),
}

impl ConnectionStatus {
    pub(crate) fn new(status: Status, now_ms: f64) -> Self {
        match status {
            Status::Connecting { attempt } => Self::Connecting { attempt },
            Status::Live => Self::Live,
            Status::Waiting {
                retry_at_ms,
                attempt,
            } => Self::Waiting {
                seconds: ((retry_at_ms - now_ms) / 1_000.0).ceil().max(0.0) as u32,
                attempt,
            },
            Status::Offline(reason) => Self::Offline(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_countdown_rounds_up() {
        let waiting = Status::Waiting {
            retry_at_ms: 4_100.0,
            attempt: 3,
        };
        let status = |seconds| ConnectionStatus::Waiting {
            seconds,
            attempt: 3,
        };
        assert_eq!(ConnectionStatus::new(waiting, 0.0), status(5));
        assert_eq!(ConnectionStatus::new(waiting, 4_000.0), status(1));
        assert_eq!(ConnectionStatus::new(waiting, 9_000.0), status(0));
    }
}
