use super::RoomError;
use super::limits::{GUEST_MESSAGES_MAX, MESSAGES_MAX, Rates};
use super::listing::is_user;
use super::live::Live;
use super::restore::{restore, row_of};
use super::room::Room;
use super::state::State;
use crate::accounts::Accounts;
use crate::intake::WeakAppender;
use crate::reading::Archive;
use crate::viewers::Topics;
use access::Access;
use accounts::{Action, Credential, Principal, Role, Scope};
use journal::Journal;
use protocol::{ChannelName, Durable, Person, PersonKind, RoomMessage, Stream, is_person_name};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};
use store::StoreError;
use tokio::sync::watch;

/// How often is looked who has left, and what could not be stored is tried again.
const TICK: Duration = Duration::from_secs(1);

/// In ticks, how often is looked for rooms that nobody can read any more.
const TICKS_PER_LOOK: u64 = 5;

/// Positions up to which somebody has read that are stored in one tick; a stop stores all.
const READS_PER_TICK_MAX: usize = 50;

/// The rooms of this server. A cheap, shared handle.
#[derive(Clone)]
pub(crate) struct Rooms(pub(super) Arc<Shared>);

/// Does not keep the rooms: what they hold leads to all viewers.
#[derive(Clone)]
pub(crate) struct WeakRooms(Weak<Shared>);

impl WeakRooms {
    pub(crate) fn upgrade(&self) -> Option<Rooms> {
        self.0.upgrade().map(Rooms)
    }
}

pub(super) struct Shared {
    pub(super) archive: Archive,
    pub(super) journal: Journal,
    pub(super) accounts: Accounts,
    pub(super) topics: Topics,
    intake: WeakAppender,
    state: Mutex<State>,
    rates: Mutex<Rates>,
    pub(super) live: Mutex<Live>,
    /// Held while rooms, or what was said, are changed: decided, committed, and stored.
    pub(super) changing: tokio::sync::Mutex<()>,
    /// Held while somebody says something: its messages have the order in which they were sent, and the same one is not
    /// said twice at the same time.
    authors: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

/// The sender of a request.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) person: Person,
    pub(crate) principal: Principal,
    /// Where the request came from.
    pub(crate) address: IpAddr,
}

impl Caller {
    /// The role by which it manages rooms. A token that may only speak has none, whatever its user is.
    pub(super) fn managing_role(&self) -> Option<Role> {
        match self.is_limited() {
            true => None,
            false => self.principal.role,
        }
    }

    /// Whether it is a token without the scope `admin`.
    pub(super) fn is_limited(&self) -> bool {
        match &self.principal.credential {
            Credential::Token { scopes, .. } => !scopes.contains(&Scope::Admin),
            _ => false,
        }
    }
}

impl Rooms {
    /// Continues with the rooms of the store. Nobody may be connected yet.
    pub(crate) async fn open(
        archive: Archive,
        journal: Journal,
        accounts: Accounts,
        topics: Topics,
        intake: WeakAppender,
    ) -> Result<Self, StoreError> {
        let mut state = restore(archive.store()).await?;
        let is_forgotten = |id: &str| is_user(id) && accounts.access_of(id).is_none();
        state.forget_readers(is_forgotten);
        for (id, access) in accounts.accesses() {
            access.replace_of(Stream::Rooms, state.spans_of(&id));
        }
        let known = accounts.clone();
        let rooms = Self(Arc::new(Shared {
            archive,
            journal,
            accounts,
            topics,
            intake,
            state: Mutex::new(state),
            rates: Mutex::default(),
            live: Mutex::default(),
            changing: tokio::sync::Mutex::default(),
            authors: Mutex::default(),
        }));
        // What fails is forgotten at the next start.
        let _ = rooms.forget_mutes(|id| known.access_of(id).is_none()).await;
        Ok(rooms)
    }

    pub(crate) fn downgrade(&self) -> WeakRooms {
        WeakRooms(Arc::downgrade(&self.0))
    }

