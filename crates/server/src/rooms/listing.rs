use super::RoomError;
use super::restore::message_of;
use super::room::{Room, number_of};
use super::service::{Caller, Rooms};
use crate::reading::Reader;
use accounts::Principal;
use protocol::rooms::{PeopleList, ReadUpTo, RoomEntry, RoomInfo, RoomList, RoomPage};
use protocol::{Person, PersonKind, RoomAction, RoomKind, Stream};
use std::collections::HashMap;
use store::{PAGE_MESSAGES_MAX, RoomReadRow, StoreError};

/// Messages of a page.
const MESSAGES_MAX: usize = 200;

const MESSAGES_DEFAULT: usize = 50;

/// Pages of the store that are read for one of a room, whose messages may be rare among those of others.
const STORE_PAGES_MAX: usize = 10;

/// Guests and bots of which is known what they have read of one room. Beyond, the one that has read least is forgotten.
const OTHER_READERS_MAX: usize = 100;

/// Which page of a room.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WantedPage {
    pub(crate) before: Option<u64>,
    pub(crate) until_ms: Option<i64>,
    pub(crate) limit: Option<u64>,
}

impl Rooms {
    /// The rooms that the sender may read.
    pub(crate) fn list(&self, principal: &Principal, caller: Option<&Caller>) -> RoomList {
        let access = &principal.access;
        // What was said before somebody was a user is nothing new to it.
        let since_ms = caller.and_then(|it| self.0.accounts.created_ms_of(&it.person.id));
        let mut rooms: Vec<RoomInfo> = {
            let state = self.state();
            let readable = state.rooms.values();
            let readable = readable.filter(|room| room.is_readable(access));
            let mut infos: HashMap<u64, RoomInfo> = readable
                .map(|room| (room.number, info(room, principal, caller)))
                .collect();
            if let Some(caller) = caller {
                for (number, info) in &mut infos {
                    let readers = state.reads.get(number);
                    let read = readers.and_then(|it| it.get(&caller.person.id));
                    info.read_seq = read.copied().unwrap_or(0);
                    let muted = state.mutes.get(number);
                    info.is_muted = muted.is_some_and(|it| it.contains(&caller.person.id));
                }
                for said in state.recent.iter() {
                    let Some(info) = infos.get_mut(&said.room) else {
                        continue;
                    };
                    if since_ms.is_some_and(|since_ms| said.at_ms < since_ms) {
                        info.read_seq = info.read_seq.max(said.seq);
                    }
                    let is_public = info.kind == RoomKind::Public;
                    let channel = (!is_public).then_some(info.id.as_str());
                    let mention_seq = said.mentions_since(&caller.person.id);
                    // An edit may mention somebody in what was read before.
                    if said.seq.max(mention_seq.unwrap_or(0)) > info.read_seq
                        && said.author != caller.person.id
                        && access.allows(Stream::Rooms, channel, said.seq)
                    {
                        info.unread += 1;
                        info.mentions += u64::from(mention_seq.is_some());
                        let added_seq = mention_seq.filter(|seq| *seq > said.seq);
                        info.mention_seq = info.mention_seq.max(added_seq);
                    }
                }
            }
            infos.into_values().collect()
        };
        rooms.sort_by_cached_key(|room| {
            let last = room.last.as_ref().map_or(0, |last| last.seq);
            (std::cmp::Reverse(last), number_of(&room.id))
        });
        RoomList {
            me: caller.map(|caller| caller.person.clone()),
            has_private: caller.is_some_and(|caller| self.has_private(caller)),
            rooms,
        }
    }

    /// A page of what happened in a room.
    pub(crate) async fn page(
        &self,
        principal: &Principal,
        room: &str,
        wanted: WantedPage,
    ) -> Result<RoomPage, RoomError> {
        let archive = &self.0.archive;
        let permit = archive.permit(Reader::of(principal)).await;
        let _permit = permit.ok_or(RoomError::Unavailable)?;
        // What the access allows is true up to the head of before: a later message may follow a removal.
        let head = self.0.journal.head();
        let access = &principal.access;
        let (id, channel) = {
            let state = self.state();
            let room = state.readable(room, access).ok_or(RoomError::NoRoom)?;
            (room.id(), room.channel())
        };
        let access = access.of_scopes([(Stream::Rooms, channel.as_deref())]);
        let limit = wanted
            .limit
            .map_or(MESSAGES_DEFAULT, |it| {
                usize::try_from(it).unwrap_or(MESSAGES_MAX)
            })
            .clamp(1, MESSAGES_MAX);
        let store = archive.store();
        let mut before = wanted.before.unwrap_or(u64::MAX).min(head + 1);
        if let Some(until_ms) = wanted.until_ms {
            let at = store.at(&access, Stream::Rooms, until_ms, 1).await?;
            before = before.min(at.first().map_or(0, |entry| entry.seq + 1));
        }
        let mut messages = Vec::new();
        for _ in 0..STORE_PAGES_MAX {
            let size = match channel {
                Some(_) => limit,
                None => PAGE_MESSAGES_MAX,
            };
            let page = store.page(&access, Stream::Rooms, before, size).await?;
            let is_last = page.len() < size;
            for entry in page {
                if messages.len() == limit {
                    return Ok(ascending(messages, Some(before)));
                }
                before = entry.seq;
                let message = message_of(&entry).filter(|it| it.room == id && is_listed(it.action));
                messages.extend(message.map(|message| RoomEntry {
                    seq: entry.seq,
                    message,
                }));
            }
            if is_last {
                return Ok(ascending(messages, None));
            }
        }
        Ok(ascending(messages, Some(before)))
    }

