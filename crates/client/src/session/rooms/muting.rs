//! Rooms of which the user is not notified. The server stores them for users, and the browser for guests.

use super::RoomsSession;
use super::requests::{Done, said};
use crate::kit::browser::{recall, remember};
use crate::session::api::{Method, body};
use protocol::PersonKind;
use protocol::rooms::RoomMute;

/// Ids of rooms, separated by spaces.
const MUTED_KEY: &str = "watchroom-rooms-muted";

impl RoomsSession {
    /// Mutes a room, or does so no more.
    pub(crate) fn mute(self, id: &str, is_muted: bool) -> Done<()> {
        let id = id.to_owned();
        Box::pin(async move {
            if !self.is_guest() {
                let request = ["rooms/", &id, "/muted"].concat();
                let mute = body(&RoomMute { is_muted });
                self.request(Method::PUT, request, mute)
                    .await
                    .map_err(said)?;
            }
            self.rooms.update(|rooms| rooms.mute(&id, is_muted));
            self.count_unread();
            if self.is_guest() {
                let muted = self.rooms.with_untracked(|rooms| {
                    let muted = rooms.rooms.iter().filter(|room| room.info.is_muted);
                    let ids: Vec<&str> = muted.map(|room| room.info.id.as_str()).collect();
                    ids.join(" ")
                });
                remember(MUTED_KEY, &muted);
            }
            Ok(())
        })
    }

    /// Mutes what a guest has muted at the last visit.
    pub(super) fn recall_muted(self) {
        let muted = recall(MUTED_KEY).filter(|_| self.is_guest());
        for id in muted.iter().flat_map(|muted| muted.split(' ')) {
            self.rooms.update(|rooms| rooms.mute(id, true));
        }
    }

    pub(super) fn is_muted(self, id: &str) -> bool {
        self.rooms
            .with_untracked(|rooms| rooms.room(id).is_some_and(|room| room.info.is_muted))
    }

    fn is_guest(self) -> bool {
        self.rooms.with_untracked(|rooms| {
            let me = rooms.me.as_ref();
            me.is_some_and(|me| me.kind == PersonKind::Guest)
        })
    }
}
