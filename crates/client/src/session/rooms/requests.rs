use super::{RoomsSession, Status};
use crate::kit::browser::{random, uri_component};
use crate::kit::format::sentence;
use crate::kit::json::Json;
use crate::session::api::{self, Method, Refusal, body};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::rooms::{
    CreatedRoom, MessageChange, NewMember, NewRoom, PeopleList, RoomChange, RoomPage,
};
use std::pin::Pin;

/// The status of a request without a valid session, and of one of a user who may not read any more.
const UNAUTHENTICATED: u16 = 401;
const FORBIDDEN: u16 = 403;

/// A list that could not be requested is requested again after this time, in milliseconds.
const LIST_RETRY_MS: u32 = 5_000;

/// All viewers of the server learn of a new room, and request their lists spread over this time, in milliseconds.
const SPREAD_MS: f64 = 3_000.0;

/// How many messages are requested at once.
const PAGE_MESSAGES: &str = "50";

/// So many pages are requested one after the other to find a message.
const PAGES_MAX: usize = 20;

/// A request whose failure is a sentence for the user.
pub(crate) type Done<T> = Pin<Box<dyn Future<Output = Result<T, String>>>>;

impl RoomsSession {
    /// Requests the list of rooms, the people, and what was said last in the rooms that were shown.
    pub(crate) fn reload(self) {
        self.work.write_value().reloads_all = true;
        self.reload_list();
    }

    /// Requests the list of rooms in a moment: many viewers do.
    pub(super) fn reload_list_soon(self) {
        if std::mem::replace(&mut self.work.write_value().is_reload_due, true) {
            return;
        }
        let wait_ms = (random() * SPREAD_MS) as u32;
        spawn_local(async move {
            TimeoutFuture::new(wait_ms).await;
            self.work.write_value().is_reload_due = false;
            self.reload_list();
        });
    }

    /// Requests the list of rooms alone.
    pub(crate) fn reload_list(self) {
        let is_reloading = {
            let mut work = self.work.write_value();
            work.reloads_again = work.is_reloading;
            std::mem::replace(&mut work.is_reloading, true)
        };
        if is_reloading {
            return;
        }
        spawn_local(async move {
            loop {
                let is_listed = self.load_list().await;
                let is_ready = self.status.with_untracked(|it| *it == Status::Ready);
                if !is_listed && is_ready && self.is_live.get_untracked() {
                    TimeoutFuture::new(LIST_RETRY_MS).await;
                    continue;
                }
                let mut work = self.work.write_value();
                if !std::mem::take(&mut work.reloads_again) {
                    work.is_reloading = false;
                    return;
                }
            }
        });
    }

    /// Returns whether it is here.
    async fn load_list(self) -> bool {
        let (connections, all) = {
            let mut work = self.work.write_value();
            (work.connections, std::mem::take(&mut work.reloads_all))
        };
        let list = match self.request(Method::GET, "rooms".into(), None).await {
            Ok(response) => api::read(&response),
            Err(refusal) => Err(refusal),
        };
        match list {
            Ok(list) => {
                let mut is_other = false;
                let mut effects = Vec::new();
                self.rooms.update(|rooms| {
                    is_other = rooms.listed(list);
                    effects = rooms.receive_waiting();
                });
                if is_other {
                    self.forget_user();
                }
                self.recall_muted();
                self.restore_unsent();
                self.count_unread();
                self.follow_stream();
                self.forget_absent();
                if all {
                    self.load_people().await;
                }
                self.show_first();
                self.status.set_if_changed(Status::Ready);
                if all {
                    let loaded = std::mem::take(&mut self.work.write_value().loaded);
                    for id in loaded {
                        self.load_newest(id);
                    }
                }
                for effect in effects {
                    self.act_on(effect, false);
                }
                let is_current = self.work.with_value(|it| it.connections) == connections;
                self.is_listed.set_if_changed(is_current);
                self.send_next();
                return true;
            }
            // `request` has ended the session.
            Err(refusal) if refusal.status == Some(UNAUTHENTICATED) => {}
            Err(refusal) if refusal.status == Some(FORBIDDEN) => {
                self.end_session(Status::Failed(said(refusal)));
            }
            // What was loaded stays while the server does not answer.
            Err(_)
                if self
                    .status
                    .with_untracked(|status| *status == Status::Ready) => {}
            Err(refusal) => self.status.set(Status::Failed(said(refusal))),
        }
        self.work.write_value().reloads_all |= all;
        false
    }

    /// Rooms that are not in the list any more would be loaded again, should they come back.
    fn forget_absent(self) {
        let rooms = self.rooms;
        let mut work = self.work.write_value();
        rooms.with_untracked(|rooms| work.loaded.retain(|id| rooms.room(id).is_some()));
    }

    async fn load_people(self) {
        let response = api::get("people").await;
        if let Ok(list) = response.and_then(|response| api::read::<PeopleList>(&response)) {
            self.people.set_if_changed(list.people);
        }
    }

    /// Shows the room that is linked to, or the only one; where the list and a room have space, the first.
    fn show_first(self) {
        let (shown, first) = self.rooms.with_untracked(|rooms| {
            let shown = self.shown.get_untracked();
            let shown = shown.filter(|id| rooms.room(id).is_some());
            let first = rooms.rooms.first().map(|room| room.info.id.clone());
            (shown, first)
        });
        match shown {
            Some(id) if self.is_loaded(&id) => {}
            Some(id) => self.show(&id),
            // Once: later the user may have gone back to the list.
            None if self
                .status
                .with_untracked(|status| *status != Status::Ready) =>
            {
                if let Some(id) = first {
                    self.show(&id);
                }
            }
            None => self.set_shown(None),
        }
    }

