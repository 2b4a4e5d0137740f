use super::board::BoardRecord;
use super::edit::message;
use super::service::Boards;
use super::{BoardError, Caller};
use accounts::Action;
use protocol::boards::BoardSharing;
use protocol::{BoardAction, BoardMessage, BoardVisibility};

impl Boards {
    /// Changes who sees a board.
    pub(crate) async fn share(
        &self,
        caller: Caller,
        id: &str,
        sharing: BoardSharing,
    ) -> Result<(), BoardError> {
        self.manage(caller, id, |boards, caller, record| {
            if record.visibility == sharing.visibility {
                return Ok(None);
            }
            let rights = record.rights(&caller.principal, Some(&caller.person));
            if sharing.visibility == BoardVisibility::Private && !rights.is_owner {
                let why = "only its owner can make a board private";
                return Err(BoardError::NotAllowed(why));
            }
            boards.check_may_have(caller, sharing.visibility)?;
            Ok(Some(BoardMessage {
                visibility: Some(sharing.visibility),
                ..message(caller, record.id(), BoardAction::Shared)
            }))
        })
        .await
    }

    /// Puts a board into the trash.
    pub(crate) async fn trash(&self, caller: Caller, id: &str) -> Result<(), BoardError> {
        self.manage(caller, id, |_, caller, record| {
            let is_new = record.trashed_ms.is_none();
            Ok(is_new.then(|| message(caller, record.id(), BoardAction::Trashed)))
        })
        .await
    }

    /// Takes a board out of the trash.
    pub(crate) async fn restore(&self, caller: Caller, id: &str) -> Result<(), BoardError> {
        self.manage(caller, id, |_, caller, record| {
            let is_new = record.trashed_ms.is_some();
            Ok(is_new.then(|| message(caller, record.id(), BoardAction::Restored)))
        })
        .await
    }

    /// Deletes a board of the trash for good.
    pub(crate) async fn delete(&self, caller: Caller, id: &str) -> Result<(), BoardError> {
        self.manage(caller, id, |_, caller, record| match record.trashed_ms {
            Some(_) => Ok(Some(message(caller, record.id(), BoardAction::Deleted))),
            None => Err(BoardError::Conflict(
                "only a board in the trash is deleted for good; put it there first".into(),
            )),
        })
        .await
    }

    /// Commits what is decided about a board while nothing else changes it.
    async fn manage(
        &self,
        caller: Caller,
        id: &str,
        decide: impl FnOnce(&Self, &Caller, &BoardRecord) -> Result<Option<BoardMessage>, BoardError>,
    ) -> Result<(), BoardError> {
        let lock = self.lock_of(self.readable(&caller, id)?.number);
        let _changing = lock.lock().await;
        let caller = caller.still_may(&self.0.accounts, Action::EditBoards)?;
        let record = self.readable(&caller, id)?;
        let rights = record.rights(&caller.principal, Some(&caller.person));
        if !rights.may_manage {
            let why = "only its owner can do this, and an admin if everybody sees the board";
            return Err(BoardError::NotAllowed(why));
        }
        if let Some(message) = decide(self, &caller, &record)? {
            // That it is shared, or no more, everybody learns who has read it before.
            let is_shared = message.action == BoardAction::Shared;
            let channel = record.channel().filter(|_| !is_shared);
            self.write(&caller, channel, message, 0).await?;
        }
        Ok(())
    }
}
