use super::board::BoardRecord;
use super::limits::{BOARDS_OF_ONE_MAX, PRIVATE_BOARDS_MAX};
use super::service::Boards;
use super::state::State;
use super::{BoardError, Caller};
use accounts::{Action, Role};
use boards::{BOARD_BYTES_MAX, BOARDS_MAX, OPERATIONS_MAX, check_board};
use protocol::boards::{BoardDocument, BoardEdit, BoardEdited, NewBoard};
use protocol::{
    Board, BoardAction, BoardMessage, BoardOperation, BoardVisibility, ChannelName, Person,
    PersonKind, Timestamp,
};

const ID_CHARS_MAX: usize = 64;

/// The section of a board that is created without content.
const FIRST_SECTION: &str = "s1";

impl Boards {
    /// Creates a board, and returns whether it is new: it may have been created before with the same id.
    pub(crate) async fn create(
        &self,
        caller: Caller,
        new: NewBoard,
    ) -> Result<(BoardDocument, bool), BoardError> {
        check_request_id(new.id.as_deref())?;
        let operations = first_operations(&new)?;
        let bytes = check_size(&applied_to_nothing(&operations)?, BoardError::Invalid)?;
        let _creating = self.0.creating.lock().await;
        let caller = caller.still_may(&self.0.accounts, Action::EditBoards)?;
        let before = new.id.as_ref().and_then(|id| {
            let state = self.state();
            state.recent.find(0, &caller.person.id, id)
        });
        if let Some((_, number)) = before {
            let record = self.state().boards.get(&number).cloned();
            let record = record.ok_or_else(|| {
                BoardError::Conflict("the board that was created with this `id` is deleted".into())
            })?;
            return Ok((document(&record, &caller), false));
        }
        self.check_may_have(&caller, new.visibility)?;
        let id = {
            let state = self.state();
            state.check_room(&caller.person, new.visibility)?;
            state.next_id()
        };
        let is_private = new.visibility == BoardVisibility::Private;
        let channel = is_private.then(|| ChannelName::new(&id)).flatten();
        let message = BoardMessage {
            id: new.id,
            operations,
            visibility: Some(new.visibility),
            ..message(&caller, id.clone(), BoardAction::Created)
        };
        self.write(&caller, channel, message, bytes).await?;
        let record = self.readable(&caller, &id)?;
        Ok((document(&record, &caller), true))
    }

    /// Changes a board; what was changed before with the same id is not changed again.
    pub(crate) async fn edit(
        &self,
        caller: Caller,
        id: &str,
        edit: BoardEdit,
    ) -> Result<BoardEdited, BoardError> {
        check_request_id(edit.id.as_deref())?;
        if !(1..=OPERATIONS_MAX).contains(&edit.operations.len()) {
            return Err(BoardError::Invalid(format!(
                "`operations` has {} entries; 1 to {OPERATIONS_MAX} are accepted",
                edit.operations.len()
            )));
        }
        let lock = self.lock_of(self.readable(&caller, id)?.number);
        let _changing = lock.lock().await;
        let caller = caller.still_may(&self.0.accounts, Action::EditBoards)?;
        let record = self.readable(&caller, id)?;
        let before = edit.id.as_ref().and_then(|id| {
            let state = self.state();
            state.recent.find(record.number, &caller.person.id, id)
        });
        if let Some((version, _)) = before {
            return Ok(BoardEdited { version });
        }
        let rights = record.rights(&caller.principal, Some(&caller.person));
        if !rights.may_edit {
            let why = "only its owner can change this board, and users with the role `operator`";
            return Err(BoardError::NotAllowed(why));
        }
        if record.trashed_ms.is_some() {
            let why = "the board is in the trash; restore it first";
            return Err(BoardError::Conflict(why.into()));
        }
        let bytes = serde_json::to_string(&edit.operations).map_or(0, |it| it.len());
        let message = BoardMessage {
            id: edit.id,
            operations: edit.operations,
            ..message(&caller, record.id(), BoardAction::Edited)
        };
        check_size(&record.applied(&message)?, BoardError::Conflict)?;
        let version = self
            .write(&caller, record.channel(), message, bytes)
            .await?;
        Ok(BoardEdited { version })
    }

    /// A board that the sender may read, as it is now.
    pub(super) fn readable(&self, caller: &Caller, id: &str) -> Result<BoardRecord, BoardError> {
        let state = self.state();
        let record = state.readable(id, &caller.principal.access);
        record.cloned().ok_or(BoardError::NoBoard)
    }

