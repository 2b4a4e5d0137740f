//! Rooms and what is said in them: what the server lists, kept current by the messages that arrive.
//!
//! Every message may arrive twice, live and in a page of the history, and in any order. Its position identifies it.

mod pending;
mod people;
mod rows;

#[cfg(test)]
mod tests;

use protocol::rooms::{RoomEntry, RoomInfo, RoomLast, RoomList, RoomPage};
use protocol::{Person, RoomAction, RoomKind, RoomMessage};

pub(crate) use pending::{Outbox, Outcome, Pending, PendingState, Unsent};
pub(crate) use people::{Begun, begun, complete, hue, initials, range_text};
pub(crate) use rows::{Row, RowKind, Shown, room_key, rows};

/// So many messages of a room stay in memory, unless earlier ones are being read.
const MESSAGES_MAX: usize = 600;

/// So many messages stay that have arrived in a room before its history was loaded.
const UNLOADED_MESSAGES_MAX: usize = 100;

/// So many changes are kept for messages that are not here yet.
const CHANGES_MAX: usize = 32;

/// So many messages wait for the list of rooms to have their room.
const WAITING_MAX: usize = 50;

/// A text of [`RoomLast`] has at most so many characters.
const LAST_CHARS_MAX: usize = 100;

/// The rooms that the user may read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Rooms {
    pub(crate) me: Option<Person>,
    pub(crate) has_private: bool,
    pub(crate) rooms: Vec<Room>,
    /// The id of the user whose list that was.
    listed_for: Option<String>,
    /// What has arrived in rooms that are not in the list yet.
    waiting: Vec<RoomEntry>,
}

/// A room, and the messages of it that were loaded or have arrived.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Room {
    pub(crate) info: RoomInfo,
    /// In the order of their positions.
    pub(crate) messages: Vec<RoomEntry>,
    /// What precedes them is requested with this; none if nothing does.
    pub(crate) before: Option<u64>,
    /// Whether a page was loaded: before, only what has arrived is there.
    pub(crate) is_loaded: bool,
    /// The newest edits and deletions with their positions: a page that was on its way may lack them.
    changes: Vec<RoomEntry>,
    /// After this position messages may be missing; none if all that were sent have arrived.
    whole_until: Option<u64>,
    /// The user has read everything up to this position here; the server may not know of it yet.
    read_here: u64,
    /// The newest message that has come to mention the user by an edit, and that edit; the server's list may lack it yet.
    mentioned: Option<(u64, u64)>,
}

/// What a message means beyond the room that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    Nothing,
    /// The list of rooms is to be requested again.
    Reload,
    /// Somebody else has said something new, or mentions the user anew in an edit.
    Said {
        seq: u64,
        room: String,
        author: String,
        text: String,
        mentions_me: bool,
        is_edit: bool,
    },
}

impl Rooms {
    pub(crate) fn room(&self, id: &str) -> Option<&Room> {
        self.rooms.iter().find(|room| room.info.id == id)
    }

    fn room_mut(&mut self, id: &str) -> Option<&mut Room> {
        self.rooms.iter_mut().find(|room| room.info.id == id)
    }

    /// Whether a person is the user.
    pub(crate) fn is_me(&self, person: &Person) -> bool {
        self.me.as_ref().is_some_and(|me| me.id == person.id)
    }

    /// Mutes a room, or does so no more.
    pub(crate) fn mute(&mut self, id: &str, is_muted: bool) {
        if let Some(room) = self.room_mut(id) {
            room.info.is_muted = is_muted;
        }
    }

    /// How many messages are unread, and how many of them mention the user, in rooms that are not muted.
    pub(crate) fn unread(&self) -> (u64, u64) {
        let mut sum = (0, 0);
        for room in self.rooms.iter().filter(|room| !room.info.is_muted) {
            sum.0 += room.info.unread;
            sum.1 += room.info.mentions;
        }
        sum
    }

    /// What a room is called: a direct conversation by the other people.
    pub(crate) fn name(&self, info: &RoomInfo) -> String {
        if info.kind != RoomKind::Direct {
            return info.name.clone();
        }
        let others = info.members.iter().filter(|member| !self.is_me(member));
        let names: Vec<&str> = others.map(|member| member.name.as_str()).collect();
        if !names.is_empty() {
            return names.join(", ");
        }
        let former: Vec<&str> = info.former.iter().map(|it| it.name.as_str()).collect();
        match former.is_empty() {
            true => "Nobody else".to_owned(),
            false => [&former.join(", "), " (removed)"].concat(),
        }
    }

