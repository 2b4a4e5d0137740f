//! A board while several people change it.
//!
//! What the server has confirmed is one document. Edits of this browser that it has not confirmed yet stand on top of
//! it, in their order, so that they are seen at once. The server applies all edits in the order of the log, and so
//! does everybody who receives them: whoever has received the same messages has the same document.

use boards::{OPERATIONS_MAX, apply, inverse};
use protocol::boards::{BoardDocument, BoardInfo};
use protocol::{Board, BoardAction, BoardMessage, BoardOperation};
use std::collections::VecDeque;
use std::mem;

/// So many steps can be taken back.
const UNDO_MAX: usize = 100;

/// So many messages are held back until the document is here; beyond, it is loaded once more.
const WAITING_MAX: usize = 1_000;

/// A board, and what this browser changes on it.
#[derive(Debug, Clone, Default)]
pub(crate) struct BoardEditing {
    confirmed: Option<BoardDocument>,
    /// Messages may be missing since the document was loaded: those that come wait until it is loaded again.
    is_interrupted: bool,
    waiting: Vec<(u64, BoardMessage)>,
    pending: VecDeque<Pending>,
    undo: VecDeque<Step>,
    redo: Vec<Step>,
    /// So many steps there were.
    steps: u64,
}

/// What takes a change back, or makes it again.
#[derive(Debug, Clone)]
struct Step {
    /// The same for both.
    id: u64,
    operations: Vec<BoardOperation>,
}

/// An edit that the server has not confirmed by a message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pending {
    /// Sent again with the same one, it is not made again.
    pub(crate) id: String,
    pub(crate) operations: Vec<BoardOperation>,
    /// The version that it has made, once the server has answered.
    stored: Option<u64>,
}

/// What a message means for the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Nothing,
    /// The document is another one.
    Changed,
    /// The document is to be loaded again.
    Reload,
}

impl BoardEditing {
    /// What the server says of the board, if it is here.
    pub(crate) fn info(&self) -> Option<&BoardInfo> {
        self.confirmed.as_ref().map(|it| &it.info)
    }

    /// The board with the edits of this browser.
    pub(crate) fn shown(&self) -> Option<Board> {
        let mut board = self.confirmed.as_ref()?.board.clone();
        for pending in &self.pending {
            // One that others have made impossible is skipped: the server will refuse it.
            apply_all(&mut board, &pending.operations);
        }
        Some(board)
    }

    /// Takes the document as it was loaded, and what has arrived meanwhile. Unconfirmed edits stay on top.
    pub(crate) fn loaded(&mut self, document: BoardDocument) -> Effect {
        let version = document.info.version;
        self.confirmed = Some(document);
        self.is_interrupted = false;
        self.forget_stored(version);
        for (seq, message) in mem::take(&mut self.waiting) {
            if self.receive(seq, message) == Effect::Reload {
                self.is_interrupted = true;
                return Effect::Reload;
            }
        }
        Effect::Changed
    }

    /// Messages may be missed from now on.
    pub(crate) fn interrupted(&mut self) {
        self.is_interrupted = true;
        self.waiting.clear();
    }

    /// Takes a message about this board.
    pub(crate) fn receive(&mut self, seq: u64, message: BoardMessage) -> Effect {
        if self.is_interrupted || self.confirmed.is_none() {
            if self.waiting.len() == WAITING_MAX {
                self.waiting.clear();
                return Effect::Reload;
            }
            self.waiting.push((seq, message));
            return Effect::Nothing;
        }
        let Some(document) = &mut self.confirmed else {
            return Effect::Nothing;
        };
        let is_own = |pending: &Pending| Some(&pending.id) == message.id.as_ref();
        let is_answered = self.pending.iter().any(is_own);
        if is_answered {
            self.pending.retain(|it| !is_own(it));
        }
        let seen = match is_answered {
            true => Effect::Changed,
            false => Effect::Nothing,
        };
        if seq <= document.info.version {
            return seen;
        }
        match message.action {
            BoardAction::Edited => {
                if !apply_all(&mut document.board, &message.operations) {
                    return Effect::Reload;
                }
                document.board.version = seq;
                let info = &mut document.info;
                info.version = seq;
                info.title.clone_from(&document.board.title);
                info.widgets = document.board.widgets.len() as u32;
                info.changed_ms = message.timestamp.unix_ms();
                info.changed_by = message.author;
                self.forget_stored(seq);
                Effect::Changed
            }
            BoardAction::Created => seen,
            BoardAction::Shared
            | BoardAction::Trashed
            | BoardAction::Restored
            | BoardAction::Deleted => Effect::Reload,
        }
    }