    fn is_loaded(self, id: &str) -> bool {
        self.work.with_value(|work| work.loaded.contains(id))
    }

    /// Loads what was said last in a room, unless that is here.
    pub(super) fn load_newest(self, id: String) {
        if !self.work.write_value().loaded.insert(id.clone()) {
            return;
        }
        spawn_local(async move {
            match self.messages(&id, "").await {
                Ok(page) => {
                    self.arrived_by_page(&page);
                    self.rooms.update(|rooms| rooms.page(&id, page));
                    if self.is_shown(&id) {
                        self.failed.set_if_changed(None);
                    }
                }
                // It is tried again after the next connection, when the room is opened, and on request.
                Err(refusal) => {
                    self.work.write_value().loaded.remove(&id);
                    if self.is_shown(&id) {
                        self.failed.set(Some(said(refusal)));
                    }
                }
            }
        });
    }

    /// Loads what precedes the messages that are here.
    pub(crate) fn load_older(self) {
        let Some(id) = self.shown.get_untracked() else {
            return;
        };
        let is_past = self.past.with_untracked(Option::is_some);
        let before = match is_past {
            true => self.past.with_untracked(|room| room.as_ref()?.before),
            false => self.rooms.with_untracked(|rooms| rooms.room(&id)?.before),
        };
        let Some(before) = before.filter(|_| !self.is_loading_older.get_untracked()) else {
            return;
        };
        self.is_loading_older.set(true);
        spawn_local(async move {
            let query = ["&before=", &before.to_string()].concat();
            if let Ok(page) = self.messages(&id, &query).await {
                match is_past {
                    true => self.past.update(|past| {
                        // Another room may be shown by now.
                        if let Some(room) = past.as_mut().filter(|room| room.info.id == id) {
                            room.older(before, page);
                        }
                    }),
                    false => self.rooms.update(|rooms| rooms.older(&id, before, page)),
                }
            }
            self.is_loading_older.set(false);
        });
    }

    /// A page of a room's messages. It is empty where other rooms fill what the server looks through for one request;
    /// then what precedes it is requested.
    pub(super) async fn messages(self, id: &str, query: &str) -> Result<RoomPage, Refusal> {
        let page = ["rooms/", id, "/messages?limit=", PAGE_MESSAGES].concat();
        let mut request = [&page, query].concat();
        let mut pages = 1;
        loop {
            let response = self.request_as(None, Method::GET, request, None).await?;
            let found: RoomPage = api::read(&response)?;
            match found.next_before {
                Some(before) if found.messages.is_empty() && pages < PAGES_MAX => {
                    request = [&page, "&before=", &before.to_string()].concat();
                    pages += 1;
                }
                _ => return Ok(found),
            }
        }
    }

    /// Creates a room, and returns its id.
    pub(crate) fn create(self, new: NewRoom) -> Done<String> {
        Box::pin(async move {
            let response = self
                .change(Method::POST, "rooms".into(), body(&new))
                .await?;
            let created: CreatedRoom = api::read(&response).map_err(said)?;
            self.load_list().await;
            Ok(created.id)
        })
    }

    /// Renames or archives a room.
    pub(crate) fn change_room(self, id: &str, change: RoomChange) -> Done<()> {
        let request = ["rooms/", id].concat();
        self.changed(Method::PATCH, request, body(&change))
    }

    pub(crate) fn invite(self, id: &str, member: NewMember) -> Done<()> {
        let request = ["rooms/", id, "/members"].concat();
        self.changed(Method::POST, request, body(&member))
    }

    /// Removes a member; with one's own name, leaves.
    pub(crate) fn remove_member(self, id: &str, name: &str) -> Done<()> {
        let request = ["rooms/", id, "/members/", &uri_component(name)].concat();
        self.changed(Method::DELETE, request, None)
    }

    pub(crate) fn edit(self, id: &str, seq: u64, text: String) -> Done<()> {
        let request = ["rooms/", id, "/messages/", &seq.to_string()].concat();
        self.changed(Method::PATCH, request, body(&MessageChange { text }))
    }

    pub(crate) fn delete(self, id: &str, seq: u64) -> Done<()> {
        let request = ["rooms/", id, "/messages/", &seq.to_string()].concat();
        self.changed(Method::DELETE, request, None)
    }

    fn changed(self, method: Method, request: String, body: Option<String>) -> Done<()> {
        Box::pin(async move {
            self.change(method, request, body).await?;
            Ok(())
        })
    }

    async fn change(
        self,
        method: Method,
        request: String,
        body: Option<String>,
    ) -> Result<Json, String> {
        self.request(method, request, body).await.map_err(said)
    }

    /// Sends a request. While login is off it says who the user is.
    pub(super) async fn request(
        self,
        method: Method,
        request: String,
        body: Option<String>,
    ) -> Result<Json, Refusal> {
        let name = self.name.get_untracked();
        self.request_as(name, method, request, body).await
    }

    /// The same by a guest of this name. Whatever it is, it learns that the session has ended.
    pub(super) async fn request_as(
        self,
        name: Option<String>,
        method: Method,
        mut request: String,
        body: Option<String>,
    ) -> Result<Json, Refusal> {
        if let Some(name) = name {
            request.push(if request.contains('?') { '&' } else { '?' });
            request.push_str("name=");
            request.push_str(&uri_component(&name));
        }
        let response = api::send(method, &request, body).await;
        let status = response.as_ref().err().and_then(|refusal| refusal.status);
        if status == Some(UNAUTHENTICATED) {
            self.end_session(Status::SignedOut);
        }
        response
    }
}

pub(super) fn said(refusal: Refusal) -> String {
    sentence(&refusal.text)
}