    /// Takes in the list of the server. Messages of rooms that are still there stay, unless it is the list of somebody else
    /// than before; returns whether it is.
    pub(crate) fn listed(&mut self, list: RoomList) -> bool {
        let mut before = std::mem::take(&mut self.rooms);
        let user = list.me.as_ref().map(|me| me.id.clone());
        let is_other = self.listed_for.is_some() && self.listed_for != user;
        if is_other {
            before.clear();
            self.waiting.clear();
        }
        self.listed_for = user;
        self.me = list.me;
        self.has_private = list.has_private;
        for info in list.rooms {
            let known = before.iter().position(|room| room.info.id == info.id);
            let room = match known {
                Some(place) => {
                    let mut room = before.swap_remove(place);
                    room.listed(info, self.me.as_ref());
                    room
                }
                None => Room::new(info),
            };
            self.rooms.push(room);
        }
        is_other
    }

    /// Takes in what had arrived in rooms that the list has now, and returns what it means.
    pub(crate) fn receive_waiting(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for RoomEntry { seq, message } in std::mem::take(&mut self.waiting) {
            let me = self.me.clone();
            let room = self.room_mut(&message.room);
            // The list counts what it has: that is only told.
            let is_listed = |room: &&mut Room| {
                let last = room.info.last.as_ref();
                message.action == RoomAction::Said && last.is_some_and(|last| last.seq >= seq)
            };
            let effect = match room.filter(is_listed) {
                Some(room) => {
                    let effect = room.news(seq, &message, me.as_ref());
                    room.insert(RoomEntry { seq, message });
                    effect
                }
                None => self.receive(seq, message, false),
            };
            // What is still missing in the list waits on, and the members of a room are those of the list.
            if effect != Effect::Reload {
                effects.push(effect);
            }
        }
        effects
    }

    /// Takes in the newest part of a room's history.
    pub(crate) fn page(&mut self, id: &str, page: RoomPage) {
        if let Some(room) = self.room_mut(id) {
            room.page(page);
        }
    }

    /// Takes in the part of a room's history that was requested with `before`.
    pub(crate) fn older(&mut self, id: &str, before: u64, page: RoomPage) {
        if let Some(room) = self.room_mut(id) {
            room.older(before, page);
        }
    }

    /// From now on messages may be missing, until the newest page is here.
    pub(crate) fn interrupted(&mut self) {
        self.waiting.clear();
        for room in &mut self.rooms {
            let newest = room.newest();
            room.whole_until.get_or_insert(newest);
            // It may be taken back unseen, and the next list has it.
            room.mentioned = None;
        }
    }

    /// Takes in a message that has arrived. `is_read` says of its room whether the user sees what arrives.
    pub(crate) fn receive(&mut self, seq: u64, message: RoomMessage, is_read: bool) -> Effect {
        let me = self.me.clone();
        let Some(room) = self.room_mut(&message.room) else {
            if self.waiting.len() == WAITING_MAX {
                self.waiting.remove(0);
            }
            self.waiting.push(RoomEntry { seq, message });
            return Effect::Reload;
        };
        match message.action {
            RoomAction::Edited | RoomAction::Deleted => {
                let change = RoomEntry { seq, message };
                let effect = room.recount(&change, me.as_ref(), is_read);
                room.change(change);
                return effect;
            }
            RoomAction::Renamed => {
                if let Some(name) = &message.name {
                    room.info.name.clone_from(name);
                }
            }
            RoomAction::Archived => room.info.is_archived = true,
            RoomAction::Reopened => room.info.is_archived = false,
            // Who may do what has changed, too.
            RoomAction::Created | RoomAction::Joined | RoomAction::Left | RoomAction::Removed => {
                room.insert(RoomEntry { seq, message });
                return Effect::Reload;
            }
            RoomAction::Said => {}
        }
        let is_new = room.info.last.as_ref().is_none_or(|last| last.seq < seq);
        let effect = match message.action {
            RoomAction::Said if is_new => room.said(seq, &message, me.as_ref(), is_read),
            _ => Effect::Nothing,
        };
        room.insert(RoomEntry { seq, message });
        effect
    }

    /// Drops the oldest messages of a room beyond what stays in memory.
    pub(crate) fn trim(&mut self, id: &str) {
        if let Some(room) = self.room_mut(id) {
            room.trim();
        }
    }

