use access::{Access, Span};
use accounts::{Credential, Principal, Role, Scope};
use boards::{OperationError, apply};
use protocol::boards::BoardInfo;
use protocol::{Board, BoardMessage, BoardVisibility, ChannelName, Person, Stream};
use serde::{Deserialize, Serialize};

/// A board with what else is known of it, as the store has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct BoardRecord {
    /// The number in its id.
    #[serde(skip)]
    pub(super) number: u64,
    /// Who created it. A user may have been removed since.
    pub(super) owner: Person,
    pub(super) visibility: BoardVisibility,
    /// After which position messages of its channel are the owner's, if it is or was private.
    #[serde(default)]
    pub(super) channel_after: Option<u64>,
    pub(super) changed_ms: i64,
    pub(super) changed_by: Person,
    #[serde(default)]
    pub(super) trashed_ms: Option<i64>,
    /// When an earlier version was stored the last time.
    #[serde(default)]
    pub(super) stored_ms: Option<i64>,
    /// Its content; the version is the number of its newest message.
    pub(super) board: Board,
}

/// What somebody may do with a board that it may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rights {
    pub(super) is_owner: bool,
    pub(super) may_edit: bool,
    pub(super) may_manage: bool,
}

impl BoardRecord {
    pub(super) fn id(&self) -> String {
        id_of(self.number)
    }

    pub(super) fn is_private(&self) -> bool {
        self.visibility == BoardVisibility::Private
    }

    /// The channel of its messages, while it is private.
    pub(super) fn channel(&self) -> Option<ChannelName> {
        let name = self.is_private().then(|| self.id())?;
        ChannelName::new(&name)
    }

    /// Where its owner sees messages of its channel.
    pub(super) fn span(&self) -> Option<Span> {
        self.channel_after.map(|after| Span {
            stream: Stream::Boards,
            channel: self.id().into(),
            after,
            until: None,
        })
    }

    /// Whether somebody with this access may read what it is now.
    pub(super) fn is_readable(&self, access: &Access) -> bool {
        !self.is_private() || access.is_member(Stream::Boards, &self.id(), u64::MAX)
    }

    /// What the sender may do, as this person.
    pub(super) fn rights(&self, principal: &Principal, person: Option<&Person>) -> Rights {
        let role = writing_role(principal);
        let is_owner = role.is_some() && person.is_some_and(|it| it.id == self.owner.id);
        let is_team = !self.is_private();
        Rights {
            is_owner,
            may_edit: is_owner || (is_team && role >= Some(Role::Operator)),
            may_manage: is_owner || (is_team && role == Some(Role::Admin)),
        }
    }

    /// The content with the operations of a message applied, all or none.
    pub(super) fn applied(&self, message: &BoardMessage) -> Result<Board, OperationError> {
        let mut board = self.board.clone();
        for operation in &message.operations {
            apply(&mut board, operation)?;
        }
        Ok(board)
    }

    pub(super) fn info(&self, principal: &Principal, person: Option<&Person>) -> BoardInfo {
        let rights = self.rights(principal, person);
        BoardInfo {
            id: self.id(),
            title: self.board.title.clone(),
            visibility: self.visibility,
            owner: self.owner.clone(),
            may_edit: rights.may_edit,
            may_manage: rights.may_manage,
            version: self.board.version,
            changed_ms: self.changed_ms,
            changed_by: self.changed_by.clone(),
            widgets: widget_count(&self.board),
            trashed_ms: self.trashed_ms,
        }
    }
}

/// The role by which a sender changes boards: an API token has none unless it may do everything.
pub(super) fn writing_role(principal: &Principal) -> Option<Role> {
    match &principal.credential {
        Credential::Token { scopes, .. } if !scopes.contains(&Scope::Admin) => None,
        _ => principal.role,
    }
}

pub(super) fn widget_count(board: &Board) -> u32 {
    u32::try_from(board.widgets.len()).unwrap_or(u32::MAX)
}

pub(super) fn id_of(number: u64) -> String {
    format!("b{number}")
}

/// The number of an id such as `b7`.
pub(super) fn number_of(id: &str) -> Option<u64> {
    let digits = id.strip_prefix('b')?;
    let number: u64 = digits.parse().ok()?;
    (id_of(number) == id && number > 0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_form() {
        assert_eq!(number_of("b7"), Some(7));
        for id in [
            "b",
            "b0",
            "b07",
            "b+7",
            "7",
            "r7",
            "b7 ",
            "b99999999999999999999",
            "",
        ] {
            assert_eq!(number_of(id), None, "{id}");
        }
    }
}
