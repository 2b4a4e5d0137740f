//! Rooms: what people say to each other beside the page, and who is here. Nothing of it runs on the server, and it is
//! loaded when the browser is idle.
//!
//! What is written goes over HTTP (`requests`, `outbox`), and what others do arrives over the page's connection (`live`).

mod requests;

mod live;

mod muting;
mod outbox;
mod past;
mod presence;
mod preview;
mod reading;
mod unsent;

use super::connection::ConnectionHandle;
use super::rooms_panel::RoomsPanel;
use super::user_preferences::{self, Saver};
use super::{Clock, PageState};
use crate::kit::browser::{self, monotonic_ms, on_window, recall, recall_switch, wall_ahead_ms};
use crate::kit::state::State;
use crate::kit::text::on_change;
use crate::kit::toasts::Toasts;
use crate::model::rooms::{Outbox, Room, Rooms};
use leptos::prelude::*;
use protocol::account::UserPreferences;
use protocol::{Person, PersonPresence, RoomKind, Typing};
use std::collections::{BTreeMap, HashSet};

pub(crate) use outbox::TEXT_CHARS_MAX;
pub(crate) use preview::Preview;
pub(crate) use requests::Done;
pub(crate) use unsent::KEY as UNSENT_KEY;

const PANEL_KEY: &str = "watchroom-rooms";
/// What the browser calls the name of a guest.
pub(crate) const NAME_KEY: &str = "watchroom-name";
const HIDDEN_KEY: &str = "watchroom-rooms-hidden";
const ANNOUNCE_KEY: &str = "watchroom-rooms-announce";
const NOTIFY_KEY: &str = "watchroom-rooms-notify";

/// In the address of the page of rooms: which one is shown.
pub(crate) const ROOM_PARAMETER: &str = "room";

/// What rooms need of the page that they are on.
#[derive(Clone, Copy)]
pub(crate) struct RoomsContext {
    pub(crate) panel: RoomsPanel,
    pub(crate) toasts: Toasts,
    /// The dashboard, whose connection and playback are used; other pages have neither.
    pub(crate) page: Option<PageState>,
    /// Whether they are the page, and not a panel beside it.
    pub(crate) is_page: bool,
}

/// Whether the rooms are here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Status {
    Loading,
    Ready,
    /// The user has to sign in first.
    SignedOut,
    /// A sentence that says why there are none.
    Failed(String),
}

/// A switch that the browser stores, and all its tabs follow.
#[derive(Clone, Copy)]
pub(crate) struct Switch {
    pub(crate) is_on: State<bool>,
    key: &'static str,
}

impl Switch {
    fn recalled(key: &'static str) -> Self {
        let is_on = State::new(recall_switch(key).unwrap_or(false));
        // Another tab has set it.
        on_window("storage", move || {
            is_on.set_if_changed(recall_switch(key).unwrap_or(false));
        });
        Self { is_on, key }
    }

    pub(crate) fn set(self, is_on: bool) {
        self.is_on.set(is_on);
        browser::remember_switch(self.key, is_on);
    }
}

/// Everything that the widgets of rooms read.
#[derive(Clone, Copy)]
pub(crate) struct RoomsSession {
    pub(crate) context: RoomsContext,
    pub(crate) status: State<Status>,
    pub(crate) rooms: State<Rooms>,
    pub(crate) outbox: State<Outbox>,
    /// What the user has begun to write, by room.
    pub(crate) drafts: State<BTreeMap<String, String>>,
    /// Whose these are.
    pub(crate) owner: State<Option<String>>,
    /// The id of the room that is shown; none while the list is, where there is no space for both.
    pub(crate) shown: State<Option<String>>,
    /// The room as it was at the moment that the page shows, if it is another one than the present.
    pub(crate) past: State<Option<Room>>,
    pub(crate) is_loading_past: State<bool>,
    /// Why the newest messages of the room that is shown are not here, and why those of the moment are not.
    failed: State<Option<String>>,
    past_failed: State<Option<String>>,
    /// Whether playback shows what was said later, too.
    pub(crate) shows_later: State<bool>,
    /// What follows this position was unread when the room was opened.
    pub(crate) unread_after: State<Option<u64>>,
    /// Whether the newest message is in sight, and how many have come since it was.
    pub(crate) is_at_newest: State<bool>,
    pub(crate) below: State<u64>,
    pub(crate) is_live: State<bool>,
    /// Whether the list of rooms is that of this connection, so that it is known who the user is.
    is_listed: State<bool>,
    /// Who can be mentioned, who is here, and who is typing.
    pub(crate) people: State<Vec<Person>>,
    pub(crate) here: State<Vec<PersonPresence>>,
    pub(crate) typing: State<Vec<Typing>>,
    /// The user's name while login is off.
    pub(crate) name: State<Option<String>>,
    pub(crate) hidden: Switch,
    pub(crate) announces: Switch,
    pub(crate) notifies: Switch,
    /// What is announced, if that is switched on.
    pub(crate) announced: State<String>,
    /// Whether earlier messages are on their way.
    pub(crate) is_loading_older: State<bool>,
    pub(crate) clock: State<Clock>,
    connection: ConnectionHandle,
    work: StoredValue<Work, LocalStorage>,
}