    /// Whether the sender may have a board that these see.
    pub(super) fn check_may_have(
        &self,
        caller: &Caller,
        visibility: BoardVisibility,
    ) -> Result<(), BoardError> {
        match visibility {
            BoardVisibility::Private => {
                // Not one whose access is narrower than its user's.
                let access = self.0.accounts.access_of(&caller.person.id);
                match access.is_some_and(|it| it.is_same(&caller.principal.access)) {
                    true => Ok(()),
                    false => Err(BoardError::NotAllowed(
                        "private boards are for users who have signed in",
                    )),
                }
            }
            BoardVisibility::Team => {
                match super::board::writing_role(&caller.principal) >= Some(Role::Operator) {
                    true => Ok(()),
                    false => Err(BoardError::NotAllowed(
                        "a board that everybody sees takes the role `operator`",
                    )),
                }
            }
        }
    }
}

impl State {
    /// Whether there may be one more board, and one more of this owner.
    fn check_room(&self, owner: &Person, visibility: BoardVisibility) -> Result<(), BoardError> {
        if self.boards.len() >= BOARDS_MAX {
            return Err(BoardError::Conflict(format!(
                "there are {BOARDS_MAX} boards with those in the trash, and no more are possible"
            )));
        }
        let private = self.boards.values().filter(|it| it.is_private());
        if visibility == BoardVisibility::Private && private.count() >= PRIVATE_BOARDS_MAX {
            return Err(BoardError::Conflict(format!(
                "there are {PRIVATE_BOARDS_MAX} private boards, and no more are possible"
            )));
        }
        let owned = self.boards.values().filter(|it| it.owner.id == owner.id);
        // Guests can take any name.
        match owner.kind == PersonKind::Guest || owned.count() < BOARDS_OF_ONE_MAX {
            true => Ok(()),
            false => Err(BoardError::Conflict(format!(
                "you have {BOARDS_OF_ONE_MAX} boards with those in the trash, and no more are possible"
            ))),
        }
    }
}

pub(super) fn message(caller: &Caller, board: String, action: BoardAction) -> BoardMessage {
    BoardMessage {
        timestamp: Timestamp::now(),
        board,
        action,
        author: caller.person.clone(),
        id: None,
        operations: Vec::new(),
        visibility: None,
    }
}

pub(super) fn document(record: &BoardRecord, caller: &Caller) -> BoardDocument {
    BoardDocument {
        info: record.info(&caller.principal, Some(&caller.person)),
        board: record.board.clone(),
    }
}

/// What makes a new board of an empty one.
fn first_operations(new: &NewBoard) -> Result<Vec<BoardOperation>, BoardError> {
    let title = new.title.clone();
    let Some(content) = &new.content else {
        return Ok(vec![
            BoardOperation::SetTitle { title },
            BoardOperation::AddSection {
                section: FIRST_SECTION.into(),
                title: None,
                index: 0,
            },
        ]);
    };
    let board = Board {
        id: String::new(),
        version: 0,
        title,
        ..content.clone()
    };
    check_board(&board).map_err(|error| BoardError::Invalid(format!("`content`: {error}")))?;
    let board = Box::new(board);
    Ok(vec![BoardOperation::Replace { board }])
}

fn applied_to_nothing(operations: &[BoardOperation]) -> Result<Board, BoardError> {
    let mut board = Board::default();
    for operation in operations {
        boards::apply(&mut board, operation)?;
    }
    Ok(board)
}

/// The bytes of a board's JSON, if these are not too many.
fn check_size(board: &Board, error: fn(String) -> BoardError) -> Result<usize, BoardError> {
    let bytes = serde_json::to_string(board).map_or(usize::MAX, |it| it.len());
    match bytes <= BOARD_BYTES_MAX {
        true => Ok(bytes),
        false => Err(error(format!(
            "a board has at most {} KiB",
            BOARD_BYTES_MAX >> 10
        ))),
    }
}

fn check_request_id(id: Option<&str>) -> Result<(), BoardError> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
    let is_id = |id: &str| (1..=ID_CHARS_MAX).contains(&id.len()) && id.chars().all(is_plain);
    match id.is_none_or(is_id) {
        true => Ok(()),
        false => Err(BoardError::Invalid(format!(
            "`id` has 1 to {ID_CHARS_MAX} letters, digits, dots, hyphens and underscores"
        ))),
    }
}
