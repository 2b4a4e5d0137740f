//! Boards of users that were removed.

use super::BoardError;
use super::board::BoardRecord;
use super::service::Boards;
use protocol::{BoardAction, BoardMessage, PersonKind, Timestamp};

impl Boards {
    /// Deletes private boards whose owner is no user any more, since nobody can read them. Boards that everybody sees stay,
    /// and only admins manage them. Users that are only denied keep theirs: they may be admitted again.
    pub(super) async fn delete_of_removed_users(&self) -> Result<(), BoardError> {
        let accounts = &self.0.accounts;
        let private: Vec<_> = {
            let state = self.state();
            let private = state.boards.values().filter(|it| it.is_private());
            private.map(|it| (it.number, it.owner.clone())).collect()
        };
        let is_user = |kind| kind == PersonKind::User;
        let removed = private
            .into_iter()
            .filter(|(_, owner)| is_user(owner.kind) && accounts.access_of(&owner.id).is_none());
        for (number, author) in removed {
            let lock = self.lock_of(number);
            let _changing = lock.lock().await;
            let record = self.state().boards.get(&number).cloned();
            let Some(record) = record.filter(BoardRecord::is_private) else {
                continue;
            };
            let deleted = BoardMessage {
                timestamp: Timestamp::now(),
                board: record.id(),
                action: BoardAction::Deleted,
                author,
                id: None,
                operations: Vec::new(),
                visibility: None,
            };
            self.commit(record.channel(), deleted).await?;
        }
        Ok(())
    }
}
