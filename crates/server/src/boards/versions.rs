use super::board::{BoardRecord, widget_count};
use super::service::Boards;
use super::state::VersionInfo;
use super::{BoardError, Caller};
use crate::reading::Reader;
use protocol::Board;
use protocol::boards::{BoardDocument, BoardInfo, BoardVersion, BoardVersions};

impl Boards {
    /// The earlier versions of a board that the sender may read.
    pub(crate) async fn versions(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<BoardVersions, BoardError> {
        let record = self.shown(caller, id)?;
        let permit = self.0.archive.permit(Reader::of(&caller.principal)).await;
        let _permit = permit.ok_or(BoardError::Unavailable)?;
        self.save().await?;
        let rows = self.0.archive.store().board_versions(id).await?;
        let versions = rows.into_iter().filter_map(|row| {
            let info = info_of(&row.info, &record, caller)?;
            Some(BoardVersion {
                version: row.version,
                changed_ms: info.changed_ms,
                changed_by: info.changed_by,
                widgets: info.widgets,
            })
        });
        Ok(BoardVersions {
            versions: versions.collect(),
        })
    }

    /// An earlier version of a board.
    pub(crate) async fn version(
        &self,
        caller: &Caller,
        id: &str,
        version: u64,
    ) -> Result<BoardDocument, BoardError> {
        let record = self.shown(caller, id)?;
        let permit = self.0.archive.permit(Reader::of(&caller.principal)).await;
        let _permit = permit.ok_or(BoardError::Unavailable)?;
        self.save().await?;
        let row = self.0.archive.store().board_version(id, version).await?;
        let row = row.ok_or(BoardError::NoVersion)?;
        let info = info_of(&row.info, &record, caller).ok_or(BoardError::NoVersion)?;
        let board: Board = serde_json::from_str(&row.body).map_err(|_| BoardError::NoVersion)?;
        Ok(BoardDocument {
            info: BoardInfo {
                title: board.title.clone(),
                version,
                changed_ms: info.changed_ms,
                changed_by: info.changed_by,
                widgets: widget_count(&board),
                ..record.info(&caller.principal, Some(&caller.person))
            },
            board,
        })
    }
}

/// What is known of a version, if the sender may read it: what a board was while it was private, only its owner may.
fn info_of(json: &str, record: &BoardRecord, caller: &Caller) -> Option<VersionInfo> {
    let info: VersionInfo = serde_json::from_str(json).ok()?;
    let is_own = caller.person.id == record.owner.id;
    (is_own || !info.is_private || record.is_private()).then_some(info)
}
