//! Presence and typing, as topics.

use super::presence::Presences;
use super::room::{Room, number_of};
use super::service::{Rooms, guest};
use crate::viewers::{Outbox, Pace, Topic, Viewer};
use accounts::Credential;
use protocol::{
    Person, PersonKind, PersonPresence, Presence, ServerMessage, SetPresence, SetTyping, Stream,
    Typing,
};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Between two messages of a topic.
const INTERVAL: Duration = Duration::from_secs(1);

/// Somebody who does not say again that it is typing has stopped.
const TYPING_FOR: Duration = Duration::from_secs(6);

/// The topic of a room stays for so long after the typing has ended: another one would not know when the last message was
/// delivered, and could overtake it.
const TOPIC_FOR: Duration = Duration::from_secs(6);

/// What a connection says about typing beyond two a second is ignored.
const TYPING_PER_SECOND_MAX: usize = 2;

/// Everything that is sent live, and not stored.
#[derive(Debug, Default)]
pub(super) struct Live {
    presences: Presences,
    /// Those who are shown, as they were sent last.
    people: Vec<PersonPresence>,
    /// Whether that has changed: it is made anew once a tick, since it costs as much as there are people.
    is_changed: bool,
    /// The connections that receive it.
    viewers: HashMap<u64, Subscriber>,
    /// Opened when somebody comes.
    presence: Option<Topic>,
    /// By the number of the room.
    typing: HashMap<u64, TypingIn>,
    /// One message about typing a second for each viewer, in however many rooms people type.
    pace: Pace,
}

/// A connection that has said where it is.
#[derive(Debug)]
struct Subscriber {
    viewer: Weak<Viewer>,
    /// When it has said something about typing, the newest last.
    typed_at: [Option<Instant>; TYPING_PER_SECOND_MAX],
}

/// Who is typing in a room.
#[derive(Debug)]
struct TypingIn {
    /// Of the present members of a private room.
    topic: Topic,
    /// The connections that are subscribed to it.
    subscribed: HashSet<u64>,
    people: Vec<(Person, Instant)>,
    /// When somebody was typing last.
    used_at: Instant,
}

/// Why a request about presence is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LiveError {
    #[error("presence is for people: sign in, or while login is off say a `name`")]
    NotAPerson,
    #[error("there is no such room")]
    UnknownRoom,
    #[error("send `presence` first")]
    NotPresent,
}

impl Rooms {
    /// Locked before a viewer's outbox and before the state of the rooms, never after.
    fn live(&self) -> MutexGuard<'_, Live> {
        self.0.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection says who and where it is, and is subscribed.
    pub(crate) fn set_presence(
        &self,
        viewer: &Arc<Viewer>,
        set: SetPresence,
    ) -> Result<(), LiveError> {
        let person = self.person_at(viewer, set.name.as_deref());
        let person = person.ok_or(LiveError::NotAPerson)?;
        let mut live = self.live();
        let now = Instant::now();
        live.presences
            .set(viewer.id, person, set.state, set.place, now);
        if live.presence.is_none() {
            live.presence = self.0.topics.open(INTERVAL).ok();
        }
        let is_new = !live.viewers.contains_key(&viewer.id);
        if is_new {
            let subscriber = Subscriber {
                viewer: Arc::downgrade(viewer),
                typed_at: [None; TYPING_PER_SECOND_MAX],
            };
            live.viewers.insert(viewer.id, subscriber);
            let mut outbox = viewer.outbox();
            if let Some(topic) = &live.presence {
                topic.subscribe(viewer, &mut outbox);
            }
            for typing in live.typing.values_mut() {
                typing.subscribe(viewer, &mut outbox);
            }
        }
        live.is_changed = true;
        Ok(())
    }

    /// Who is connected: a user, or while login is off somebody with this name.
    fn person_at(&self, viewer: &Viewer, name: Option<&str>) -> Option<Person> {
        let credential = viewer.credential()?;
        if *credential == Credential::LoginOff {
            return guest(name?);
        }
        let person = self.0.accounts.person_of(credential)?;
        (person.kind == PersonKind::User).then_some(person)
    }

    /// A connection says that somebody is typing.
    pub(crate) fn set_typing(
        &self,
        viewer: &Arc<Viewer>,
        set: &SetTyping,
    ) -> Result<(), LiveError> {
        let access = viewer.outbox().access().clone();
        let mut live = self.live();
        let person = live.presences.person(viewer.id).cloned();
        let subscriber = live.viewers.get_mut(&viewer.id);
        let (Some(person), Some(subscriber)) = (person, subscriber) else {
            return Err(LiveError::NotPresent);
        };
        let now = Instant::now();
        if !subscriber.may_type(now) {
            return Ok(());
        }
        let room = {
            let state = self.state();
            state.readable(&set.room, &access).cloned()
        };
        let room = room.ok_or(LiveError::UnknownRoom)?;
        let is_shown = !room.is_archived && !live.presences.is_hidden(&person.id);
        if !set.typing || !is_shown {
            live.stop(&room, &person);
            return Ok(());
        }
        if !live.typing.contains_key(&room.number) {
            let Some(typing) = self.open_typing(&live, &room, now) else {
                return Ok(());
            };
            live.typing.insert(room.number, typing);
        }
        if let Some(typing) = live.typing.get_mut(&room.number) {
            typing.people.retain(|(it, _)| it.id != person.id);
            typing.people.push((person, now + TYPING_FOR));
            typing.used_at = now;
            typing.send(&room.id());
        }
        Ok(())
    }

