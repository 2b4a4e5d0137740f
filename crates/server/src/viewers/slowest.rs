use super::Viewer;
use std::sync::{Arc, Weak};

/// So many are remembered.
pub(crate) const SLOWEST_MAX: usize = 5;

/// A viewer that is behind.
#[derive(Debug, Clone)]
pub(crate) struct Slow {
    pub(crate) viewer: Weak<Viewer>,
    /// Messages that it has not been sent.
    pub(crate) behind_messages: u64,
    /// For how long it has not been sent one.
    pub(crate) behind_ms: u64,
}

/// The viewers of a shard that were behind the most at a check, the slowest first.
#[derive(Debug, Default)]
pub(crate) struct Slowest(pub(crate) Vec<Slow>);

/// The same while viewers are checked: positions only, since most viewers are not behind.
#[derive(Debug, Default)]
pub(super) struct Positions<'a>(Vec<(u64, &'a Arc<Viewer>)>);

impl<'a> Positions<'a> {
    /// Adds a viewer that was sent everything up to a position, before the one up to which all were swept.
    pub(super) fn add(&mut self, position: u64, viewer: &'a Arc<Viewer>) {
        let at = self.0.partition_point(|(before, _)| *before <= position);
        if at < SLOWEST_MAX {
            self.0.insert(at, (position, viewer));
            self.0.truncate(SLOWEST_MAX);
        }
    }

    /// The slowest, of which `behind_ms` says for how long they have been at their position.
    pub(super) fn slowest(&self, swept: u64, behind_ms: impl Fn(u64) -> u64) -> Slowest {
        let slow = self.0.iter().map(|(position, viewer)| Slow {
            viewer: Arc::downgrade(viewer),
            behind_messages: swept.saturating_sub(*position),
            behind_ms: behind_ms(*position),
        });
        Slowest(slow.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::viewers::Transport;
    use access::Access;
    use journal::Encoding;
    use tokio::sync::Notify;

    #[test]
    fn the_slowest_come_first_and_are_few() {
        let viewer = |id| {
            let transport = Transport::Task(Arc::new(Notify::new()));
            let seen = (Access::member([]), None);
            Arc::new(Viewer::new(id, transport, Encoding::Sse, seen, 0))
        };
        let viewers: Vec<_> = (0..20).map(viewer).collect();
        let mut positions = Positions::default();
        for viewer in &viewers {
            positions.add(10 + (viewer.id * 7) % 20, viewer);
        }
        let Slowest(slowest) = positions.slowest(100, |position| 1_000 - position);
        let behind: Vec<_> = slowest.iter().map(|it| it.behind_messages).collect();
        assert_eq!(behind, [90, 89, 88, 87, 86]);
        assert_eq!(slowest[0].behind_ms, 990);
        assert_eq!(slowest[1].viewer.upgrade().map(|it| it.id), Some(3));
    }
}