    /// Takes everything in a room as read. Returns the newest position, if it was not read before.
    pub(crate) fn read(&mut self, id: &str) -> Option<u64> {
        let room = self.room_mut(id)?;
        room.messages.last()?;
        let newest = room.newest_to_read();
        room.info.unread = 0;
        room.info.mentions = 0;
        room.read_here = room.read_here.max(newest);
        if newest <= room.info.read_seq {
            return None;
        }
        room.info.read_seq = newest;
        Some(newest)
    }

    /// The user has read a room up to a position elsewhere. What follows it has arrived here.
    pub(crate) fn read_elsewhere(&mut self, id: &str, seq: u64) {
        let me = self.me.clone();
        let Some(room) = self.room_mut(id).filter(|room| room.read_up_to() < seq) else {
            return;
        };
        room.read_here = seq;
        (room.info.unread, room.info.mentions) = (0, 0);
        let mention_seq = room.info.mention_seq.filter(|it| *it > seq);
        room.count_after(seq, mention_seq, me.as_ref());
    }

    /// The members of a room; of a public one, those who have spoken in it.
    pub(crate) fn authors(&self, id: &str) -> Vec<Person> {
        let Some(room) = self.room(id) else {
            return Vec::new();
        };
        let mut people = room.info.members.clone();
        for entry in room.messages.iter().rev() {
            let author = &entry.message.author;
            if people.iter().all(|person| person.id != author.id) {
                people.push(author.clone());
            }
        }
        people
    }
}

impl Room {
    fn new(info: RoomInfo) -> Self {
        Self {
            info,
            messages: Vec::new(),
            before: None,
            is_loaded: false,
            changes: Vec::new(),
            whole_until: None,
            read_here: 0,
            mentioned: None,
        }
    }

    /// Takes in what the server lists of it. Since the list was made, messages and edits may have arrived and been read.
    fn listed(&mut self, mut info: RoomInfo, me: Option<&Person>) {
        let last_seq = |last: Option<&RoomLast>| last.map_or(0, |last| last.seq);
        let listed_seq = last_seq(info.last.as_ref());
        if last_seq(self.info.last.as_ref()) > listed_seq {
            info.last = self.info.last.take();
        }
        if listed_seq.max(info.mention_seq.unwrap_or(0)) <= self.read_here {
            (info.unread, info.mentions) = (0, 0);
        }
        let read_seq = self.read_up_to().max(info.read_seq);
        let mention_seq = self.mentioned.map(|(_, seq)| seq);
        let mention_seq = mention_seq.filter(|seq| *seq > read_seq);
        let mention_seq = mention_seq.filter(|seq| Some(*seq) > info.mention_seq);
        info.mention_seq = info.mention_seq.max(mention_seq);
        self.info = info;
        self.count_after(listed_seq.max(read_seq), mention_seq, me);
    }

    /// Counts as unread what others have said after a position, and an edit that mentions the user in what precedes that.
    fn count_after(&mut self, seq: u64, mention_seq: Option<u64>, me: Option<&Person>) {
        let mentions_before = self.info.mentions;
        for entry in self.messages.iter().filter(|entry| entry.seq > seq) {
            if is_for(&entry.message, me) {
                self.info.unread += 1;
                self.info.mentions += u64::from(mentions(&entry.message, me));
            }
        }
        // It may be about one of these.
        if mention_seq.is_some() && self.info.mentions == mentions_before {
            self.info.unread += 1;
            self.info.mentions += 1;
        }
    }

