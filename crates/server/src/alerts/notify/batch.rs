use super::delivery::MESSAGES_MAX;

/// An alert that a target refuses so often is given up.
const ATTEMPTS_MAX: u32 = 3;

/// What a target is notified of at once: the same until it is accepted, so that a repetition can be recognized, and less once
/// it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Batch {
    /// The last message.
    until_seq: u64,
    /// So many alerts at most.
    most: usize,
    /// How often its only alert was refused.
    refusals: u32,
}

impl Batch {
    /// Whatever there is.
    pub(super) const ALL: Self = Self {
        until_seq: u64::MAX,
        most: MESSAGES_MAX,
        refusals: 0,
    };

    pub(super) fn most(self) -> usize {
        self.most
    }

    /// Whether a message belongs to it if so many alerts do already.
    pub(super) fn has_room(self, seq: u64, count: usize) -> bool {
        seq <= self.until_seq && count < self.most
    }

    pub(super) fn is_smaller_than(self, count: usize) -> bool {
        self.most < count
    }

    /// After it was accepted, or given up, up to a message: the rest of one that was refused is tried in parts, too.
    pub(super) fn accepted(self, seq: u64) -> Option<Self> {
        let is_over = self.until_seq == u64::MAX || seq >= self.until_seq;
        (!is_over).then_some(Self {
            refusals: 0,
            ..self
        })
    }

    /// After so many alerts up to a message could not be delivered.
    pub(super) fn failed(self, seq: u64, count: usize) -> Self {
        Self {
            until_seq: self.until_seq.min(seq),
            most: count,
            ..self
        }
    }

    /// After so many alerts up to a message were refused; none if the only one is given up.
    pub(super) fn refused(self, seq: u64, count: usize) -> Option<Self> {
        let whole = Self {
            until_seq: match self.until_seq {
                u64::MAX => seq,
                until_seq => until_seq,
            },
            ..self
        };
        match count {
            0 | 1 if self.refusals + 1 >= ATTEMPTS_MAX => None,
            0 | 1 => Some(Self {
                most: 1,
                refusals: self.refusals + 1,
                ..whole
            }),
            _ => Some(Self {
                most: count / 2,
                refusals: 0,
                ..whole
            }),
        }
    }
}

/// Whether a status says that the target will never accept this notification. Others say something about the target, or
/// that it can be tried again.
pub(super) fn is_refused(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 401 | 403 | 404 | 408 | 410 | 429)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_alert_that_is_refused_holds_up_no_other() {
        // Messages 1 to 8 are alerts, and the target refuses whatever has number 6.
        let (mut batch, mut seq) = (Batch::ALL, 0);
        let (mut accepted, mut given_up, mut requests) = (Vec::new(), Vec::new(), 0);
        while seq < 8 {
            let mut alerts: Vec<u64> = Vec::new();
            for next in seq + 1..=8 {
                if batch.has_room(next, alerts.len()) {
                    alerts.push(next);
                }
            }
            requests += 1;
            let end = *alerts.last().unwrap();
            if alerts.contains(&6) {
                if let Some(smaller) = batch.refused(end, alerts.len()) {
                    batch = smaller;
                    continue;
                }
                given_up.extend(alerts);
            } else {
                accepted.extend(alerts);
            }
            batch = batch.accepted(end).unwrap_or(Batch::ALL);
            seq = end;
        }
        assert_eq!(accepted, [1, 2, 3, 4, 5, 7, 8]);
        assert_eq!(given_up, [6]);
        assert!(requests < 12, "{requests}");
    }

    #[test]
    fn a_repetition_is_the_same() {
        let batch = Batch::ALL.failed(5, 3);
        assert!(batch.has_room(5, 2));
        assert!(!batch.has_room(6, 2) && !batch.has_room(5, 3));
        assert_eq!(batch.failed(5, 3), batch);
        assert_eq!(batch.accepted(5), None);
        assert_eq!([400, 413, 422].map(is_refused), [true; 3]);
        assert_eq!([404, 429, 500].map(is_refused), [false; 3]);
    }
}