    /// Locked briefly, never across an await, and with no other lock taken under it.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs until the server stops.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // At a start, a user may have been removed right before.
        let mut removals_done = None;
        for number in 1_u64.. {
            tokio::select! {
                _ = tick.tick() => {}
                _ = stop.changed() => {
                    let _ = self.save_reads(usize::MAX).await;
                    return;
                }
            }
            self.update_live(Instant::now());
            let removals = self.0.accounts.removals();
            if removals_done != Some(removals) && self.leave_removed_users().await.is_ok() {
                removals_done = Some(removals);
            }
            if number.is_multiple_of(TICKS_PER_LOOK) {
                // It is tried again, too.
                let _ = self.remove_abandoned().await;
            }
            let _ = self.save_reads(READS_PER_TICK_MAX).await;
            let is_behind = {
                let state = self.state();
                !state.unsaved.is_empty() || !state.pending.is_empty()
            };
            if is_behind {
                let _changing = self.0.changing.lock().await;
                // While the store is unavailable, it is tried again.
                let _ = self.apply_all_pending().await;
                let _ = self.save().await;
            }
        }
    }

    /// Who sends a request; none while login is off and it does not say so.
    pub(crate) fn caller(
        &self,
        principal: Principal,
        address: IpAddr,
        name: Option<&str>,
    ) -> Result<Option<Caller>, RoomError> {
        let caller = |person| Caller {
            person,
            principal: principal.clone(),
            address,
        };
        if let Some(person) = self.0.accounts.person(&principal) {
            return Ok(Some(caller(person)));
        }
        let is_login_off = principal.credential == Credential::LoginOff;
        let Some(name) = name.filter(|_| is_login_off) else {
            return Ok(None);
        };
        match guest(name) {
            Some(person) => Ok(Some(caller(person))),
            None => Err(RoomError::Invalid(
                "`name` has 1 to 40 characters, and no spaces at its ends".into(),
            )),
        }
    }

    /// The sender with the rights that it has now that it is decided what it may do, if it may still write.
    pub(super) fn still_may(&self, caller: Caller) -> Result<Caller, RoomError> {
        let principal = self
            .0
            .accounts
            .still_authorized(&caller.principal, Action::Say)?;
        Ok(Caller {
            principal,
            ..caller
        })
    }

    /// Whether the sender can be a member of rooms: a user, and not one whose access is narrower than the user's.
    pub(super) fn has_private(&self, caller: &Caller) -> bool {
        let access = self.0.accounts.access_of(&caller.person.id);
        access.is_some_and(|access| access.is_same(&caller.principal.access))
    }

    fn rates(&self) -> MutexGuard<'_, Rates> {
        self.0.rates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// [`Rooms::commit`] of what counts as something that the sender writes.
    pub(super) async fn write(
        &self,
        caller: &Caller,
        channel: Option<String>,
        message: RoomMessage,
    ) -> Result<u64, RoomError> {
        self.take(caller, message.text.as_ref().map_or(0, String::len))
            .map_err(RoomError::TooFast)?;
        let committed = self.commit(channel, message).await;
        if committed.is_err() {
            let mut rates = self.rates();
            rates.give_back(&caller.person.id);
            rates.give_back(&address_key(caller));
        }
        committed
    }

    /// Counts a text of so many bytes; guests by their address, too.
    fn take(&self, caller: &Caller, bytes: usize) -> Result<(), Duration> {
        let (mut rates, now) = (self.rates(), Instant::now());
        rates.take(&caller.person.id, bytes, MESSAGES_MAX, now)?;
        if caller.person.kind != PersonKind::Guest {
            return Ok(());
        }
        let taken = rates.take(&address_key(caller), bytes, GUEST_MESSAGES_MAX, now);
        if taken.is_err() {
            rates.give_back(&caller.person.id);
        }
        taken
    }

    /// The lock of a person.
    pub(super) fn author(&self, person: &Person) -> Arc<tokio::sync::Mutex<()>> {
        let mut authors = self
            .0
            .authors
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = authors.get(&person.id).and_then(Weak::upgrade) {
            return lock;
        }
        authors.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        authors.insert(person.id.clone(), Arc::downgrade(&lock));
        lock
    }

    /// Commits a message and applies it; returns its number.
    pub(super) async fn commit(
        &self,
        channel: Option<String>,
        message: RoomMessage,
    ) -> Result<u64, RoomError> {
        let seq = Arc::new(AtomicU64::new(0));
        let apply = {
            let (rooms, seq, message) = (self.clone(), Arc::clone(&seq), message.clone());
            Box::new(move |seqs: &[u64]| match seqs {
                [newest, ..] => {
                    seq.store(*newest, Ordering::Relaxed);
                    rooms.apply(*newest, &message)
                }
                [] => Vec::new(),
            })
        };
        let channel = channel.as_deref().and_then(ChannelName::new);
        let message = Durable::RoomMessage(message);
        self.0
            .intake
            .commit_applied(channel, message, apply)
            .await?;
        Ok(seq.load(Ordering::Relaxed))
    }

    /// Applies a message; returns the lists of channels that change with it.
    fn apply(&self, seq: u64, message: &RoomMessage) -> Vec<(Access, Stream, Vec<access::Span>)> {
        let lists: Vec<_> = {
            let mut state = self.state();
            let changed = state.apply(seq, message);
            let spans = changed.into_iter().map(|id| {
                let spans = state.spans_of(&id);
                (id, spans)
            });
            spans.collect()
        };
        let lists = lists.into_iter().filter_map(|(id, spans)| {
            let access = self.0.accounts.access_of(&id)?;
            Some((access, Stream::Rooms, spans))
        });
        lists.collect()
    }

    /// [`Rooms::save`] after a commit, which is what counts: what cannot be stored is tried again in the tick.
    pub(super) async fn save_or_retry(&self) {
        let _ = self.save().await;
    }

    /// Stores the rooms that have changed.
    pub(super) async fn save(&self) -> Result<(), RoomError> {
        let rooms: Vec<Room> = {
            let state = self.state();
            let unsaved = state.unsaved.iter();
            let rooms = unsaved.filter_map(|number| state.rooms.get(number));
            rooms.cloned().collect()
        };
        for room in rooms {
            self.0.archive.store().put_room(&row_of(&room)).await?;
            let mut state = self.state();
            let is_same = |it: &Room| it.seq == room.seq;
            if state.rooms.get(&room.number).is_some_and(is_same) {
                state.unsaved.remove(&room.number);
            }
        }
        Ok(())
    }
}

/// How [`Rates`] counts the address of a guest.
fn address_key(caller: &Caller) -> String {
    format!("a:{}", caller.address)
}

/// Somebody who takes a name while login is off.
pub(crate) fn guest(name: &str) -> Option<Person> {
    is_person_name(name).then(|| Person {
        id: guest_id(name),
        name: name.to_owned(),
        kind: PersonKind::Guest,
    })
}

/// What the ids of guests begin with; what follows is the name in small letters.
pub(super) const GUEST_PREFIX: &str = "g:";

fn guest_id(name: &str) -> String {
    [GUEST_PREFIX, &name.to_lowercase()].concat()
}
