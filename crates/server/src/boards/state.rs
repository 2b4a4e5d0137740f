use super::board::{BoardRecord, id_of, number_of, widget_count};
use super::limits::VERSION_EVERY_MS;
use super::recent::Recent;
use access::{Access, Span};
use protocol::{Board, BoardAction, BoardMessage, BoardOperation, BoardVisibility, Person};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Versions that wait to be stored. Beyond, the oldest are dropped.
const UNSTORED_MAX: usize = 200;

/// Channels that have ended since the start, which their former owners may still be reading.
const ENDED_MAX: usize = 1_000;

/// All boards, as the messages of the log have made them. Pure.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) boards: BTreeMap<u64, BoardRecord>,
    /// The highest number that a board has or had.
    pub(super) last_number: u64,
    pub(super) recent: Recent,
    /// Boards that are to be stored, or removed.
    pub(super) unsaved: BTreeSet<u64>,
    pub(super) unsaved_versions: Vec<Version>,
    /// Of boards that were deleted for good, whose channel was seen by whom.
    ended: Vec<(String, Span)>,
    /// The newest message that was applied.
    pub(super) applied_seq: u64,
}

/// What a board was.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Version {
    pub(super) number: u64,
    pub(super) info: VersionInfo,
    pub(super) board: Board,
}

/// What the store has of a version beside its content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct VersionInfo {
    pub(super) changed_ms: i64,
    pub(super) changed_by: Person,
    pub(super) widgets: u32,
    /// Whether only its owner could read it then.
    #[serde(default)]
    pub(super) is_private: bool,
}

impl State {
    /// A board that this access may read; nobody learns of others.
    pub(super) fn readable(&self, id: &str, access: &Access) -> Option<&BoardRecord> {
        let record = self.boards.get(&number_of(id)?)?;
        record.is_readable(access).then_some(record)
    }

    /// The id of the next board.
    pub(super) fn next_id(&self) -> String {
        id_of(self.last_number + 1)
    }

    /// Which channels a person sees.
    pub(super) fn spans_of(&self, person: &str) -> Vec<Span> {
        let owned = self.boards.values().filter(|it| it.owner.id == person);
        let ended = self.ended.iter().filter(|(owner, _)| owner == person);
        let ended = ended.map(|(_, span)| span.clone());
        owned.filter_map(BoardRecord::span).chain(ended).collect()
    }

    /// Records what a change is called, so that it is recognised if it is sent again.
    pub(super) fn remember(&mut self, seq: u64, message: &BoardMessage) {
        if let (Some(id), Some(number)) = (&message.id, number_of(&message.board)) {
            let place = match message.action {
                BoardAction::Created => 0,
                _ => number,
            };
            let key = (place, message.author.id.clone(), id.clone());
            self.recent.push(key, seq, number);
        }
    }

    /// Applies a message of the log; returns the id of the person who sees other channels from there on. A board that has
    /// applied it before stays as it is.
    pub(super) fn apply(&mut self, seq: u64, message: &BoardMessage) -> Option<String> {
        let number = number_of(&message.board)?;
        self.applied_seq = self.applied_seq.max(seq);
        self.remember(seq, message);
        match message.action {
            BoardAction::Created => self.create(number, seq, message),
            BoardAction::Deleted => self.delete(number, seq),
            _ => self.change(number, seq, message),
        }
    }

    fn create(&mut self, number: u64, seq: u64, message: &BoardMessage) -> Option<String> {
        if number <= self.last_number {
            return None;
        }
        self.last_number = number;
        let visibility = message.visibility.unwrap_or(BoardVisibility::Private);
        let mut record = new_record(number, seq, message, visibility);
        match record.applied(message) {
            Ok(board) => record.board = board,
            Err(error) => {
                tracing::error!(board = message.board, %error, "The content of a board cannot be applied.");
            }
        }
        record.board.version = seq;
        self.unsaved.insert(number);
        let owner = record.channel_after.map(|_| record.owner.id.clone());
        self.boards.insert(number, record);
        owner
    }

    fn delete(&mut self, number: u64, seq: u64) -> Option<String> {
        let record = self.boards.get(&number)?;
        if record.board.version >= seq {
            return None;
        }
        let record = self.boards.remove(&number)?;
        self.unsaved.insert(number);
        self.unsaved_versions.retain(|it| it.number != number);
        let owner = record.owner.id.clone();
        let span = record.span()?;
        let until = Some(seq);
        self.ended.push((owner.clone(), Span { until, ..span }));
        if self.ended.len() > ENDED_MAX {
            self.ended.remove(0);
        }
        Some(owner)
    }

    fn change(&mut self, number: u64, seq: u64, message: &BoardMessage) -> Option<String> {
        let record = self.boards.get_mut(&number)?;
        if record.board.version >= seq {
            return None;
        }
        let now_ms = message.timestamp.unix_ms();
        let mut has_other_channels = false;
        match message.action {
            BoardAction::Edited => match record.applied(message) {
                Ok(board) => {
                    self.unsaved_versions
                        .extend(version_before(record, message));
                    record.board = board;
                }
                Err(error) => {
                    tracing::error!(board = message.board, %error, "A change to a board cannot be applied.");
                }
            },
            BoardAction::Shared => {
                record.visibility = message.visibility.unwrap_or(record.visibility);
                if record.is_private() && record.channel_after.is_none() {
                    record.channel_after = Some(seq);
                    has_other_channels = true;
                }
            }
            BoardAction::Trashed => record.trashed_ms = Some(now_ms),
            BoardAction::Restored => record.trashed_ms = None,
            BoardAction::Created | BoardAction::Deleted => {}
        }
        record.board.version = seq;
        record.changed_ms = now_ms;
        record.changed_by = message.author.clone();
        let owner = has_other_channels.then(|| record.owner.id.clone());
        self.unsaved.insert(number);
        let surplus = self.unsaved_versions.len().saturating_sub(UNSTORED_MAX);
        self.unsaved_versions.drain(..surplus);
        owner
    }
}

fn new_record(
    number: u64,
    seq: u64,
    message: &BoardMessage,
    visibility: BoardVisibility,
) -> BoardRecord {
    let is_private = visibility == BoardVisibility::Private;
    BoardRecord {
        number,
        owner: message.author.clone(),
        visibility,
        // What makes it the owner's is seen by it.
        channel_after: is_private.then(|| seq.saturating_sub(1)),
        changed_ms: message.timestamp.unix_ms(),
        changed_by: message.author.clone(),
        trashed_ms: None,
        stored_ms: None,
        board: Board {
            id: id_of(number),
            ..Board::default()
        },
    }
}

/// What a board was before a change, if that is to be stored.
fn version_before(record: &mut BoardRecord, message: &BoardMessage) -> Option<Version> {
    let now_ms = message.timestamp.unix_ms();
    let mut operations = message.operations.iter();
    let is_replaced = operations.any(|it| matches!(it, BoardOperation::Replace { .. }));
    let is_recent = |at_ms: i64| (0..VERSION_EVERY_MS).contains(&(now_ms - at_ms));
    if record.stored_ms.is_some_and(is_recent) && !is_replaced {
        return None;
    }
    record.stored_ms = Some(now_ms);
    Some(Version {
        number: record.number,
        info: VersionInfo {
            changed_ms: record.changed_ms,
            changed_by: record.changed_by.clone(),
            widgets: widget_count(&record.board),
            is_private: record.is_private(),
        },
        board: record.board.clone(),
    })
}

#[cfg(test)]
mod tests;
