use async_trait::async_trait;
use sqlx::{query, query_as};

use super::SqlStore;
use crate::accounts::plain;
use crate::alerts::{DOCUMENTS, PUT_DOCUMENT, REMOVE_DOCUMENT};
use crate::{AlertDocument, AlertStore, StoreError};

#[async_trait]
impl AlertStore for SqlStore {
    async fn alert_documents(&self) -> Result<Vec<AlertDocument>, StoreError> {
        let rows: Vec<(String, String, String)> = self
            .read(query_as(DOCUMENTS).fetch_all(&self.readers))
            .await?;
        let documents = rows.into_iter();
        let documents = documents.map(|(kind, id, body)| AlertDocument { kind, id, body });
        Ok(documents.collect())
    }

    async fn put_alert_document(&self, document: &AlertDocument) -> Result<(), StoreError> {
        self.write_synced(async |connection| {
            query(PUT_DOCUMENT)
                .bind(plain(&document.kind))
                .bind(plain(&document.id))
                .bind(plain(&document.body))
                .execute(connection)
                .await
                .map(drop)
        })
        .await
    }

    async fn remove_alert_document(&self, kind: &str, id: &str) -> Result<(), StoreError> {
        self.write_synced(async |connection| {
            query(REMOVE_DOCUMENT)
                .bind(plain(kind))
                .bind(plain(id))
                .execute(connection)
                .await
                .map(drop)
        })
        .await
    }
}
