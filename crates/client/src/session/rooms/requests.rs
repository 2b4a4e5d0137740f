use super::{RoomsSession, Status};
use crate::kit::browser::uri_component;
use crate::kit::format::sentence;
use crate::kit::json::Json;
use crate::session::api::{self, Method, Refusal, body};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::rooms::{
    CreatedRoom, MessageChange, NewMember, NewRoom, PeopleList, RoomChange, RoomPage,
};
use std::pin::Pin;

/// The status of a request without a valid session.
const UNAUTHENTICATED: u16 = 401;

/// How many messages are requested at once.
const PAGE_MESSAGES: &str = "50";

/// So many pages are requested one after the other to find a message.
const PAGES_MAX: usize = 20;

/// A request whose failure is a sentence for the user.
pub(crate) type Done<T> = Pin<Box<dyn Future<Output = Result<T, String>>>>;

impl RoomsSession {
    /// Requests the list of rooms, and what was said last in those that were shown.
    pub(crate) fn reload(self) {
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
                self.load_list().await;
                let mut work = self.work.write_value();
                if !std::mem::take(&mut work.reloads_again) {
                    work.is_reloading = false;
                    return;
                }
            }
        });
    }

    async fn load_list(self) {
        let list = match self.request(Method::GET, "rooms".into(), None).await {
            Ok(response) => api::read(&response),
            Err(refusal) => Err(refusal),
        };
        match list {
            Ok(list) => {
                self.rooms.update(|rooms| rooms.listed(list));
                self.recall_muted();
                self.restore_unsent();
                self.count_unread();
                self.follow_stream();
                self.load_people().await;
                self.show_first();
                self.status.set_if_changed(Status::Ready);
                let loaded = std::mem::take(&mut self.work.write_value().loaded);
                for id in loaded {
                    self.load_newest(id);
                }
                self.send_next();
            }
            // What was loaded stays while the server does not answer.
            Err(_)
                if self
                    .status
                    .with_untracked(|status| *status == Status::Ready) => {}
            Err(refusal) if refusal.status == Some(UNAUTHENTICATED) => {
                self.status.set(Status::SignedOut);
            }
            Err(refusal) => self.status.set(Status::Failed(sentence(&refusal.text))),
        }
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
            let found: RoomPage = api::read(&api::get(&request).await?)?;
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
        mut request: String,
        body: Option<String>,
    ) -> Result<Json, Refusal> {
        if let Some(name) = self.name.get_untracked() {
            request.push(if request.contains('?') { '&' } else { '?' });
            request.push_str("name=");
            request.push_str(&uri_component(&name));
        }
        api::send(method, &request, body).await
    }
}

pub(super) fn said(refusal: Refusal) -> String {
    sentence(&refusal.text)
}