    /// A topic for those who may read a room; none if there are too many topics.
    fn open_typing(&self, live: &Live, room: &Room, now: Instant) -> Option<TypingIn> {
        let channel = room.channel();
        let channel = channel.as_deref().map(|name| (Stream::Rooms, name));
        let mut typing = TypingIn {
            topic: self.0.topics.open_in(INTERVAL, channel, &live.pace).ok()?,
            subscribed: HashSet::new(),
            people: Vec::new(),
            used_at: now,
        };
        live.subscribe_all(&mut typing);
        Some(typing)
    }

    /// Somebody has said what it was typing.
    pub(super) fn stop_typing(&self, room: &str, person: &Person) {
        let room = {
            let state = self.state();
            let room = number_of(room).and_then(|number| state.rooms.get(&number));
            room.cloned()
        };
        if let Some(room) = room {
            self.live().stop(&room, person);
        }
    }

    /// The members of a room have changed.
    pub(super) fn update_typing(&self, room: &str) {
        let room = {
            let state = self.state();
            let room = number_of(room).and_then(|number| state.rooms.get(&number));
            room.cloned()
        };
        let Some(room) = room else { return };
        let mut live = self.live();
        let Some(mut typing) = live.typing.remove(&room.number) else {
            return;
        };
        let is_present = |person: &Person| room.present().any(|it| it.id == person.id);
        typing.people.retain(|(person, _)| is_present(person));
        typing.send(&room.id());
        live.subscribe_all(&mut typing);
        live.typing.insert(room.number, typing);
    }

    /// Notices who has left, and who has stopped typing.
    pub(super) fn update_live(&self, now: Instant) {
        let mut live = self.live();
        if live.presences.is_empty() && live.viewers.is_empty() {
            return;
        }
        let Live {
            presences,
            viewers,
            is_changed,
            ..
        } = &mut *live;
        viewers.retain(|id, subscriber| {
            let viewer = subscriber.viewer.upgrade();
            let is_there = viewer.is_some_and(|viewer| !viewer.is_gone());
            if !is_there {
                presences.end(*id, now);
                *is_changed = true;
            }
            is_there
        });
        *is_changed |= presences.expire(now);
        live.typing.retain(|number, typing| {
            let count = typing.people.len();
            typing.people.retain(|(_, until)| *until > now);
            if typing.people.len() < count {
                typing.send(&super::room::id_of(*number));
            }
            !typing.people.is_empty() || now < typing.used_at + TOPIC_FOR
        });
        live.send_presence();
    }

    /// Everybody who is here.
    pub(super) fn present_people(&self) -> Vec<Person> {
        let live = self.live();
        live.people.iter().map(|it| it.person.clone()).collect()
    }
}

impl Live {
    fn stop(&mut self, room: &Room, person: &Person) {
        let Some(typing) = self.typing.get_mut(&room.number) else {
            return;
        };
        typing.people.retain(|(it, _)| it.id != person.id);
        typing.send(&room.id());
    }

    /// Subscribes all who may read a room, and are not yet.
    fn subscribe_all(&self, typing: &mut TypingIn) {
        let viewers = self.viewers.values();
        for viewer in viewers.filter_map(|it| it.viewer.upgrade()) {
            typing.subscribe(&viewer, &mut viewer.outbox());
        }
    }

    /// What has not changed is not sent again.
    fn send_presence(&mut self) {
        if !std::mem::take(&mut self.is_changed) {
            return;
        }
        self.people = self.presences.people();
        if let Some(topic) = &self.presence {
            let people = self.people.clone();
            // Without room the older one stays.
            let _ = topic.set(|| ServerMessage::Presence(Presence { people }));
        }
    }
}

impl Subscriber {
    /// Whether it may say something about typing now, and counts it.
    fn may_type(&mut self, now: Instant) -> bool {
        let [oldest, ..] = self.typed_at;
        let is_soon = |at| now.saturating_duration_since(at) < Duration::from_secs(1);
        if oldest.is_some_and(is_soon) {
            return false;
        }
        self.typed_at.rotate_left(1);
        if let Some(newest) = self.typed_at.last_mut() {
            *newest = Some(now);
        }
        true
    }
}

impl TypingIn {
    fn subscribe(&mut self, viewer: &Arc<Viewer>, outbox: &mut Outbox) {
        let is_visible = self.topic.is_visible_to(outbox.access());
        if is_visible && self.subscribed.insert(viewer.id) {
            self.topic.subscribe(viewer, outbox);
        }
    }

    fn send(&self, room: &str) {
        let people = self.people.iter().map(|(person, _)| person.clone());
        let (room, people) = (room.to_owned(), people.collect());
        // Without room the older one stays.
        let _ = self
            .topic
            .set(|| ServerMessage::Typing(Typing { room, people }));
    }
}
