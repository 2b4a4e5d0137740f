use super::recent::{Mention, Recent, RecentMessage};
use super::room::{Room, beginning, id_of, number_of};
use access::{Access, Span};
use protocol::rooms::RoomLast;
use protocol::{Person, RoomAction, RoomKind, RoomMessage};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The room that exists from the start.
const FIRST: u64 = 1;

const FIRST_NAME: &str = "General";

/// All rooms, as the messages of the log have made them. Pure.
#[derive(Debug)]
pub(super) struct State {
    pub(super) rooms: BTreeMap<u64, Room>,
    /// The highest number of a room in the store, also of one whose document cannot be read.
    pub(super) last_number: u64,
    pub(super) recent: Recent,
    /// For each room up to where each person has read.
    pub(super) reads: HashMap<u64, HashMap<String, u64>>,
    /// For each room the users who have muted it.
    pub(super) mutes: HashMap<u64, HashSet<String>>,
    /// What of up to where they have read is to be stored.
    pub(super) unsaved_reads: BTreeSet<(u64, String)>,
    /// What is to be replaced, by the position of what was said.
    pub(super) pending: BTreeMap<u64, Pending>,
    /// Rooms that are to be stored.
    pub(super) unsaved: BTreeSet<u64>,
}

/// What an edit or a deletion does to the messages of before, as long as it is not done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pending {
    /// In order.
    pub(super) edits: Vec<Edit>,
    pub(super) deleted_seq: Option<u64>,
}

/// Another text for a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) seq: u64,
    pub(super) text: Option<String>,
    pub(super) mentions: Vec<String>,
}

impl Default for State {
    fn default() -> Self {
        let first = Room::new(FIRST, RoomKind::Public, FIRST_NAME.into(), 0);
        Self {
            rooms: BTreeMap::from([(FIRST, first)]),
            last_number: FIRST,
            recent: Recent::default(),
            reads: HashMap::new(),
            mutes: HashMap::new(),
            unsaved_reads: BTreeSet::new(),
            pending: BTreeMap::new(),
            unsaved: BTreeSet::new(),
        }
    }
}

impl State {
    /// A room that this access may read; nobody learns of others.
    pub(super) fn readable(&self, id: &str, access: &Access) -> Option<&Room> {
        let room = self.rooms.get(&number_of(id)?)?;
        room.is_readable(access).then_some(room)
    }

    /// The id of the next room.
    pub(super) fn next_id(&self) -> String {
        let last = self.rooms.last_key_value().map_or(0, |(number, _)| *number);
        id_of(last.max(self.last_number) + 1)
    }

    /// Forgets what some have read, such as users that were removed.
    pub(super) fn forget_readers(&mut self, is_forgotten: impl Fn(&str) -> bool) {
        let readers: BTreeSet<&String> = self.reads.values().flat_map(HashMap::keys).collect();
        let forgotten = readers.into_iter().filter(|id| is_forgotten(id));
        let forgotten: Vec<String> = forgotten.cloned().collect();
        for (number, readers) in &mut self.reads {
            for id in &forgotten {
                if readers.remove(id).is_some() {
                    self.unsaved_reads.insert((*number, id.clone()));
                }
            }
        }
    }

    /// The rooms without members of which nothing is stored up to this position any more. The newest room stays: its number
    /// is not given again.
    pub(super) fn abandoned(&self, floor_seq: u64) -> Vec<u64> {
        let newest = self.rooms.last_key_value().map(|(number, _)| *number);
        let newest = newest.max(Some(self.last_number));
        let abandoned = self.rooms.values().filter(|room| {
            room.is_abandoned() && room.seq <= floor_seq && Some(room.number) != newest
        });
        abandoned.map(|room| room.number).collect()
    }

    /// Forgets a room.
    pub(super) fn remove(&mut self, number: u64) {
        self.rooms.remove(&number);
        self.reads.remove(&number);
        self.mutes.remove(&number);
        self.unsaved.remove(&number);
        self.unsaved_reads.retain(|(room, _)| *room != number);
    }

    /// When a person was a member of which room.
    pub(super) fn spans_of(&self, person: &str) -> Vec<Span> {
        let rooms = self.rooms.values();
        rooms.flat_map(|room| room.spans_of(person)).collect()
    }

    /// Applies a message of the log; returns the ids of the people who see other channels from there on. Of a room that
    /// has applied it before, only what was said is.
    pub(super) fn apply(&mut self, seq: u64, message: &RoomMessage) -> Vec<String> {
        let Some(number) = number_of(&message.room) else {
            return Vec::new();
        };
        match message.action {
            RoomAction::Said => self.say(number, seq, message),
            RoomAction::Edited | RoomAction::Deleted => self.change_said(number, seq, message),
            _ => return self.change_room(number, seq, message),
        }
        Vec::new()
    }