/// What is in progress.
#[derive(Default)]
struct Work {
    /// The list is being requested, or is to be requested again after that.
    is_reloading: bool,
    reloads_again: bool,
    /// With it what is loaded beside it.
    reloads_all: bool,
    /// The list will be requested in a moment.
    is_reload_due: bool,
    /// How many connections there were.
    connections: u64,
    /// Rooms whose newest messages are here, or on their way.
    loaded: HashSet<String>,
    /// When the user's typing may be reported again.
    typing_at_ms: f64,
    /// Of which room which moment is here.
    past_of: Option<(String, f64)>,
}

impl RoomsSession {
    /// Begins to load the rooms, and to follow them. To be called in the browser.
    pub(crate) fn begin(context: RoomsContext) -> Self {
        let page = context.page;
        let now_ms = monotonic_ms() + wall_ahead_ms();
        let linked = match context.is_page {
            true => browser::parameter(ROOM_PARAMETER),
            false => None,
        };
        let session = Self {
            context,
            status: State::new(Status::Loading),
            rooms: State::new(Rooms::default()),
            outbox: State::new(Outbox::default()),
            drafts: State::new(BTreeMap::new()),
            owner: State::new(None),
            shown: State::new(linked),
            past: State::new(None),
            is_loading_past: State::new(false),
            failed: State::new(None),
            past_failed: State::new(None),
            shows_later: State::new(false),
            unread_after: State::new(None),
            is_at_newest: State::new(true),
            below: State::new(0),
            is_live: State::new(false),
            is_listed: State::new(false),
            people: State::new(Vec::new()),
            here: State::new(Vec::new()),
            typing: State::new(Vec::new()),
            name: State::new(recall(NAME_KEY).filter(|name| !name.is_empty())),
            hidden: Switch::recalled(HIDDEN_KEY),
            announces: Switch::recalled(ANNOUNCE_KEY),
            notifies: Switch::recalled(NOTIFY_KEY),
            announced: State::new(String::new()),
            is_loading_older: State::new(false),
            clock: page.map_or_else(|| State::new(Clock::local(now_ms)), |page| page.clock),
            connection: page.map_or_else(ConnectionHandle::new, |page| page.connection),
            work: StoredValue::new_local(Work::default()),
        };
        session.remember_panel();
        session.reload();
        session.follow_connection();
        session.follow_reading();
        session.follow_moment();
        session.follow_preferences();
        session.follow_presence();
        session.keep_sending();
        session.store_unsent();
        session
    }

    /// Opens the panel if it was open on the last page, and remembers from then on whether it is. On a phone it would
    /// cover the page.
    fn remember_panel(self) {
        let open = self.context.panel.open;
        let is_user_first = open.get_untracked();
        if browser::is_wide() && recall_switch(PANEL_KEY).unwrap_or(false) {
            open.set(true);
        }
        let remembered = StoredValue::new(!is_user_first && open.get_untracked());
        on_change(move || {
            let is_open = open.get();
            if !self.context.is_page && remembered.get_value() != is_open {
                remembered.set_value(is_open);
                browser::remember_switch(PANEL_KEY, is_open);
            }
        });
    }

    /// Whether a user is shown to others is the same in all browsers.
    fn follow_preferences(self) {
        let Some(stored) = user_preferences::stored() else {
            return;
        };
        if let Some(is_hidden) = stored.hidden {
            self.hidden.set(is_hidden);
        }
        Saver::new(self.context.toasts).follow(move || UserPreferences {
            hidden: Some(self.hidden.is_on.get()),
            ..UserPreferences::default()
        });
    }

    /// The session of the user has ended: nothing of it stays on the page, nor in the browser.
    pub(super) fn end_session(self, status: Status) {
        self.forget_user();
        // From now on nothing is stored.
        self.owner.set_if_changed(None);
        self.outbox.set_if_changed(Outbox::default());
        self.drafts.set_if_changed(BTreeMap::new());
        browser::remember_in_tab(UNSENT_KEY, "");
        self.rooms.set_if_changed(Rooms::default());
        self.people.set_if_changed(Vec::new());
        self.here.set_if_changed(Vec::new());
        self.is_listed.set_if_changed(false);
        self.status.set_if_changed(status);
        self.count_unread();
    }

    /// Forgets what is here of what the user before has looked at.
    fn forget_user(self) {
        self.work.write_value().loaded.clear();
        self.forget_past();
        self.failed.set_if_changed(None);
        self.unread_after.set_if_changed(None);
        self.below.set_if_changed(0);
        self.typing.set_if_changed(Vec::new());
        self.announced.set_if_changed(String::new());
    }

    /// Whether a room is in sight.
    pub(crate) fn is_open(self) -> bool {
        self.context.is_page || self.context.panel.open.get()
    }