    /// Counts what a change makes of what is unread; it is not applied yet. What is not here is counted by the server.
    /// `is_read` says whether the user sees what arrives.
    fn recount(&mut self, change: &RoomEntry, me: Option<&Person>, is_read: bool) -> Effect {
        let seq = change.message.message_seq.unwrap_or_default();
        let is_new_mention = self.is_new_mention(change, me);
        let is_mentioned = self.mentioned.is_some_and(|(of, _)| of == seq);
        let is_taken_back = is_mentioned && !mentions(&change.message, me);
        let effect = match is_new_mention {
            true => Effect::Said {
                seq: change.seq,
                room: change.message.room.clone(),
                author: change.message.author.name.clone(),
                text: change.message.text.clone().unwrap_or_default(),
                mentions_me: true,
                is_edit: true,
            },
            // An earlier edit may mention the user, too.
            false if is_taken_back => Effect::Reload,
            false => Effect::Nothing,
        };
        let has_new_mention = self.info.mention_seq > Some(self.read_up_to());
        if is_new_mention {
            self.info.mention_seq = Some(change.seq);
            self.mentioned = Some((seq, change.seq));
        } else if is_taken_back {
            self.info.mention_seq = None;
            self.mentioned = None;
        }
        if seq <= self.read_up_to() {
            if is_new_mention && !is_read {
                self.info.unread += 1;
                self.info.mentions += 1;
            }
            // What is changed may be what mentions the user.
            return match has_new_mention && !is_new_mention {
                true => Effect::Reload,
                false => effect,
            };
        }
        if self.info.unread == 0 {
            // It was seen, and is not reported as read yet.
            if is_new_mention && !is_read {
                (self.info.unread, self.info.mentions) = (1, 1);
            }
            return effect;
        }
        let entry = self.messages.iter().find(|entry| entry.seq == seq);
        let Some(before) = entry else {
            self.info.mentions += u64::from(is_new_mention);
            return match is_new_mention {
                true => effect,
                false => Effect::Reload,
            };
        };
        let mut after = before.clone();
        apply(&mut after, change);
        let count = |entry: &RoomEntry| {
            let is_unread = is_for(&entry.message, me);
            let is_mention = is_unread && mentions(&entry.message, me);
            (u64::from(is_unread), u64::from(is_mention))
        };
        let (before, after) = (count(before), count(&after));
        let info = &mut self.info;
        info.unread = (info.unread + after.0).saturating_sub(before.0);
        info.mentions = (info.mentions + after.1).saturating_sub(before.1);
        effect
    }

    /// Whether a change is an edit by somebody else that mentions the user where the message did not before, and that is not
    /// counted yet.
    fn is_new_mention(&self, change: &RoomEntry, me: Option<&Person>) -> bool {
        let mut people = change.message.people.iter();
        let is_for_me = people.any(|person| me.is_some_and(|me| me.id == person.id));
        let is_mine = me.is_some_and(|me| me.id == change.message.author.id);
        let is_known = Some(change.seq) <= self.info.mention_seq;
        is_for_me && !is_mine && !is_known && change.seq > self.read_up_to()
    }

    /// The user has read everything up to this position.
    pub(crate) fn read_up_to(&self) -> u64 {
        self.read_here.max(self.info.read_seq)
    }

    /// A room at another moment, with the page that was the newest then.
    pub(crate) fn at(info: RoomInfo, page: RoomPage) -> Self {
        let mut room = Self::new(info);
        room.page(page);
        room
    }

    /// Takes in the newest part of the history: everything from `next_before` on.
    fn page(&mut self, page: RoomPage) {
        let first = page.next_before.unwrap_or(0);
        let whole_until = self.whole_until.unwrap_or(self.newest());
        let joins = self.is_loaded && first <= whole_until;
        if joins {
            self.before = self.before.min(page.next_before);
        } else if self.is_loaded && page.messages.is_empty() && !self.messages.is_empty() {
            // The server has not looked as far back as to these. It is asked again after the next connection.
            self.whole_until = Some(whole_until);
            return;
        } else {
            // Between the page and what is older messages may be missing.
            self.messages.retain(|entry| entry.seq >= first);
            self.before = page.next_before;
        }
        self.whole_until = None;
        self.is_loaded = true;
        for entry in page.messages {
            self.insert(entry);
        }
    }

    /// Takes in what precedes the messages that are here, unless others are here by now than when it was requested.
    pub(crate) fn older(&mut self, before: u64, page: RoomPage) {
        if self.before != Some(before) {
            return;
        }
        self.before = page.next_before;
        for entry in page.messages {
            self.insert(entry);
        }
    }

    /// Whether everything that was last said before a moment is here.
    pub(crate) fn covers(&self, until_ms: i64) -> bool {
        let mut messages = self.messages.iter();
        let is_before = |entry: &RoomEntry| entry.message.timestamp.unix_ms() <= until_ms;
        self.before.is_none() || messages.any(is_before)
    }

    /// The newest position that is here.
    pub(crate) fn newest(&self) -> u64 {
        self.messages.last().map_or(0, |entry| entry.seq)
    }

