use super::RoomError;
use super::limits::{EDITS_MAX, MENTIONS_MAX};
use super::rewriting::with_pending;
use super::room::Room;
use super::service::{Caller, GUEST_PREFIX, Rooms, guest};
use super::text::{checked_id, checked_text, named_words};
use accounts::Credential;
use protocol::markdown::mentioned;
use protocol::rooms::{MessageChange, NewMessage, Said};
use protocol::{Person, RoomAction, RoomMessage, Timestamp};
use std::collections::BTreeSet;

impl Rooms {
    /// Says something, and returns whether it is new: it may have been said before with the same id.
    pub(crate) async fn say(
        &self,
        caller: Caller,
        room: &str,
        new: NewMessage,
    ) -> Result<(Said, bool), RoomError> {
        let (text, id) = (checked_text(&new.text)?, checked_id(new.id)?);
        let author = self.author(&caller.person);
        let _author = author.lock().await;
        let caller = self.still_may(caller)?;
        let room = self.readable(&caller, room)?;
        let said = id.as_ref().and_then(|id| {
            let state = self.state();
            state.recent.find(room.number, &caller.person.id, id)
        });
        if let Some(seq) = said {
            return Ok((Said { seq }, false));
        }
        check_open(&room)?;
        let message = RoomMessage {
            id,
            mentions: ids(&self.mentioned(&caller, &text)),
            text: Some(text),
            ..message(&caller, &room, RoomAction::Said)
        };
        let seq = self.write(&caller, room.channel(), message).await?;
        self.stop_typing(&room.id(), &caller.person);
        Ok((Said { seq }, true))
    }

    /// Replaces the text of what the sender said.
    pub(crate) async fn edit(
        &self,
        caller: Caller,
        room: &str,
        seq: u64,
        change: MessageChange,
    ) -> Result<(), RoomError> {
        let text = checked_text(&change.text)?;
        let _changing = self.0.changing.lock().await;
        let caller = self.still_may(caller)?;
        let room = self.readable(&caller, room)?;
        check_open(&room)?;
        let said = self.said(&caller, &room, seq).await?;
        if said.deleted_seq.is_some() {
            return Err(RoomError::NoMessage);
        }
        if said.author.id != caller.person.id {
            let why = "only who said something can say it differently";
            return Err(RoomError::NotAllowed(why));
        }
        if said.text.as_ref() == Some(&text) {
            return Ok(());
        }
        let is_user = |id: &str| self.0.accounts.access_of(id).is_some();
        if !room.is_read_by_members(seq, is_user) {
            let why =
                "others may read this message than are in the room now; delete it, and say it anew";
            return Err(RoomError::Conflict(why.into()));
        }
        if self.state().recent.edits(seq) >= EDITS_MAX {
            return Err(RoomError::Conflict(format!(
                "a message can be edited {EDITS_MAX} times; delete it, and send another one"
            )));
        }
        let mut people = self.mentioned(&caller, &text);
        let mentions = ids(&people);
        // Those who were mentioned before have been told, and nobody is told of what it writes itself.
        people
            .retain(|person| person.id != caller.person.id && !said.mentions.contains(&person.id));
        let message = RoomMessage {
            mentions,
            people,
            text: Some(text),
            message_seq: Some(seq),
            ..message(&caller, &room, RoomAction::Edited)
        };
        self.write(&caller, room.channel(), message).await?;
        // It is committed, so that the tick does what fails here.
        let _ = self.apply_pending(seq).await;
        Ok(())
    }

    /// Deletes what the sender said, or what others did in a room that it manages.
    pub(crate) async fn delete(
        &self,
        caller: Caller,
        room: &str,
        seq: u64,
    ) -> Result<(), RoomError> {
        let _changing = self.0.changing.lock().await;
        let caller = self.still_may(caller)?;
        let room = self.readable(&caller, room)?;
        let said = self.said(&caller, &room, seq).await?;
        let is_own = said.author.id == caller.person.id;
        if !is_own && !room.is_managed_by(&caller.person, caller.managing_role()) {
            let why = "only who said something can delete it, and who manages the room";
            return Err(RoomError::NotAllowed(why));
        }
        if said.deleted_seq.is_none() {
            let message = RoomMessage {
                message_seq: Some(seq),
                ..message(&caller, &room, RoomAction::Deleted)
            };
            self.write(&caller, room.channel(), message).await?;
        }
        self.apply_pending(seq).await
    }

    /// What was said at this position of a room, with what is known to have happened to it since.
    async fn said(&self, caller: &Caller, room: &Room, seq: u64) -> Result<RoomMessage, RoomError> {
        let said = self.stored(&caller.principal.access, room, seq).await?;
        let said = said
            .filter(|it| it.action == RoomAction::Said && it.room == room.id())
            .ok_or(RoomError::NoMessage)?;
        Ok(match self.state().pending.get(&seq) {
            Some(pending) => with_pending(said, pending),
            None => said,
        })
    }

    /// The people whom a text mentions.
    fn mentioned(&self, caller: &Caller, text: &str) -> Vec<Person> {
        if !text.contains('@') {
            return Vec::new();
        }
        let people = match caller.principal.credential {
            Credential::LoginOff => self.possible_guests(text),
            _ => self.0.accounts.people(),
        };
        let names: Vec<String> = people.iter().map(|it| it.name.clone()).collect();
        let mentioned = mentioned(text, &names).into_iter().take(MENTIONS_MAX);
        mentioned.map(|place| people[place].clone()).collect()
    }

    /// Those who are here or have said something lately, and since everybody may have any name, each word that a text may
    /// name.
    fn possible_guests(&self, text: &str) -> Vec<Person> {
        let lower = text.to_lowercase();
        let mut names: BTreeSet<String> = named_words(&lower).map(str::to_owned).collect();
        let here = self.present_people();
        names.extend(here.into_iter().map(|person| person.name.to_lowercase()));
        {
            let state = self.state();
            let authors = state.recent.iter().map(|said| said.author.as_str());
            let guests = authors.filter_map(|id| id.strip_prefix(GUEST_PREFIX));
            let named = guests.filter(|name| lower.contains(name));
            names.extend(named.map(str::to_owned));
        }
        let guests = names.into_iter().filter_map(|name| guest(&name));
        guests.collect()
    }

    /// A room that the sender may read, as it is now.
    pub(super) fn readable(&self, caller: &Caller, room: &str) -> Result<Room, RoomError> {
        let state = self.state();
        let room = state.readable(room, &caller.principal.access);
        room.cloned().ok_or(RoomError::NoRoom)
    }
}

fn ids(people: &[Person]) -> Vec<String> {
    people.iter().map(|person| person.id.clone()).collect()
}

pub(super) fn message(caller: &Caller, room: &Room, action: RoomAction) -> RoomMessage {
    RoomMessage::new(Timestamp::now(), room.id(), action, caller.person.clone())
}

pub(super) fn check_open(room: &Room) -> Result<(), RoomError> {
    match room.is_archived {
        true => Err(RoomError::Conflict("the room is archived".into())),
        false => Ok(()),
    }
}