    /// The moment that the page shows, unless it is the present.
    pub(crate) fn moment(self) -> Option<f64> {
        self.context.page?.playback_state.moment.get()
    }

    /// Up to when messages are shown; none if all are.
    pub(crate) fn until_ms(self) -> Option<f64> {
        match self.shows_later.get() {
            true => None,
            false => self.moment(),
        }
    }

    /// Shows a room. If it is shown already, what is out of sight stays unread.
    pub(crate) fn show(self, id: &str) {
        let is_loaded = self.rooms.with_untracked(|rooms| {
            let room = rooms.room(id);
            room.is_some_and(|room| room.is_loaded)
        });
        if is_loaded && self.is_shown(id) && !self.is_closed() {
            return self.load_newest(id.to_owned());
        }
        let unread_after = self.rooms.with_untracked(|rooms| {
            let room = rooms.room(id)?;
            (room.info.unread > 0).then(|| room.read_up_to())
        });
        self.unread_after.set(unread_after);
        self.is_at_newest.set(true);
        self.below.set(0);
        self.set_shown(Some(id.to_owned()));
        if self.context.is_page {
            browser::set_parameter(ROOM_PARAMETER, Some(id));
        }
        self.load_newest(id.to_owned());
    }

    /// Shows the list of rooms, where there is no space for both.
    pub(crate) fn show_list(self) {
        self.set_shown(None);
        if self.context.is_page {
            browser::set_parameter(ROOM_PARAMETER, None);
        }
    }

    /// What was loaded of another moment is of the room before.
    fn set_shown(self, id: Option<String>) {
        if self.shown.with_untracked(|shown| *shown != id) {
            self.forget_past();
            self.failed.set_if_changed(None);
            self.shown.set(id);
        }
    }

    /// Opens the panel with a room.
    pub(crate) fn open(self, id: &str) {
        // What is unread is looked at while the room is out of sight.
        let is_closed = self.is_closed();
        self.show(id);
        if is_closed {
            self.context.panel.toggle();
        }
    }

    fn is_closed(self) -> bool {
        !self.context.is_page && !self.context.panel.open.get_untracked()
    }

    /// Takes a name, which the browser stores.
    pub(crate) fn take_name(self, name: &str) {
        browser::remember(NAME_KEY, name);
        self.name.set(Some(name.to_owned()));
        self.reload();
    }

    /// A guest takes another name next.
    pub(crate) fn forget_name(self) {
        browser::remember(NAME_KEY, "");
        self.name.set(None);
        self.rooms.update(|rooms| rooms.me = None);
    }

    /// Reads the room that is shown, and subscribes to it.
    pub(crate) fn with_shown<R>(self, read: impl FnOnce(&Rooms, &Room) -> R) -> Option<R> {
        let id = self.shown.get()?;
        self.rooms
            .with(|rooms| rooms.room(&id).map(|room| read(rooms, room)))
    }

    /// Everybody who may be named in the room that is shown.
    pub(crate) fn known_people(self) -> Vec<Person> {
        let mut known = self.people.get_untracked();
        let mut add = |person: &Person| {
            if known.iter().all(|it| it.id != person.id) {
                known.push(person.clone());
            }
        };
        self.here
            .with_untracked(|here| here.iter().for_each(|here| add(&here.person)));
        self.rooms.with_untracked(|rooms| {
            rooms.me.iter().for_each(&mut add);
            let shown = self.shown.get_untracked().unwrap_or_default();
            rooms.authors(&shown).iter().for_each(&mut add);
        });
        known
    }

    /// Whether what arrives in a room is seen at once.
    fn is_seen(self, id: &str) -> bool {
        let is_open = self.context.is_page || self.context.panel.open.get_untracked();
        let is_present = self.shows_later.get_untracked() || !self.is_playback();
        is_open
            && self.is_shown(id)
            && is_present
            && self.is_at_newest.get_untracked()
            && browser::is_visible()
    }

    /// Why messages of the room that is shown are not here.
    pub(crate) fn failure(self) -> Option<String> {
        self.past_failed.get().or(self.failed.get())
    }

    /// Requests messages again after a failure.
    pub(crate) fn load_again(self) {
        if self.past_failed.with_untracked(Option::is_some) {
            self.past_failed.set(None);
            self.load_past();
        }
        self.failed.set_if_changed(None);
        if let Some(id) = self.shown.get_untracked() {
            self.load_newest(id);
        }
    }

    fn is_shown(self, id: &str) -> bool {
        self.shown
            .with_untracked(|shown| shown.as_deref() == Some(id))
    }

    fn is_playback(self) -> bool {
        let page = self.context.page;
        page.is_some_and(|page| page.playback_state.is_shown_untracked())
    }

    /// What a room is called, with its mark.
    fn title(self, id: &str) -> String {
        self.rooms.with_untracked(|rooms| {
            let Some(room) = rooms.room(id) else {
                return String::new();
            };
            let mark = match room.info.kind {
                RoomKind::Direct => "",
                RoomKind::Public | RoomKind::Private => "#",
            };
            [mark, &rooms.name(&room.info)].concat()
        })
    }
}
