use protocol::{Folded, Operation, SeriesKey};

/// Values of one second are folded together once it is over, and a little later if no newer value says so.
const SECOND_MS: i64 = 1_000;
const LATE_MS: i64 = 500;

/// A member's value is used for so long.
const VALUE_MAX_AGE_MS: i64 = 60_000;

/// The values of a fold's members, folded second by second. Members that have nothing in a second have their value of
/// before.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    operation: Operation,
    /// In the order of their series, so that sums are equal to the last digit, live and stored.
    members: Vec<(SeriesKey, Option<(i64, f64)>)>,
    /// The newest value that was not folded yet.
    newest_ms: Option<i64>,
}

impl Group {
    pub(crate) fn new(operation: Operation) -> Self {
        Self {
            operation,
            members: Vec::new(),
            newest_ms: None,
        }
    }

    pub(crate) fn add_member(&mut self, series: &SeriesKey) {
        if let Err(place) = self.place(series) {
            self.members.insert(place, (series.clone(), None));
        }
    }

    pub(crate) fn has(&self, series: &SeriesKey) -> bool {
        self.place(series).is_ok()
    }

    fn place(&self, series: &SeriesKey) -> Result<usize, usize> {
        self.members
            .binary_search_by(|(member, _)| member.cmp(series))
    }

    /// Adds a member's value. Returns what the second before comes to, if this value is the first of a new one.
    pub(crate) fn add(&mut self, series: &SeriesKey, at_ms: i64, value: f64) -> Option<(i64, f64)> {
        let second = |at_ms: i64| at_ms.div_euclid(SECOND_MS);
        let is_new = self
            .newest_ms
            .is_some_and(|newest_ms| second(at_ms) > second(newest_ms));
        let folded = if is_new { self.fold() } else { None };
        if let Ok(place) = self.place(series) {
            let known = &mut self.members[place].1;
            if known.is_none_or(|(known_ms, _)| known_ms < at_ms) {
                *known = Some((at_ms, value));
                self.newest_ms = Some(
                    self.newest_ms
                        .map_or(at_ms, |newest_ms| newest_ms.max(at_ms)),
                );
            }
        }
        folded
    }

    /// The newest value that was not folded yet.
    pub(crate) fn newest_ms(&self) -> Option<i64> {
        self.newest_ms
    }

    /// When the present second is folded even if no newer value arrives.
    pub(crate) fn deadline_ms(&self) -> Option<i64> {
        let newest_ms = self.newest_ms?;
        Some((newest_ms.div_euclid(SECOND_MS) + 1) * SECOND_MS + LATE_MS)
    }

    /// The time and the value of the present second.
    pub(crate) fn fold(&mut self) -> Option<(i64, f64)> {
        let at_ms = self.newest_ms.take()?;
        let mut folded = Folded::default();
        for (_, value) in &self.members {
            if let Some((member_ms, value)) = value
                && at_ms - member_ms <= VALUE_MAX_AGE_MS
            {
                folded.add(*value);
            }
        }
        Some((at_ms, folded.value(self.operation)?))
    }

    /// The clock was set: no value lies in the future.
    pub(crate) fn clock_was_set(&mut self, now_ms: i64) {
        self.newest_ms = None;
        for (_, value) in &mut self.members {
            *value = value.filter(|(at_ms, _)| *at_ms <= now_ms);
        }
    }

    /// Removes members that are silent for so long that they do not count.
    pub(crate) fn remove_silent(&mut self, now_ms: i64, mut removed: impl FnMut(&SeriesKey)) {
        self.members.retain(|(series, value)| {
            let is_silent = value.is_none_or(|(at_ms, _)| now_ms - at_ms > 60 * VALUE_MAX_AGE_MS);
            if is_silent {
                removed(series);
            }
            !is_silent
        });
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = &SeriesKey> {
        self.members.iter().map(|(series, _)| series)
    }

    pub(crate) fn member_count(&self) -> usize {
        self.members.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_is_folded_once_it_is_over() {
        let mut group = Group::new(Operation::Sum);
        let [a, b] = ["a", "b"].map(|host| SeriesKey::new(host, "cpu", []));
        group.add_member(&b);
        group.add_member(&a);
        assert_eq!(group.add(&a, 1_000, 1.0), None);
        assert_eq!(group.add(&b, 1_200, 2.0), None);
        assert_eq!(group.deadline_ms(), Some(2_500));
        assert_eq!(group.add(&a, 2_000, 10.0), Some((1_200, 3.0)));
        // The other one has its value of before.
        assert_eq!(group.fold(), Some((2_000, 12.0)));
        assert_eq!(group.fold(), None);
        assert_eq!(group.deadline_ms(), None);
        assert_eq!(group.add(&a, 90_000, 1.0), None);
        assert_eq!(group.fold(), Some((90_000, 1.0)), "the other one is silent");
    }
}
