use std::collections::{HashMap, VecDeque};

/// The changes that are recognised if they are sent again.
pub(super) const RECENT_MAX: usize = 10_000;

/// A board, or 0 for changes that create one; who has made the change; and what it calls it.
type Key = (u64, String, String);

/// The newest changes that have an id.
#[derive(Debug, Default)]
pub(super) struct Recent {
    keys: VecDeque<(Key, u64)>,
    seqs: HashMap<Key, (u64, u64)>,
}

impl Recent {
    /// A change with this number; `board` is the one that it has changed or created.
    pub(super) fn push(&mut self, key: Key, seq: u64, board: u64) {
        self.seqs.insert(key.clone(), (seq, board));
        self.keys.push_back((key, seq));
        if self.keys.len() > RECENT_MAX
            && let Some((key, seq)) = self.keys.pop_front()
            && self.seqs.get(&key).is_some_and(|it| it.0 == seq)
        {
            self.seqs.remove(&key);
        }
    }

    /// The number of the change, and its board.
    pub(super) fn find(&self, board: u64, author: &str, id: &str) -> Option<(u64, u64)> {
        let key = (board, author.to_owned(), id.to_owned());
        self.seqs.get(&key).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bounded_number_is_remembered() {
        let mut recent = Recent::default();
        for seq in 1..=RECENT_MAX as u64 + 1 {
            recent.push((1, "a".into(), seq.to_string()), seq, 1);
        }
        assert_eq!(recent.find(1, "a", "1"), None);
        assert_eq!(recent.find(1, "a", "2"), Some((2, 1)));
        assert_eq!(recent.find(1, "b", "2"), None);
        assert_eq!(recent.find(2, "a", "2"), None);
        assert_eq!(
            (recent.seqs.len(), recent.keys.len()),
            (RECENT_MAX, RECENT_MAX)
        );
    }
}