    /// Edits that the server has stored are in the document from the version on that they have made.
    fn forget_stored(&mut self, version: u64) {
        self.pending
            .retain(|it| it.stored.is_none_or(|stored| stored > version));
    }

    /// Makes an edit, which can be taken back. False if it cannot be made. `new_id` names each part that is sent.
    pub(crate) fn edit(
        &mut self,
        operations: Vec<BoardOperation>,
        new_id: impl FnMut() -> String,
    ) -> Result<(), String> {
        let back = self.make(operations, new_id)?;
        if self.undo.len() == UNDO_MAX {
            self.undo.pop_front();
        }
        self.steps += 1;
        self.undo.push_back(Step {
            id: self.steps,
            operations: back,
        });
        self.redo.clear();
        Ok(())
    }

    /// Takes the newest of one's own edits back, as far as others have left it. False if there is none, or if they have
    /// left nothing of it.
    pub(crate) fn undo(&mut self, new_id: impl FnMut() -> String) -> bool {
        let newest = self.newest_step();
        newest.is_some_and(|step| self.undo_step(step, new_id))
    }

    /// Which of one's own edits is the newest.
    pub(crate) fn newest_step(&self) -> Option<u64> {
        self.undo.back().map(|it| it.id)
    }

    /// Takes this one of them back, and leaves those after it.
    pub(crate) fn undo_step(&mut self, id: u64, new_id: impl FnMut() -> String) -> bool {
        let place = self.undo.iter().position(|it| it.id == id);
        let Some(step) = place.and_then(|place| self.undo.remove(place)) else {
            return false;
        };
        let made = self.make(step.operations, new_id);
        let is_made = made.is_ok();
        self.redo
            .extend(made.map(|operations| Step { id, operations }));
        is_made
    }

    /// Makes again what was taken back. False if there is nothing, or if it is impossible by now.
    pub(crate) fn redo(&mut self, new_id: impl FnMut() -> String) -> bool {
        let Some(Step { id, operations }) = self.redo.pop() else {
            return false;
        };
        let made = self.make(operations, new_id);
        let is_made = made.is_ok();
        self.undo
            .extend(made.map(|operations| Step { id, operations }));
        is_made
    }

    /// Appends an edit, and returns what takes it back.
    fn make(
        &mut self,
        operations: Vec<BoardOperation>,
        mut new_id: impl FnMut() -> String,
    ) -> Result<Vec<BoardOperation>, String> {
        let mut board = self.shown().ok_or("the board is not here yet")?;
        let mut made = Vec::new();
        let mut back: Vec<BoardOperation> = Vec::new();
        let mut refused = None;
        for operation in operations {
            let mut opposite = inverse(&board, &operation);
            match apply(&mut board, &operation) {
                Ok(()) => {
                    opposite.append(&mut back);
                    back = opposite;
                    made.push(operation);
                }
                // Of several, such as those that bring a section back, the others are made.
                Err(why) => refused = Some(why.to_string()),
            }
        }
        if made.is_empty() {
            return Err(refused.unwrap_or_else(|| "there is nothing to change".into()));
        }
        for part in made.chunks(OPERATIONS_MAX) {
            self.pending.push_back(Pending {
                id: new_id(),
                operations: part.to_vec(),
                stored: None,
            });
        }
        Ok(back)
    }

    /// The edit that is to be sent next.
    pub(crate) fn next(&self) -> Option<&Pending> {
        self.pending.iter().find(|it| it.stored.is_none())
    }

    /// The server has stored an edit, which has made this version.
    pub(crate) fn stored(&mut self, id: &str, version: u64) {
        let known = self.info().map_or(0, |info| info.version);
        if let Some(pending) = self.pending.iter_mut().find(|it| it.id == id) {
            pending.stored = Some(version);
        }
        if !self.is_interrupted {
            self.forget_stored(known);
        }
    }

    /// The server has refused an edit for good.
    pub(crate) fn refused(&mut self, id: &str) {
        self.pending.retain(|it| it.id != id);
    }

    /// Whether the server has stored all edits.
    pub(crate) fn is_saved(&self) -> bool {
        self.next().is_none()
    }

    pub(crate) fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    pub(crate) fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }
}

/// Applies all operations or none.
fn apply_all(board: &mut Board, operations: &[BoardOperation]) -> bool {
    let mut changed = board.clone();
    for operation in operations {
        if apply(&mut changed, operation).is_err() {
            return false;
        }
    }
    *board = changed;
    true
}

#[cfg(test)]
mod tests;
