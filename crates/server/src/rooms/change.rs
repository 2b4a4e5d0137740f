use super::RoomError;
use super::limits::{
    ALL_MAX, ALL_OF_ONE_MAX, DIRECTS_MAX, DIRECTS_OF_ONE_MAX, MEMBERS_MAX, ROOMS_MAX,
    ROOMS_OF_ONE_MAX,
};
use super::room::Room;
use super::say::{check_open, message};
use super::service::{Caller, Rooms};
use super::state::State;
use super::text::checked_room_name;
use protocol::rooms::{CreatedRoom, NewMember, NewRoom, RoomChange};
use protocol::{Person, PersonKind, RoomAction, RoomKind, RoomMessage, Timestamp};
use std::collections::BTreeSet;

impl Rooms {
    /// Creates a room, and returns whether it is new: a direct conversation of the same people is the same one.
    pub(crate) async fn create(
        &self,
        caller: Caller,
        new: NewRoom,
    ) -> Result<(CreatedRoom, bool), RoomError> {
        let _changing = self.0.changing.lock().await;
        let caller = self.still_may(caller)?;
        if caller.is_limited() {
            let why = "an API token creates rooms only with the scope `admin`";
            return Err(RoomError::NotAllowed(why));
        }
        let name = match new.kind {
            RoomKind::Direct => None,
            _ => Some(checked_room_name(new.name.as_deref())?),
        };
        let people = self.first_members(&caller, &new)?;
        let id = {
            let state = self.state();
            if new.kind == RoomKind::Direct
                && let Some(room) = state.direct(&people)
            {
                return Ok((CreatedRoom { id: room.id() }, false));
            }
            state.check_room(new.kind, Some(&caller.person))?;
            state.check_all(&caller.person)?;
            if let Some(name) = &name {
                state.check_free(&caller, name, None)?;
            }
            state.next_id()
        };
        let message = RoomMessage {
            kind: Some(new.kind),
            name,
            people,
            ..RoomMessage::new(
                Timestamp::now(),
                id.clone(),
                RoomAction::Created,
                caller.person.clone(),
            )
        };
        let channel = (new.kind != RoomKind::Public).then(|| id.clone());
        self.write(&caller, channel, message).await?;
        self.save_or_retry().await;
        Ok((CreatedRoom { id }, true))
    }

    /// The members of a new room, the sender among them.
    fn first_members(&self, caller: &Caller, new: &NewRoom) -> Result<Vec<Person>, RoomError> {
        if new.kind == RoomKind::Public {
            return match new.members.is_empty() {
                true => Ok(Vec::new()),
                false => Err(RoomError::Invalid("a public room has no members".into())),
            };
        }
        if !self.has_private(caller) {
            let why = "private rooms and direct conversations are for users who have signed in";
            return Err(RoomError::NotAllowed(why));
        }
        let mut people = vec![caller.person.clone()];
        for name in &new.members {
            let person = self.user_named(name)?;
            if people.iter().all(|it| it.id != person.id) {
                people.push(person);
            }
        }
        if people.len() > MEMBERS_MAX {
            return Err(too_many_members());
        }
        if new.kind == RoomKind::Direct && people.len() < 2 {
            return Err(RoomError::Invalid("`members` names nobody else".into()));
        }
        Ok(people)
    }

    fn user_named(&self, name: &str) -> Result<Person, RoomError> {
        let person = self.0.accounts.person_named(name);
        person.ok_or_else(|| {
            let name: String = name.chars().take(40).collect();
            RoomError::Invalid(format!("there is no user {name:?}"))
        })
    }

    /// Renames a room, archives it, or opens it again.
    pub(crate) async fn change(
        &self,
        caller: Caller,
        room: &str,
        change: RoomChange,
    ) -> Result<(), RoomError> {
        let _changing = self.0.changing.lock().await;
        let caller = self.still_may(caller)?;
        let room = self.readable(&caller, room)?;
        check_managed(&room, &caller)?;
        if let Some(name) = &change.name {
            let name = checked_room_name(Some(name))?;
            self.state().check_free(&caller, &name, Some(room.number))?;
            if name != room.name {
                let message = RoomMessage {
                    name: Some(name),
                    ..message(&caller, &room, RoomAction::Renamed)
                };
                self.write(&caller, room.channel(), message).await?;
            }
        }
        if let Some(is_archived) = change.is_archived.filter(|it| *it != room.is_archived) {
            if !is_archived {
                self.state().check_room(room.kind, room.creator.as_ref())?;
            }
            let action = match is_archived {
                true => RoomAction::Archived,
                false => RoomAction::Reopened,
            };
            self.write(&caller, room.channel(), message(&caller, &room, action))
                .await?;
        }
        self.save_or_retry().await;
        Ok(())
    }