    /// The newest position that there is to read: a message, or an edit that mentions the user, unless messages before that
    /// are not here yet.
    pub(crate) fn newest_to_read(&self) -> u64 {
        let newest = self.newest();
        let last_seq = self.info.last.as_ref().map_or(0, |last| last.seq);
        let mention_seq = self.info.mention_seq.filter(|_| newest >= last_seq);
        newest.max(mention_seq.unwrap_or(0))
    }

    /// What was said at a position.
    pub(crate) fn said_at(&self, seq: u64) -> Option<&RoomMessage> {
        let entry = self.messages.iter().find(|entry| entry.seq == seq)?;
        Some(&entry.message)
    }

    fn insert(&mut self, mut entry: RoomEntry) {
        for change in &self.changes {
            apply(&mut entry, change);
        }
        match self
            .messages
            .binary_search_by_key(&entry.seq, |entry| entry.seq)
        {
            Ok(place) if version(&self.messages[place]) > version(&entry) => {}
            Ok(place) => self.messages[place] = entry,
            Err(place) => self.messages.insert(place, entry),
        }
    }

    fn trim(&mut self) {
        let max = match self.is_loaded {
            true => MESSAGES_MAX,
            false => UNLOADED_MESSAGES_MAX,
        };
        let excess = self.messages.len().saturating_sub(max);
        if excess > 0 {
            self.messages.drain(..excess);
            // They are loaded again for a user who scrolls there.
            self.before = self.messages.first().map(|entry| entry.seq);
        }
    }

    fn said(&mut self, seq: u64, message: &RoomMessage, me: Option<&Person>, read: bool) -> Effect {
        let text = message.text.clone().unwrap_or_default();
        self.info.last = Some(RoomLast {
            seq,
            timestamp_ms: message.timestamp.unix_ms(),
            author: message.author.clone(),
            text: text.chars().take(LAST_CHARS_MAX).collect(),
        });
        if is_for(message, me) && !read && seq > self.read_up_to() {
            self.info.unread += 1;
            self.info.mentions += u64::from(mentions(message, me));
        }
        self.news(seq, message, me)
    }

    /// What something that was said means to the user.
    fn news(&self, seq: u64, message: &RoomMessage, me: Option<&Person>) -> Effect {
        match is_for(message, me) && seq > self.read_up_to() {
            true => Effect::Said {
                seq,
                room: message.room.clone(),
                author: message.author.name.clone(),
                text: message.text.clone().unwrap_or_default(),
                mentions_me: mentions(message, me),
                is_edit: false,
            },
            false => Effect::Nothing,
        }
    }

    /// Applies an edit or a deletion to what was said.
    pub(crate) fn change(&mut self, change: RoomEntry) {
        let seq = change.message.message_seq.unwrap_or_default();
        if let Some(last) = self.info.last.as_mut().filter(|last| last.seq == seq) {
            let text = change.message.text.as_deref().unwrap_or_default();
            last.text = text.chars().take(LAST_CHARS_MAX).collect();
        }
        for entry in &mut self.messages {
            apply(entry, &change);
        }
        if self.changes.len() == CHANGES_MAX {
            self.changes.remove(0);
        }
        self.changes.push(change);
    }
}

/// Whether somebody else says something.
fn is_for(message: &RoomMessage, me: Option<&Person>) -> bool {
    let is_mine = me.is_some_and(|me| me.id == message.author.id);
    message.action == RoomAction::Said && !is_mine && message.deleted_seq.is_none()
}

fn mentions(message: &RoomMessage, me: Option<&Person>) -> bool {
    me.is_some_and(|me| message.mentions.contains(&me.id))
}

/// The position of the newest change that a message has.
fn version(entry: &RoomEntry) -> u64 {
    let changes = [entry.message.edited_seq, entry.message.deleted_seq];
    changes.into_iter().flatten().max().unwrap_or_default()
}

/// Applies an edit or a deletion to what it is about.
fn apply(entry: &mut RoomEntry, change: &RoomEntry) {
    if change.message.message_seq != Some(entry.seq) || version(entry) >= change.seq {
        return;
    }
    let said = &mut entry.message;
    if change.message.action == RoomAction::Deleted {
        said.text = None;
        said.deleted_seq = Some(change.seq);
    } else if let Some(text) = &change.message.text {
        // An edit that was replaced itself has no text, and a later one follows.
        said.text = Some(text.clone());
        said.mentions.clone_from(&change.message.mentions);
        said.edited_seq = Some(change.seq);
    }
}
