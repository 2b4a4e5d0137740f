//! Members that were removed as users.

use super::RoomError;
use super::room::Room;
use super::service::Rooms;
use protocol::{Person, RoomAction, RoomMessage, Timestamp};
use std::collections::HashSet;

impl Rooms {
    /// Lets members leave who are no users any more. One that is denied and admitted again reads what it could read before,
    /// and nothing of what was said since.
    pub(super) async fn leave_removed_users(&self) -> Result<(), RoomError> {
        let _changing = self.0.changing.lock().await;
        let users: HashSet<String> = {
            let people = self.0.accounts.people();
            people.into_iter().map(|person| person.id).collect()
        };
        let removed: Vec<(Room, Person)> = {
            let state = self.state();
            let members = state.rooms.values().flat_map(|room| {
                let removed = room.present().filter(|it| !users.contains(&it.id));
                removed.map(|person| (room.clone(), person.clone()))
            });
            members.collect()
        };
        for (room, person) in removed {
            let left = RoomMessage::new(Timestamp::now(), room.id(), RoomAction::Left, person);
            self.commit(room.channel(), left).await?;
            self.update_typing(&room.id());
        }
        self.save_or_retry().await;
        Ok(())
    }
}
