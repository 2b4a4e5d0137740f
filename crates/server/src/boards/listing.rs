use super::board::{BoardRecord, writing_role};
use super::service::Boards;
use super::{BoardError, Caller};
use accounts::{Role, may_read_board};
use protocol::boards::{BoardDocument, BoardInfo, BoardList};
use std::cmp::Reverse;

impl Boards {
    /// The boards that the sender may read.
    pub(crate) fn list(&self, caller: &Caller) -> BoardList {
        let access = &caller.principal.access;
        let mut boards: Vec<BoardInfo> = {
            let state = self.state();
            let readable = state.boards.values().filter(|it| it.is_readable(access));
            let shown = readable.filter(|it| may_read_board(&caller.principal, &it.id()));
            shown
                .map(|it| it.info(&caller.principal, Some(&caller.person)))
                .collect()
        };
        boards.sort_by_cached_key(|board| {
            let is_trashed = board.trashed_ms.map(Reverse);
            (is_trashed, board.title.to_lowercase(), board.id.clone())
        });
        BoardList {
            may_share: writing_role(&caller.principal) >= Some(Role::Operator),
            boards,
        }
    }

    /// A board as it is now.
    pub(crate) fn document(&self, caller: &Caller, id: &str) -> Result<BoardDocument, BoardError> {
        let record = self.shown(caller, id)?;
        Ok(super::edit::document(&record, caller))
    }

    /// A board that the sender may read, also by the scopes of its token.
    pub(super) fn shown(&self, caller: &Caller, id: &str) -> Result<BoardRecord, BoardError> {
        match may_read_board(&caller.principal, id) {
            true => self.readable(caller, id),
            false => Err(BoardError::NoBoard),
        }
    }
}
