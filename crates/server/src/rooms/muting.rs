//! Who is not notified of what is said in a room.

use super::RoomError;
use super::listing::is_user;
use super::room::id_of;
use super::service::{Caller, Rooms};
use protocol::rooms::RoomMute;
use store::RoomMuteRow;

impl Rooms {
    /// The sender mutes a room, or does so no more.
    pub(crate) async fn mute(
        &self,
        caller: Caller,
        room: &str,
        mute: RoomMute,
    ) -> Result<(), RoomError> {
        let _changing = self.0.changing.lock().await;
        let caller = self.still_may(caller)?;
        let room = self.readable(&caller, room)?;
        if !is_user(&caller.person.id) {
            let why = "only users mute rooms: a guest's browser does it itself";
            return Err(RoomError::NotAllowed(why));
        }
        let row = RoomMuteRow {
            room: room.id(),
            reader: caller.person.id,
        };
        let store = self.0.archive.store();
        store.set_room_mute(&row, mute.is_muted).await?;
        let mut state = self.state();
        let muted = state.mutes.entry(room.number).or_default();
        match mute.is_muted {
            true => muted.insert(row.reader),
            false => muted.remove(&row.reader),
        };
        Ok(())
    }

    /// Forgets what users have muted that were removed.
    pub(super) async fn forget_mutes(
        &self,
        is_forgotten: impl Fn(&str) -> bool,
    ) -> Result<(), RoomError> {
        let muted: Vec<RoomMuteRow> = {
            let state = self.state();
            let muted = state.mutes.iter().flat_map(|(number, readers)| {
                readers.iter().map(|reader| RoomMuteRow {
                    room: id_of(*number),
                    reader: reader.clone(),
                })
            });
            muted.collect()
        };
        for row in muted.into_iter().filter(|row| is_forgotten(&row.reader)) {
            self.0.archive.store().set_room_mute(&row, false).await?;
            for readers in self.state().mutes.values_mut() {
                readers.remove(&row.reader);
            }
        }
        Ok(())
    }
}
