//! Private rooms that all members have left.

use super::RoomError;
use super::room::{Room, id_of};
use super::service::Rooms;
use protocol::Stream;

impl Rooms {
    /// Removes rooms that nobody can read any more, once retention has removed what was said in them.
    pub(super) async fn remove_abandoned(&self) -> Result<(), RoomError> {
        if !self.state().rooms.values().any(Room::is_abandoned) {
            return Ok(());
        }
        let store = self.0.archive.store();
        let floor_seq = store.log_state().await?.of(Stream::Rooms).floor_seq;
        let _changing = self.0.changing.lock().await;
        let abandoned = self.state().abandoned(floor_seq);
        for number in abandoned {
            store.remove_room(&id_of(number)).await?;
            self.state().remove(number);
        }
        Ok(())
    }
}
