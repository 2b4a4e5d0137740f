use protocol::{Kind, OwnHost, SeriesKey, SeriesSet, Unit};
use std::sync::Arc;

/// The series of a set, with the newest name of the server's own host.
#[derive(Debug)]
pub struct Members(Vec<Member>);

#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: Arc<SeriesKey>,
    pub(super) unit: Option<Unit>,
    pub(super) kind: Kind,
}

impl Members {
    /// `shared` finds the key of a series that is in memory already.
    pub(super) fn of(
        set: &SeriesSet,
        own: &OwnHost,
        shared: impl Fn(&SeriesKey) -> Option<Arc<SeriesKey>>,
    ) -> Self {
        let members = set.series.iter().map(|series| {
            let mut key = series.key(set.host.as_deref());
            own.resolve_series(&mut key);
            Member {
                key: shared(&key).unwrap_or_else(|| Arc::new(key)),
                unit: series.unit(),
                kind: series.kind(),
            }
        });
        Self(members.collect())
    }

    pub(super) fn get(&self, index: usize) -> Option<&Member> {
        self.0.get(index)
    }

    /// The series with this index in the set, and its unit.
    pub fn series(&self, index: usize) -> Option<(&SeriesKey, Option<&Unit>)> {
        let member = self.get(index)?;
        Some((&member.key, member.unit.as_ref()))
    }

    /// The series, in the order of the set.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Arc<SeriesKey>> {
        self.0.iter().map(|member| &member.key)
    }
}