    /// Adds a member to a private room.
    pub(crate) async fn add_member(
        &self,
        caller: Caller,
        room: &str,
        new: NewMember,
    ) -> Result<(), RoomError> {
        let _changing = self.0.changing.lock().await;
        let caller = self.still_may(caller)?;
        let room = self.readable(&caller, room)?;
        check_private(&room)?;
        check_open(&room)?;
        let person = self.user_named(&new.name)?;
        if room.present().any(|it| it.id == person.id) {
            return Ok(());
        }
        if room.present().count() >= MEMBERS_MAX {
            return Err(too_many_members());
        }
        let message = RoomMessage {
            people: vec![person],
            with_history: new.with_history.then_some(true),
            ..message(&caller, &room, RoomAction::Joined)
        };
        self.write(&caller, room.channel(), message).await?;
        self.update_typing(&room.id());
        self.save_or_retry().await;
        Ok(())
    }

    /// Removes a member of a private room; the sender itself leaves.
    pub(crate) async fn remove_member(
        &self,
        caller: Caller,
        room: &str,
        name: &str,
    ) -> Result<(), RoomError> {
        let _changing = self.0.changing.lock().await;
        let caller = self.still_may(caller)?;
        let room = self.readable(&caller, room)?;
        check_private(&room)?;
        let member = self.member_named(&room, name)?;
        let message = if member.id == caller.person.id {
            message(&caller, &room, RoomAction::Left)
        } else {
            check_managed(&room, &caller)?;
            RoomMessage {
                people: vec![member],
                ..message(&caller, &room, RoomAction::Removed)
            }
        };
        self.commit(room.channel(), message).await?;
        self.update_typing(&room.id());
        self.save_or_retry().await;
        Ok(())
    }

    /// A member by its present name, or by the one that it had when it joined.
    fn member_named(&self, room: &Room, name: &str) -> Result<Person, RoomError> {
        let user = self.0.accounts.person_named(name);
        let is_user = |it: &&Person| user.as_ref().is_some_and(|user| user.id == it.id);
        let mut present = room.present();
        let member = present.find(is_user);
        let member = member.or_else(|| room.present().find(|it| it.name == name));
        member.cloned().ok_or(RoomError::NoMember)
    }
}

impl State {
    /// The direct conversation of exactly these people.
    fn direct(&self, people: &[Person]) -> Option<&Room> {
        let ids = |people: &mut dyn Iterator<Item = &Person>| -> BTreeSet<String> {
            people.map(|it| it.id.clone()).collect()
        };
        let wanted = ids(&mut people.iter());
        // One that somebody has left, since it was removed as a user, is not that of the others.
        let mut directs = self
            .rooms
            .values()
            .filter(|room| room.kind == RoomKind::Direct && room.former().next().is_none());
        directs.find(|room| ids(&mut room.present()) == wanted)
    }

    /// Whether there may be one more room that is not archived, and one more of this creator.
    fn check_room(&self, kind: RoomKind, creator: Option<&Person>) -> Result<(), RoomError> {
        let is_direct = kind == RoomKind::Direct;
        let (max, of_one_max, what) = match is_direct {
            true => (DIRECTS_MAX, DIRECTS_OF_ONE_MAX, "direct conversations"),
            false => (ROOMS_MAX, ROOMS_OF_ONE_MAX, "rooms"),
        };
        let is_same = |room: &&Room| (room.kind == RoomKind::Direct) == is_direct;
        let open = self.rooms.values();
        let open = open.filter(|room| !room.is_archived && !room.is_abandoned());
        let open = open.filter(is_same);
        if open.clone().count() >= max {
            return Err(RoomError::Conflict(format!(
                "there are {max} {what}, and no more are possible"
            )));
        }
        let Some(creator) = creator else {
            return Ok(());
        };
        let is_creator = |room: &&Room| room.creator.as_ref().is_some_and(|it| is_one(it, creator));
        match open.filter(is_creator).count() < of_one_max {
            true => Ok(()),
            false => Err(RoomError::Conflict(format!(
                "you have created {of_one_max} {what}, and no more are possible"
            ))),
        }
    }