    fn say(&mut self, number: u64, seq: u64, message: &RoomMessage) {
        self.recent.push(RecentMessage {
            seq,
            room: number,
            author: message.author.id.clone(),
            at_ms: message.timestamp.unix_ms(),
            id: message.id.clone(),
            mentions: mentions_at(seq, &message.mentions),
            edited_seq: message.edited_seq,
            deleted_seq: message.deleted_seq,
        });
        if let Some(room) = self.rooms.get_mut(&number) {
            room.last = Some(RoomLast {
                seq,
                timestamp_ms: message.timestamp.unix_ms(),
                author: message.author.clone(),
                text: beginning(message.text.as_deref().unwrap_or_default()),
            });
        }
    }

    fn change_said(&mut self, number: u64, seq: u64, message: &RoomMessage) {
        let Some(said_seq) = message.message_seq else {
            return;
        };
        if message.action == RoomAction::Edited {
            self.recent.push_edit(said_seq);
        }
        let mut said = self.recent.get_mut(said_seq);
        if let Some(said) = said.as_deref_mut() {
            edit_mentions(said, seq, message);
        }
        // At a start, what was said may have been replaced already.
        let is_done = said.as_ref().is_some_and(|said| {
            said.deleted_seq.is_some()
                || (message.action == RoomAction::Edited && said.edited_seq >= Some(seq))
        });
        if is_done {
            return;
        }
        if let Some(said) = said {
            match message.action {
                RoomAction::Edited => said.edited_seq = Some(seq),
                _ => said.deleted_seq = Some(seq),
            }
        }
        let pending = self.pending.entry(said_seq).or_default();
        match message.action {
            RoomAction::Edited => pending.edits.push(Edit {
                seq,
                text: message.text.clone(),
                mentions: message.mentions.clone(),
            }),
            _ => pending.deleted_seq = Some(seq),
        }
        let room = self.rooms.get_mut(&number);
        let last = room.and_then(|room| room.last.as_mut());
        if let Some(last) = last.filter(|last| last.seq == said_seq) {
            last.text = beginning(message.text.as_deref().unwrap_or_default());
        }
    }

    fn change_room(&mut self, number: u64, seq: u64, message: &RoomMessage) -> Vec<String> {
        if message.action == RoomAction::Created {
            let kind = message.kind.unwrap_or(RoomKind::Private);
            let name = message.name.clone().unwrap_or_default();
            let created_ms = message.timestamp.unix_ms();
            self.rooms.entry(number).or_insert_with(|| Room {
                creator: Some(message.author.clone()),
                ..Room::new(number, kind, name, created_ms)
            });
        }
        let Some(room) = self.rooms.get_mut(&number).filter(|room| room.seq < seq) else {
            return Vec::new();
        };
        room.seq = seq;
        self.unsaved.insert(number);
        // What makes somebody a member is seen by it, and so is what ends that.
        let before = seq.saturating_sub(1);
        let mut changed: Vec<&Person> = message.people.iter().collect();
        match message.action {
            RoomAction::Created => changed.iter().for_each(|person| room.join(person, before)),
            RoomAction::Joined => {
                let history = match message.with_history {
                    Some(true) => room.times_of(&message.author.id),
                    _ => Vec::new(),
                };
                for person in &changed {
                    room.join_with(person, before, &history);
                }
            }
            RoomAction::Removed => changed.iter().for_each(|person| room.leave(person, seq)),
            RoomAction::Left => {
                changed = vec![&message.author];
                room.leave(&message.author, seq);
            }
            RoomAction::Renamed => {
                room.name = message.name.clone().unwrap_or_default();
            }
            RoomAction::Archived => room.is_archived = true,
            RoomAction::Reopened => room.is_archived = false,
            RoomAction::Said | RoomAction::Edited | RoomAction::Deleted => {}
        }
        changed.into_iter().map(|it| it.id.clone()).collect()
    }
}

/// People whom a text mentions that was written at this position.
fn mentions_at(seq: u64, people: &[String]) -> Vec<Mention> {
    let mentions = people.iter().map(|id| Mention {
        id: id.clone(),
        seq,
    });
    mentions.collect()
}

/// Applies an edit to the people whom a message mentions. At a start the message has been replaced already, and of the
/// edit only since when it mentions whom is new.
fn edit_mentions(said: &mut RecentMessage, seq: u64, edit: &RoomMessage) {
    if edit.action != RoomAction::Edited {
        return;
    }
    if said.edited_seq < Some(seq) {
        let former = std::mem::replace(&mut said.mentions, mentions_at(said.seq, &edit.mentions));
        for mention in &mut said.mentions {
            if let Some(before) = former.iter().find(|it| it.id == mention.id) {
                mention.seq = before.seq;
            }
        }
    }
    for mention in &mut said.mentions {
        if edit.people.iter().any(|person| person.id == mention.id) {
            mention.seq = seq;
        }
    }
}

#[cfg(test)]
mod tests;