    /// The sender has read a room up to there. It is stored within a second.
    pub(crate) fn read_up_to(
        &self,
        caller: &Caller,
        room: &str,
        read: ReadUpTo,
    ) -> Result<(), RoomError> {
        let seq = read.seq.min(self.0.journal.head());
        let mut state = self.state();
        let room = state.readable(room, &caller.principal.access);
        let number = room.ok_or(RoomError::NoRoom)?.number;
        let readers = state.reads.entry(number).or_default();
        let before = readers.get(&caller.person.id).copied();
        if before >= Some(seq) {
            return Ok(());
        }
        let mut forgotten = None;
        if before.is_none() && caller.person.kind != PersonKind::User {
            let others = readers.iter().filter(|(id, _)| !is_user(id));
            if others.clone().count() >= OTHER_READERS_MAX {
                forgotten = others
                    .min_by_key(|(_, seq)| **seq)
                    .map(|(id, _)| id.clone());
            }
        }
        readers.insert(caller.person.id.clone(), seq);
        if let Some(id) = forgotten {
            readers.remove(&id);
            state.unsaved_reads.insert((number, id));
        }
        state
            .unsaved_reads
            .insert((number, caller.person.id.clone()));
        Ok(())
    }

    /// Stores up to where people have read, of so many.
    pub(super) async fn save_reads(&self, reads_max: usize) -> Result<(), StoreError> {
        let unsaved: Vec<(u64, String)> = {
            let state = self.state();
            state
                .unsaved_reads
                .iter()
                .take(reads_max)
                .cloned()
                .collect()
        };
        for (number, reader) in unsaved {
            let seq = {
                let state = self.state();
                let readers = state.reads.get(&number);
                readers.and_then(|it| it.get(&reader)).copied()
            };
            let (store, room) = (self.0.archive.store(), super::room::id_of(number));
            match seq {
                None => store.remove_room_read(&room, &reader).await?,
                Some(seq) => {
                    let reader = reader.clone();
                    let row = RoomReadRow { room, reader, seq };
                    store.put_room_read(&row).await?;
                }
            }
            let mut state = self.state();
            let readers = state.reads.get(&number);
            if readers.and_then(|it| it.get(&reader)).copied() == seq {
                state.unsaved_reads.remove(&(number, reader));
            }
        }
        Ok(())
    }

    /// Whom one can mention: the users, or while login is off those who are here.
    pub(crate) fn people(&self) -> PeopleList {
        let users = self.0.accounts.people();
        let people = match users.is_empty() {
            true => self.present_people(),
            false => users,
        };
        PeopleList { people }
    }
}

/// Whether an id is that of a user.
pub(super) fn is_user(id: &str) -> bool {
    id.starts_with('u')
}

/// Edits and deletions are in what they changed.
fn is_listed(action: RoomAction) -> bool {
    !matches!(action, RoomAction::Edited | RoomAction::Deleted)
}

fn ascending(mut messages: Vec<RoomEntry>, next_before: Option<u64>) -> RoomPage {
    messages.reverse();
    RoomPage {
        messages,
        next_before,
    }
}

fn info(room: &Room, principal: &Principal, caller: Option<&Caller>) -> RoomInfo {
    let channel = room.channel();
    let is_visible = |seq| {
        let access = &principal.access;
        access.allows(Stream::Rooms, channel.as_deref(), seq)
    };
    let by_name = |people: &mut dyn Iterator<Item = &Person>| {
        let mut people: Vec<Person> = people.cloned().collect();
        people.sort_by_cached_key(|person| person.name.to_lowercase());
        people
    };
    let is_direct = room.kind == RoomKind::Direct;
    RoomInfo {
        id: room.id(),
        kind: room.kind,
        name: room.name.clone(),
        is_archived: room.is_archived,
        can_manage: caller
            .is_some_and(|caller| room.is_managed_by(&caller.person, caller.managing_role())),
        created_ms: room.created_ms,
        members: by_name(&mut room.present()),
        former: by_name(&mut room.former().filter(|_| is_direct)),
        last: room.last.clone().filter(|last| is_visible(last.seq)),
        read_seq: 0,
        unread: 0,
        mentions: 0,
        mention_seq: None,
        is_muted: false,
    }
}
