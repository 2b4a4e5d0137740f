use std::collections::{HashMap, VecDeque};

/// The messages of which is known what a list of rooms says of them, and which are recognised if they are sent again.
pub(super) const RECENT_MAX: usize = 10_000;

/// What somebody said, without the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RecentMessage {
    pub(super) seq: u64,
    /// The number of the room.
    pub(super) room: u64,
    /// The id of the author.
    pub(super) author: String,
    /// When, in milliseconds since the Unix epoch.
    pub(super) at_ms: i64,
    /// What the author calls it.
    pub(super) id: Option<String>,
    /// The people whom it mentions.
    pub(super) mentions: Vec<Mention>,
    pub(super) edited_seq: Option<u64>,
    pub(super) deleted_seq: Option<u64>,
}

/// Somebody whom a message mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    /// The id of the person.
    pub(super) id: String,
    /// Since when: the message itself, or the edit that has added it.
    pub(super) seq: u64,
}

impl RecentMessage {
    /// Since when it mentions a person.
    pub(super) fn mentions_since(&self, person: &str) -> Option<u64> {
        let mention = self.mentions.iter().find(|it| it.id == person)?;
        Some(mention.seq)
    }
}

/// The newest messages of all rooms, in order.
#[derive(Debug, Default)]
pub(super) struct Recent {
    messages: VecDeque<RecentMessage>,
    /// By room, author and id.
    by_id: HashMap<(u64, String, String), u64>,
    /// For each of the newest edits the message that it is about.
    edited: VecDeque<u64>,
}

impl Recent {
    pub(super) fn push(&mut self, said: RecentMessage) {
        if let Some(id) = &said.id {
            self.by_id
                .insert((said.room, said.author.clone(), id.clone()), said.seq);
        }
        self.messages.push_back(said);
        while self.messages.len() > RECENT_MAX {
            let Some(oldest) = self.messages.pop_front() else {
                return;
            };
            if let Some(id) = oldest.id {
                self.by_id.remove(&(oldest.room, oldest.author, id));
            }
        }
    }

    /// A message was edited.
    pub(super) fn push_edit(&mut self, seq: u64) {
        self.edited.push_back(seq);
        if self.edited.len() > RECENT_MAX {
            self.edited.pop_front();
        }
    }

    /// How often a message was edited lately.
    pub(super) fn edits(&self, seq: u64) -> usize {
        self.edited.iter().filter(|it| **it == seq).count()
    }

    /// The message of this author in a room that has this id.
    pub(super) fn find(&self, room: u64, author: &str, id: &str) -> Option<u64> {
        let key = (room, author.to_owned(), id.to_owned());
        self.by_id.get(&key).copied()
    }

    pub(super) fn get_mut(&mut self, seq: u64) -> Option<&mut RecentMessage> {
        let index = self.messages.binary_search_by_key(&seq, |it| it.seq).ok()?;
        self.messages.get_mut(index)
    }

    /// Those that are not deleted.
    pub(super) fn iter(&self) -> impl Iterator<Item = &RecentMessage> {
        self.messages.iter().filter(|it| it.deleted_seq.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bounded_number_is_remembered() {
        let mut recent = Recent::default();
        for seq in 1..=RECENT_MAX as u64 + 1 {
            recent.push(RecentMessage {
                seq,
                room: 1,
                author: "a".into(),
                at_ms: 0,
                id: Some(seq.to_string()),
                mentions: Vec::new(),
                edited_seq: None,
                deleted_seq: None,
            });
        }
        assert_eq!(recent.find(1, "a", "1"), None);
        assert_eq!(recent.find(1, "a", "2"), Some(2));
        assert_eq!(recent.find(1, "b", "2"), None);
        assert_eq!(recent.find(2, "a", "2"), None);
        assert_eq!(recent.by_id.len(), RECENT_MAX);
        recent.get_mut(3).unwrap().deleted_seq = Some(9);
        assert_eq!(recent.iter().count(), RECENT_MAX - 1);
        assert_eq!(recent.get_mut(1), None);
        recent.push_edit(1);
        for _ in 0..RECENT_MAX - 1 {
            recent.push_edit(2);
        }
        assert_eq!((recent.edits(1), recent.edits(3)), (1, 0));
        recent.push_edit(2);
        assert_eq!((recent.edits(1), recent.edits(2)), (0, RECENT_MAX));
    }
}