    /// Whether there may be one more, archived and abandoned ones included.
    fn check_all(&self, creator: &Person) -> Result<(), RoomError> {
        if self.rooms.len() >= ALL_MAX {
            return Err(RoomError::Conflict(format!(
                "there are {ALL_MAX} rooms with the archived ones, and no more are possible"
            )));
        }
        let is_creator = |room: &&Room| room.creator.as_ref().is_some_and(|it| is_one(it, creator));
        match self.rooms.values().filter(is_creator).count() < ALL_OF_ONE_MAX {
            true => Ok(()),
            false => Err(RoomError::Conflict(format!(
                "you have created {ALL_OF_ONE_MAX} rooms with the archived ones, and no more are possible"
            ))),
        }
    }

    /// Whether no room that the sender may read has the name. It learns nothing of others.
    fn check_free(
        &self,
        caller: &Caller,
        name: &str,
        except: Option<u64>,
    ) -> Result<(), RoomError> {
        let key = name.to_lowercase();
        let others = self
            .rooms
            .values()
            .filter(|room| Some(room.number) != except);
        let mut readable = others.filter(|room| room.is_readable(&caller.principal.access));
        match readable.any(|room| room.name.to_lowercase() == key) {
            true => Err(RoomError::Conflict(format!("there is a room {name:?}"))),
            false => Ok(()),
        }
    }
}

/// Whether two count as the same person.
fn is_one(a: &Person, b: &Person) -> bool {
    a.id == b.id || (a.kind == PersonKind::Guest && b.kind == PersonKind::Guest)
}

fn too_many_members() -> RoomError {
    RoomError::Conflict(format!("a room has at most {MEMBERS_MAX} members"))
}

fn check_private(room: &Room) -> Result<(), RoomError> {
    match room.kind {
        RoomKind::Private => Ok(()),
        RoomKind::Public => Err(RoomError::NotAllowed(
            "a public room has no members: it is everybody's",
        )),
        RoomKind::Direct => Err(RoomError::NotAllowed(
            "the members of a direct conversation never change",
        )),
    }
}

fn check_managed(room: &Room, caller: &Caller) -> Result<(), RoomError> {
    match room.is_managed_by(&caller.person, caller.managing_role()) {
        true => Ok(()),
        false => Err(RoomError::NotAllowed(
            "only who created the room can do this, and an admin who may read it",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn creator(id: &str, kind: PersonKind) -> Person {
        let name = id.to_owned();
        Person {
            id: name.clone(),
            name,
            kind,
        }
    }

    #[test]
    fn one_person_creates_a_part_of_all_rooms() {
        let (mut state, kind) = (State::default(), RoomKind::Public);
        let [ada, bo] = ["a", "b"].map(|id| creator(id, PersonKind::User));
        let create = |state: &mut State, number: usize, by: &Person| {
            let room = Room {
                creator: Some(by.clone()),
                ..Room::new(number as u64, kind, String::new(), 0)
            };
            state.rooms.insert(room.number, room);
        };
        let is_free = |state: &State, by| state.check_room(kind, Some(by)).is_ok();
        for number in 2..ROOMS_OF_ONE_MAX + 2 {
            assert!(is_free(&state, &ada), "{number}");
            create(&mut state, number, &ada);
        }
        assert!(!is_free(&state, &ada) && is_free(&state, &bo));
        let direct = state.check_room(RoomKind::Direct, Some(&ada));
        assert!(direct.is_ok(), "they count apart");
        state.rooms.get_mut(&2).unwrap().is_archived = true;
        assert!(is_free(&state, &ada), "an archived one does not count");
        create(&mut state, 2, &ada);
        assert!(!is_free(&state, &ada));
        let abandoned = state.rooms.get_mut(&2).unwrap();
        abandoned.kind = RoomKind::Private;
        abandoned.join(&ada, 5);
        assert!(!is_free(&state, &ada), "it has a member");
        state.rooms.get_mut(&2).unwrap().leave(&ada, 6);
        assert!(is_free(&state, &ada), "nobody can read it");
        let guests = ["g:a", "g:b"].map(|id| creator(id, PersonKind::Guest));
        for number in 100..ROOMS_OF_ONE_MAX + 100 {
            create(&mut state, number, &guests[0]);
        }
        assert!(!is_free(&state, &guests[1]), "guests are one");
        for number in 1_000..ROOMS_MAX + 1_000 {
            create(
                &mut state,
                number,
                &creator(&number.to_string(), PersonKind::User),
            );
        }
        assert!(!is_free(&state, &bo));
    }
}
