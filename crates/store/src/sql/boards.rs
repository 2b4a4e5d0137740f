use std::collections::BTreeSet;

use async_trait::async_trait;
use sqlx::{Connection as _, query, query_as};

use super::{BEGIN, SqlStore, WORK_TIMEOUT};
use crate::accounts::plain;
use crate::boards::{
    ADD_BOARD_VERSION, BOARD_VERSION, BOARD_VERSIONS, BOARDS, LIMIT_BOARD_VERSIONS, PUT_BOARD,
    REMOVE_BOARD, REMOVE_BOARD_VERSIONS,
};
use crate::integer::{signed, unsigned};
use crate::{BoardChanges, BoardRow, BoardStore, BoardVersionRow, StoreError};

type VersionColumns = (String, i64, String, String);

fn version_of((board, version, info, body): VersionColumns) -> BoardVersionRow {
    BoardVersionRow {
        board,
        version: unsigned(version),
        info,
        body,
    }
}

#[async_trait]
impl BoardStore for SqlStore {
    async fn boards(&self) -> Result<Vec<BoardRow>, StoreError> {
        let rows: Vec<(String, i64, String)> =
            self.read(query_as(BOARDS).fetch_all(&self.readers)).await?;
        let boards = rows.into_iter().map(|(id, seq, body)| BoardRow {
            id,
            seq: unsigned(seq),
            body,
        });
        Ok(boards.collect())
    }

    async fn save_boards(&self, changes: &BoardChanges) -> Result<(), StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            let mut transaction = connection.begin_with(BEGIN).await?;
            for board in &changes.boards {
                query(PUT_BOARD)
                    .bind(plain(&board.id))
                    .bind(signed(board.seq))
                    .bind(plain(&board.body))
                    .execute(&mut *transaction)
                    .await?;
            }
            for version in &changes.versions {
                query(ADD_BOARD_VERSION)
                    .bind(plain(&version.board))
                    .bind(signed(version.version))
                    .bind(plain(&version.info))
                    .bind(plain(&version.body))
                    .execute(&mut *transaction)
                    .await?;
            }
            let changed: BTreeSet<&str> = changes
                .versions
                .iter()
                .map(|it| it.board.as_str())
                .collect();
            for board in changed {
                query(LIMIT_BOARD_VERSIONS)
                    .bind(plain(board))
                    .bind(i64::from(changes.versions_max))
                    .execute(&mut *transaction)
                    .await?;
            }
            for id in changes.emptied.iter().chain(&changes.removed) {
                query(REMOVE_BOARD_VERSIONS)
                    .bind(plain(id))
                    .execute(&mut *transaction)
                    .await?;
            }
            for id in &changes.removed {
                query(REMOVE_BOARD)
                    .bind(plain(id))
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await
        })
        .await
    }

    async fn board_versions(&self, board: &str) -> Result<Vec<BoardVersionRow>, StoreError> {
        let rows = query_as::<_, VersionColumns>(BOARD_VERSIONS)
            .bind(plain(board))
            .fetch_all(&self.readers);
        self.read(async { Ok(rows.await?.into_iter().map(version_of).collect()) })
            .await
    }

    async fn board_version(
        &self,
        board: &str,
        version: u64,
    ) -> Result<Option<BoardVersionRow>, StoreError> {
        let row = query_as::<_, VersionColumns>(BOARD_VERSION)
            .bind(plain(board))
            .bind(signed(version))
            .fetch_optional(&self.readers);
        self.read(async { Ok(row.await?.map(version_of)) }).await
    }
}
